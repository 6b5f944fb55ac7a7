"""Reporting: evidence is sealed at once and cannot be forged; reports join; who reports is told and never shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.errors import Forbidden, TooMany
from messaging.actions.messages import edit_message, retract_message
from messaging.models import Message
from moderation.access import Target
from moderation.actions.reports import HELD, REPORTED, ask_reporter
from moderation.models import Case, Evidence, Report
from moderation.queries.cases import look
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Person
from tests.messaging.rooms import NOON
from tests.moderation.house import BAD, LATER, House

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


def body(house: House, **given: Any) -> dict[str, Any]:
    return {"target": {"conversation": str(house.circle.id), "seq": house.seq}, "reason": "threats", **given}


def test_a_report_is_answered_with_a_receipt(house: House, client_of: Client) -> None:
    client = client_of(house.cast.ana)
    told = client.post(f"{API}/reports", body(house, note="Kanarie note"))
    assert told.status_code == 201, told.content
    made = told.json()
    assert (made["state"], made["outcome_code"], made["lines"]) == ("received", None, [])
    assert client.get(f"{API}/reports/{made['id']}").json() == made
    assert [there["id"] for there in client.get(f"{API}/reports").json()["items"]] == [made["id"]]
    assert [event["report"] for event in inbox_of(house.cast.ana.account) if event["type"] == "report.changed"] == [
        made["id"]
    ]
    assert inbox_of(house.cast.max.account)[-1]["type"] == "case.changed"
    case = Case.objects.get()
    assert (case.kind, case.priority, case.language, case.subject) == ("rule", "high", "nl", house.cast.dora.account)


def test_the_evidence_is_whole_and_genuine(house: House) -> None:
    case = house.claimed()
    edit_message(by=house.cast.dora.account, conversation=house.circle.id, seq=house.seq, body="Nothing", now=LATER)
    retract_message(by=house.cast.dora.account, conversation=house.circle.id, seq=house.seq, now=LATER)
    _, proofs = look(by=house.cast.max.account, case=case.id, now=NOON)
    assert [(proof.text, proof.genuine, proof.evidence.is_context) for proof in proofs] == [
        ("Kanarie before", True, True),
        (BAD, True, False),
        ("Kanarie after", True, True),
    ]


def test_earlier_versions_are_evidence_too(house: House) -> None:
    edit_message(by=house.cast.dora.account, conversation=house.circle.id, seq=house.seq, body="Milder", now=NOON)
    retract_message(by=house.cast.dora.account, conversation=house.circle.id, seq=house.seq, now=NOON)
    case = house.claimed(target=Target(membership=house.of(house.cast.dora).id))
    _, proofs = look(by=house.cast.max.account, case=case.id, now=NOON)
    assert [(proof.text, proof.genuine) for proof in proofs] == [(BAD, True), ("Milder", True)]


def test_evidence_that_was_changed_does_not_pass(house: House) -> None:
    case = house.claimed()
    one = Evidence.objects.get(seq=house.seq)
    Evidence.objects.filter(id=one.id).update(client_id=uuid4())
    _, proofs = look(by=house.cast.max.account, case=case.id, now=NOON)
    assert [proof.genuine for proof in proofs] == [True, False, True]


def test_the_database_shows_neither_words_nor_reporter(house: House) -> None:
    ids = (house.cast.ana.account.id.hex, str(house.cast.ana.account.id))
    house.report(note="Kanarie note")
    dump = dump_databases()
    assert "Kanarie" not in dump
    rows = [line for line in dump.splitlines() if str(Report.objects.get().id) in line]
    assert rows
    assert not any(id_ in line for line in rows for id_ in ids)


def test_reports_on_the_same_person_join_and_the_gravest_counts(house: House) -> None:
    first = house.report(reason="spam")
    second = house.report(house.cast.cleo, reason="danger")
    third = house.report(house.cast.cleo, reason="danger")
    assert first.case_id == second.case_id == third.case_id
    assert second == third  # the same again
    case = Case.objects.get()
    assert (case.priority, case.reason, case.reports.count()) == ("high", "danger", 2)
    worried = house.report(house.cast.cleo, reason="worried")
    assert worried.case.kind == "care"
    assert worried.case_id != case.id


@pytest.mark.django_db(transaction=True)
def test_two_at_once_open_one_case(house: House) -> None:
    got = together(lambda: house.report(), lambda: house.report(house.cast.cleo))
    assert all(isinstance(one, Report) for one in got), got
    assert Case.objects.count() == 1


def test_some_reasons_hide_the_message_and_what_quotes_it(house: House, client_of: Client) -> None:
    answer = client_of(house.cast.cleo).post(
        f"{API}/conversations/{house.circle.id}/messages",
        {"client_id": str(uuid4()), "body": "You said what?", "reply_to": house.seq},
    )
    house.report(reason="identity")
    hidden = set(Message.objects.filter(hidden_at__isnull=False).values_list("seq", flat=True))
    assert hidden == {house.seq, answer.json()["seq"]}


def test_one_reporter_hides_only_a_few(house: House) -> None:
    seqs = [house.circle.say(house.cast.dora, f"{number}") for number in range(HELD.count + 2)]
    for seq in seqs:
        house.report(reason="identity", target=Target(conversation=house.circle.id, seq=seq))
    assert Message.objects.filter(hidden_at__isnull=False).count() == HELD.count


def test_also_block(house: House, client_of: Client) -> None:
    client = client_of(house.cast.ana)
    assert client.post(f"{API}/reports", body(house, also_block=True)).status_code == 201
    assert BAD not in str(client.get(f"{API}/conversations/{house.circle.id}/messages").json())


def test_strangers_and_odd_targets(house: House, client_of: Client) -> None:
    stranger = client_of(house.cast.olga)
    refused(stranger.post(f"{API}/reports", body(house)), 404, "not_found")
    member = str(house.of(house.cast.dora).id)
    refused(stranger.post(f"{API}/reports", body(house, target={"membership": member})), 404, "not_found")
    dora = client_of(house.cast.dora)
    refused(dora.post(f"{API}/reports", body(house)), 400, "report_of_oneself")
    refused(dora.post(f"{API}/reports", body(house, target={"membership": member})), 400, "report_of_oneself")
    ana = client_of(house.cast.ana)
    refused(ana.post(f"{API}/reports", body(house, target={"membership": str(uuid4())})), 404, "not_found")
    for target in ({}, {"seq": 1}, {"membership": member, "seq": 1}):
        assert codes_at(ana.post(f"{API}/reports", body(house, target=target))) == {"/target": "invalid"}
    assert not Report.objects.exists()


def test_a_report_is_its_reporters_alone(house: House, client_of: Client) -> None:
    made = house.report()
    for person in (house.cast.cleo, house.cast.dora, house.cast.max):
        refused(client_of(person).get(f"{API}/reports/{made.id}"), 404, "not_found")
        assert client_of(person).get(f"{API}/reports").json()["items"] == []


def test_floods_end(house: House) -> None:
    for _ in range(REPORTED.burst):
        house.report()
    with pytest.raises(TooMany):
        house.report()
    assert Report.objects.count() == 1


def test_who_looks_may_ask_who_allowed_it(house: House, client_of: Client) -> None:
    mute = house.report(house.cast.cleo)
    made = house.report(may_contact=True)
    case = house.claimed()
    with pytest.raises(Forbidden):
        ask_reporter(by=house.cast.max.account, case=case.id, report=mute.id, text="?", now=NOON)
    ask_reporter(by=house.cast.max.account, case=case.id, report=made.id, text="Since when?", now=NOON)
    client = client_of(house.cast.ana)
    said = client.post(f"{API}/reports/{made.id}/messages", {"text": "Since Monday"})
    assert [(line["by_me"], line["text"]) for line in said.json()["lines"]] == [
        (False, "Since when?"),
        (True, "Since Monday"),
    ]
    assert said.json()["state"] == "in_review"
