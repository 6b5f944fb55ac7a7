"""Who made a report: found by a keyed hash, told by a sealed value. The database alone shows neither."""

from __future__ import annotations

import hashlib
import hmac
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.core.sealing import seal
from backend.core.sealing.keyring import keyring
from moderation.models import Report, ReportSource

PURPOSE = "report-source"


def keep_source(*, report: Report, account: UUID) -> None:
    """Note who made the report."""
    version = keyring().version
    ReportSource.objects.create(
        report=report,
        account_hash=_hash(account, version),
        account=seal.seal(key=_key(version), text=account.bytes, aad=_aad(report.id)),
        keyring_version=version,
    )


def hashes_of(account: UUID) -> list[bytes]:
    """What the account's own reports are found by, whichever keyring they were made under."""
    return [_hash(account, version) for version in keyring().kek]


def source_of(source: ReportSource) -> UUID:
    """Whose report it is: to tell them of it, and for nothing that a person sees. Raises `Unreadable`."""
    plain = seal.unseal(key=_key(source.keyring_version), sealed=bytes(source.account), aad=_aad(source.report_id))
    return UUID(bytes=plain)


def _hash(account: UUID, version: int) -> bytes:
    return hmac.digest(keyring().derived(PURPOSE, version), account.bytes, hashlib.sha256)


def _key(version: int) -> AESGCM:
    if version not in keyring().kek:
        raise seal.Unreadable
    return AESGCM(keyring().derived(PURPOSE + "-told", version))


def _aad(report: UUID) -> bytes:
    return seal.aad("report_source", report, "account", 1)
