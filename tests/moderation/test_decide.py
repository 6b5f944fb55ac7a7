"""Deciding: claimed first, by nobody who is tied, some only with a second; told with reasons; undone as a whole."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import IntegrityError, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.models import Account, InvitePause, Role
from backend.core.errors import DomainError
from backend.core.models import AuditEntry, Limit
from messaging.models import Conversation, Group, Membership, Message
from moderation import errors
from moderation.access import Target
from moderation.actions import measures
from moderation.actions.appeals import answer_appeal, appeal
from moderation.actions.cases import claim, note, release
from moderation.actions.decisions import Proposed, answer_second, decide, end_due, review
from moderation.models import Appeal, Aside, Case, CaseHold, Decision, Evidence, Exposure, Measure
from moderation.policy import MEASURES, is_told
from peers.experts.models import Expert
from tests.asking import API, inbox_of, refused, together
from tests.cast import Person, client_with
from tests.messaging.rooms import NOON
from tests.moderation.aside import disclose, unseal
from tests.moderation.house import BAD, LATER, House

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
DAY = timedelta(days=1)


def texts(house: House, client: APIClient) -> list[str | None]:
    items = client.get(f"{API}/conversations/{house.circle.id}/messages").json()["items"]
    return [item["body"] for item in items]


def test_a_decision_takes_hold_and_is_told(house: House, client_of: Client) -> None:
    reported = house.report()
    made = house.decide(house.hide(), Proposed("mute", until=NOON + DAY))
    assert texts(house, client_of(house.cast.ana)) == ["Kanarie before", None, "Kanarie after"]
    assert house.of(house.cast.dora).muted_until == NOON + DAY
    (told,) = client_of(house.cast.dora).get(f"{API}/me/decisions").json()["items"]
    assert (told["id"], told["state"], told["facts"]) == (str(made.id), "in_force", "Kanarie: a threat")
    assert (told["rule"], told["automation"], told["decided_by_person"]) == ("safety", "none", True)
    assert [measure["kind"] for measure in told["measures"]] == ["hide", "mute"]
    assert inbox_of(house.cast.dora.account)[-1] | {"seq": 0} == {
        "type": "decision.made",
        "decision": str(made.id),
        "seq": 0,
    }
    receipt = client_of(house.cast.ana).get(f"{API}/reports/{reported.id}").json()
    assert (receipt["state"], receipt["outcome_code"]) == ("decided", "measure_taken")
    assert not Evidence.objects.filter(is_context=True).exists()
    actions = set(AuditEntry.objects.values_list("action", flat=True))
    assert {"case.claimed", "decision.made"} <= actions


def test_nobody_else_is_told_of_it(house: House, client_of: Client) -> None:
    made = house.decide(Proposed("warn"))
    for person in (house.cast.ana, house.cast.max):
        assert client_of(person).get(f"{API}/me/decisions").json()["items"] == []
        refused(client_of(person).post(f"{API}/decisions/{made.id}/appeals", {"text": "?"}), 404, "not_found")


def test_nothing_found_shows_again_what_was_held(house: House, client_of: Client) -> None:
    case = house.claimed(reason="identity")
    assert CaseHold.objects.exists()
    assert None in texts(house, client_of(house.cast.ana))
    house.decide(case=case.id, now=NOON)
    assert BAD in texts(house, client_of(house.cast.ana))
    assert not CaseHold.objects.exists()
    assert client_of(house.cast.dora).get(f"{API}/me/decisions").json()["items"] == []


def test_what_was_held_and_then_hidden_says_so(house: House, client_of: Client) -> None:
    case = house.claimed(reason="identity")
    made = house.decide(house.hide(), case=case.id, now=NOON)
    (told,) = client_of(house.cast.dora).get(f"{API}/me/decisions").json()["items"]
    assert told["automation"] == "held_until_looked_at"
    appealed = appeal(by=house.cast.dora.account, decision=made.id, text="It was a joke", now=LATER)
    answer_appeal(by=house.mia.account, appeal=appealed.id, upholds=True, text="So it was", now=LATER)
    assert BAD in texts(house, client_of(house.cast.ana))


@pytest.mark.parametrize(
    ("wanted", "rule", "error"),
    [
        ([Proposed("hide")], "safety", errors.MeasureUnfit),
        ([Proposed("hide", seq=99)], "safety", errors.MeasureUnfit),
        ([Proposed("mute")], "safety", errors.MeasureUnfit),
        ([Proposed("mute", until=NOON - DAY)], "safety", errors.MeasureUnfit),
        ([Proposed("warn", until=NOON + DAY)], "safety", errors.MeasureUnfit),
        ([Proposed("slow")], "safety", errors.MeasureUnfit),
        ([Proposed("slow", seconds=10**9)], "safety", errors.MeasureUnfit),
        ([Proposed("warn"), Proposed("warn")], "safety", errors.MeasureUnfit),
        ([Proposed("banish")], "safety", errors.MeasureUnfit),
        ([Proposed("warn")], "", errors.RuleNeeded),
        ([Proposed("warn")], "taste", errors.RuleNeeded),
    ],
)
def test_what_does_not_fit_changes_nothing(house: House, wanted: Any, rule: str, error: type[DomainError]) -> None:
    case = house.claimed()
    with pytest.raises(error):
        house.decide(*wanted, case=case.id, rule=rule, now=NOON)
    assert not Decision.objects.exists()
    assert Case.objects.get().state == "open"


def test_a_message_of_somebody_else_is_not_hidden(house: House) -> None:
    case = house.claimed()
    with pytest.raises(errors.MeasureUnfit):
        house.decide(Proposed("hide", seq=house.seq - 1), case=case.id, now=NOON)


def test_a_claim_is_one_persons_and_ends(house: House) -> None:
    case = house.claimed()
    with pytest.raises(errors.ClaimedByAnother):
        claim(by=house.mia.account, case=case.id, now=NOON)
    with pytest.raises(errors.NotClaimed):
        note(by=house.mia.account, case=case.id, text="?", now=NOON)
    note(by=house.cast.max.account, case=case.id, text="Looks bad", now=NOON)
    after = NOON + timedelta(minutes=31)
    with pytest.raises(errors.NotClaimed):
        decide(by=house.cast.max.account, case=case.id, rule="", facts="?", measures=[], now=after)
    assert claim(by=house.mia.account, case=case.id, now=after).holder(at=after) is not None
    release(by=house.mia.account, case=case.id, now=after)
    assert claim(by=house.cast.max.account, case=case.id, now=after).claimed_by is not None


def test_members_claim_nothing(house: House) -> None:
    case = house.report().case
    for person in (house.cast.ana, house.cast.ben, house.cast.olga):
        with pytest.raises(errors.ModeratorNeeded):
            claim(by=person.account, case=case.id, now=NOON)


@pytest.mark.django_db(transaction=True)
def test_two_who_claim_at_once(house: House) -> None:
    case = house.report().case
    got = together(
        lambda: claim(by=house.cast.max.account, case=case.id, now=NOON),
        lambda: claim(by=house.mia.account, case=case.id, now=NOON),
    )
    assert sorted(type(one).__name__ for one in got) == ["Case", "ClaimedByAnother"]


# -- who is tied ------------------------------------------------------------------------------------------------------


def test_who_belongs_to_the_place_is_not_put_on_it_by_any_path(house: House) -> None:
    house.circle.admit(house.mia)
    case = house.report().case
    with pytest.raises(errors.Tied):
        claim(by=house.mia.account, case=case.id, now=NOON)
    role = Role.objects.get(account=house.mia.account)
    until = NOON + timedelta(minutes=30)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(id=case.id).update(claimed_by=role, claimed_until=until)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(case=case, by=role, made_at=NOON)
    made = house.decide(Proposed("warn"))
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(id=made.id).update(second_by=role)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.filter(id=made.id).update(second_by=made.by)
    appealed = appeal(by=house.cast.dora.account, decision=made.id, text="No", now=LATER)
    for tied in (role, made.by):
        with pytest.raises(IntegrityError), transaction.atomic():
            Appeal.objects.filter(id=appealed.id).update(decided_by=tied)


def test_who_reported_it_does_not_handle_it(house: House) -> None:
    house.circle.admit(house.mia)
    house.report(house.mia, target=Target(membership=house.of(house.cast.dora).id))
    Membership.objects.filter(account=house.mia.account).delete()
    with pytest.raises(errors.Tied):
        claim(by=house.mia.account, case=Case.objects.get().id, now=NOON)


def test_when_it_is_overdue_who_is_tied_may_hide_or_mute_for_a_day(house: House) -> None:
    house.circle.admit(house.mia)
    case = house.report().case
    late = case.due_at + timedelta(minutes=1)
    claim(by=house.mia.account, case=case.id, now=late)
    with pytest.raises(errors.MeasureUnfit):
        house.decide(Proposed("remove"), by=house.mia, case=case.id, now=late)
    made = house.decide(Proposed("mute", until=late + 9 * DAY), by=house.mia, case=case.id, now=late)
    assert house.of(house.cast.dora).muted_until == late + DAY
    assert made.review_due_at == late + DAY
    with pytest.raises(errors.SecondIsSame):
        review(by=house.mia.account, decision=made.id, stands=True, now=late)
    review(by=house.cast.max.account, decision=made.id, stands=False, now=late)
    assert house.of(house.cast.dora).muted_until is None


# -- a second person --------------------------------------------------------------------------------------------------


def test_some_measures_wait_for_a_second(house: House) -> None:
    made = house.decide(Proposed("exclude"))
    assert (made.state, Case.objects.get().state) == ("asked", "waiting")
    assert not Account.objects.get(id=house.cast.dora.account.id).is_locked
    with pytest.raises(errors.ModeratorNeeded):
        answer_second(by=house.mia.account, decision=made.id, agrees=True, now=LATER)
    answer_second(by=house.cast.lea.account, decision=made.id, agrees=True, now=LATER)
    assert Account.objects.get(id=house.cast.dora.account.id).is_suspended
    with pytest.raises(errors.CaseDecided):
        answer_second(by=house.cast.lea.account, decision=made.id, agrees=True, now=LATER)


def test_a_second_who_does_not_agree_opens_it_again(house: House) -> None:
    made = house.decide(Proposed("close_group"))
    answer_second(by=house.cast.lea.account, decision=made.id, agrees=False, now=LATER)
    made.refresh_from_db()
    assert (made.state, Case.objects.get().state) == ("refused", "open")
    assert Conversation.objects.get(id=house.circle.id).closed_at is None


def test_what_no_second_answers_lapses(house: House) -> None:
    made = house.decide(Proposed("exclude"))
    assert end_due(now=LATER) == 0
    assert end_due(now=LATER + 2 * DAY) == 1
    made.refresh_from_db()
    assert (made.state, Case.objects.get().state) == ("lapsed", "open")


def test_danger_to_life_is_met_at_once_and_reviewed(house: House) -> None:
    made = house.decide(Proposed("exclude"), at_once=True)
    assert Account.objects.get(id=house.cast.dora.account.id).is_suspended
    assert made.review_due_at is not None
    review(by=house.cast.lea.account, decision=made.id, stands=True, now=LATER)
    assert Decision.objects.filter(id=made.id, state="in_force", review_due_at=None).exists()


@pytest.mark.django_db(transaction=True)
def test_two_decisions_at_once_are_one(house: House) -> None:
    case = house.claimed()
    act = lambda: house.decide(Proposed("warn"), case=case.id, now=NOON)  # noqa: E731
    got = together(act, act)
    assert sorted(type(one).__name__ for one in got) == ["Decision", "NotClaimed"]


# -- suspended --------------------------------------------------------------------------------------------------------


def test_who_is_suspended_reads_why_and_appeals_and_nothing_else(house: House, client_of: Client) -> None:
    dora = house.cast.dora
    made = house.decide(Proposed("suspend", until=NOON + 7 * DAY))
    refused(client_with(dora.token).get(f"{API}/me"), 401, "sign_in_needed")
    told = APIClient().post(f"{API}/sessions", {"access_code": dora.code}).json()
    client = client_with(told["token"])
    for path in ("/me", "/conversations", "/groups"):
        refused(client.get(f"{API}{path}"), 403, "account_suspended")
    refused(client.post(f"{API}/realtime/tickets"), 401, "sign_in_needed")
    assert client.get(f"{API}/me/decisions").json()["items"][0]["id"] == str(made.id)
    with time_machine.travel(LATER, tick=False):
        said = client.post(f"{API}/decisions/{made.id}/appeals", {"text": "It was not me"})
    assert said.status_code == 201
    assert client.get(f"{API}/appeals/{said.json()['id']}").json()["lines"][0]["text"] == "It was not me"
    assert end_due(now=NOON + 8 * DAY) == 1
    assert client.get(f"{API}/me").status_code == 200


def test_the_operators_lock_is_above_a_suspension(house: House) -> None:
    made = house.decide(Proposed("suspend", until=NOON + DAY))
    lock_account(account=house.cast.dora.account, by=None, now=LATER)
    refused(APIClient().post(f"{API}/sessions", {"access_code": house.cast.dora.code}), 401, "sign_in_failed")
    end_due(now=NOON + 2 * DAY)
    assert Account.objects.get(id=house.cast.dora.account.id).is_locked
    assert made.measures.get().state == "over"


def test_two_suspensions_end_with_the_later(house: House) -> None:
    house.decide(Proposed("suspend", until=NOON + DAY))
    second = house.report(house.cast.cleo).case
    claim(by=house.cast.max.account, case=second.id, now=LATER)
    house.decide(Proposed("suspend", until=NOON + 3 * DAY), case=second.id, now=LATER)
    end_due(now=NOON + 2 * DAY)
    assert Account.objects.get(id=house.cast.dora.account.id).is_suspended
    end_due(now=NOON + 4 * DAY)
    assert not Account.objects.get(id=house.cast.dora.account.id).is_locked


# -- appeals ----------------------------------------------------------------------------------------------------------


def test_an_appeal_is_answered_by_somebody_else(house: House, client_of: Client) -> None:
    made = house.decide(house.hide())
    dora = client_of(house.cast.dora)
    with time_machine.travel(LATER, tick=False):
        told = dora.post(f"{API}/decisions/{made.id}/appeals", {"text": "It was a joke"}).json()
        again = dora.post(f"{API}/decisions/{made.id}/appeals", {"text": "Another"})
        dora.post(f"{API}/appeals/{told['id']}", {"text": "Ask ana"})
    assert again.json()["id"] == told["id"]
    with pytest.raises(errors.Tied):
        answer_appeal(by=house.cast.max.account, appeal=UUID(told["id"]), upholds=False, text="No", now=LATER)
    answer_appeal(by=house.mia.account, appeal=UUID(told["id"]), upholds=False, text="It reads as a threat", now=LATER)
    shown = dora.get(f"{API}/appeals/{told['id']}").json()
    assert (shown["state"], [line["text"] for line in shown["lines"]]) == (
        "rejected",
        ["It was a joke", "Ask ana", "It reads as a threat"],
    )
    refused(dora.post(f"{API}/decisions/{made.id}/appeals", {"text": "Again"}), 409, "appealed_before")
    refused(dora.post(f"{API}/appeals/{told['id']}", {"text": "Again"}), 409, "appeal_over")
    assert texts(house, dora)[1] is None


def test_upheld_it_undoes_everything_and_says_so(house: House, client_of: Client) -> None:
    reported = house.report()
    made = house.decide(house.hide(), Proposed("mute", until=NOON + DAY), Proposed("warn"))
    appealed = appeal(by=house.cast.dora.account, decision=made.id, text="It was a joke", now=LATER)
    answer_appeal(by=house.mia.account, appeal=appealed.id, upholds=True, text="So it was", now=LATER)
    assert texts(house, client_of(house.cast.ana))[1] == BAD
    assert house.of(house.cast.dora).muted_until is None
    (told,) = client_of(house.cast.dora).get(f"{API}/me/decisions").json()["items"]
    assert (told["state"], {measure["state"] for measure in told["measures"]}) == ("undone", {"undone"})
    assert client_of(house.cast.ana).get(f"{API}/reports/{reported.id}").json()["outcome_code"] == "nothing_found"
    kinds = [event["type"] for event in inbox_of(house.cast.dora.account)]
    assert kinds[-2:] == ["appeal.changed", "decision.made"] or kinds[-2:] == ["decision.made", "appeal.changed"]


def test_out_of_time(house: House) -> None:
    made = house.decide(house.hide())
    with pytest.raises(errors.AppealOver):
        appeal(by=house.cast.dora.account, decision=made.id, text="?", now=NOON + 31 * DAY)
    graver = house.report(house.cast.cleo).case
    claim(by=house.cast.max.account, case=graver.id, now=LATER)
    made = house.decide(Proposed("remove"), case=graver.id, now=LATER)
    assert appeal(by=house.cast.dora.account, decision=made.id, text="?", now=NOON + 100 * DAY).state == "open"


# -- every measure leaves the world as before -------------------------------------------------------------------------

WAYS: dict[str, Callable[[House], Proposed]] = {
    "hide": lambda house: house.hide(),
    "warn": lambda house: Proposed("warn"),
    "slow": lambda house: Proposed("slow", seconds=60),
    "mute": lambda house: Proposed("mute", until=NOON + DAY),
    "remove": lambda house: Proposed("remove"),
    "unverify": lambda house: Proposed("unverify"),
    "suspend": lambda house: Proposed("suspend", until=NOON + DAY),
    "exclude": lambda house: Proposed("exclude"),
    "close_group": lambda house: Proposed("close_group"),
    "pause_inviter": lambda house: Proposed("pause_inviter"),
}

ASIDES: dict[str, Callable[..., Decision]] = {"unseal_identity": unseal, "disclose": disclose}


def world(house: House) -> list[Any]:
    """All that measures touch."""
    ignored = {"version", "show_due_at", "dormant"}
    rows: list[Any] = []
    for model in (Message, Membership, Group, Conversation):
        fields = [field.attname for field in model._meta.concrete_fields if field.attname not in ignored]
        rows.append(sorted(map(str, model.objects.values(*fields))))
    rows.append(sorted(map(str, Account.objects.values("id", "locked_at", "suspended_at"))))
    rows.append(sorted(map(str, Role.objects.values())))
    rows.append(sorted(map(str, Expert.objects.values())))
    rows.append(sorted(map(str, InvitePause.objects.filter(reviewed_at=None).values("inviter", "asked"))))
    return rows


def test_what_is_done_beside_it_is_undone_as_well(house: House) -> None:
    case, before = house.claimed(), world(house)
    for ask in ASIDES.values():
        made = ask(house.cast.max, case.id, at_once=True, now=NOON)
        appealed = appeal(by=house.cast.dora.account, decision=made.id, text="No", now=LATER)
        answer_appeal(by=house.mia.account, appeal=appealed.id, upholds=True, text="Yes", now=LATER)
    assert not Measure.objects.exclude(state="undone").exists()
    assert not Aside.objects.filter(extract__isnull=False).exists()
    assert Case.objects.get().state == "open"
    assert world(house) == before


@settings(max_examples=25, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
@given(kinds=st.lists(st.sampled_from(sorted(WAYS)), min_size=1, max_size=4, unique=True), muted=st.booleans())
def test_applied_and_undone_the_world_is_as_before(peer_house: House, kinds: list[str], muted: bool) -> None:
    house, kinds = peer_house, kinds if is_told(kinds) else [*kinds, "warn"]  # against what is not told is no appeal
    Appeal.objects.all().delete()
    Limit.objects.all().delete()
    Exposure.objects.all().delete()
    if muted:
        Membership.objects.filter(id=house.of(house.cast.dora).id).update(muted_until=NOON + 5 * DAY)
    before = world(house)
    made = house.decide(*[WAYS[kind](house) for kind in kinds], at_once=True)
    appealed = appeal(by=house.cast.dora.account, decision=made.id, text="No", now=LATER)
    answer_appeal(by=house.mia.account, appeal=appealed.id, upholds=True, text="Yes", now=LATER)
    assert world(house) == before


def test_every_measure_is_tried() -> None:
    elsewhere = {"withdraw_entry"}  # test_report_beyond.py
    assert WAYS.keys() | ASIDES.keys() | elsewhere == measures.WAYS.keys() == MEASURES.keys()
