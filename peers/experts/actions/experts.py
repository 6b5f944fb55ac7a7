"""What peer experts say about themselves, and what their coordinator decides about new people for them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account, Region, Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import FieldError
from backend.core.sealing import datakeys, seal
from backend.core.streams.append import append
from backend.core.text import normalise_body
from backend.core.vocabulary import SPOKEN_LANGUAGES, Direction, Domain
from messaging.hours import HoursInvalid, parse_hours
from peers.experts import access, errors
from peers.experts.models import Expert
from peers.experts.models.expert import MOST_CASELOAD
from peers.experts.vocabulary import Background, Gender

MAX_ABOUT = 1000  # characters


@dataclass(slots=True)
class Said:
    """What a peer expert says about themselves: in own words, and by keys of the vocabulary."""

    about: str | None = None
    gender: str | None = None
    backgrounds: tuple[str, ...] = ()


def follow_role(role: Role, at: datetime) -> None:
    """A role was given: a peer expert's brings what they are as such. Called by the write that gave it."""
    if role.kind == Role.Kind.PEER_EXPERT:
        Expert.objects.create(role=role)


@write
def change_expert(*, by: Account, changes: Mapping[str, Any], check: Callable[[int], None], now: datetime) -> Expert:
    """Set the named fields; None and empty lists clear. `check` refuses a version that the caller did not know.

    Fields: languages, domains, directions, backgrounds (lists of keys), gender, region (a key or None), about (text
    or None), office_hours (see `messaging.hours`), away_until (a time or None), taking_new.
    Raises `NotFound`, what `check` raises, `ValueUnknown`, `AwayInPast`, `HoursInvalid` and what texts are refused for.
    """
    expert = access.own_expert(by=by, lock=True)
    check(expert.version)
    said = said_of(expert)
    before = _told(expert), asdict(said)
    for field, value in changes.items():
        if field in _OF_SAID:
            setattr(said, field, _OF_SAID[field](value))
        else:
            _SETTERS[field](expert, value, now)
    if (_told(expert), asdict(said)) == before:
        return expert
    if asdict(said) != before[1]:
        expert.said = _seal(expert, said)
    _keep(expert, now=now)
    return expert


@write
def set_caseload_limit(*, by: Account, peer: UUID, limit: int, now: datetime) -> Expert:
    """Say for how many people a peer expert is there at most; who has come already stays. Again changes nothing.

    `by` coordinates their organisation. Raises `NotFound`, `CaseloadOutOfBounds`.
    """
    expert = access.led_expert(by=by, peer=peer, lock=True)
    if not 0 <= limit <= MOST_CASELOAD:
        raise errors.CaseloadOutOfBounds(errors=(FieldError("/limit", errors.CaseloadOutOfBounds.code),))
    if expert.caseload_limit == limit:
        return expert
    audit(
        action="expert.caseload_limited",
        at=now,
        by=by.id,
        subject=expert.role.account_id,
        data={"peer": str(peer), "before": expert.caseload_limit, "limit": limit},
    )
    expert.caseload_limit = limit
    _keep(expert, now=now)
    return expert


@write
def pause_expert(*, by: Account, peer: UUID, now: datetime) -> Expert:
    """Nobody new comes to this peer expert for now; who has come stays. Again changes nothing.

    `by` coordinates their organisation. Raises `NotFound`.
    """
    return _set_paused(by=by, peer=peer, to=now, action="expert.paused", now=now)


@write
def unpause_expert(*, by: Account, peer: UUID, now: datetime) -> Expert:
    """Take a pause back, as `pause_expert`; not somebody's own. Raises `NotFound`, `OwnVetting`."""
    return _set_paused(by=by, peer=peer, to=None, action="expert.unpaused", now=now)


def said_of(expert: Expert) -> Said:
    """What the peer expert says about themselves."""
    return saids_of([expert])[expert.role_id]


