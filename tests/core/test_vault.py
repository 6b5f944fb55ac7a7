"""The vault: anyone seals, the private key opens, a reason is declared, and the member sees who else looked."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries, Settings
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.audit import first_fault
from backend.core.db import write
from backend.core.models import AuditEntry
from backend.core.sealing import datakeys, seal, vault
from backend.core.sealing.keyring import keyring
from backend.core.sealing.models import DataKey, VaultKey
from backend.core.sealing.rotation import rewrap_keys
from backend.core.sealing.vault import Opening, Reason
from tests.asking import API, dump_databases, refused, together
from tests.cast import Cast, Person, utc_now

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
PLACE = seal.aad("test", 1)


def keep(owner: UUID, text: bytes = b"canary of the vault") -> bytes:
    """A text sealed to somebody who has a key pair."""
    vault.create_key(owner=owner, at=utc_now())
    return vault.seal_for(owner=owner, text=text, aad=PLACE)


def shared(cast: Cast, *, reason: Reason = Reason.SHARE) -> Opening:
    """Ben looks at what ana shared with him."""
    return Opening(
        reason=reason,
        by=cast.ben.account.id,
        of=cast.ana.account.id,
        what="answer",
        role=cast.peer.id,
        role_kind="peer_expert",
    )


def open_own(owner: UUID, sealed: bytes, place: bytes = PLACE) -> bytes:
    return vault.open_own(account=owner, sealed=[(sealed, place)], now=utc_now())[0]


@write
def look(opening: Opening, sealed: bytes) -> bytes:
    return vault.open_one(owner=opening.of, opening=opening, sealed=sealed, aad=PLACE, now=utc_now())


def test_the_member_opens_what_was_sealed_to_them(cast: Cast) -> None:
    owner = cast.ana.account.id
    one, other = keep(owner), keep(owner)
    assert one != other
    before = AuditEntry.objects.count()
    assert open_own(owner, one) == open_own(owner, other) == b"canary of the vault"
    assert AuditEntry.objects.count() == before


def test_sealing_needs_the_public_key_alone(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    owner = cast.ana.account.id
    vault.create_key(owner=owner, at=utc_now())
    public = vault.public_key(owner)
    VaultKey.objects.filter(owner=owner).update(wrapped=b"")
    sealed = vault.seal_to(public=public, text=b"blind", aad=PLACE)
    with pytest.raises(seal.Unreadable):
        open_own(owner, sealed)


@pytest.mark.parametrize("place", [seal.aad("test", 2), b""])
def test_it_opens_in_its_own_place_alone(cast: Cast, place: bytes) -> None:
    sealed = keep(cast.ana.account.id)
    with pytest.raises(seal.Unreadable):
        open_own(cast.ana.account.id, sealed, place)


def test_nobody_elses_key_opens_it(cast: Cast) -> None:
    sealed = keep(cast.ana.account.id)
    keep(cast.ben.account.id)
    with pytest.raises(seal.Unreadable):
        open_own(cast.ben.account.id, sealed)


@pytest.mark.parametrize(
    "broken", [b"", b"\x02", b"\x01" + b"x" * 80, b"\x02" + bytes(32) + b"\x01" + b"x" * 40, b"\x02" + b"x" * 120]
)
def test_what_is_no_sealed_value_does_not_open(cast: Cast, broken: bytes) -> None:
    keep(cast.ana.account.id)
    with pytest.raises(seal.Unreadable):
        open_own(cast.ana.account.id, broken)


def test_a_changed_byte_is_found(cast: Cast) -> None:
    sealed = bytearray(keep(cast.ana.account.id))
    for index in (1, 33, 40, len(sealed) - 1):
        broken = bytearray(sealed)
        broken[index] ^= 1
        with pytest.raises(seal.Unreadable):
            open_own(cast.ana.account.id, bytes(broken))


def test_a_key_is_made_once(cast: Cast) -> None:
    owner = cast.ana.account.id
    sealed = keep(owner)
    vault.create_key(owner=owner, at=utc_now())
    assert open_own(owner, sealed) == b"canary of the vault"
    assert VaultKey.objects.filter(owner=owner).count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_at_once_make_one() -> None:
    owner = uuid4()
    together(*[lambda: vault.create_key(owner=owner, at=utc_now()) for _ in range(6)])
    assert VaultKey.objects.count() == 1


# -- reasons ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reason", [Reason.SHARE, Reason.CASE])
def test_anyone_elses_look_is_an_entry_that_the_member_sees(cast: Cast, client_of: Client, reason: Reason) -> None:
    sealed = keep(cast.ana.account.id)
    assert look(shared(cast, reason=reason), sealed) == b"canary of the vault"
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.by, entry.subject) == (vault.OPENED, cast.ben.account.id, cast.ana.account.id)
    assert entry.data["reason"] == reason
    assert first_fault(AuditEntry.objects.all()) is None
    (told,) = client_of(cast.ana).get(f"{API}/me/looks").json()["items"]
    assert (told["what"], told["reason"], told["role"]) == ("answer", reason, "peer_expert")
    assert str(cast.ben.account.id) not in json.dumps(told)
    for other in (cast.ben, cast.cleo, cast.max):
        assert client_of(other).get(f"{API}/me/looks").json()["items"] == []
    refused(APIClient().get(f"{API}/me/looks"), 401, "sign_in_needed")


def test_a_look_that_finds_nothing_is_noted_all_the_same(cast: Cast) -> None:
    sealed = keep(cast.ana.account.id)

    @write
    def act() -> None:
        with pytest.raises(seal.Unreadable):
            vault.open_one(
                owner=cast.ana.account.id, opening=shared(cast), sealed=sealed, aad=b"elsewhere", now=utc_now()
            )

    act()
    assert AuditEntry.objects.latest("seq").action == vault.OPENED


def test_without_a_write_nobody_else_looks(cast: Cast) -> None:
    sealed = keep(cast.ana.account.id)
    with pytest.raises(RuntimeError):
        vault.open_one(owner=cast.ana.account.id, opening=shared(cast), sealed=sealed, aad=PLACE, now=utc_now())


def test_only_the_member_opens_as_themselves(cast: Cast) -> None:
    sealed = keep(cast.ana.account.id)
    with pytest.raises(ValueError, match="only the member"):
        look(shared(cast, reason=Reason.SELF), sealed)


# -- keys -------------------------------------------------------------------------------------------------------------


def test_destroying_the_key_shreds_at_once(cast: Cast) -> None:
    owner = cast.ana.account.id
    sealed = keep(owner)
    assert open_own(owner, sealed)
    vault.destroy_key(owner)
    with pytest.raises(seal.Unreadable):
        open_own(owner, sealed)
    with pytest.raises(seal.Unreadable):
        vault.seal_for(owner=owner, text=b"more", aad=PLACE)
    keep(owner)  # a new one opens nothing of before
    with pytest.raises(seal.Unreadable):
        open_own(owner, sealed)


def test_orphans_are_swept_and_owners_keys_are_not(cast: Cast) -> None:
    orphan, now = uuid4(), utc_now()
    for owner in (orphan, cast.ana.account.id):
        vault.create_key(owner=owner, at=now)
    assert vault.sweep_orphans(now + timedelta(hours=23)) == 0
    assert vault.sweep_orphans(now + timedelta(hours=25)) == 1
    assert set(VaultKey.objects.values_list("owner", flat=True)) == {cast.ana.account.id}


def test_turning_the_keyring_wraps_them_anew(cast: Cast, settings: Settings) -> None:
    owner = cast.ana.account.id
    sealed = keep(owner)
    ring = json.loads(settings.SECRETS_JSON)
    ring["kek"]["2"] = base64.b64encode(b"k" * 32).decode()
    try:
        settings.SECRETS_JSON = json.dumps(ring)
        keyring.cache_clear()
        datakeys.forget()
        assert rewrap_keys(now=utc_now()) == DataKey.objects.count() + 1
        assert VaultKey.objects.get(owner=owner).keyring_version == 2
        assert open_own(owner, sealed) == b"canary of the vault"
    finally:
        keyring.cache_clear()
        datakeys.forget()


def test_a_dump_holds_neither_the_text_nor_what_opens_it(cast: Cast) -> None:
    keep(cast.ana.account.id)
    stored = dump_databases()
    assert "canary" not in stored
    assert b"canary of".hex() not in stored


def test_of_one_query_for_many(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    owner = cast.ana.account.id
    values = [(keep(owner), PLACE) for _ in range(20)]
    with django_assert_num_queries(1, connection=connections["keystore"]):
        vault.open_own(account=owner, sealed=values, now=utc_now())
