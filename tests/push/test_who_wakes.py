"""What happens around a person wakes whom it is for, and never who did it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from backend.core.accounts import phrase
from backend.core.accounts.actions import recoveries
from backend.core.accounts.actions.accounts import lock_account, suspend_account
from backend.core.accounts.actions.recovery_settings import name_helpers
from backend.core.accounts.actions.roles import end_role
from backend.core.exports.actions.asking import ask_export
from backend.core.exports.actions.making import KEPT, drop_due, make_due
from backend.core.push.actions.waking import deliver
from backend.core.push.vocabulary import Kind
from messaging.actions.admissions import accept_request, ask_admission
from messaging.models import Membership
from moderation.access import Target
from moderation.actions import appeals, reports
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, decide
from peers.checkins.actions import requests, sharing
from peers.contacts.actions import contacts, handovers
from peers.contacts.actions.stepping_back import step_back
from peers.contacts.models import Handover
from peers.matching.actions import clock
from peers.matching.actions.requests import ask_match
from peers.matching.ranking import Wishes
from peers.referrals.actions import ending, receiving
from tests.cast import Cast, Person, new_session, utc_now
from tests.messaging.circle import new_circle
from tests.peers.asking_how import answer, open_next, set_wishes
from tests.peers.beside import another_peer
from tests.peers.referring import send
from tests.push.conftest import House

pytestmark = pytest.mark.django_db


class Phones:
    """Everybody's phone, and who was woken since it was last asked."""

    def __init__(self, house: House, **people: Person) -> None:
        self.house = house
        for name, person in people.items():
            house.phone(person, name)
        house.work()
        house.fcm.got.clear()

    def woken(self, *, after: timedelta = timedelta(0)) -> list[str]:
        """By name, each at most once."""
        self.house.work(now=utc_now() + after)
        names = sorted(told["token"] for told in self.house.fcm.messages())
        self.house.fcm.got.clear()
        assert len(names) == len(set(names))
        return names


@pytest.fixture
def phones(house: House, cast: Cast) -> Phones:
    people = {name: getattr(cast, name) for name in ("ana", "ben", "cleo", "dora", "max", "lea", "olga", "rosa")}
    return Phones(house, **people)


def test_a_contact_person_is_woken_when_somebody_comes_and_goes(cast: Cast, phones: Phones) -> None:
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    assert phones.woken() == ["ben"]
    contacts.change_contact(by=cast.ana.account, reason_code="times", now=utc_now())
    assert phones.woken() == ["ben", "olga"]  # who goes, and who steps in


def test_a_member_is_woken_when_who_was_beside_them_stops(cast: Cast, phones: Phones) -> None:
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    assert phones.woken() == ["ben"]
    step_back(by=cast.ben.account, leave_role=False, now=utc_now())
    assert phones.woken() == ["ana", "olga"]


def test_a_handover_wakes_whose_yes_is_awaited_and_then_all_but_who_gave_it(cast: Cast, phones: Phones) -> None:
    there = contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    noor, role = another_peer(cast)
    phones.house.phone(noor, "noor")
    phones.woken()
    place = Membership.objects.get(conversation=there.conversation_id, account=cast.ana.account).id
    asked = handovers.ask_handover(by=cast.ben.account, member=place, to=role.id, note=None, now=utc_now())
    assert phones.woken() == ["ana", "noor"]
    handovers.accept_handover(by=noor.account, handover=asked.id, now=utc_now())
    assert phones.woken() == ["ana"]
    handovers.consent_handover(by=cast.ana.account, handover=asked.id, note=None, now=utc_now())
    assert phones.woken() == ["ben", "noor"]
    handovers.confirm_handover(by=cast.ana.account, handover=asked.id, now=utc_now())
    assert phones.woken() == ["ben", "noor"]


def test_a_handover_that_ends_wakes_the_others(cast: Cast, phones: Phones) -> None:
    there = contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    noor, role = another_peer(cast)
    phones.house.phone(noor, "noor")
    phones.woken()
    place = Membership.objects.get(conversation=there.conversation_id, account=cast.ana.account).id

    def ask() -> Handover:
        made = handovers.ask_handover(by=cast.ben.account, member=place, to=role.id, note=None, now=utc_now())
        phones.woken()
        return made

    handovers.decline_handover(by=noor.account, handover=ask().id, now=utc_now())
    assert phones.woken() == ["ana", "ben"]
    handovers.withdraw_handover(by=cast.ben.account, handover=ask().id, now=utc_now())
    assert phones.woken() == ["ana", "noor"]
    handovers.refuse_handover(by=cast.ana.account, handover=ask().id, now=utc_now())
    assert phones.woken() == ["ben", "noor"]
    ask()
    end_role(account=noor.account, kind="peer_expert", by=None, now=utc_now())
    assert phones.woken() == ["ana", "ben"]


def test_a_match_wakes_when_the_clock_has_found_or_ended_something(cast: Cast, phones: Phones) -> None:
    ask_match(by=cast.ana.account, wishes=Wishes(languages=("nl",)), now=utc_now())
    assert phones.woken() == []
    woken = []
    for day in (1, 2, 3, 4):
        clock.advance_due(now=utc_now() + timedelta(days=day))
        woken += phones.woken(after=timedelta(days=day))
    assert woken == ["ana", "olga", "rosa"]  # an organisation is told that she waits, once


