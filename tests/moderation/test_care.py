"""Care: no rule and no strike; whoever is beside somebody is asked only as they wish; two people close it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account, Role
from backend.core.models import AuditEntry
from moderation import errors
from moderation.actions.care import (
    answer_ask,
    answer_asked,
    answer_care,
    ask_contact,
    find_enough,
    find_not_enough,
    reach_out,
    set_care_wish,
)
from moderation.actions.cases import claim
from moderation.models import CareAsk, CareTalk, Case, Decision
from moderation.queries.care import helplines_in, read_talk
from peers.contacts.actions.contacts import begin_contact
from peers.directory.models import Helpline
from peers.experts.models import Expert
from tests.asking import API, inbox_of, refused, together
from tests.cast import Cast, Person, new_person
from tests.messaging.circle import second_peer
from tests.messaging.rooms import NOON
from tests.moderation.house import House
from tests.peers.beside import another_peer

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
HOUR = timedelta(hours=1)


@pytest.fixture
def worried(house: House) -> Case:
    """cleo worries about dora, and max looks after it."""
    return house.claimed(reason="worried", note="Kanarie: she said she cannot go on")


def beside(house: House, cast: Cast) -> tuple[Role, Person, Role]:
    """ben is dora's contact person, noor her backup."""
    noor, role = another_peer(cast)
    begin_contact(member=cast.dora.account, role=cast.peer, now=NOON)
    begin_contact(member=cast.dora.account, role=role, now=NOON)
    return cast.peer, noor, role


def test_care_is_not_decided(house: House, worried: Case) -> None:
    with pytest.raises(errors.CareHasTwoLooks):
        house.decide(case=worried.id, now=NOON)
    assert not Decision.objects.exists()


