"""What takes a role and lets invites rest: with a second person, undone as a whole, and nobody learns more by it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.core.accounts.actions.invite_pauses import pause_inviter, review_pause
from backend.core.accounts.actions.roles import end_role, give_role
from backend.core.accounts.models import InvitePause, Role
from backend.core.db import write
from messaging.models import Group, Membership
from moderation import errors
from moderation.actions.appeals import answer_appeal, appeal
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, answer_second
from moderation.actions.locks import hold_people
from moderation.models import Case, Decision, Measure
from peers.contacts.actions.contacts import begin_contact
from peers.contacts.queries import contact_of
from peers.experts.models import Expert
from tests.asking import API
from tests.cast import Cast, Person, new_person, utc_now
from tests.messaging.rooms import NOON
from tests.moderation.house import LATER, House
from tests.peers.vetted import vet

pytestmark = pytest.mark.django_db

Client = Callable[[Person], APIClient]


def role_of(house: House) -> Role:
    """dora's, as a peer expert."""
    return Role.objects.get(account=house.cast.dora.account, kind="peer_expert")


def led(house: House) -> list[UUID]:
    """In which groups she leads."""
    found = Membership.objects.filter(peer=role_of(house), part="lead", conversation__kind="group")
    return list(found.values_list("conversation", flat=True))


def unverified(house: House) -> Decision:
    """max takes dora's role, and lea agrees."""
    made = house.decide(Proposed("unverify"), rule="role")
    return answer_second(by=house.cast.lea.account, decision=made.id, agrees=True, now=LATER)


def upheld(house: House, made: Decision) -> None:
    """dora appeals, and mia finds that she is right."""
    appealed = appeal(by=house.cast.dora.account, decision=made.id, text="No", now=LATER)
    answer_appeal(by=house.mia.account, appeal=appealed.id, upholds=True, text="Yes", now=LATER)


def test_a_role_is_taken_by_two_and_nobody_is_left_alone(peer_house: House, client_of: Client) -> None:
    house, member = peer_house, new_person()
    begin_contact(member=member.account, role=role_of(house), now=utc_now())
    made = house.decide(Proposed("unverify"), rule="role")
    assert (made.state, role_of(house).ended_at) == ("asked", None)
    answer_second(by=house.cast.lea.account, decision=made.id, agrees=True, now=LATER)
    assert role_of(house).ended_at == LATER
    beside = contact_of(member=member.account)
    assert beside is not None
    assert beside.interim
    assert beside.holder is not None
    assert beside.holder.kind == "coordinator"
    assert not led(house)
    assert Group.objects.get(title="Hers").closes_at is not None
    (told,) = client_of(house.cast.dora).get(f"{API}/me/decisions").json()["items"]
    assert [measure["kind"] for measure in told["measures"]] == ["unverify"]


def test_the_same_role_comes_back_with_its_vetting_and_groups(peer_house: House) -> None:
    house, member, cast = peer_house, new_person(), peer_house.cast
    vet(role_of(house), by=cast.olga, second=cast.rosa)
    begin_contact(member=member.account, role=role_of(house), now=utc_now())
    before, leads = role_of(house), led(house)
    vetted_until = Expert.objects.get(role=before).vetted_until
    upheld(house, unverified(house))
    after = role_of(house)
    assert (after.id, after.ended_at, after.alias) == (before.id, None, before.alias)
    assert vetted_until is not None
    assert Expert.objects.get(role=after).vetted_until == vetted_until
    assert led(house) == leads
    assert Group.objects.get(title="Hers").closes_at is None
    beside = contact_of(member=member.account)  # who has somebody else by now keeps them
    assert beside is not None
    assert beside.holder_id != after.id


def test_who_has_the_role_anew_keeps_that_one(peer_house: House) -> None:
    house = peer_house
    made = unverified(house)
    given = give_role(
        account=house.cast.dora.account,
        kind="peer_expert",
        organisation=house.cast.organisation,
        alias="Dora",
        avatar_key="leaf-moss",
        by=None,
        now=LATER,
    )
    upheld(house, made)
    assert list(Role.objects.filter(account=house.cast.dora.account, ended_at=None)) == [given]


