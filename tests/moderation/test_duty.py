"""A case that nobody takes calls more and more people, and tells none of them what it is."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.models import Duty, Organisation, Role
from backend.core.models import AuditEntry
from backend.core.push.actions.devices import put_device
from backend.core.push.address import Address
from backend.core.push.models import Wish
from moderation import access, errors
from moderation.actions.cases import claim, release
from moderation.actions.decisions import Proposed, review
from moderation.actions.duty import call_due
from moderation.models import Case, Exposure, Watch
from moderation.queries.duty import called, is_watched
from moderation.queries.load import MOST_GRAVE
from tests.asking import inbox_of
from tests.cast import Person, new_person
from tests.messaging.rooms import NOON
from tests.moderation.house import House
from tests.peers.beside import another_house

pytestmark = pytest.mark.django_db

MINUTE = timedelta(minutes=1)


def on_duty(
    person: Person, organisation: Organisation, *, reserve: Person | None = None, kind: str = "moderator"
) -> Duty:
    """Somebody is on duty the whole day, with somebody in reserve."""
    role = Role.objects.get(account=person.account, kind=kind)
    second = Role.objects.get(account=reserve.account, kind=kind) if reserve else None
    times = {"begins_at": NOON - timedelta(hours=12), "ends_at": NOON + timedelta(hours=48)}
    return Duty.objects.create(organisation=organisation, role=role, reserve=second, **times)


def full(person: Person, at: datetime) -> None:
    """Somebody has met enough in this shift."""
    role = Role.objects.get(account=person.account, kind="moderator")
    for _ in range(MOST_GRAVE):
        Exposure.objects.create(role=role, case_id=uuid4(), reason="danger", met_at=at)


def calls(*people: Person) -> list[int]:
    """How often each was called."""
    return [sum(event["type"] == "duty.called" for event in inbox_of(person.account)) for person in people]


def run(at: datetime) -> None:
    while call_due(now=at):
        pass


def test_who_is_on_duty_is_called_at_once_and_told_nothing(house: House) -> None:
    on_duty(house.cast.max, house.cast.organisation, reserve=house.mia)
    max_ = house.cast.max
    put_device(by=max_.account, session=max_.session, address=Address("fcm", "token", "a-phone"), now=NOON)
    house.report(reason="danger")
    run(NOON)
    assert calls(house.cast.max, house.mia, house.cast.lea, house.cast.olga) == [1, 0, 0, 0]
    (event,) = [event for event in inbox_of(house.cast.max.account) if event["type"] == "duty.called"]
    assert set(event) == {"type", "seq"}
    assert [(wish.account_id, wish.kind) for wish in Wish.objects.all()] == [(house.cast.max.account.id, "duty")]


def test_then_the_reserve_then_partners_then_everybody(house: House) -> None:
    on_duty(house.cast.max, house.cast.organisation, reserve=house.mia)
    partner, role = another_house()
    Organisation.objects.filter(id=partner.id).update(languages=["ro"])
    there = next(iter(role.account.roles.all())).account
    times = {"begins_at": NOON - MINUTE, "ends_at": NOON + timedelta(hours=9)}
    moderates = give_role(account=there, kind="moderator", organisation=partner, by=None, now=NOON)
    Duty.objects.create(organisation=partner, role=moderates, **times)
    house.report(reason="danger")
    seen = []
    for minutes in (0, 9, 10, 20, 59, 60, 89, 90):
        run(NOON + minutes * MINUTE)
        partners = sum(event["type"] == "duty.called" for event in inbox_of(there))
        seen.append((*calls(house.cast.max, house.mia, house.cast.olga), partners))
    assert seen == [
        (1, 0, 0, 0),
        (1, 0, 0, 0),
        (1, 1, 0, 0),
        (1, 1, 0, 1),
        (1, 1, 0, 2),  # what was missed is caught up once, and not ten times
        (2, 2, 1, 3),
        (2, 2, 1, 3),
        (3, 3, 2, 4),
    ]
    assert AuditEntry.objects.filter(action="case.escalated").count() == 1
    assert Watch.objects.get().escalated_at == NOON + 60 * MINUTE


def test_who_is_on_duty_for_members_is_not_called_for_a_case(house: House) -> None:
    """They could not take it."""
    on_duty(house.cast.olga, house.cast.organisation, reserve=house.cast.rosa, kind="coordinator")
    on_duty(house.cast.max, house.cast.organisation)
    house.report(reason="danger")
    run(NOON)
    assert calls(house.cast.olga, house.cast.rosa, house.cast.max) == [0, 0, 1]
    with pytest.raises(errors.ModeratorNeeded):
        claim(by=house.cast.olga.account, case=Case.objects.get().id, now=NOON)


def test_everybody_who_is_on_duty_for_cases_can_take_them(house: House) -> None:
    duties = [on_duty(house.cast.max, house.cast.organisation, reserve=house.mia)]
    case = house.report(reason="danger").case
    for role in (role for duty in duties for role in (duty.role, duty.reserve) if role is not None):
        assert claim(by=role.account, case=case.id, now=NOON).claimed_by == role
        release(by=role.account, case=case.id, now=NOON)


def test_somebody_watches_who_is_on_duty_and_can_take_more(house: House) -> None:
    organisation = house.cast.organisation
    assert not is_watched(NOON)
    on_duty(house.cast.olga, organisation, kind="coordinator")
    assert not is_watched(NOON)
    duty = on_duty(house.cast.max, organisation)
    assert is_watched(NOON)
    assert not is_watched(duty.ends_at)
    full(house.cast.max, NOON)
    assert not is_watched(NOON)
    Duty.objects.filter(id=duty.id).update(reserve=Role.objects.get(account=house.mia.account, kind="moderator"))
    assert is_watched(NOON)
    lock_account(account=house.mia.account, by=None, now=NOON)
    assert not is_watched(NOON)


def test_who_has_several_roles_acts_in_one_of_them(house: House) -> None:
    """In the same always, whichever was given first: else a claim, and what was met, would be looked for elsewhere."""
    max_, lea = house.cast.max.account, house.cast.lea.account
    moderates = Role.objects.get(account=lea, kind="moderator")
    give_role(account=max_, kind="second_approver", by=None, now=NOON)
    for account in (max_, lea):
        for kinds in (("moderator", "second_approver"), ("moderator", "second_approver", "coordinator")):
            assert access.moderator(by=account, kinds=kinds).kind == "moderator"
    assert access.moderator(by=lea, kinds=("second_approver", "moderator")).kind == "second_approver"
    case = house.report(reason="danger").case
    assert claim(by=lea, case=case.id, now=NOON).claimed_by == moderates
    release(by=lea, case=case.id, now=NOON)
    full(house.cast.lea, NOON)
    for step in ("partners", "overdue"):
        assert lea.id not in {role.account_id for role in called(case=case, step=step, at=NOON)[1]}


def test_nobody_on_duty_calls_partners_at_once(house: House) -> None:
    house.report(reason="danger")
    run(NOON)
    assert calls(house.cast.max, house.mia, house.cast.olga, house.cast.rosa, house.cast.ana) == [1, 1, 1, 1, 0]


def test_who_is_locked_or_tied_is_passed_over(house: House) -> None:
    house.circle.admit(house.mia)  # belongs to the place
    on_duty(house.mia, house.cast.organisation, reserve=house.cast.max)
    house.report(reason="danger")
    run(NOON)
    assert calls(house.mia, house.cast.max) == [0, 1]
    lock_account(account=house.cast.max.account, by=None, now=NOON)
    run(NOON + 10 * MINUTE)
    assert calls(house.mia, house.cast.max, house.cast.lea) == [0, 1, 1]


def test_a_claim_calls_nobody_until_it_is_over(house: House) -> None:
    on_duty(house.cast.max, house.cast.organisation, reserve=house.mia)
    case = house.claimed(reason="danger")
    run(NOON + 29 * MINUTE)
    assert calls(house.cast.max, house.mia) == [0, 0]
    run(NOON + 31 * MINUTE)
    assert calls(house.cast.max, house.mia) == [1, 0]
    claim(by=house.cast.max.account, case=case.id, now=NOON + 32 * MINUTE)
    run(NOON + 45 * MINUTE)
    release(by=house.cast.max.account, case=case.id, now=NOON + 50 * MINUTE)
    run(NOON + 50 * MINUTE)
    assert calls(house.cast.max, house.mia) == [1, 1]


def test_what_is_decided_calls_nobody(house: House) -> None:
    on_duty(house.cast.max, house.cast.organisation)
    house.decide(Proposed("warn"))
    run(NOON + 90 * MINUTE)
    assert calls(house.cast.max) == [0]
    assert not Watch.objects.exists()


def test_what_is_not_urgent_waits_for_its_promise(house: House) -> None:
    on_duty(house.cast.max, house.cast.organisation, reserve=house.mia)
    house.report(reason="spam")
    run(NOON + timedelta(hours=71))
    assert calls(house.cast.max, house.mia, house.cast.olga) == [0, 0, 0]
    Duty.objects.update(ends_at=NOON + timedelta(hours=99))
    run(NOON + timedelta(hours=73))
    assert calls(house.cast.max, house.mia, house.cast.olga) == [1, 0, 0]
    assert Watch.objects.get().escalated_at is not None


def test_a_graver_report_calls_at_once(house: House) -> None:
    on_duty(house.cast.max, house.cast.organisation)
    house.report(reason="spam")
    run(NOON)
    assert calls(house.cast.max) == [0]
    house.report(house.cast.cleo, reason="danger", now=NOON + MINUTE)
    run(NOON + MINUTE)
    assert calls(house.cast.max) == [1]


def test_many_reports_call_once(house: House) -> None:
    on_duty(house.cast.max, house.cast.organisation)
    for person in (house.cast.ana, house.cast.cleo, house.cast.ben):
        house.report(person, reason="danger")
        run(NOON)
    assert calls(house.cast.max) == [1]


def test_what_waits_for_a_second_calls_those_who_may_be_it(house: House) -> None:
    house.decide(Proposed("exclude"))
    assert calls(house.cast.lea, house.cast.max, house.mia) == [1, 0, 0]


def test_what_was_done_at_once_and_not_reviewed_calls_people(house: House) -> None:
    made = house.decide(Proposed("exclude"), at_once=True)
    assert made.review_due_at is not None
    run(made.review_due_at - MINUTE)
    assert calls(house.cast.lea) == [0]
    run(made.review_due_at)
    assert calls(house.cast.lea) == [1]
    review(by=house.cast.lea.account, decision=made.id, stands=True, now=made.review_due_at)
    run(made.review_due_at + 60 * MINUTE)
    assert calls(house.cast.lea) == [1]
    assert not Watch.objects.exists()


def test_two_workers_call_once(house: House, monkeypatch: Any) -> None:
    on_duty(house.cast.max, house.cast.organisation)
    house.report(reason="danger")
    assert (call_due(now=NOON), call_due(now=NOON)) == (1, 0)
    assert calls(house.cast.max) == [1]


def test_nobody_who_is_tied_is_called_at_any_step(house: House) -> None:
    case = house.report(reason="danger").case
    for person in (house.cast.max, house.mia):
        house.circle.admit(person)
    stranger = new_person()
    for step in ("duty", "reserves", "partners", "overdue"):
        _, people = called(case=Case.objects.get(id=case.id), step=step, at=NOON)
        accounts = {role.account_id for role in people}
        assert accounts
        assert not accounts & {house.cast.max.account.id, house.mia.account.id, stranger.account.id}
