"""A member's own profile: each field is optional, and changed on its own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account, Region
from backend.core.aliases import AVATAR_KEYS, MAX_ALIAS
from backend.core.db import write
from backend.core.errors import FieldError
from backend.core.sealing import datakeys, seal
from backend.core.streams.append import append
from backend.core.text import normalise_body, normalise_line
from backend.core.vocabulary import SPOKEN_LANGUAGES, Direction, Domain
from peers.profiles import access, errors
from peers.profiles.models import Profile

MAX_ABOUT = 1000  # characters


@write
def change_profile(*, by: Account, changes: Mapping[str, Any], check: Callable[[int], None], now: datetime) -> Profile:
    """Set the named fields; None and empty lists clear. `check` refuses a version that the caller did not know.

    Fields: alias, avatar_key, region, about (text or None), languages, domains, directions (lists of keys).
    Raises what `check` raises, `ValueUnknown`, and what the texts' forms refuse.
    """
    Profile.objects.get_or_create(account=by, defaults={"version": 0})  # so that there is something to lock
    profile = access.profile(by=by, lock=True)
    check(profile.version)
    before = _told(profile)
    for field, value in changes.items():
        _SETTERS[field](profile, value)
    if _told(profile) == before:
        return profile
    profile.version += 1
    profile.save()
    append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)
    return profile


def about_of(profile: Profile) -> str | None:
    """What the member wrote about themselves."""
    if profile.about is None:
        return None
    key = datakeys.key_of(profile.account_id)
    return seal.unseal(key=key, sealed=bytes(profile.about), aad=_about_aad(profile)).decode()


def _told(profile: Profile) -> tuple[Any, ...]:
    return (
        profile.alias,
        profile.avatar_key,
        profile.languages,
        profile.domains,
        profile.directions,
        profile.region_id,
        about_of(profile),
    )


def _set_alias(profile: Profile, value: str | None) -> None:
    profile.alias = normalise_line(text=value, limit=MAX_ALIAS) if value else ""


def _set_avatar(profile: Profile, value: str | None) -> None:
    profile.avatar_key = _known("avatar_key", [value], AVATAR_KEYS)[0] if value else ""


def _set_languages(profile: Profile, value: list[str]) -> None:
    profile.languages = _known("languages", value, SPOKEN_LANGUAGES)


def _set_domains(profile: Profile, value: list[str]) -> None:
    profile.domains = _known("domains", value, Domain)


def _set_directions(profile: Profile, value: list[str]) -> None:
    profile.directions = _known("directions", value, Direction)


def _set_region(profile: Profile, value: str | None) -> None:
    profile.region = Region.objects.filter(key=value).first() if value else None
    if value and profile.region is None:
        raise _unknown("region")


def _set_about(profile: Profile, value: str | None) -> None:
    if not value:
        profile.about = None
        return
    text = normalise_body(text=value, limit=MAX_ABOUT)
    key = datakeys.key_of(profile.account_id)
    profile.about = seal.seal(key=key, text=text.encode(), aad=_about_aad(profile))


_SETTERS: dict[str, Callable[[Profile, Any], None]] = {
    "alias": _set_alias,
    "avatar_key": _set_avatar,
    "languages": _set_languages,
    "domains": _set_domains,
    "directions": _set_directions,
    "region": _set_region,
    "about": _set_about,
}


def _known(field: str, values: Iterable[str], known: Iterable[str]) -> list[str]:
    """The values without repeats, in the order given."""
    chosen = list(dict.fromkeys(values))
    if not set(chosen) <= set(known):
        raise _unknown(field)
    return chosen


def _unknown(field: str) -> errors.ValueUnknown:
    return errors.ValueUnknown(errors=(FieldError(f"/{field}", errors.ValueUnknown.code),))


def _about_aad(profile: Profile) -> bytes:
    return seal.aad("profile", profile.account_id, "about", 1)
