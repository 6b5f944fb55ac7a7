"""Reports about staff go to nobody of their house; many reports are one case, and decide nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.models import Account, Role
from backend.core.errors import TooMany
from messaging.models import Message
from moderation import errors
from moderation.access import Target
from moderation.actions.cases import claim
from moderation.actions.reports import REPORTED
from moderation.models import Case, Decision, Report
from moderation.queries.duty import called
from moderation.queries.people import is_tied, untied
from peers.contacts.actions.contacts import begin_contact
from tests.asking import API, refused
from tests.cast import Person, new_person
from tests.messaging.rooms import NOON
from tests.moderation.house import House

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


def about_olga(house: House) -> Case:
    """olga coordinates, is in the group as a member, and is reported there; moni moderates at her organisation."""
    house.circle.admit(house.cast.olga)
    seq = house.circle.say(house.cast.olga, "Do as I say")
    return house.report(target=Target(conversation=house.circle.id, seq=seq), reason="threats").case


@pytest.fixture
def moni(house: House) -> Role:
    person = new_person()
    return give_role(account=person.account, kind="moderator", organisation=house.cast.organisation, by=None, now=NOON)


def test_nobody_of_their_house_handles_it_by_any_path(house: House, moni: Role) -> None:
    case = about_olga(house)
    assert is_tied(role=moni, case=case)
    for at in (NOON, case.due_at + timedelta(days=9)):  # not even when it is overdue
        with pytest.raises(errors.Tied):
            claim(by=moni.account, case=case.id, now=at)
    late = case.due_at + timedelta(days=9)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(id=case.id).update(claimed_by=moni, claimed_until=late + timedelta(minutes=30))
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(case=case, by=moni, tied=True, made_at=NOON)
    claim(by=house.cast.max.account, case=case.id, now=NOON)


def test_nobody_of_their_house_sees_it_or_is_called(house: House, moni: Role) -> None:
    case = about_olga(house)
    assert not untied(Case.objects.all(), role=moni).exists()
    assert untied(Case.objects.all(), role=Role.objects.get(account=house.cast.max.account)).exists()
    for step in ("duty", "reserves", "partners", "overdue"):
        _, people = called(case=case, step=step, at=NOON)
        assert not {role.account_id for role in people} & {moni.account_id, house.cast.olga.account.id}
        assert house.cast.rosa.account.id not in {role.account_id for role in people}  # her deputy


def test_what_is_about_a_member_is_handled_by_that_house(house: House, moni: Role) -> None:
    claim(by=moni.account, case=house.report().case_id, now=NOON)


def test_a_direct_talk_is_reported_as_a_whole(house: House, client_of: Client) -> None:
    contact = begin_contact(member=house.cast.ana.account, role=house.cast.peer, now=NOON)
    body = {"target": {"conversation": str(contact.conversation_id)}, "reason": "threats"}
    assert client_of(house.cast.ana).post(f"{API}/reports", body).status_code == 201
    assert Case.objects.get().subject == house.cast.ben.account
    refused(client_of(house.cast.cleo).post(f"{API}/reports", body), 404, "not_found")
    body = {"target": {"conversation": str(house.circle.id)}, "reason": "threats"}
    refused(client_of(house.cast.ana).post(f"{API}/reports", body), 404, "not_found")  # a group is nobody


# -- floods and brigades ----------------------------------------------------------------------------------------------


def test_many_who_report_are_one_case_and_silence_nobody(house: House) -> None:
    people = [new_person() for _ in range(12)]
    for person in people:
        house.circle.admit(person)
    seq = house.circle.say(house.cast.dora, "Something that many do not like")
    for person in people:
        house.report(person, target=Target(conversation=house.circle.id, seq=seq), reason="contempt")
    (case,) = Case.objects.all()
    assert (case.priority, case.state, Report.objects.count()) == ("medium", "open", 12)
    assert Message.objects.get(conversation_id=house.circle.id, seq=seq).hidden_at is None
    assert not Decision.objects.exists()
    there = Account.objects.get(id=house.cast.dora.account.id)
    assert not there.is_locked
    assert house.of(house.cast.dora).muted_until is None


def test_many_who_ask_for_a_hold_hide_that_one_message(house: House) -> None:
    other = house.circle.say(house.cast.dora, "Something else")
    for person in (house.cast.ana, house.cast.cleo, house.cast.ben):
        house.report(person, reason="identity")
    hidden = Message.objects.filter(conversation_id=house.circle.id, hidden_at__isnull=False)
    assert [row.seq for row in hidden] == [house.seq]
    assert other != house.seq


def test_one_who_floods_is_stopped(house: House) -> None:
    for _ in range(REPORTED.burst):
        house.report(reason="contempt")
    with pytest.raises(TooMany):
        house.report(reason="spam")
    assert (Case.objects.count(), Report.objects.count()) == (1, 1)
