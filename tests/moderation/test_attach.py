"""What a notice is about is found by who handles it: only then can a measure follow, and whom it ties gives it back."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.models import Role
from backend.core.models import AuditEntry
from moderation import errors
from moderation.actions.attaching import attach
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed
from moderation.models import Case, Watch
from moderation.queries.reading import read_claimed
from peers.directory.models import Entry
from tests.asking import API
from tests.cast import Person, new_person
from tests.messaging.circle import new_circle
from tests.messaging.rooms import NOON
from tests.moderation.house import BAD, House
from tests.peers.shelf import new_entry

pytestmark = pytest.mark.django_db

SOON = timedelta(minutes=5)


@pytest.fixture
def notice(house: House) -> Case:
    """From outside, claimed by max."""
    body = {"reason": "recruiting", "where": "A group", "text": "Look at it", "in_good_faith": True}
    assert APIClient().post(f"{API}/notices", body).status_code == 201
    case = Case.objects.get()
    return claim(by=house.cast.max.account, case=case.id, now=case.opened_at)


def about(house: House, notice: Case, what: str, by: Person | None = None) -> Case:
    return attach(by=(by or house.cast.max).account, case=notice.id, what=what, now=notice.opened_at + SOON)


def test_an_entry_by_its_address(house: House, notice: Case) -> None:
    entry = new_entry(house.cast.olga, texts={"nl": {"about": "Kanarie"}})
    there = about(house, notice, f"https://naast.example/info/{entry.id}?language=nl")
    assert (there.entry, there.subject, there.exhibits.count()) == (entry.id, None, 1)
    house.decide(Proposed("withdraw_entry"), case=notice.id, rule="recruiting", now=notice.opened_at + SOON)
    assert Entry.objects.get(id=entry.id).taken_out_at is not None


@pytest.mark.parametrize("by_title", [True, False])
def test_a_group_by_its_title_or_id(house: House, notice: Case, by_title: bool) -> None:
    title = house.circle.of(house.cast.ben).conversation.group.title
    there = about(house, notice, f"  {title.upper()} " if by_title else str(house.circle.id))
    assert (there.conversation_id, there.subject, there.membership) == (house.circle.id, None, None)
    made = house.decide(Proposed("slow", seconds=60), case=notice.id, rule="spam", now=notice.opened_at + SOON)
    assert made.state == "in_force"


def test_somebody_and_a_message(house: House, notice: Case) -> None:
    dora = house.of(house.cast.dora)
    there = about(house, notice, str(dora.id))
    assert (there.subject, there.membership, there.conversation_id) == (
        house.cast.dora.account, dora, house.circle.id,
    )  # fmt: skip
    there = about(house, notice, f"{house.circle.id} {house.seq}")  # again: this instead
    assert there.membership == dora
    told = read_claimed(by=house.cast.max.account, case=notice.id, evidence=True, now=notice.opened_at + SOON)
    assert told.proofs is not None
    assert [(proof.text, proof.genuine) for proof in told.proofs] == [(BAD, True)], "and nothing said around it"
    made = house.decide(house.hide(), case=notice.id, now=notice.opened_at + SOON)
    assert made.subject == house.cast.dora.account
    with pytest.raises(errors.NotClaimed):
        about(house, notice, str(dora.id))
    audits = AuditEntry.objects.filter(action="case.attached").order_by("seq")
    assert [(one.data["kind"], one.data["given_back"]) for one in audits] == [("person", False), ("message", False)]


def test_what_names_nothing_or_too_much(house: House, notice: Case) -> None:
    for title in ("Twice", "twice"):
        new_circle(house.cast.ben, title=title)
    with pytest.raises(errors.SeveralNamed):
        about(house, notice, "TWICE")
    for what in (str(uuid4()), f"{house.circle.id} 999", "No such group", "%", f"{uuid4()} 1"):
        with pytest.raises(errors.NothingNamed):
            about(house, notice, what)
    assert Case.objects.get(id=notice.id).conversation is None
    assert not AuditEntry.objects.filter(action="case.attached").exists()


def test_only_who_has_claimed_a_notice_attaches(house: House, notice: Case) -> None:
    for by, refusal in ((house.mia, errors.NotClaimed), (house.cast.ana, errors.ModeratorNeeded)):
        with pytest.raises(refusal):
            about(house, notice, str(house.circle.id), by)
    reported = house.claimed(house.mia)
    with pytest.raises(errors.NoticeOnly):
        attach(by=house.mia.account, case=reported.id, what=str(house.circle.id), now=NOON)


@pytest.mark.parametrize("tie", ["belongs to the group", "works for the organisation"])
def test_whom_it_ties_gives_it_back_at_once(house: House, notice: Case, tie: str) -> None:
    cast = house.cast
    if tie == "belongs to the group":
        house.circle.admit(cast.max)
        what = str(house.circle.id)
    else:
        give_role(account=cast.max.account, kind="auditor", organisation=cast.organisation, by=None, now=NOON)
        what = str(new_entry(cast.olga).id)
    Watch.objects.update(due_at=notice.claimed_until)
    there = about(house, notice, what)
    assert (there.claimed_by, there.claimed_until) == (None, None)
    assert Watch.objects.get().due_at == notice.opened_at + SOON, "others are called at once"
    for late in (SOON, timedelta(hours=2)):
        if what == str(house.circle.id) and late > SOON:
            continue  # overdue, who is tied by a group may hide or mute
        with pytest.raises(errors.Tied):
            claim(by=cast.max.account, case=notice.id, now=notice.opened_at + late)
    assert AuditEntry.objects.get(action="case.attached").data["given_back"] is True
    claim(by=house.mia.account, case=notice.id, now=notice.opened_at + SOON)


def test_the_database_itself_lets_nobody_keep_what_ties_them(house: House, notice: Case) -> None:
    house.circle.admit(house.cast.max)
    entry = new_entry(house.cast.olga)
    rows = Case.objects.filter(id=notice.id)
    for wrong in ({"conversation": house.circle.id}, {"subject": house.cast.max.account}):
        with pytest.raises(IntegrityError), transaction.atomic():
            rows.update(**wrong)
    role = give_role(account=house.mia.account, kind="auditor", organisation=house.cast.organisation, by=None, now=NOON)
    moderates = Role.objects.get(account=role.account, kind="moderator")
    rows.update(claimed_by=moderates)
    with pytest.raises(IntegrityError), transaction.atomic():
        rows.update(entry=entry.id)


def test_an_account_that_goes_is_no_tie(house: House, notice: Case) -> None:
    """Erasure takes the subject off a case that somebody who is tied has claimed because it was overdue."""
    case = house.report().case
    person = house.circle.admit(house.mia)
    assert person.state == "active"
    claim(by=house.mia.account, case=case.id, now=case.due_at)
    Case.objects.filter(id=case.id).update(subject=None, membership=None)
    assert Case.objects.get(id=case.id).claimed_by is not None


def test_a_stranger_finds_no_form(house: House, notice: Case) -> None:
    stranger = new_person()
    with pytest.raises(errors.ModeratorNeeded):
        about(house, notice, str(house.circle.id), stranger)
