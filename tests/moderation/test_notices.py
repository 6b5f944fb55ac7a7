"""Notices without an account: sealed, looked at by a person, found again by a reference that is in no address."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from moderation.actions.cases import claim
from moderation.actions.notices import PER_NETWORK
from moderation.models import Case, Notice, Report
from tests.asking import API, dump_databases, refused
from tests.moderation.house import House

pytestmark = pytest.mark.django_db

BODY = {"reason": "recruiting", "where": "Kanarie group", "text": "Kanarie text", "in_good_faith": True}


def give(**given: Any) -> Any:
    return APIClient().post(f"{API}/notices", {**BODY, **given})


def test_it_is_received_sealed_and_looked_up(house: House) -> None:
    told = give(contact="kanarie@example.org")
    assert told.status_code == 201, told.content
    reference = told.json()["reference"]
    case = Case.objects.get()
    assert (case.kind, case.reason, case.priority, case.subject) == ("rule", "recruiting", "high", None)
    assert Report.objects.get().target == "notice"
    dump = dump_databases()
    for word in ("Kanarie text", "Kanarie group", "kanarie@example.org", reference):
        assert word not in dump
    looked = APIClient().post(f"{API}/notices/look-up", {"reference": f" {reference[:4]}-{reference[4:].upper()}"})
    assert (looked.status_code, looked.json()["state"]) == (200, "received")
    claim(by=house.cast.max.account, case=case.id, now=case.opened_at)
    house.decide(case=case.id, now=case.opened_at)
    looked = APIClient().post(f"{API}/notices/look-up", {"reference": reference}).json()
    assert (looked["state"], looked["outcome_code"]) == ("decided", "nothing_found")


def test_a_reference_that_nobody_was_told(house: House) -> None:
    refused(APIClient().post(f"{API}/notices/look-up", {"reference": "a" * 20}), 404, "not_found")


@pytest.mark.parametrize(
    "given",
    [
        {"reason": "worried"},
        {"reason": "taste"},
        {"where": ""},
        {"text": ""},
        {"text": "x" * 4001},
        {"contact": "x" * 201},
        {"in_good_faith": False},
        {"extra": 1},
    ],
)
def test_bad_input_changes_nothing(house: House, given: dict[str, Any]) -> None:
    assert give(**given).status_code == 400
    assert not Case.objects.exists()


def test_a_network_is_limited_and_the_receipts_differ(house: House) -> None:
    references = {give().json()["reference"] for _ in range(PER_NETWORK.burst)}
    assert len(references) == Notice.objects.count() == PER_NETWORK.burst
    refused(give(), 429, "too_many")
    assert Case.objects.count() == PER_NETWORK.burst
