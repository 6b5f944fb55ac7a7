"""What a referral can hold, and how its lines read in each language.

A line is `{"key": …, "values": […]}` for what is chosen from fixed keys, and `{"key": …, "text": …}` for own words:
what is sent is the same whoever reads it, each in their own language.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core import labels
from backend.core.vocabulary import LANGUAGE_NAMES

LABELS: Mapping[str, Promise] = MappingProxyType(
    {
        "alias": _("Name to be called by"),
        "languages": _("Languages"),
        "region": _("Region"),
        "domains": _("What it is about"),
        "directions": _("Directions"),
        "about": _("In own words"),
        "goal": _("Goal"),
        "message": _("Message"),
    }
)
FIELDS = ("alias", "languages", "region", "domains", "directions", "about")  # of the profile


@dataclass(frozen=True, slots=True)
class Shown:
    """A line as somebody reads it."""

    key: str
    label: str
    text: str


def show_lines(lines: Iterable[Mapping[str, Any]]) -> list[Shown]:
    """The lines in the language that is asked for now."""
    return [Shown(key=line["key"], label=str(LABELS[line["key"]]), text=_text(line)) for line in lines]


def _text(line: Mapping[str, Any]) -> str:
    if "text" in line:
        return str(line["text"])
    names: Mapping[str, object] = {
        "languages": LANGUAGE_NAMES,
        "domains": labels.DOMAINS,
        "directions": labels.DIRECTIONS,
    }[line["key"]]
    return ", ".join(str(names[value]) for value in line["values"])