def test_it_takes_two_people_to_close_it(house: House, worried: Case, client_of: Client) -> None:
    find_enough(by=house.cast.max.account, case=worried.id, now=NOON)
    worried.refresh_from_db()
    assert (worried.state, worried.claimed_by, worried.due_at) == ("second_look", None, NOON + 24 * HOUR)
    claim(by=house.cast.max.account, case=worried.id, now=NOON)
    with pytest.raises(errors.SecondIsSame):
        find_enough(by=house.cast.max.account, case=worried.id, now=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(id=worried.id).update(state="decided")
    claim(by=house.mia.account, case=worried.id, now=NOON + HOUR)
    find_enough(by=house.mia.account, case=worried.id, now=NOON + HOUR)
    worried.refresh_from_db()
    assert (worried.state, worried.outcome) == ("decided", "looked_after")
    (receipt,) = client_of(house.cast.ana).get(f"{API}/reports").json()["items"]
    assert (receipt["state"], receipt["outcome_code"]) == ("decided", "looked_after")
    assert client_of(house.cast.dora).get(f"{API}/me/decisions").json()["items"] == []


def test_the_second_look_may_find_that_it_is_not_enough(house: House, worried: Case) -> None:
    find_enough(by=house.cast.max.account, case=worried.id, now=NOON)
    claim(by=house.mia.account, case=worried.id, now=NOON)
    find_not_enough(by=house.mia.account, case=worried.id, now=NOON)
    find_enough(by=house.mia.account, case=worried.id, now=NOON)
    assert Case.objects.get(id=worried.id).state == "second_look"


def test_somebody_who_worries_anew_opens_it_again(house: House, worried: Case) -> None:
    find_enough(by=house.cast.max.account, case=worried.id, now=NOON)
    again = house.report(house.cast.cleo, reason="worried", now=NOON + HOUR)
    worried.refresh_from_db()
    assert (again.case_id, worried.state, worried.looks.count()) == (worried.id, "open", 0)


def test_the_member_is_spoken_to_and_answers(house: House, worried: Case, client_of: Client) -> None:
    reach_out(by=house.cast.max.account, case=worried.id, text="Kanarie: are you safe?", now=NOON)
    told = inbox_of(house.cast.dora.account)[-1]
    assert told["type"] == "care.changed"
    client = client_of(house.cast.dora)
    there = client.get(f"{API}/care/talks/{told['talk']}").json()
    assert [(line["by_me"], line["text"]) for line in there["lines"]] == [(False, "Kanarie: are you safe?")]
    said = client.post(f"{API}/care/talks/{told['talk']}", {"text": "I am with somebody"})
    assert said.status_code == 201, said.content
    assert [line["by_me"] for line in said.json()["lines"]] == [False, True]
    assert [item["id"] for item in client.get(f"{API}/care/talks").json()["items"]] == [told["talk"]]
    read = read_talk(by=house.cast.max.account, case=worried.id, now=NOON)
    assert [text for _, text in read] == ["Kanarie: are you safe?", "I am with somebody"]
    looks = client.get(f"{API}/me/looks").json()["items"]
    assert [(look["what"], look["role"]) for look in looks] == [("care", "moderator")]
    for stranger in (house.cast.ana, house.cast.max, house.cast.ben):
        refused(client_of(stranger).get(f"{API}/care/talks/{told['talk']}"), 404, "not_found")
        refused(client_of(stranger).post(f"{API}/care/talks/{told['talk']}", {"text": "?"}), 404, "not_found")
        assert client_of(stranger).get(f"{API}/care/talks").json()["items"] == []


def test_what_the_member_says_later_opens_it_again(house: House, worried: Case) -> None:
    reach_out(by=house.cast.max.account, case=worried.id, text="Here I am", now=NOON)
    find_enough(by=house.cast.max.account, case=worried.id, now=NOON)
    claim(by=house.mia.account, case=worried.id, now=NOON)
    find_enough(by=house.mia.account, case=worried.id, now=NOON)
    talk = CareTalk.objects.get()
    answer_care(by=house.cast.dora.account, talk=talk.id, text="It is worse", now=NOON + 9 * HOUR)
    worried.refresh_from_db()
    assert (worried.state, worried.due_at, worried.looks.count()) == ("open", NOON + 10 * HOUR, 0)


def test_a_case_about_a_rule_is_not_care(house: House) -> None:
    case = house.claimed()
    for act in (find_enough, ask_contact, find_not_enough):
        with pytest.raises(errors.CareOnly):
            act(by=house.cast.max.account, case=case.id, now=NOON)
    with pytest.raises(errors.CareOnly):
        reach_out(by=house.cast.max.account, case=case.id, text="?", now=NOON)


def test_nothing_is_done_without_a_claim(house: House, worried: Case) -> None:
    for person, error in ((house.mia, errors.NotClaimed), (house.cast.cleo, errors.ModeratorNeeded)):
        with pytest.raises(error):
            reach_out(by=person.account, case=worried.id, text="?", now=NOON)
        with pytest.raises(error):
            find_enough(by=person.account, case=worried.id, now=NOON)


# -- the contact person -----------------------------------------------------------------------------------------------


def test_nobody_is_asked_before_two_agree(house: House, worried: Case, client_of: Client) -> None:
    beside(house, house.cast)
    made = ask_contact(by=house.cast.max.account, case=worried.id, now=NOON)
    assert (made.state, made.contact) == ("asked", None)
    assert ask_contact(by=house.cast.max.account, case=worried.id, now=NOON).id == made.id
    assert client_of(house.cast.ben).get(f"{API}/care/asks").json()["items"] == []
    with pytest.raises(errors.SecondIsSame):
        answer_ask(by=house.cast.max.account, ask=made.id, agrees=True, now=NOON)
    house.circle.admit(house.mia)
    with pytest.raises(errors.Tied):
        answer_ask(by=house.mia.account, ask=made.id, agrees=True, now=NOON)
    answer_ask(by=house.cast.lea.account, ask=made.id, agrees=True, now=NOON)
    (told,) = client_of(house.cast.ben).get(f"{API}/care/asks").json()["items"]
    assert told["state"] == "open"
    assert told["membership"] not in (None, str(house.of(house.cast.dora).id))


def test_who_does_not_agree_ends_it(house: House, worried: Case) -> None:
    beside(house, house.cast)
    made = ask_contact(by=house.cast.max.account, case=worried.id, now=NOON)
    answer_ask(by=house.cast.lea.account, ask=made.id, agrees=False, now=NOON)
    made.refresh_from_db()
    assert (made.state, made.contact) == ("refused", None)
    assert not [event for event in inbox_of(house.cast.ben.account) if event["type"] == "care.asked"]


def test_what_the_member_allowed_is_done_at_once(house: House, worried: Case, client_of: Client) -> None:
    beside(house, house.cast)
    assert client_of(house.cast.dora).put(f"{API}/me/care", {"contact_may_be_asked": True}).status_code == 204
    assert client_of(house.cast.dora).get(f"{API}/me/care").json() == {"contact_may_be_asked": True}
    made = ask_contact(by=house.cast.max.account, case=worried.id, now=NOON)
    ben = client_of(house.cast.ben)
    assert inbox_of(house.cast.ben.account)[-1] | {"seq": 0} == {"type": "care.asked", "ask": str(made.id), "seq": 0}
    answered = ben.post(f"{API}/care/asks/{made.id}", {"in_touch": True})
    assert (answered.status_code, answered.json()["state"]) == (200, "in_touch")
    assert ben.post(f"{API}/care/asks/{made.id}", {"in_touch": False}).json()["state"] == "in_touch"
    for stranger in (house.cast.dora, house.cast.ana, house.cast.max):
        refused(client_of(stranger).post(f"{API}/care/asks/{made.id}", {"in_touch": True}), 404, "not_found")


def test_who_is_away_is_not_asked_but_the_backup(house: House, worried: Case) -> None:
    ben, noor, role = beside(house, house.cast)
    set_care_wish(by=house.cast.dora.account, contact_may_be_asked=True, now=NOON)
    Expert.objects.filter(role=ben).update(away_until=NOON + 24 * HOUR)
    made = ask_contact(by=house.cast.max.account, case=worried.id, now=NOON)
    assert made.contact == role
    answer_asked(by=noor.account, ask=made.id, in_touch=False, now=NOON)
    with pytest.raises(errors.NobodyToAsk):
        ask_contact(by=house.cast.max.account, case=worried.id, now=NOON)
    next_day = NOON + 25 * HOUR
    claim(by=house.cast.max.account, case=worried.id, now=next_day)
    assert ask_contact(by=house.cast.max.account, case=worried.id, now=next_day).contact == ben


def test_without_anybody_beside_nobody_is_asked(house: House, worried: Case) -> None:
    with pytest.raises(errors.NobodyToAsk):
        ask_contact(by=house.cast.max.account, case=worried.id, now=NOON)
    assert not CareAsk.objects.exists()


def test_who_stopped_reads_nothing_more(house: House, worried: Case, client_of: Client) -> None:
    beside(house, house.cast)
    set_care_wish(by=house.cast.dora.account, contact_may_be_asked=True, now=NOON)
    made = ask_contact(by=house.cast.max.account, case=worried.id, now=NOON)
    end_role(account=house.cast.ben.account, kind="peer_expert", by=None, now=NOON)
    assert client_of(house.cast.ben).get(f"{API}/care/asks").json()["items"] == []
    refused(client_of(house.cast.ben).post(f"{API}/care/asks/{made.id}", {"in_touch": True}), 404, "not_found")


# -- passing on -------------------------------------------------------------------------------------------------------


def test_a_peer_expert_passes_it_on_in_one_tap(house: House, client_of: Client) -> None:
    ben = client_of(house.cast.ben)
    told = ben.post(f"{API}/care/worries", {"conversation": str(house.circle.id), "seq": house.seq})
    assert told.status_code == 201, told.content
    assert (told.json()["report"]["reason"], told.json()["report"]["may_contact"]) == ("worried", True)
    case = Case.objects.get()
    assert (case.kind, case.priority, case.due_at > case.opened_at) == ("care", "high", True)
    assert case.subject == house.cast.dora.account


def test_only_who_is_there_for_others_passes_on(house: House, client_of: Client) -> None:
    body = {"conversation": str(house.circle.id), "seq": house.seq}
    rosa = second_peer(house.cast, house.circle)
    for person, status in ((house.cast.ana, 403), (rosa, 403), (new_person(), 404), (house.cast.max, 404)):
        assert client_of(person).post(f"{API}/care/worries", body).status_code == status
    refused(client_of(house.cast.ben).post(f"{API}/care/worries", {**body, "seq": 999}), 404, "not_found")
    assert not Case.objects.exists()


def test_helplines_are_in_the_language_of_who_reads(house: House) -> None:
    Helpline.objects.all().delete()
    given = {"kind": "crisis", "position": 1}
    Helpline.objects.create(key="ro", languages=["ro"], **given)
    Helpline.objects.create(key="nl", languages=["nl"], **given)
    Helpline.objects.create(key="any", languages=[], **given)
    Helpline.objects.create(key="tips", languages=["ro"], tips=True, **given)
    assert [line.key for line in helplines_in("ro")] == ["ro", "any"]
    assert {line.key for line in helplines_in("bg")} == {"ro", "nl", "any"}


@pytest.mark.django_db(transaction=True)
def test_two_who_ask_at_once_ask_once(house: House) -> None:
    case = house.claimed(reason="worried")
    begin_contact(member=house.cast.dora.account, role=house.cast.peer, now=NOON)
    set_care_wish(by=house.cast.dora.account, contact_may_be_asked=True, now=NOON)
    act = lambda: ask_contact(by=house.cast.max.account, case=case.id, now=NOON)  # noqa: E731
    together(act, act)
    assert CareAsk.objects.count() == 1


def test_the_audit_names_what_was_done(house: House, worried: Case) -> None:
    beside(house, house.cast)
    set_care_wish(by=house.cast.dora.account, contact_may_be_asked=True, now=NOON)
    ask_contact(by=house.cast.max.account, case=worried.id, now=NOON)
    find_enough(by=house.cast.max.account, case=worried.id, now=NOON)
    told = set(AuditEntry.objects.filter(action__startswith="care.").values_list("action", flat=True))
    assert told == {"care.contact_proposed", "care.contact_asked", "care.looked"}
