"""What the console holds: apps register their sections and their notices at `ready()`."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True, slots=True)
class Section:
    """An entry of the menu: `url` is the route's name in the namespace `console`, `kinds` the roles that see it.

    `badge`: the name of a route that says in a few words how much waits there, for pages with a script.
    """

    key: str
    title: str | Promise
    url: str
    kinds: Collection[str]
    text: str | Promise = ""  # one line for the first page
    order: int = 100
    badge: str = ""


_sections: dict[str, Section] = {}
_notices: dict[str, str | Promise] = {
    "signed_out": _("You are signed out."),
    "passphrase_changed": _("Your passphrase has been changed. All other sessions have ended."),
    "key_added": _("The security key has been added."),
    "saved": _("Saved."),
}


def register_section(section: Section) -> None:
    """Called by apps at `ready()`."""
    _sections[section.key] = section


def register_notices(notices: dict[str, str | Promise]) -> None:
    """What a page may say after something was done, by a key. Called by apps at `ready()`."""
    _notices.update(notices)


def sections_for(kinds: Collection[str]) -> list[Section]:
    """Those that somebody with these roles sees."""
    seen = [section for section in _sections.values() if set(section.kinds) & set(kinds)]
    return sorted(seen, key=lambda section: (section.order, section.key))


def notice(key: str) -> str:
    """The text of a notice; empty for an unknown key."""
    return str(_notices.get(key, ""))
