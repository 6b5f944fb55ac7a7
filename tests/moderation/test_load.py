"""What somebody meets is counted by kind and shift; there is an end to it, and nobody says why not."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from backend.core.accounts.models import Account, Role
from backend.core.errors import Invalid, NotFound
from moderation import errors
from moderation.actions.cases import claim
from moderation.actions.load import debrief, decline, forget_load
from moderation.models import Case, Exposure
from moderation.queries.duty import called
from moderation.queries.load import MOST, MOST_GRAVE, SHIFT, load_of, resting
from moderation.queries.people import untied
from tests.messaging.rooms import NOON
from tests.moderation.house import House

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


@pytest.fixture
def role(house: House) -> Role:
    return Role.objects.get(account=house.cast.max.account)


def new_case(reason: str = "identity", due_at: datetime = NOON + HOUR) -> Case:
    count = Case.objects.count()
    return Case.objects.create(
        kind="rule",
        about=f"rule:{count}",
        reason=reason,
        priority="high" if reason == "identity" else "low",
        language="nl",
        opened_at=NOON,
        due_at=due_at,
    )


def meet(account: Account, times: int, reason: str = "identity", at: datetime = NOON) -> None:
    for _ in range(times):
        claim(by=account, case=new_case(reason).id, now=at)


def test_it_is_counted_by_kind_once_for_each_case(house: House, role: Role) -> None:
    case = new_case()
    for _ in range(3):
        claim(by=role.account, case=case.id, now=NOON)
    meet(role.account, 2, "spam")
    assert load_of(role=role, at=NOON).met == {"identity": 1, "spam": 2}
    assert load_of(role=role, at=NOON + SHIFT).met == {}


@pytest.mark.parametrize(("reason", "most"), [("identity", MOST_GRAVE), ("spam", MOST)])
def test_there_is_an_end_to_it_until_two_have_talked(house: House, role: Role, reason: str, most: int) -> None:
    meet(role.account, most, reason)
    with pytest.raises(errors.RestFirst):
        meet(role.account, 1, reason)
    assert Exposure.objects.count() == most
    mia = Role.objects.get(account=house.mia.account)
    assert resting(besides=mia, at=NOON) == [role]
    with pytest.raises(errors.SecondIsSame):
        debrief(by=role.account, role=role.id, now=NOON)
    debrief(by=house.mia.account, role=role.id, now=NOON + HOUR / 2)
    assert resting(besides=mia, at=NOON + HOUR / 2) == []
    meet(role.account, 1, "spam", at=NOON + HOUR / 2)


def test_what_one_holds_is_finished(house: House, role: Role) -> None:
    case = new_case()
    claim(by=role.account, case=case.id, now=NOON)
    meet(role.account, MOST_GRAVE - 1)
    claim(by=role.account, case=case.id, now=NOON)  # kept for another half hour


def test_a_life_does_not_wait_for_a_rest(house: House, role: Role) -> None:
    meet(role.account, MOST_GRAVE)
    late = new_case(due_at=NOON - HOUR)
    claim(by=role.account, case=late.id, now=NOON)
    with pytest.raises(errors.RestFirst):  # late, but nobody's life
        claim(by=role.account, case=new_case("spam", due_at=NOON - HOUR).id, now=NOON)


def test_who_has_met_enough_or_declines_is_not_called(house: House, role: Role) -> None:
    case = new_case()
    mia = Role.objects.get(account=house.mia.account)
    decline(by=mia.account, reasons=["identity"], now=NOON)
    meet(role.account, MOST_GRAVE)
    _, people = called(case=case, step="partners", at=NOON)
    assert not {role, mia} & set(people)
    assert people
    _, people = called(case=new_case("spam"), step="partners", at=NOON)
    assert mia in people


def test_what_is_declined_is_not_in_the_queue(house: House, role: Role) -> None:
    new_case("identity")
    new_case("spam")
    decline(by=role.account, reasons=["identity"], now=NOON)
    assert [case.reason for case in untied(Case.objects.all(), role=role)] == ["spam"]
    decline(by=role.account, reasons=[], now=NOON)
    assert untied(Case.objects.all(), role=role).count() == 2


def test_bad_input_and_strangers(house: House, role: Role) -> None:
    with pytest.raises(Invalid):
        decline(by=role.account, reasons=["boredom"], now=NOON)
    with pytest.raises(errors.ModeratorNeeded):
        decline(by=house.cast.ana.account, reasons=[], now=NOON)
    with pytest.raises(errors.ModeratorNeeded):
        debrief(by=house.cast.ana.account, role=role.id, now=NOON)
    with pytest.raises(NotFound):
        debrief(by=house.cast.max.account, role=house.cast.peer.id, now=NOON)


def test_it_is_forgotten(house: House, role: Role) -> None:
    meet(role.account, 1)
    forget_load(now=NOON + 23 * HOUR)
    assert Exposure.objects.exists()
    forget_load(now=NOON + 24 * HOUR)
    assert not Exposure.objects.exists()
