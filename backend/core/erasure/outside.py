"""The ledger outside the databases: a backup from before an erasure would bring the account back.

One line of JSON for each account, appended to the file or sent to the address that `NAAST_ERASURES` names. A line holds
the opaque id, the time, and an HMAC by a key derived from the keyring, so that nobody erases by writing into a file.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

import orjson
from django.conf import settings

from backend.core import elsewhere
from backend.core.sealing.keyring import keyring

PURPOSE = "erasure-ledger"


@dataclass(frozen=True, slots=True)
class Line:
    """An account that was erased."""

    account: UUID
    at: datetime


def keep(line: Line) -> bool:
    """Write it where the setting says; False where there is no such place. Raises `OSError`."""
    place = settings.NAAST_ERASURES
    if not place:
        return False
    elsewhere.write_line(place=place, line=written(line))
    return True


def written(line: Line) -> bytes:
    """As it is kept; the newest version of the keyring vouches for it."""
    version = keyring().version
    told = {
        "account": str(line.account),
        "at": line.at.astimezone(UTC).isoformat(),
        "version": version,
        "mac": base64.b64encode(_mac(line, version)).decode(),
    }
    return orjson.dumps(told) + b"\n"


def read(lines: Iterable[bytes]) -> Iterator[Line]:
    """The accounts of such a file, each once. ValueError for a line that this server has not written."""
    seen = set()
    for line in lines:
        if not line.strip():
            continue
        try:
            told = orjson.loads(line)
            found = Line(account=UUID(told["account"]), at=datetime.fromisoformat(told["at"]))
            version, mac = int(told["version"]), base64.b64decode(told["mac"])
        except (KeyError, TypeError, ValueError) as fault:
            raise ValueError("not a line of the ledger") from fault
        if version not in keyring().kek or not hmac.compare_digest(mac, _mac(found, version)):
            raise ValueError("a line that this server has not written")
        if found.account not in seen:
            seen.add(found.account)
            yield found


def _mac(line: Line, version: int) -> bytes:
    told = line.account.bytes + line.at.astimezone(UTC).isoformat().encode()
    return hmac.digest(keyring().derived(PURPOSE, version), told, hashlib.sha256)
