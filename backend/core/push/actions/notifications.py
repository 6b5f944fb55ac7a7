"""What a member wants to be woken for, by which words, and when not."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import orjson

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.push.models import Delivery, Notifications
from backend.core.push.quiet import QuietHours, parse_quiet
from backend.core.push.vocabulary import FIRST_TEXT, Kind
from backend.core.sealing import datakeys, seal
from backend.core.streams.append import append

SEALED_LENGTH = 512  # bytes before sealing: zones and lists differ in length


@dataclass(frozen=True, slots=True)
class Wanted:
    """`quiet`: no push then, it waits. `kinds`: what wakes at all; none: nothing does."""

    text_key: str = FIRST_TEXT
    quiet: QuietHours | None = None
    kinds: frozenset[Kind] = frozenset(Kind)


def wanted_by(accounts: Iterable[UUID]) -> dict[UUID, Wanted]:
    """What each of the accounts wants, with one query (and one for keys). Left out: whose key has been destroyed."""
    ids = set(accounts)
    keys = datakeys.found_keys(ids)
    rows = Notifications.objects.in_bulk(ids)
    wanted = {}
    for account in keys:
        row = rows.get(account)
        if row is None or row.sealed is None:
            wanted[account] = Wanted()
        else:
            wanted[account] = _read(seal.unseal(key=keys[account], sealed=bytes(row.sealed), aad=_aad(account)))
    return wanted


def quiet_hours_of(account: UUID) -> QuietHours | None:
    """The member's quiet hours, for who plans anything by them."""
    there = wanted_by([account]).get(account)
    return None if there is None else there.quiet


@write
def change_notifications(*, by: Account, wanted: Wanted, check: Callable[[int], None], now: datetime) -> int:
    """Want exactly this from now on; → the new version. `check` refuses a version that the caller did not know.

    What waits is looked at again at once.
    """
    Notifications.objects.get_or_create(account=by)  # so that there is something to lock
    there = Notifications.objects.select_for_update(no_key=True).get(account=by)
    check(there.version)
    key = datakeys.key_of(by.id)
    before = wanted_by([by.id])[by.id]
    if before == wanted:
        return there.version
    there.sealed = seal.seal(key=key, text=_write(wanted), aad=_aad(by.id))
    there.version += 1
    there.save()
    Delivery.objects.filter(device__session__account=by, lease=None, tries=0).update(due_at=now)
    append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)
    return there.version


def _write(wanted: Wanted) -> bytes:
    quiet = wanted.quiet
    told = {
        "text_key": wanted.text_key,
        "quiet": quiet and [quiet.zone.key, quiet.start.strftime("%H:%M"), quiet.end.strftime("%H:%M")],
        "kinds": sorted(wanted.kinds),
    }
    return orjson.dumps(told).ljust(SEALED_LENGTH)


def _read(text: bytes) -> Wanted:
    told = orjson.loads(text)
    quiet = told["quiet"]
    return Wanted(
        text_key=told["text_key"],
        quiet=parse_quiet(timezone=quiet[0], start=quiet[1], end=quiet[2]) if quiet else None,
        kinds=frozenset(Kind(kind) for kind in told["kinds"]),
    )


def _aad(account: UUID) -> bytes:
    return seal.aad("push_notifications", account, "sealed", 1)
