"""The audit: chained, insert-only, and filled by what must be answered for."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction
from pytest_django import Settings
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account, rotate_code, unlock_account
from backend.core.accounts.actions.roles import end_role
from backend.core.audit import audit, first_fault
from backend.core.db import write
from backend.core.models import AuditEntry, AuditHead
from backend.core.sealing import datakeys, seal
from backend.core.sealing.keyring import keyring
from backend.core.sealing.models import DataKey
from tests.asking import API, together
from tests.cast import Cast, client_with, new_peer, utc_now

pytestmark = pytest.mark.django_db


def entries() -> list[AuditEntry]:
    return list(AuditEntry.objects.order_by("seq"))


def after(seq: int) -> list[tuple[str, object, object]]:
    return [(entry.action, entry.by, entry.subject) for entry in entries() if entry.seq > seq]


@write
def note(number: int) -> None:
    audit(action="test.noted", at=utc_now(), by=None, data={"number": number})


# -- what is in it ----------------------------------------------------------------------------------------------------


def test_roles_are_in_it(cast: Cast) -> None:
    before = len(entries())
    role = new_peer(cast.ana, organisation=cast.organisation, alias="Secret Name")
    end_role(account=cast.ana.account, kind="peer_expert", by=cast.olga.account, now=utc_now())
    ana, olga = cast.ana.account.id, cast.olga.account.id
    assert after(before) == [("role.given", None, ana), ("role.ended", olga, ana)]
    told = entries()[-1].data
    assert told == {"role": str(role.id), "kind": "peer_expert", "organisation": str(cast.organisation.id)}
    assert first_fault(entries()) is None


def test_sessions_of_staff_are_in_it_and_nobody_elses(cast: Cast) -> None:
    before = len(entries())
    for person in (cast.ana, cast.ben):
        opened = APIClient().post(f"{API}/sessions", {"access_code": person.code}).json()
        client_with(opened["token"]).delete(f"{API}/sessions/{opened['session']}")
    assert after(before) == []
    for person in (cast.max, cast.olga):
        before = len(entries())
        opened = APIClient().post(f"{API}/sessions", {"access_code": person.code}).json()
        client_with(opened["token"]).delete(f"{API}/sessions/{opened['session']}")
        assert [(action, by, str(subject)) for action, by, subject in after(before)] == [
            ("session.opened", person.account.id, opened["session"]),
            ("session.revoked", person.account.id, opened["session"]),
        ]


def test_all_ways_to_end_a_session_of_staff_are_in_it(cast: Cast) -> None:
    before = len(entries())
    APIClient().post(f"{API}/sessions", {"access_code": cast.max.code})
    rotate_code(by=cast.max.account, session=cast.max.session, access_code=cast.max.code, now=utc_now())
    lock_account(account=cast.max.account, by=cast.lea.account, now=utc_now())
    unlock_account(account=cast.max.account, by=cast.lea.account, now=utc_now())
    actions = [action for action, _, _ in after(before)]
    assert actions == [
        "session.opened",
        "session.revoked",
        "account.locked",
        "session.revoked",
        "account.unlocked",
    ]


def test_what_is_undone_is_not_in_it(cast: Cast) -> None:
    before = len(entries())

    @write
    def fail() -> None:
        lock_account(account=cast.ana.account, by=None, now=utc_now())
        raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert len(entries()) == before
    assert first_fault(entries()) is None


def test_audit_outside_a_write_is_a_mistake() -> None:
    with pytest.raises(RuntimeError):
        audit(action="test.noted", at=utc_now(), by=None)


# -- it can only grow -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE core_auditentry SET action = 'nothing'",
        "UPDATE core_auditentry SET action = 'nothing' WHERE seq = -1",
        "DELETE FROM core_auditentry",
        "DELETE FROM core_auditentry WHERE seq = (SELECT max(seq) FROM core_auditentry)",
        "TRUNCATE core_auditentry",
        "TRUNCATE core_auditentry CASCADE",
        "DELETE FROM core_audithead",
        "TRUNCATE core_audithead",
        "UPDATE core_audithead SET seq = seq - 1",
        "UPDATE core_audithead SET hash = '\\x00'",
        "UPDATE core_audithead SET id = 2, seq = seq + 1",
    ],
)
def test_the_database_refuses_to_forget(cast: Cast, statement: str) -> None:
    before = entries()
    with pytest.raises(ProgrammingError, match="insert-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
    assert entries() == before


def behind_its_back(statement: str) -> None:
    """As the owner of the tables, who can switch triggers off."""
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(statement)
        cursor.execute("SET session_replication_role = origin")


@pytest.mark.parametrize(
    ("statement", "fault"),
    [
        ("UPDATE core_auditentry SET action = 'nothing' WHERE seq = 2", 2),
        ("UPDATE core_auditentry SET by = gen_random_uuid() WHERE seq = 2", 2),
        ("UPDATE core_auditentry SET subject = NULL WHERE seq = 2", 2),
        ("UPDATE core_auditentry SET at = at + interval '1 second' WHERE seq = 2", 2),
        ("UPDATE core_auditentry SET data = '{{}}' WHERE seq = 2", 2),
        ("UPDATE core_auditentry SET hash = previous WHERE seq = 2", 2),
        ("DELETE FROM core_auditentry WHERE seq = 2", 2),
        ("DELETE FROM core_auditentry WHERE seq = {last}", "last"),
        ("UPDATE core_auditentry SET seq = 99 WHERE seq = {last}", "last"),
        (
            "INSERT INTO core_auditentry (seq, at, action, data, previous, hash)"
            " SELECT {more}, at, action, data, hash, hash FROM core_auditentry WHERE seq = {last}",
            "more",
        ),
        ("DELETE FROM core_auditentry", 1),
    ],
)
def test_every_tamper_is_found(cast: Cast, statement: str, fault: int | str) -> None:
    last = len(entries())  # roles, and the organisation that was opened
    assert last >= 4
    assert first_fault(entries()) is None
    behind_its_back(statement.format(last=last, more=last + 1))
    fault = {"last": last, "more": last + 1}.get(str(fault), fault)
    assert first_fault(entries()) == fault
    with pytest.raises(CommandError, match=f"broken at entry {fault}"):
        call_command("audit", "verify")


def test_operator_verifies_it(cast: Cast) -> None:
    out = StringIO()
    call_command("audit", "verify", stdout=out)
    assert "holds" in out.getvalue()


@pytest.mark.django_db(transaction=True)
def test_the_chain_holds_when_many_write_at_once() -> None:
    together(*[lambda number=number: note(number) for number in range(8)])
    together(*[lambda number=number: note(number) for number in range(8, 14)])
    assert [entry.seq for entry in entries()] == list(range(1, 15))
    assert {entry.data["number"] for entry in entries()} == set(range(14))
    assert first_fault(entries()) is None
    assert AuditHead.objects.get().seq == 14


# -- keys -------------------------------------------------------------------------------------------------------------


def test_keys_are_rewrapped_and_that_is_in_it(cast: Cast, settings: Settings) -> None:
    owner = cast.ana.account.id
    place = seal.aad("test", owner)
    sealed = seal.seal(key=datakeys.key_of(owner), text=b"kept", aad=place)
    wrapped = bytes(DataKey.objects.get(owner=owner).wrapped)
    ring = json.loads(settings.SECRETS_JSON)
    ring["kek"]["2"] = base64.b64encode(b"k" * 32).decode()
    before, out = len(entries()), StringIO()
    keys = DataKey.objects.count()
    try:
        settings.SECRETS_JSON = json.dumps(ring)
        keyring.cache_clear()
        datakeys.forget()
        assert seal.unseal(key=datakeys.key_of(owner), sealed=sealed, aad=place) == b"kept"
        call_command("rewrap_keys", stdout=out)
        assert f"{keys} keys" in out.getvalue()
        assert set(DataKey.objects.values_list("keyring_version", flat=True)) == {2}
        assert bytes(DataKey.objects.get(owner=owner).wrapped) != wrapped
        assert [(entry.action, entry.data) for entry in entries()[before:]] == [
            ("keys.rewrapped", {"keys": keys, "version": 2})
        ]
        call_command("rewrap_keys", stdout=out)
        assert len(entries()) == before + 1
        # The old version can now be thrown away.
        del ring["kek"]["1"]
        settings.SECRETS_JSON = json.dumps(ring)
        keyring.cache_clear()
        datakeys.forget()
        assert seal.unseal(key=datakeys.key_of(owner), sealed=sealed, aad=place) == b"kept"
        datakeys.create_key(owner=cast.peer.id, at=utc_now() + timedelta(days=1))
        assert DataKey.objects.get(owner=cast.peer.id).keyring_version == 2
    finally:
        keyring.cache_clear()
        datakeys.forget()
