"""Due deliveries: leased, asked once more whether they still count, sent, settled. The one who tries again is here.

Sending happens between two writes. Who dies in between has sent at most one push more, which collapses with the next.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import monotonic
from uuid import UUID, uuid4

from django.db.models import Q

from backend.core.db import claim, write
from backend.core.push import figures, registry, transports
from backend.core.push.actions.notifications import Wanted, wanted_by
from backend.core.push.actions.waking import TTL, jitter
from backend.core.push.address import open_address
from backend.core.push.models import Delivery, Device
from backend.core.push.quiet import QuietHours
from backend.core.push.registry import NextOpen
from backend.core.push.transports.verdicts import Outcome, Push, Verdict
from backend.core.push.vocabulary import DUTY, TEST, Kind
from backend.core.sealing import seal
from backend.core.streams.models import Event

log = logging.getLogger(__name__)

AT_ONCE = 50
LEASE = timedelta(minutes=2)  # longer than a chunk can take
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(hours=1)
OPENINGS = 15  # how many of the hours of a kind are looked at for one without quiet hours


@dataclass(frozen=True, slots=True)
class _Taken:
    """A delivery under our lease, and what goes out for it."""

    device: UUID
    version: UUID
    lease: UUID
    due_at: datetime
    push: Push


def send_due(*, now: datetime) -> int:
    """→ how many deliveries were taken; call again until 0."""
    started = monotonic()
    count, taken = _take(now=now)
    if not taken:
        return count
    verdicts = transports.send([one.push for one in taken])
    for transport, verdict in {(t.push.address.transport, v) for t, v in zip(taken, verdicts, strict=True)}:
        if verdict.outcome in (Outcome.DENIED, Outcome.REFUSED):
            log.error("push by %s is %s: %s", transport, verdict.outcome, verdict.why)
    settled_at = now + timedelta(seconds=monotonic() - started)
    _settle(list(zip(taken, verdicts, strict=True)), now=settled_at)
    return count


@write
def _take(*, now: datetime) -> tuple[int, list[_Taken]]:
    """Lease what is due and still counts; what is unwanted now goes, what comes in quiet hours waits."""
    due = Delivery.objects.filter(due_at__lte=now).order_by("due_at")
    rows = claim(due.select_related("device__session"), limit=AT_ONCE, of=("self",))
    if not rows:
        return 0, []
    if not (ways := transports.configured()):
        _drop(rows)
        return len(rows), []
    accounts = {row.device.session.account_id for row in rows}
    wanted = wanted_by(accounts)
    kinds = _kinds_wanted(rows, wanted=wanted, now=now)
    asked: dict[UUID, set[Kind]] = {}
    for row in rows:
        asked.setdefault(row.device.session.account_id, set()).update(kinds[row.device_id])
    hours = registry.hours_of(asked)
    taken, over, leased = [], [], []
    for row in rows:
        account = row.device.session.account_id
        push = _push_for(row, wanted=wanted.get(account))
        if push is None or push.address.transport not in ways or (row.expires_at <= now and row.tries):
            over.append(row)
            continue
        opens = {kind: hours.get((account, kind)) for kind in kinds[row.device_id]}
        later = now if {TEST, DUTY} & set(row.wished) else _waits_until(opens, quiet=wanted[account].quiet, now=now)
        if later is None:
            over.append(row)
        elif later > now:
            row.due_at, row.expires_at, row.lease = later + jitter(), later + TTL, None
        else:
            row.lease = uuid4()
            taken.append(_Taken(row.device_id, row.device.version, row.lease, row.due_at, push))
            row.due_at, row.again, row.tries = now + LEASE, False, row.tries + 1
        leased.append(row)
    Delivery.objects.bulk_update(leased, ["due_at", "expires_at", "lease", "again", "tries"])
    _drop(over)
    return len(rows), taken


@write
def _settle(sent: Iterable[tuple[_Taken, Verdict]], *, now: datetime) -> None:
    """Write down what came of it, each only if nobody else has the delivery by now."""
    told = {taken.device: (taken, verdict) for taken, verdict in sent}
    gone = Q(pk__in=[])
    for taken, verdict in told.values():
        figures.count(transport=taken.push.address.transport, outcome=str(verdict.outcome))
        if verdict.outcome == Outcome.SENT:
            figures.lag((now - taken.due_at).total_seconds())
        if verdict.outcome == Outcome.GONE:
            gone |= Q(session=taken.device, version=taken.version)  # another address given meanwhile stays
    held = Device.objects.select_for_update().filter(gone).order_by("session")
    Device.objects.filter(session__in=[device.session_id for device in held]).delete()
    rows = Delivery.objects.select_for_update().filter(device__in=list(told)).order_by("device")
    over: list[Delivery] = []
    kept: list[Delivery] = []
    for row in rows:
        taken, verdict = told[row.device_id]
        if row.lease != taken.lease:
            continue  # our lease ended; somebody else has sent it
        row.lease = None
        if verdict.outcome in (Outcome.LATER, Outcome.DENIED):
            row.due_at = now + _pause(row.tries, verdict.retry_after)
            (kept if row.due_at < row.expires_at else over).append(row)
        elif row.again or verdict.outcome == Outcome.GONE:  # gone, and yet there: it is for the new address
            row.due_at, row.tries, row.again = now + jitter(), 0, False
            kept.append(row)
        else:
            over.append(row)
    Delivery.objects.bulk_update(kept, ["due_at", "lease", "tries", "again"])
    _drop(over)


def _push_for(row: Delivery, *, wanted: Wanted | None) -> Push | None:
    """None when it cannot be opened any more."""
    if wanted is None:
        return None
    device = row.device
    try:
        address = open_address(
            bytes(device.sealed), account=device.session.account_id, session=device.session_id, version=device.version
        )
    except seal.Unreadable:
        return None
    return Push(address=address, text_key=wanted.text_key)


def _still_heard(rows: Iterable[Delivery], *, now: datetime) -> dict[UUID, dict[tuple[UUID, int], Kind]]:
    """Account → the events among what was heard that wake it now: not muted since, no block since."""
    places = Q(pk__in=[])
    for row in rows:
        for stream, seq in row.heard:
            places |= Q(stream_id=stream, seq=seq)
    if not places:
        return {}
    found = registry.woken_by(list(Event.objects.filter(places).order_by("stream_id", "seq")), at=now)
    told: dict[UUID, dict[tuple[UUID, int], Kind]] = {}
    for account, events in found.items():
        for event in events:
            kind = registry.kind_of(event.kind)
            if kind is not None:
                told.setdefault(account, {})[(event.stream_id, event.seq)] = kind
    return told


def _kinds_wanted(rows: Iterable[Delivery], *, wanted: Mapping[UUID, Wanted], now: datetime) -> dict[UUID, set[Kind]]:
    """Device → as what its account is to be woken now: what still counts, and what they want at all.

    Who is kept out is woken by nothing that was wished; what was heard is asked for that in the registry.
    """
    rows = list(rows)
    heard = _still_heard(rows, now=now)
    out = registry.kept_out({row.device.session.account_id for row in rows if set(row.wished) - {TEST}})
    found: dict[UUID, set[Kind]] = {}
    for row in rows:
        account = row.device.session.account_id
        kinds = {kind for kind in Kind if kind in row.wished and account not in out}
        told = heard.get(account, {})
        kinds |= {told[place] for stream, seq in row.heard if (place := (UUID(stream), seq)) in told}
        found[row.device_id] = kinds & wanted[account].kinds if account in wanted else set()
    return found


def _waits_until(opens: Mapping[Kind, NextOpen | None], *, quiet: QuietHours | None, now: datetime) -> datetime | None:
    """`now`: send it. Later: quiet hours, or the hours of all that it is about. None: nothing of it is wanted, ever."""
    moments = (_first_open(one, quiet=quiet, now=now) for one in opens.values())
    return min((moment for moment in moments if moment is not None), default=None)


def _first_open(opens: NextOpen | None, *, quiet: QuietHours | None, now: datetime) -> datetime | None:
    """The first moment that lies in the hours and not in the quiet ones; None when these take all of them away."""
    at = now
    for _ in range(OPENINGS):
        asked = at
        if opens is not None:
            at = opens(at)
        if quiet is not None:
            at = quiet.until(at=at).astimezone(UTC)
        if at == asked or opens is None:
            return at
    return None


def _pause(tries: int, retry_after: float | None) -> timedelta:
    """Twice as long each time, and never shorter than the service asks."""
    pause: timedelta = min(FIRST_PAUSE * 2 ** min(tries - 1, 10), LONGEST_PAUSE)
    if retry_after is not None:
        pause = max(pause, timedelta(seconds=min(retry_after, TTL.total_seconds())))
    return pause + jitter()


def _drop(rows: Iterable[Delivery]) -> None:
    Delivery.objects.filter(pk__in=[row.pk for row in rows]).delete()
