"""Reported, claimed, then erased: what was said can still be shown and decided, and in the end nothing of it is left.

Also not by a backup: the databases of the day before and the ledger from outside come to the same end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from pytest_django import Settings
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.audit import first_fault
from backend.core.erasure.models import Erasure
from backend.core.jobs import run_due
from backend.core.models import AuditEntry
from backend.core.sealing import datakeys
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, decide
from moderation.models import Case, Decision
from moderation.queries.cases import look
from tests.asking import API
from tests.cast import Cast, Person, utc_now
from tests.contracts.matrix.scene import undone
from tests.core.erased import HOURS, erase, lines_with
from tests.messaging.circle import Circle, new_circle
from tests.messaging.test_dump import found

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
BAD = "Kanariegeel: I know where you live"
ALIAS, PROFILE = "Zonnehoed", "Waterlelie"
CANARIES = (BAD, "Kanariegeel", ALIAS, PROFILE, "zeeglas", "Telefoon van dora")


@pytest.fixture
def circle(cast: Cast) -> Circle:
    made = new_circle(cast.ben, languages=["en"])
    made.admit(cast.ana)
    made.admit(cast.dora, alias=ALIAS)
    made.say(cast.ana, "Hello all", now=utc_now())
    return made


def live(cast: Cast, circle: Circle, client_of: Client) -> int:
    """What dora leaves behind: words in a group, a profile, a line for herself, a device; → the seq of her message."""
    phone = client_of(cast.dora)
    tag = phone.get(f"{API}/me/profile")["ETag"]
    told = phone.patch(f"{API}/me/profile", {"alias": PROFILE, "about": "zeeglas"}, headers={"If-Match": tag})
    assert told.status_code == 200, told.content
    assert phone.post(f"{API}/me/journey/entries", {"text": "zeeglas"}).status_code == 201
    device = {"access_code": cast.dora.code, "device_name": "Telefoon van dora"}
    assert APIClient().post(f"{API}/sessions", device).status_code == 201
    body = {"client_id": "6a3f0f63-4f8c-4d63-9a58-0c1d0b2e7a11", "body": BAD}
    sent = phone.post(f"{circle.talk_url}/messages", body)
    assert sent.status_code == 201, sent.content
    return int(sent.json()["seq"])


def test_reported_claimed_erased_decided_gone(cast: Cast, circle: Circle, client_of: Client) -> None:
    seq = live(cast, circle, client_of)
    now = utc_now()
    target = {"conversation": str(circle.id), "seq": seq}
    receipt = client_of(cast.ana).post(f"{API}/reports", {"target": target, "reason": "threats"})
    assert receipt.status_code == 201, receipt.content
    case = Case.objects.get()
    claim(by=cast.max.account, case=case.id, now=now)

    # dora erases her account, with her code.
    phone = client_of(cast.dora)
    assert phone.post(f"{API}/me/erasure", {"when": "now", "access_code": cast.dora.code}).status_code == 202
    assert phone.get(f"{API}/me").status_code == 401
    for hours in range(HOURS):
        run_due(now=now + timedelta(hours=hours))
    assert not Account.objects.filter(id=cast.dora.account.id).exists()
    shown = client_of(cast.ana).get(f"{circle.talk_url}/messages").json()["items"]
    assert [(message["body"], message["sender"]["alias"]) for message in shown][-1] == (None, "")

    # What she wrote is still there to be looked at, and is what she wrote.
    later = now + timedelta(hours=HOURS)
    claim(by=cast.max.account, case=case.id, now=later)
    _, proofs = look(by=cast.max.account, case=case.id, now=later)
    assert (BAD, True) in [(proof.text, proof.genuine) for proof in proofs]
    measures = [Proposed("hide", seq=seq)]
    decide(by=cast.max.account, case=case.id, rule="safety", facts="A threat", measures=measures, now=later)
    told = client_of(cast.ana).get(f"{API}/reports/{receipt.json()['id']}").json()
    assert (told["state"], told["outcome_code"]) == ("decided", "measure_taken")

    # Nobody can appeal any more.
    until = Decision.objects.get().appeal_until
    assert until is not None
    run_due(now=until - timedelta(minutes=1))
    assert Case.objects.get().evidence.exists()
    run_due(now=until)
    assert found(*CANARIES) == []
    left = lines_with(cast.dora.account.id, cast.dora.account.inbox, cast.dora.session.id)
    assert len(left) == 1 + AuditEntry.objects.filter(subject=cast.dora.account.id).count()
    assert Decision.objects.count() == 1, "it still counts in the figures of the year"
    assert first_fault(AuditEntry.objects.order_by("seq")) is None


def test_no_backup_brings_anybody_back(
    cast: Cast, circle: Circle, client_of: Client, settings: Settings, tmp_path: Path
) -> None:
    settings.NAAST_ERASURES = str(tmp_path / "erasures")
    live(cast, circle, client_of)
    now = utc_now()
    with undone():  # what happens in here is not in the backup
        erase(cast.dora, now=now)
        assert found(*CANARIES) == []
    datakeys.forget()
    assert Account.objects.filter(id=cast.dora.account.id).exists()
    assert not Erasure.objects.exists()
    assert found(ALIAS, PROFILE) == [ALIAS, PROFILE]
    call_command("replay_erasures", "--from", str(tmp_path / "erasures"))
    assert found(*CANARIES, cast.dora.code, cast.dora.token) == []
    assert len(lines_with(cast.dora.account.id)) == 1 + AuditEntry.objects.filter(subject=cast.dora.account.id).count()
    assert client_of(cast.ana).get(f"{circle.talk_url}/messages").status_code == 200
    assert first_fault(AuditEntry.objects.order_by("seq")) is None
