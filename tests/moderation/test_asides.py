"""For a life: who somebody is, for who handles the case; a little for an authority. By two, seen, told when safe."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from backend.core.models import AuditEntry
from backend.core.sealing import vault
from backend.core.sealing.seal import Unreadable
from moderation import errors
from moderation.actions import erasing
from moderation.actions.appeals import answer_appeal, appeal
from moderation.actions.asides import answer_longer, ask_longer, tell_due
from moderation.actions.care import ask_contact
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, answer_second, end_due, review
from moderation.actions.disclosing import export
from moderation.actions.duty import call_due
from moderation.actions.retention import drop_over
from moderation.models import Aside, CareAsk, Case, Decision, Evidence, LongerHold, Measure, ReportSource
from moderation.queries.identity import look_at_identity
from peers.contacts.actions.contacts import begin_contact
from tests.asking import API, inbox_of, refused
from tests.cast import Person, utc_now
from tests.messaging.rooms import NOON
from tests.moderation.aside import disclose, unseal
from tests.moderation.house import BAD, LATER, House

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)
SOON = NOON + 5 * MINUTE


def decisions(client: APIClient) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(f"{API}/me/decisions").json()["items"]
    return found


def looks(client: APIClient) -> list[tuple[str, str]]:
    return [(item["what"], item["role"]) for item in client.get(f"{API}/me/looks").json()["items"]]


def agreed(house: House, made: Decision, *, now: Any = SOON) -> Decision:
    return answer_second(by=house.cast.lea.account, decision=made.id, agrees=True, now=now)


def see(house: House, made: Decision, *, by: Person | None = None, now: Any = SOON) -> dict[str, str]:
    return look_at_identity(by=(by or house.cast.max).account, decision=made.id, now=now)[1]


# -- who somebody is --------------------------------------------------------------------------------------------------


def test_two_people_unseal_who_somebody_is_and_each_look_is_seen(house: House, client_of: Client) -> None:
    case, dora = house.claimed(), house.cast.dora
    begin_contact(member=dora.account, role=house.cast.peer, now=utc_now())
    made = unseal(house.cast.max, case.id, now=NOON)
    assert made.state == "asked"
    with pytest.raises(errors.NotOpen):
        see(house, made, now=NOON)
    with pytest.raises(errors.SecondIsSame):
        answer_second(by=second_of(house.cast.max), decision=made.id, agrees=True, now=NOON)
    agreed(house, made)
    assert see(house, made) == {
        "languages": "English",
        "beside": "Ben (Voorbeeldhuis)",
        "organisation": "Voorbeeldhuis",
    }
    see(house, made)
    assert looks(client_of(dora)) == [("identity", "moderator"), ("identity", "moderator")]
    (told,) = decisions(client_of(dora))
    assert (told["facts"], told["rule"], told["measures"][0]["kind"]) == (
        "Kanarie: we feared for you",
        "",
        "unseal_identity",
    )
    case.refresh_from_db()
    assert (case.state, case.claimed_by is not None, case.outcome) == ("open", True, "")
    house.decide(Proposed("warn"), case=case.id, now=SOON)  # the case goes on, and is decided as any other


def second_of(person: Person) -> Account:
    """Somebody, who is a second approver as well."""
    give_role(account=person.account, kind="second_approver", by=None, now=NOON)
    return person.account


def test_it_is_open_for_a_day_to_who_has_claimed_the_case(house: House) -> None:
    case = house.claimed()
    made = agreed(house, unseal(house.cast.max, case.id, now=NOON))
    with pytest.raises(errors.NotClaimed):
        see(house, made, by=house.mia)
    with pytest.raises(errors.ModeratorNeeded):
        see(house, made, by=house.cast.ana)
    later = SOON + DAY
    claim(by=house.mia.account, case=case.id, now=later - MINUTE)
    assert "languages" in see(house, made, by=house.mia, now=later - MINUTE)
    with pytest.raises(errors.NotOpen):
        see(house, made, by=house.mia, now=later)
    end_due(now=later)
    assert Measure.objects.get().state == "over"


def test_nobody_agrees_and_nothing_is_seen(house: House, client_of: Client) -> None:
    case = house.claimed()
    refused_ = unseal(house.cast.max, case.id, now=NOON)
    answer_second(by=house.cast.lea.account, decision=refused_.id, agrees=False, now=SOON)
    lapsed = unseal(house.cast.max, case.id, now=SOON)
    assert end_due(now=SOON + DAY) == 1
    for made, state in ((refused_, "refused"), (lapsed, "lapsed")):
        made.refresh_from_db()
        assert (made.state, made.measures.get().state) == (state, "dropped")
        with pytest.raises((errors.NotOpen, errors.NotClaimed)):
            see(house, made, now=SOON + MINUTE)
    case.refresh_from_db()
    assert case.state == "open"
    assert decisions(client_of(house.cast.dora)) == []


def test_asked_again_it_is_one(house: House) -> None:
    case = house.claimed()
    first = unseal(house.cast.max, case.id, now=NOON)
    assert unseal(house.cast.max, case.id, now=NOON).id == first.id
    assert unseal(house.cast.max, case.id, report=case.reports.get().id, now=NOON).id != first.id


def test_who_reported_is_told_and_nobody_else_learns_it(house: House, client_of: Client) -> None:
    case, ana = house.claimed(), house.cast.ana
    made = agreed(house, unseal(house.cast.max, case.id, report=case.reports.get().id, now=NOON))
    assert made.subject is None
    assert see(house, made)["languages"] == "English"
    (told,) = decisions(client_of(ana))
    assert (told["facts"], told["measures"][0]["conversation"]) == ("Kanarie: we feared for you", None)
    assert looks(client_of(ana)) == [("identity", "moderator")]
    assert inbox_of(ana.account)[-1]["type"] == "decision.made"
    for person in (house.cast.dora, house.cast.cleo):
        assert decisions(client_of(person)) == []
    rows = [*AuditEntry.objects.filter(action__startswith="decision.").values(), *Decision.objects.values()]
    assert ana.account.id.hex not in str(rows).replace("-", "")
    # She can appeal, as anybody of whom something is decided.
    asked = appeal(by=ana.account, decision=made.id, text="Kanarie: I did not want that", now=LATER)
    answer_appeal(by=house.mia.account, appeal=asked.id, upholds=True, text="You are right", now=LATER)
    assert decisions(client_of(ana))[0]["state"] == "undone"
    assert client_of(ana).get(f"{API}/appeals/{asked.id}").json()["lines"][-1]["text"] == "You are right"
    refused(client_of(house.cast.dora).get(f"{API}/appeals/{asked.id}"), 404, "not_found")
    with pytest.raises(errors.NotOpen):
        see(house, made, now=SOON)


def test_a_report_of_somebody_elses_case_or_of_nobody_does_not_fit(house: House) -> None:
    case = house.claimed()
    ReportSource.objects.all().delete()
    with pytest.raises(errors.MeasureUnfit):
        unseal(house.cast.max, case.id, report=case.reports.get().id, now=NOON)
    with pytest.raises(errors.MeasureUnfit):
        unseal(house.cast.max, case.id, report=case.id, now=NOON)
    assert not Decision.objects.exists()


def test_it_is_no_measure_of_a_decision(house: House) -> None:
    case = house.claimed()
    for kind in ("unseal_identity", "disclose"):
        with pytest.raises(errors.MeasureUnfit):
            house.decide(Proposed(kind), case=case.id, now=NOON)


def test_who_is_tied_or_has_not_claimed_it_asks_nothing(house: House) -> None:
    house.circle.admit(house.mia)
    case = house.report().case
    with pytest.raises(errors.NotClaimed):
        unseal(house.cast.max, case.id, now=NOON)
    late = case.due_at + MINUTE
    claim(by=house.mia.account, case=case.id, now=late)
    with pytest.raises(errors.Tied):
        unseal(house.mia, case.id, now=late)


def test_unsealed_their_contact_person_is_asked_at_once(house: House) -> None:
    begin_contact(member=house.cast.dora.account, role=house.cast.peer, now=utc_now())
    case = house.claimed()
    with pytest.raises(errors.CareOnly):
        ask_contact(by=house.cast.max.account, case=case.id, now=NOON)
    unseal(house.cast.max, case.id, at_once=True, now=NOON)
    assert ask_contact(by=house.cast.max.account, case=case.id, now=SOON).state == "open"
    assert CareAsk.objects.get().contact == house.cast.peer
    assert inbox_of(house.cast.ben.account)[-1]["type"] == "care.asked"


# -- at once, and told when it is safe --------------------------------------------------------------------------------


def test_at_once_it_is_reviewed_and_the_person_is_told_by_then(house: House, client_of: Client) -> None:
    case, dora = house.claimed(), client_of(house.cast.dora)
    made = unseal(house.cast.max, case.id, at_once=True, held_h=168, now=NOON)
    assert "languages" in see(house, made)
    assert (decisions(dora), looks(dora)) == ([], [])
    with pytest.raises(NotFound):
        appeal(by=house.cast.dora.account, decision=made.id, text="?", now=SOON)
    assert tell_due(now=NOON + DAY - MINUTE) == 0
    assert tell_due(now=NOON + DAY) == 1  # nobody agreed to longer
    assert tell_due(now=NOON + DAY) == 0
    assert decisions(dora)[0]["id"] == str(made.id)
    assert looks(dora) == [("identity", "moderator")]
    assert made.review_due_at == NOON + DAY
    call_due(now=NOON + DAY + MINUTE)
    assert inbox_of(house.mia.account)[-1]["type"] == "duty.called"


@pytest.mark.parametrize(
    ("stands", "tells", "told_after"), [(True, False, 7 * DAY), (True, True, DAY / 2), (False, False, DAY / 2)]
)
def test_who_reviews_it_agrees_to_wait_or_not(
    house: House, client_of: Client, stands: bool, tells: bool, told_after: timedelta
) -> None:
    case, dora = house.claimed(), client_of(house.cast.dora)
    made = unseal(house.cast.max, case.id, at_once=True, held_h=168, now=NOON)
    with pytest.raises(errors.SecondIsSame):
        review(by=house.cast.max.account, decision=made.id, stands=True, now=SOON)
    review(by=house.mia.account, decision=made.id, stands=stands, tells=tells, now=NOON + DAY / 2)
    tell_due(now=NOON + told_after - MINUTE)
    assert bool(decisions(dora)) == (told_after == DAY / 2)
    tell_due(now=NOON + told_after)
    assert decisions(dora)[0]["state"] == ("in_force" if stands else "undone")
    if not stands:
        with pytest.raises(errors.NotOpen):
            see(house, made, now=SOON)


def test_two_agree_to_tell_it_later_and_two_to_tell_it_later_still(house: House, client_of: Client) -> None:
    case, dora, max_ = house.claimed(), client_of(house.cast.dora), house.cast.max.account
    made = agreed(house, unseal(house.cast.max, case.id, held_h=72, now=NOON))
    see(house, made)
    assert (decisions(dora), looks(dora)) == ([], [])
    late = SOON + 2 * DAY
    asked = ask_longer(by=max_, decision=made.id, hours=168, why="Kanarie: he is still there", now=late)
    assert ask_longer(by=max_, decision=made.id, hours=720, why="Again", now=late) == asked
    with pytest.raises(errors.SecondIsSame):
        answer_longer(by=max_, decision=made.id, agrees=True, now=late)
    with pytest.raises(errors.ModeratorNeeded):
        answer_longer(by=house.cast.ana.account, decision=made.id, agrees=True, now=late)
    answer_longer(by=house.mia.account, decision=made.id, agrees=True, now=late)
    assert tell_due(now=SOON + 3 * DAY) == 0
    assert tell_due(now=late + 7 * DAY) == 1
    assert decisions(dora) != []
    with pytest.raises(NotFound):
        ask_longer(by=max_, decision=made.id, hours=24, why="Too late", now=late + 8 * DAY)


def test_one_alone_makes_nobody_wait_longer(house: House) -> None:
    case = house.claimed()
    made = agreed(house, unseal(house.cast.max, case.id, held_h=24, now=NOON))
    ask_longer(by=house.cast.max.account, decision=made.id, hours=720, why="Kanarie", now=SOON)
    answer_longer(by=house.mia.account, decision=made.id, agrees=False, now=SOON)
    assert LongerHold.objects.get().answered_at == SOON
    ask_longer(by=house.cast.max.account, decision=made.id, hours=720, why="Kanarie", now=SOON)
    assert tell_due(now=SOON + DAY) == 1


@pytest.mark.parametrize("hours", [-1, 1, 721, 10_000])
def test_nobody_waits_longer_than_is_said(house: House, hours: int) -> None:
    case = house.claimed()
    with pytest.raises(errors.HoldTooLong):
        unseal(house.cast.max, case.id, held_h=hours, now=NOON)
    made = agreed(house, unseal(house.cast.max, case.id, held_h=24, now=NOON))
    with pytest.raises(errors.HoldTooLong):
        ask_longer(by=house.cast.max.account, decision=made.id, hours=hours, why="Kanarie", now=SOON)


# -- an authority -----------------------------------------------------------------------------------------------------


def test_an_authority_is_told_what_was_chosen_and_no_more_once(house: House, client_of: Client) -> None:
    case = house.claimed()
    chosen = Evidence.objects.get(seq=house.seq)
    made = disclose(house.cast.max, case.id, evidence=(chosen.id,), told=("languages",), now=NOON)
    with pytest.raises(errors.NotOpen):
        export(by=house.cast.max.account, decision=made.id, now=NOON)
    agreed(house, made)
    sealed = Aside.objects.get()
    assert b"Kanarie" not in bytes(sealed.extract or b"") + bytes(sealed.said)
    told = json.loads(export(by=house.cast.max.account, decision=made.id, now=SOON))
    assert told["person"] == {"Languages": "English"}
    assert [(one["text"], one["unchanged"]) for one in told["messages"]] == [(BAD, True)]
    assert (told["authority"], told["reference"], told["basis"]) == ("Police of the city", "2026-4711", "dsa_18")
    assert "Kanarie before" not in str(told)
    with pytest.raises(errors.NotOpen):
        export(by=house.cast.max.account, decision=made.id, now=SOON)
    assert AuditEntry.objects.filter(action="disclosure.exported").count() == 1
    assert looks(client_of(house.cast.dora)) == [("disclosure", "moderator"), ("disclosure", "moderator")]
    assert decisions(client_of(house.cast.dora))[0]["measures"][0]["kind"] == "disclose"


def test_what_nobody_took_away_in_time_is_gone(house: House) -> None:
    case = house.claimed()
    made = agreed(house, disclose(house.cast.max, case.id, now=NOON))
    end_due(now=SOON + 3 * DAY)
    assert Aside.objects.get().extract is None
    claim(by=house.cast.max.account, case=case.id, now=SOON + 3 * DAY)
    with pytest.raises(errors.NotOpen):
        export(by=house.cast.max.account, decision=made.id, now=SOON + 3 * DAY)


def test_undone_before_it_is_taken_away_nobody_is_told(house: House) -> None:
    case = house.claimed()
    made = disclose(house.cast.max, case.id, at_once=True, now=NOON)
    assert Aside.objects.get().extract is not None
    review(by=house.mia.account, decision=made.id, stands=False, now=SOON)
    assert Aside.objects.get().extract is None
    with pytest.raises(errors.NotOpen):
        export(by=house.cast.max.account, decision=made.id, now=SOON)


@pytest.mark.parametrize(
    "given", [{"basis": "x"}, {"told": ("alias",)}, {"told": (), "evidence": ()}, {"evidence": ("other",)}]
)
def test_what_an_authority_is_not_told(house: House, given: dict[str, Any]) -> None:
    case = house.claimed()
    if given.get("evidence"):
        given["evidence"] = (case.id,)
    with pytest.raises(errors.MeasureUnfit):
        disclose(house.cast.max, case.id, now=NOON, **given)
    assert not Decision.objects.exists()


def test_the_case_goes_and_so_does_all_that_is_sealed_to_it(house: House) -> None:
    case = house.claimed()
    made = agreed(house, disclose(house.cast.max, case.id, now=NOON))
    vault.destroy_key(case.id)
    with pytest.raises(Unreadable):
        export(by=house.cast.max.account, decision=made.id, now=SOON)
    assert Case.objects.filter(id=case.id).exists()


def test_its_words_go_once_nobody_can_appeal_and_not_before_it_is_told(house: House) -> None:
    case = house.claimed()
    made = agreed(house, unseal(house.cast.max, case.id, held_h=720, now=NOON))
    house.decide(case=case.id, now=SOON)
    assert drop_over(now=NOON + 200 * DAY) == 0  # nobody told her
    assert tell_due(now=NOON + 200 * DAY) == 1
    assert drop_over(now=NOON + 380 * DAY) == 0
    assert drop_over(now=NOON + 390 * DAY) == 1
    assert bytes(Aside.objects.get(decision=made).said) == b""


def test_of_who_reported_and_erases_their_account_nothing_is_found(house: House, client_of: Client) -> None:
    case, ana = house.claimed(), house.cast.ana
    made = agreed(house, unseal(house.cast.max, case.id, report=case.reports.get().id, now=NOON))
    assert decisions(client_of(ana)) != []
    erasing.clear(ana.account.id, SOON)
    assert Aside.objects.get().account_hash is None
    assert Decision.objects.get().facts_for_subject is None
    assert see(house, made) == {}