def test_the_role_of_somebody_who_is_known_by_another_name_is_not_offered(house: House) -> None:
    """It would tell that this alias is a peer expert."""
    give_role(
        account=house.cast.dora.account,
        kind="peer_expert",
        organisation=house.cast.organisation,
        alias="Dora",
        avatar_key="leaf-moss",
        by=None,
        now=NOON,
    )
    case = house.claimed()
    with pytest.raises(errors.MeasureUnfit):
        house.decide(Proposed("unverify"), case=case.id, now=NOON)


def test_a_role_that_has_ended_is_not_taken(peer_house: House) -> None:
    case = peer_house.claimed()
    end_role(account=peer_house.cast.dora.account, kind="peer_expert", by=None, now=NOON)
    with pytest.raises(errors.MeasureUnfit):
        peer_house.decide(Proposed("unverify"), case=case.id, now=NOON)


def test_a_case_about_nobody_holds_no_group(house: House) -> None:
    case = house.report().case
    Case.objects.filter(id=case.id).update(subject=None, conversation=None)
    with CaptureQueriesContext(connections["default"]) as caught:
        write(hold_people)(case=case.id)
    assert not [query for query in caught if "FOR NO KEY UPDATE" in query["sql"]]


# -- whose invites rest -----------------------------------------------------------------------------------------------


def pauses() -> list[tuple[object, int, bool]]:
    """Whose invites rest, for how many, and whether that is over."""
    rows = InvitePause.objects.order_by("paused_on", "id")
    return [(row.inviter_id, row.asked, row.reviewed_at is not None) for row in rows]


def test_the_inviters_invites_rest_and_nobody_is_told(peer_house: House, client_of: Client) -> None:
    house, ben = peer_house, peer_house.cast.ben
    made = house.decide(Proposed("pause_inviter"))
    assert made.state == "in_force"
    assert pauses() == [(ben.account.id, 1, False)]
    assert client_of(house.cast.dora).get(f"{API}/me/decisions").json()["items"] == []
    with pytest.raises(errors.AppealOver):
        appeal(by=house.cast.dora.account, decision=made.id, text="?", now=LATER)
    kept = str(Measure.objects.get().before)
    assert str(InvitePause.objects.get().id) not in kept
    assert ben.account.id.hex not in kept


def test_beside_another_measure_it_is_not_in_the_statement(peer_house: House, client_of: Client) -> None:
    house = peer_house
    made = house.decide(Proposed("pause_inviter"), Proposed("warn"))
    (told,) = client_of(house.cast.dora).get(f"{API}/me/decisions").json()["items"]
    assert [measure["kind"] for measure in told["measures"]] == ["warn"]
    upheld(house, made)
    assert pauses() == [(house.cast.ben.account.id, 0, True)]


def test_invites_that_somebody_else_wishes_to_rest_go_on_to_rest(peer_house: House) -> None:
    house = peer_house
    pause_inviter(account=house.cast.dora.account, by=None, now=NOON)
    made = house.decide(Proposed("pause_inviter"), Proposed("warn"))
    assert pauses() == [(house.cast.ben.account.id, 2, False)]
    upheld(house, made)
    assert pauses() == [(house.cast.ben.account.id, 1, False)]


def test_a_pause_that_a_coordinator_has_ended_is_over(peer_house: House) -> None:
    house = peer_house
    made = house.decide(Proposed("pause_inviter"), Proposed("warn"))
    review_pause(pause=InvitePause.objects.get().id, by=house.cast.olga.account, now=LATER)
    upheld(house, made)
    assert pauses() == [(house.cast.ben.account.id, 1, True)]


def test_of_somebody_whom_nobody_invited(house: House, cast: Cast) -> None:
    made = house.decide(Proposed("pause_inviter"), Proposed("warn"))
    assert pauses() == []
    upheld(house, made)
    assert pauses() == []


def test_a_second_case_counts_by_itself(peer_house: House) -> None:
    house = peer_house
    first = house.decide(Proposed("pause_inviter"), Proposed("warn"))
    second = house.report(house.cast.cleo).case
    claim(by=house.cast.max.account, case=second.id, now=LATER)
    house.decide(Proposed("pause_inviter"), case=second.id, now=LATER + timedelta(minutes=1))
    upheld(house, first)
    assert pauses() == [(house.cast.ben.account.id, 1, False)]