def saids_of(experts: Iterable[Expert]) -> dict[UUID, Said]:
    """The same for many, by peer id, with at most one query; nothing where the key is gone."""
    there = list(experts)
    keys = datakeys.found_keys({expert.role.account_id for expert in there if expert.said is not None})
    found = {}
    for expert in there:
        key = keys.get(expert.role.account_id)
        if expert.said is None or key is None:
            found[expert.role_id] = Said()
            continue
        told = orjson.loads(seal.unseal(key=key, sealed=bytes(expert.said), aad=_aad(expert)))
        found[expert.role_id] = Said(**{**told, "backgrounds": tuple(told["backgrounds"])})
    return found


def _set_paused(*, by: Account, peer: UUID, to: datetime | None, action: str, now: datetime) -> Expert:
    expert = access.led_expert(by=by, peer=peer, lock=True)
    if (expert.paused_at is None) == (to is None):
        return expert
    if to is None and expert.role.account_id == by.id:
        raise errors.OwnVetting
    expert.paused_at = to
    audit(action=action, at=now, by=by.id, subject=expert.role.account_id, data={"peer": str(peer)})
    _keep(expert, now=now)
    return expert


def _keep(expert: Expert, *, now: datetime) -> None:
    expert.version += 1
    expert.save()
    append(stream=expert.role.account.inbox, kind=SETTINGS_CHANGED, at=now)


def _told(expert: Expert) -> tuple[Any, ...]:
    return (
        expert.languages,
        expert.domains,
        expert.directions,
        expert.region_id,
        expert.office_hours,
        expert.away_until,
        expert.taking_new,
    )


def _seal(expert: Expert, said: Said) -> bytes | None:
    if said == Said():
        return None
    key = datakeys.key_of(expert.role.account_id)
    return seal.seal(key=key, text=orjson.dumps(said), aad=_aad(expert))


def _aad(expert: Expert) -> bytes:
    return seal.aad("expert", expert.role_id, "said", 1)


def _set_languages(expert: Expert, value: list[str], now: datetime) -> None:
    expert.languages = _known("languages", value, SPOKEN_LANGUAGES)


def _set_domains(expert: Expert, value: list[str], now: datetime) -> None:
    expert.domains = _known("domains", value, Domain)


def _set_directions(expert: Expert, value: list[str], now: datetime) -> None:
    expert.directions = _known("directions", value, Direction)


def _set_region(expert: Expert, value: str | None, now: datetime) -> None:
    expert.region = Region.objects.filter(key=value).first() if value else None
    if value and expert.region is None:
        raise _unknown("region")


def _set_hours(expert: Expert, value: Mapping[str, Any] | None, now: datetime) -> None:
    try:
        parse_hours(data=value)
    except HoursInvalid as refused:
        raise HoursInvalid(refused.code, f"/office_hours{refused.errors[0].pointer}") from None
    expert.office_hours = value or None


def _set_away(expert: Expert, value: datetime | None, now: datetime) -> None:
    if value is not None and value <= now and value != expert.away_until:
        raise errors.AwayInPast(errors=(FieldError("/away_until", errors.AwayInPast.code),))
    expert.away_until = value


def _set_taking_new(expert: Expert, value: bool, now: datetime) -> None:
    expert.taking_new = value


_SETTERS: dict[str, Callable[[Expert, Any, datetime], None]] = {
    "languages": _set_languages,
    "domains": _set_domains,
    "directions": _set_directions,
    "region": _set_region,
    "office_hours": _set_hours,
    "away_until": _set_away,
    "taking_new": _set_taking_new,
}
_OF_SAID: dict[str, Callable[[Any], Any]] = {
    "about": lambda value: normalise_body(text=value, limit=MAX_ABOUT) if value else None,
    "gender": lambda value: _known("gender", [value], Gender)[0] if value else None,
    "backgrounds": lambda value: tuple(_known("backgrounds", value, Background)),
}


def _known(field: str, values: Iterable[str], known: Iterable[str]) -> list[str]:
    """The values without repeats, in the order given."""
    chosen = list(dict.fromkeys(values))
    if not set(chosen) <= set(known):
        raise _unknown(field)
    return [str(value) for value in chosen]


def _unknown(field: str) -> errors.ValueUnknown:
    return errors.ValueUnknown(errors=(FieldError(f"/{field}", errors.ValueUnknown.code),))
