"""A person of a case erases their account: it can be decided, nothing breaks, and in the end nothing is left."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account, Role
from backend.core.audit import first_fault
from backend.core.db import write
from backend.core.erasure.actions.beginning import begin_erasure
from backend.core.errors import NotFound
from backend.core.models import AuditEntry
from backend.core.sealing import vault
from backend.core.sealing.models import VaultKey
from messaging.actions.memberships import remove_member
from moderation import policy
from moderation.access import Target
from moderation.actions.appeals import answer_appeal, appeal
from moderation.actions.cases import claim, note
from moderation.actions.decisions import Proposed, answer_second, decide, end_due
from moderation.actions.erasing import stop
from moderation.actions.reports import ask_reporter, say_to_moderators
from moderation.actions.retention import drop_over
from moderation.errors import MeasureUnfit
from moderation.models import Appeal, Case, CaseNote, Decision, Evidence, Measure, Report, ReportLine, ReportSource
from moderation.queries.cases import decisions_here, look
from moderation.queries.figures import transparency
from tests.asking import together
from tests.cast import Cast, Person
from tests.core.erased import erase, run_all
from tests.messaging.rooms import NOON
from tests.messaging.test_dump import found
from tests.moderation.house import BAD, LATER, House

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
SOON = NOON + timedelta(minutes=5)


def test_the_evidence_outlives_the_erasure(house: House) -> None:
    case = house.claimed()
    erase(house.cast.dora, now=NOON)
    claim(by=house.cast.max.account, case=case.id, now=SOON)
    there, proofs = look(by=house.cast.max.account, case=case.id, now=SOON)
    assert there.subject is None
    assert there.is_of_nobody
    said = [proof for proof in proofs if not proof.evidence.is_context]
    assert [(proof.text, proof.genuine) for proof in said] == [(BAD, True)]


@pytest.mark.parametrize("kind", ["nothing", "hide", "slow", "close_group"])
def test_it_can_be_decided_without_them(house: House, kind: str) -> None:
    case = house.claimed()
    erase(house.cast.dora, now=NOON)
    ways = {
        "hide": [house.hide()],
        "slow": [Proposed("slow", seconds=60)],
        "close_group": [Proposed("close_group")],
    }
    made = house.decide(*ways.get(kind, []), case=case.id, now=SOON)
    if made.state == "asked":
        answer_second(by=house.cast.lea.account, decision=made.id, agrees=True, now=SOON)
    made.refresh_from_db()
    assert made.state == "in_force"
    assert made.facts_for_subject is None
    assert first_fault(AuditEntry.objects.order_by("seq")) is None


@pytest.mark.parametrize(
    "measure",
    [
        Proposed("mute", until=NOON + timedelta(days=1)),
        Proposed("remove"),
        Proposed("warn"),
        Proposed("suspend", until=NOON + timedelta(days=1)),
        Proposed("exclude"),
    ],
)
def test_what_falls_on_a_person_is_not_offered(house: House, measure: Proposed) -> None:
    case = house.claimed()
    begin_erasure(account=house.cast.dora.account.id, now=NOON)
    with pytest.raises(MeasureUnfit):
        house.decide(measure, case=case.id, now=SOON)


def test_what_was_asked_for_before_takes_hold_as_far_as_it_can(house: House) -> None:
    made = house.decide(Proposed("exclude"), Proposed("mute", until=NOON + timedelta(days=9)), house.hide())
    assert made.state == "asked"
    erase(house.cast.dora, now=NOON)
    answer_second(by=house.cast.lea.account, decision=made.id, agrees=True, now=SOON)
    states = dict(Measure.objects.filter(decision=made).values_list("kind", "state"))
    assert states == {"hide": "applied", "mute": "dropped", "exclude": "dropped"}


def test_an_appeal_that_is_open_is_answered_and_told_to_nobody(house: House) -> None:
    made = house.decide(Proposed("mute", until=NOON + timedelta(days=20)), Proposed("remove"))
    asked = appeal(by=house.cast.dora.account, decision=made.id, text="Not so", now=LATER)
    erase(house.cast.dora, now=LATER)
    answer_appeal(by=house.mia.account, appeal=asked.id, upholds=True, text="Right", now=LATER)
    made.refresh_from_db()
    assert made.state == "undone"
    end_due(now=LATER + timedelta(days=30))


def test_a_reporter_who_is_gone_is_not_told_and_not_asked(house: House) -> None:
    case = house.claimed(may_contact=True)
    made = Report.objects.get(case=case)
    say_to_moderators(by=house.cast.ana.account, report=made.id, text="One more thing", now=NOON)
    erase(house.cast.ana, now=NOON)
    assert not ReportSource.objects.exists()
    assert {bytes(line.for_reporter) for line in ReportLine.objects.all()} == {b""}
    claim(by=house.cast.max.account, case=case.id, now=SOON)
    with pytest.raises(NotFound):
        ask_reporter(by=house.cast.max.account, case=case.id, report=made.id, text="Who?", now=SOON)
    house.decide(house.hide(), case=case.id, now=SOON)
    assert Report.objects.filter(id=made.id, may_contact=False).exists()


def test_a_moderator_who_is_gone_leaves_what_was_decided(house: House) -> None:
    made = house.decide(Proposed("exclude"))
    answer_second(by=house.cast.lea.account, decision=made.id, agrees=True, now=LATER)
    case = made.case
    note(by=house.cast.max.account, case=claimed_again(house), text="A note", now=NOON)
    for person in (house.cast.max, house.cast.lea):
        erase(person, now=LATER)
    made.refresh_from_db()
    assert (made.by, made.second_by, made.state) == (None, None, "in_force")
    assert Case.objects.get(id=case.id).claimed_by is None
    asked = appeal(by=house.cast.dora.account, decision=made.id, text="Not so", now=LATER)
    answer_appeal(by=house.mia.account, appeal=asked.id, upholds=True, text="Right", now=LATER)
    assert first_fault(AuditEntry.objects.order_by("seq")) is None


def claimed_again(house: House) -> UUID:
    return house.claimed(by=house.cast.max, reason="spam").id


def test_who_seconded_and_is_tied_since_does_not_hold_up_the_other(house: House) -> None:
    """Taking one name off puts nobody on it: the other one is not asked for ties."""
    made = house.decide(Proposed("exclude"))
    answer_second(by=house.cast.lea.account, decision=made.id, agrees=True, now=LATER)
    house.circle.admit(house.cast.lea)
    erase(house.cast.max, now=LATER)
    made.refresh_from_db()
    assert made.by is None
    assert made.second_by is not None


def test_a_lead_who_is_gone_leaves_what_was_decided(house: House) -> None:
    member = house.of(house.cast.dora)
    remove_member(by=house.cast.ben.account, group=house.circle.id, membership=member.id, now=NOON)
    erase(house.cast.ben, now=NOON)
    erase(house.cast.dora, now=NOON)
    made = Decision.objects.get()
    assert (made.by, made.subject, made.by_lead) == (None, None, True)


def test_decisions_here_are_of_this_membership_alone(house: House) -> None:
    """Two people who are both gone are not one."""
    house.decide(house.hide())
    seq = house.circle.say(house.cast.cleo, "Kanarie: another")
    other = house.report(target=Target(conversation=house.circle.id, seq=seq)).case
    for person in (house.cast.dora, house.cast.cleo):
        erase(person, now=LATER)
    assert decisions_here(case=Case.objects.get(id=other.id)) == []


# -- when it is over --------------------------------------------------------------------------------------------------


def test_words_go_when_nobody_can_appeal_any_more(house: House) -> None:
    made = house.decide(house.hide())
    case = made.case
    assert made.appeal_until is not None
    erase(house.cast.dora, now=LATER)
    assert drop_over(now=made.appeal_until - timedelta(seconds=1)) == 0
    assert Evidence.objects.filter(case=case).exists()
    assert drop_over(now=made.appeal_until) == 1
    assert not Evidence.objects.filter(case=case).exists()
    assert not VaultKey.objects.filter(owner=case.id).exists()
    there = Case.objects.get(id=case.id)
    assert (there.membership, there.subject) == (None, None)
    assert str(house.circle.id) not in there.about
    assert Measure.objects.get(decision=made).membership_id is None
    made.refresh_from_db()
    assert made.facts_for_case is None
    assert drop_over(now=made.appeal_until) == 0


def test_an_open_appeal_keeps_them(house: House) -> None:
    made = house.decide(house.hide())
    assert made.appeal_until is not None
    asked = appeal(by=house.cast.dora.account, decision=made.id, text="Not so", now=LATER)
    assert drop_over(now=made.appeal_until) == 0
    Appeal.objects.filter(id=asked.id).update(state="rejected")
    assert drop_over(now=made.appeal_until) == 1


def test_without_a_measure_six_months_after(house: House) -> None:
    made = house.decide()
    assert made.in_force_at is not None
    assert drop_over(now=made.in_force_at + policy.LONG - timedelta(seconds=1)) == 0
    assert drop_over(now=made.in_force_at + policy.LONG) == 1


def test_of_a_person_who_is_there_the_history_stays(house: House) -> None:
    made = house.decide(house.hide())
    assert made.appeal_until is not None
    drop_over(now=made.appeal_until)
    there = Case.objects.get(id=made.case_id)
    assert there.membership == house.of(house.cast.dora)
    erase(house.cast.dora, now=made.appeal_until)
    there.refresh_from_db()
    assert there.membership is None


def test_an_open_case_is_never_touched(house: House) -> None:
    house.claimed()
    assert drop_over(now=NOON + timedelta(days=4000)) == 0


def test_a_worker_that_dies_before_the_key_is_followed(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    made = house.decide(house.hide())
    assert made.appeal_until is not None

    def die(owner: object) -> None:
        raise SystemExit

    with monkeypatch.context() as patch:
        patch.setattr(vault, "destroy_key", die)
        with pytest.raises(SystemExit):
            drop_over(now=made.appeal_until)
    assert VaultKey.objects.filter(owner=made.case_id).exists()
    assert drop_over(now=made.appeal_until) == 1
    assert not VaultKey.objects.filter(owner=made.case_id).exists()


def test_the_figures_stay(house: House) -> None:
    for _ in range(1):
        house.decide(house.hide())
    before = Decision.objects.count(), Measure.objects.count(), Report.objects.count()
    erase(house.cast.dora, now=LATER)
    drop_over(now=LATER + timedelta(days=400))
    assert (Decision.objects.count(), Measure.objects.count(), Report.objects.count()) == before
    assert transparency(at=LATER + timedelta(days=400))
    assert not CaseNote.objects.exists()
    assert found(BAD) == []


# -- at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_erased_while_it_is_decided(house: House) -> None:
    """Either the measure fell on the account before, or it is refused: never a suspended nobody."""
    case = house.claimed()

    def suspend() -> object:
        wanted = [Proposed("suspend", until=LATER)]
        return decide(by=house.cast.max.account, case=case.id, rule="safety", facts="x", measures=wanted, now=SOON)

    done = together(suspend, lambda: begin_erasure(account=house.cast.dora.account.id, now=SOON))
    assert not isinstance(done[1], Exception)
    assert isinstance(done[0], (Decision, MeasureUnfit)), done[0]
    there = Account.objects.get(id=house.cast.dora.account.id)
    assert (there.is_locked, there.is_suspended) == (True, False)
    run_all(now=SOON)
    assert not Account.objects.filter(id=there.id).exists()
    end_due(now=LATER + timedelta(days=1))


def test_stopping_twice_changes_nothing(house: House, cast: Cast) -> None:
    house.decide(house.hide())
    before = Role.objects.count()

    @write
    def again() -> None:
        stop(cast.dora.account, LATER)

    again()
    again()
    assert Decision.objects.get().subject is None
    assert Role.objects.count() == before
