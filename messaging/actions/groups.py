"""Groups: made, described and closed by the peer experts who lead them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from backend.core.accounts.models import Account, Region
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import FieldError
from backend.core.sealing import datakeys
from backend.core.streams import store
from backend.core.streams.append import append
from backend.core.text import normalise_body, normalise_line
from backend.core.vocabulary import SPOKEN_LANGUAGES, Domain
from messaging import access, errors, events
from messaging.actions.admissions import decline_open
from messaging.actions.aliases import name_of_peer
from messaging.actions.belonging import begin_membership
from messaging.actions.locks import hold_accounts, hold_conversations, hold_peer_role
from messaging.hours import HoursInvalid, parse_hours
from messaging.models import Conversation, Group, Membership

MAX_TITLE = 80  # characters
MAX_ABOUT = 1000
MAX_RULES = 4000
MAX_ASKS = 300
MAX_SLOW_MODE_S = 24 * 3600
AUDITED = frozenset({"slow_mode_s", "opening_hours", "premoderation"})
MOST_FIRST = 20  # messages of a newcomer that wait for a person


def create_group(*, by: Account, title: str, now: datetime, shows_earlier: bool = False, **described: Any) -> Group:
    """Make a group that the caller, a peer expert, leads.

    `described`: about, rules, asks (texts), languages, domains (keys), region (key or None), slow_mode_s (seconds),
    opening_hours (see `messaging.hours`, or None), premoderation (first_messages, words). Raises `PeerExpertNeeded`,
    `RulesFirst`, `ValueUnknown`, `HoursInvalid` and what the texts' forms refuse.
    """
    conversation = uuid4()
    datakeys.create_key(owner=conversation, at=now)  # first, in its own database: an orphan is swept, a lack is not
    fields = {"title": title, **described}
    return _create_group(by=by, conversation_id=conversation, fields=fields, shows_earlier=shows_earlier, now=now)


@write
def _create_group(
    *, by: Account, conversation_id: UUID, fields: Mapping[str, Any], shows_earlier: bool, now: datetime
) -> Group:
    account = hold_accounts(by.id)[by.id]
    role = hold_peer_role(account)
    if account.rules_due:
        raise errors.RulesFirst
    conversation = Conversation(id=conversation_id, kind=Conversation.Kind.GROUP, created_at=now)
    group = Group(conversation=conversation, earlier_from_seq=1 if shows_earlier else None)
    _describe(group, fields)
    conversation.save(force_insert=True)
    group.save(force_insert=True)
    store.create_stream(stream=conversation.id, at=now)
    begin_membership(
        conversation=conversation,
        account=account,
        name=name_of_peer(role=role, conversation=conversation.id),
        part=Membership.Part.LEAD,
        visible_from=1,
        now=now,
    )
    return group


@write
def edit_group(
    *, by: Account, group: UUID, changes: Mapping[str, Any], check: Callable[[int], None], now: datetime
) -> Group:
    """Set the named fields (as in `create_group`). `check` refuses a version that the caller did not know.

    Showing earlier talk, once it is switched on, begins there: what was said before was said to others.
    Raises `NotFound`, `Forbidden`, what `check` raises, and as `create_group`.
    """
    hold_conversations(group)
    access.group_lead(by=by, group=group)
    there = access.group(by=by, group=group)
    check(there.version)
    before, held_first = _described(there), there.hold_first
    _describe(there, {field: value for field, value in changes.items() if field != "shows_earlier"})
    showed = there.earlier_from_seq is not None
    shows = changes.get("shows_earlier", showed)
    if _described(there) == before and shows == showed:
        return there
    if not shows:
        there.earlier_from_seq = None
    there.version += 1
    there.save()
    _audit_pace(by, there, before, now=now)
    if there.hold_first > held_first:  # who was no newcomer stays none
        Membership.objects.filter(conversation=group, passed__gte=held_first).update(passed=MOST_FIRST)

    def show_from(seq: int) -> None:
        if shows and not showed:
            there.earlier_from_seq = seq
            there.save(update_fields=["earlier_from_seq"])

    append(stream=group, kind=events.CONVERSATION_CHANGED, at=now, on_seq=show_from)
    return there


@write
def close_group(*, by: Account, group: UUID, now: datetime) -> None:
    """End a group for good; who belongs to it can still read. A second time changes nothing.

    Raises `NotFound`, `Forbidden`.
    """
    conversation = hold_conversations(group)[group]
    access.group_lead(by=by, group=group)
    if conversation.closed_at is None:
        end_group(conversation=conversation, now=now)


def end_group(*, conversation: Conversation, now: datetime) -> None:
    """Close an open group that the caller holds; who still asks to join is told no."""
    conversation.closed_at = now
    conversation.save(update_fields=["closed_at"])
    decline_open(group=conversation.id, now=now)
    append(stream=conversation.id, kind=events.CONVERSATION_CHANGED, at=now)


def _describe(group: Group, fields: Mapping[str, Any]) -> None:
    for field, value in fields.items():
        setattr(group, field, _READERS[field](value))


def _described(group: Group) -> tuple[Any, ...]:
    return tuple(getattr(group, "region_id" if field == "region" else field) for field in _READERS)


def _audit_pace(by: Account, there: Group, before: tuple[Any, ...], *, now: datetime) -> None:
    """Slow mode, hours and what waits concern nobody alone: they are no decisions, but they are noted."""
    fields = zip(_READERS, before, _described(there), strict=True)
    changed = [field for field, was, is_now in fields if was != is_now and field in AUDITED]
    if changed:
        audit(action="group.changed", at=now, by=by.id, data={"group": str(there.pk), "fields": sorted(changed)})


def _read_body(limit: int) -> Callable[[str], str]:
    return lambda text: normalise_body(text=text, limit=limit) if text else ""


def _read_known(field: str, known: Iterable[str]) -> Callable[[Iterable[str]], list[str]]:
    allowed = frozenset(known)

    def read(values: Iterable[str]) -> list[str]:
        chosen = list(dict.fromkeys(values))
        if not allowed.issuperset(chosen):
            raise _unknown(field)
        return chosen

    return read


def _read_region(key: str | None) -> Region | None:
    region = Region.objects.filter(key=key).first() if key else None
    if key and region is None:
        raise _unknown("region")
    return region


def _read_hours(data: Any) -> Any:
    try:
        parse_hours(data=data)
    except HoursInvalid as refused:
        raise HoursInvalid(refused.code, f"/opening_hours{refused.errors[0].pointer}") from None
    return data or None


def _read_slow_mode(seconds: int) -> int:
    if not 0 <= seconds <= MAX_SLOW_MODE_S:
        raise _unknown("slow_mode_s")
    return seconds


def _read_premoderation(wanted: Mapping[str, Any]) -> Mapping[str, Any]:
    if not 0 <= wanted["first_messages"] <= MOST_FIRST:
        raise _unknown("premoderation")
    return wanted


def _unknown(field: str) -> errors.ValueUnknown:
    return errors.ValueUnknown(errors=(FieldError(f"/{field}", errors.ValueUnknown.code),))


_READERS: dict[str, Callable[[Any], Any]] = {
    "title": lambda text: normalise_line(text=text, limit=MAX_TITLE),
    "about": _read_body(MAX_ABOUT),
    "rules": _read_body(MAX_RULES),
    "asks": _read_body(MAX_ASKS),
    "languages": _read_known("languages", SPOKEN_LANGUAGES),
    "domains": _read_known("domains", Domain),
    "region": _read_region,
    "slow_mode_s": _read_slow_mode,
    "opening_hours": _read_hours,
    "premoderation": _read_premoderation,
}
