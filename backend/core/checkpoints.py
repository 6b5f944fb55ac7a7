"""Checkpoints of the audit: signed, and kept where the database's owner cannot reach.

A chain alone shows a change or a gap, but not a tail that was cut off together with the head, nor a chain that was made
anew. A checkpoint says: at this time the chain had this entry, with this hash. It is signed with an Ed25519 key that is
derived from the keyring, and appended to a file, or sent to an address, that lies elsewhere.
"""

from __future__ import annotations

import base64
import logging
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import orjson
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from backend.core import elsewhere
from backend.core.models import AuditCheck, AuditEntry, AuditHead
from backend.core.sealing.keyring import keyring

log = logging.getLogger(__name__)

PURPOSE = "audit-checkpoint"
LINE_AT_MOST = 1024  # bytes


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """That entry `seq` had this hash at that time. `version` is the keyring's whose key has signed it."""

    seq: int
    hash: bytes
    at: datetime
    version: int
    signature: bytes = b""

    @property
    def signed(self) -> bytes:
        """What the signature is over."""
        told = {"seq": self.seq, "hash": self.hash.hex(), "at": self.at.astimezone(UTC).isoformat()}
        return b"naast/checkpoint/" + orjson.dumps(told, option=orjson.OPT_SORT_KEYS)

    def line(self) -> bytes:
        """As it is written: one line of JSON."""
        told = {
            "seq": self.seq,
            "hash": self.hash.hex(),
            "at": self.at.astimezone(UTC).isoformat(),
            "version": self.version,
            "signature": base64.b64encode(self.signature).decode(),
        }
        return orjson.dumps(told) + b"\n"


def public_keys() -> Mapping[int, bytes]:
    """By keyring version: what verifies the signatures, for who keeps the checkpoints elsewhere."""
    return {version: _key(version).public_key().public_bytes_raw() for version in keyring().kek}


def make(*, now: datetime) -> Checkpoint | None:
    """A checkpoint of the chain as it is; None while there is no entry."""
    head = AuditHead.objects.filter(id=1).first()
    if head is None or head.seq == 0:
        return None
    version = keyring().version
    plain = Checkpoint(seq=head.seq, hash=bytes(head.hash), at=now, version=version)
    return Checkpoint(plain.seq, plain.hash, plain.at, version, _key(version).sign(plain.signed))


def keep(*, now: datetime) -> int:
    """Write or send a checkpoint where `NAAST_CHECKPOINTS` says; always 0: there is no more of it.

    Also while nothing has changed: that the file does not grow is a sign that something is wrong.
    """
    place = settings.NAAST_CHECKPOINTS
    made = make(now=now) if place else None
    if made is not None:
        line = made.line()
        elsewhere.write_line(place=place, line=line)
        if not elsewhere.is_address(place):
            line = _last_line(Path(place)) or line  # what lies there, if it can be read
        AuditCheck.objects.update_or_create(id=1, defaults={"checkpoint": line})
    return 0


def newest() -> Checkpoint | None:
    """The newest checkpoint: read back from the file, or as it was sent; None: there is none, or nothing readable."""
    there = AuditCheck.objects.filter(id=1).first()
    try:
        return read([bytes(there.checkpoint)])[0] if there is not None and there.checkpoint else None
    except (ValueError, IndexError):
        return None


def read(lines: Iterable[bytes]) -> list[Checkpoint]:
    """The checkpoints of a file. ValueError for a line that is none."""
    found = []
    for line in lines:
        if not line.strip():
            continue
        try:
            told = orjson.loads(line)
            found.append(
                Checkpoint(
                    seq=int(told["seq"]),
                    hash=bytes.fromhex(told["hash"]),
                    at=datetime.fromisoformat(told["at"]),
                    version=int(told["version"]),
                    signature=base64.b64decode(told["signature"]),
                )
            )
        except (KeyError, TypeError, ValueError) as fault:
            raise ValueError("not a checkpoint") from fault
    return found


def first_fault(checkpoints: Iterable[Checkpoint], *, hashes: Mapping[int, bytes]) -> int | None:
    """The seq of the first checkpoint that is forged or that the chain does not bear out, or None.

    `hashes`: of the entries that the checkpoints name, by seq.
    """
    keys = public_keys()
    for there in checkpoints:
        if there.version not in keys or not _is_signed(there, keys[there.version]):
            return there.seq
        if hashes.get(there.seq) != there.hash:
            return there.seq
    return None


def hashes_of(checkpoints: Iterable[Checkpoint]) -> dict[int, bytes]:
    """What the chain has at those places now."""
    rows = AuditEntry.objects.filter(seq__in={there.seq for there in checkpoints}).values_list("seq", "hash")
    return {seq: bytes(hashed) for seq, hashed in rows}


def _is_signed(there: Checkpoint, public: bytes) -> bool:
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(there.signature, there.signed)
    except InvalidSignature:
        return False
    return True


def _key(version: int) -> Ed25519PrivateKey:
    return Ed25519PrivateKey.from_private_bytes(keyring().derived(PURPOSE, version))


def _last_line(path: Path) -> bytes:
    if not path.is_file() or not os.access(path, os.R_OK):
        return b""
    with path.open("rb") as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - LINE_AT_MOST))
        return file.read().rstrip(b"\n").rpartition(b"\n")[2]
