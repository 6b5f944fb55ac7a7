"""Why something is reported, how urgent that is, and until when somebody promises to look. Pure: data, no Django."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType


class Reason(StrEnum):
    """Why somebody reports. `worried` is care for a person: it opens a case without a rule, a strike or a statement."""

    DANGER = "danger"  # to a life
    IDENTITY = "identity"  # who somebody is was told, or asked for
    MINOR = "minor"
    RECRUITING = "recruiting"
    THREATS = "threats"
    CLIENT_APPROACH = "client_approach"
    CONTEMPT = "contempt"
    SPAM = "spam"
    OTHER = "other"
    WORRIED = "worried"


class Priority(StrEnum):
    """How soon a person looks; set by the reason, never by how many report."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


PRIORITIES: Mapping[Reason, Priority] = MappingProxyType(
    {
        Reason.DANGER: Priority.HIGH,
        Reason.IDENTITY: Priority.HIGH,
        Reason.MINOR: Priority.HIGH,
        Reason.RECRUITING: Priority.HIGH,
        Reason.THREATS: Priority.HIGH,
        Reason.WORRIED: Priority.HIGH,
        Reason.CLIENT_APPROACH: Priority.MEDIUM,
        Reason.CONTEMPT: Priority.MEDIUM,
        Reason.SPAM: Priority.LOW,
        Reason.OTHER: Priority.LOW,
    }
)
PROMISED: Mapping[Priority, timedelta] = MappingProxyType(
    {Priority.HIGH: timedelta(hours=1), Priority.MEDIUM: timedelta(hours=24), Priority.LOW: timedelta(hours=72)}
)
ORDER = tuple(Priority)  # the most urgent first

# What does harm while it waits: the one message is held from the first report on, until a person has looked.
HELD_AT_ONCE = frozenset({Reason.IDENTITY, Reason.MINOR, Reason.RECRUITING})


def more_urgent(one: str, other: str) -> str:
    """The more urgent of two priorities."""
    return min(one, other, key=lambda key: ORDER.index(Priority(key)))