def test_a_decision_and_an_answered_appeal_wake_whom_they_concern(cast: Cast, phones: Phones) -> None:
    circle = new_circle(cast.ben, languages=["en"])
    for person in (cast.ana, cast.dora):
        circle.admit(person)
    seq = circle.say(cast.dora, "Bad")
    phones.woken()
    target = Target(conversation=circle.id, seq=seq)
    made = reports.report(by=cast.ana.account, target=target, reason="contempt", may_contact=True, now=utc_now())
    assert phones.woken() == []  # nothing urgent
    claim(by=cast.max.account, case=made.case_id, now=utc_now())
    reports.ask_reporter(by=cast.max.account, case=made.case_id, report=made.id, text="When?", now=utc_now())
    assert phones.woken() == ["ana"]
    reports.say_to_moderators(by=cast.ana.account, report=made.id, text="Now", now=utc_now())
    assert phones.woken() == []
    wanted = [Proposed("mute", until=utc_now() + timedelta(days=1))]
    decided = decide(
        by=cast.max.account, case=made.case_id, rule="respect", facts="Why", measures=wanted, now=utc_now()
    )
    assert phones.woken() == ["ana", "dora"]
    mine = appeals.appeal(by=cast.dora.account, decision=decided.id, text="No", now=utc_now())
    assert phones.woken() == []
    suspended_again(phones, cast.dora)
    appeals.answer_appeal(by=cast.lea.account, appeal=mine.id, upholds=False, text="Yes", now=utc_now())
    assert phones.woken() == ["dora-again"]


def suspended_again(phones: Phones, person: Person) -> None:
    """Suspended, and signed in again to read about it."""
    suspend_account(account=person.account, by=None, now=utc_now())
    session, _ = new_session(person.account)
    phones.house.phone(Person(person.account, "", "", session), "dora-again")
    deliver(account=person.account, kind=Kind.CONTACTS, now=utc_now())
    assert phones.woken() == []


def test_who_is_suspended_may_be_woken_by_what_they_may_read_and_the_locked_by_nothing(
    cast: Cast, phones: Phones
) -> None:
    suspended_again(phones, cast.dora)
    circle = new_circle(cast.ben, languages=["en"])
    circle.admit(cast.dora)
    circle.say(cast.ben, "Hello")
    assert phones.woken() == []
    lock_account(account=cast.dora.account, by=None, now=utc_now())
    assert phones.woken() == []


def test_a_recovery_wakes_the_account_as_long_as_it_can_object(
    cast: Cast, phones: Phones, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(phrase, "_COST", 2)
    said = "The lamp at the old mill"
    helpers = [cast.peer.id, cast.coordinator.id]
    name_helpers(by=cast.ana.account, helpers=helpers, phrase_said=said, access_code=cast.ana.code, now=utc_now())
    assert phones.woken() == []
    asked = recoveries.ask_recovery(now=utc_now()).recovery
    for helper in (cast.ben, cast.olga):
        recoveries.confirm_recovery(by=helper.account, number=asked.number, phrase_said=said, now=utc_now())
        assert phones.woken() == ["ana"]
    recoveries.object_to_recovery(number=asked.number, access_code=cast.ana.code, network=b"n", now=utc_now())
    assert phones.woken() == []


def test_a_file_of_ones_data_wakes_its_owner_as_long_as_it_is_there(cast: Cast, phones: Phones) -> None:
    for _ in range(2):
        ask_export(by=cast.ana.account, access_code=cast.ana.code, now=utc_now())
        assert phones.woken() == []
        while make_due(now=utc_now()):
            pass
        assert phones.woken() == ["ana"]
    drop_due(now=utc_now() + KEPT)
    assert phones.woken() == []


def test_what_is_shared_wakes_who_may_read_it(cast: Cast, phones: Phones) -> None:
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    phones.woken()  # before the clock is moved
    set_wishes(cast.ana.account, now=utc_now())
    there = open_next(cast.ana.account)
    answer(cast.ana.account, there, now=utc_now())
    phones.woken()
    share = sharing.share_answer(by=cast.ana.account, checkin=there.id, item="overall", to=cast.peer.id, now=utc_now())
    assert phones.woken() == ["ben"]
    sharing.revoke_share(by=cast.ana.account, share=share.id, now=utc_now())
    assert phones.woken() == []


def test_a_referral_wakes_the_receiver_and_then_the_member(cast: Cast, phones: Phones) -> None:
    made = send(cast, "Hello", now=utc_now())
    assert phones.woken() == ["olga", "rosa"]
    when = (utc_now() + timedelta(days=3)).date()
    receiving.accept_referral(role=cast.coordinator, referral=made.id, person="Ida", first_on=when, now=utc_now())
    assert phones.woken() == ["ana"]
    ending.withdraw_referral(by=cast.ana.account, referral=made.id, now=utc_now())
    assert phones.woken() == []


def test_an_admission_wakes_who_decides_and_then_who_asked(cast: Cast, phones: Phones) -> None:
    circle = new_circle(cast.ben, languages=["en"])
    phones.woken()
    asked = ask_admission(by=cast.cleo.account, group=circle.id, now=utc_now())
    assert phones.woken() == ["ben"]
    accept_request(by=cast.ben.account, request=asked.id, now=utc_now())
    assert phones.woken() == ["cleo"]


def test_who_wished_for_contact_learns_that_nobody_answered(cast: Cast, phones: Phones) -> None:
    contacts.begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    phones.woken()
    requests.ask_contact(by=cast.ana.account, now=utc_now())
    assert phones.woken() == ["ben"]
    for hours, woken in ((25, ["olga"]), (74, ["rosa"]), (123, ["ana"])):
        requests.escalate_due(now=utc_now() + timedelta(hours=hours))
        assert phones.woken(after=timedelta(hours=hours)) == woken
