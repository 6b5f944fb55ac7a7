"""What can be decided: each kind of measure, on what it falls, who must agree, how long one can appeal. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from types import MappingProxyType

LONG = timedelta(days=183)  # six months
SHORT = timedelta(days=30)
SECOND_WITHIN = timedelta(hours=24)  # else the request for a second approver lapses
OTHERS_FIRST = timedelta(hours=4)  # as long as only people of another organisation are asked, if there are any
UNSEALED_FOR = timedelta(hours=24)  # as long as who handles the case can see who somebody is
EXPORT_WITHIN = timedelta(hours=72)  # of what an authority is told
# For so many hours a person may not be told of it, if two agree that it would endanger somebody; then again, by two.
HOLDS = (0, 24, 72, 168, 720)
BASES = ("dsa_18", "gdpr_vital")  # a threat to life (DSA art. 18); somebody's vital interests (GDPR art. 6 and 9)
TIED_FOR = timedelta(hours=24)  # what somebody who is tied may do for so long, until another has looked
REVIEW_WITHIN = timedelta(hours=24)  # of what was done at once, for danger to life


class Notice(StrEnum):
    """When who is concerned is told: as it takes hold, as soon as that is safe, or not, for it does nothing to them."""

    NOW = "now"
    WHEN_SAFE = "when_safe"
    NEVER = "never"


@dataclass(frozen=True, slots=True)
class MeasureKind:
    """A kind of measure.

    `on`: what it falls on: message, membership, group, entry, account, peer (who is known as a peer expert there),
    person (who the case is about, or who reported it) or nothing. `timed`: it takes an `until`. `needs_second`: another
    person must agree before it takes hold. `notice`: when the person concerned is told. `aside`: it is done beside a
    case, for a life, and ends none. `appeal`: how long one can appeal.
    """

    key: str
    on: str
    timed: bool = False
    needs_second: bool = False
    notice: Notice = Notice.NOW
    aside: bool = False
    appeal: timedelta = LONG


# In the order in which several take hold: who is removed can no longer be muted.
MEASURES: Mapping[str, MeasureKind] = MappingProxyType(
    {
        kind.key: kind
        for kind in (
            MeasureKind("hide", on="message", appeal=SHORT),
            MeasureKind("warn", on="nothing"),
            MeasureKind("withdraw_entry", on="entry"),
            MeasureKind("slow", on="group"),
            MeasureKind("mute", on="membership", timed=True, appeal=SHORT),
            MeasureKind("remove", on="membership"),
            MeasureKind("unverify", on="peer", needs_second=True),
            MeasureKind("suspend", on="account", timed=True),
            MeasureKind("exclude", on="account", needs_second=True),
            MeasureKind("close_group", on="group", needs_second=True),
            MeasureKind("pause_inviter", on="account", notice=Notice.NEVER),
            MeasureKind("unseal_identity", on="person", needs_second=True, notice=Notice.WHEN_SAFE, aside=True),
            MeasureKind("disclose", on="person", needs_second=True, notice=Notice.WHEN_SAFE, aside=True),
        )
    }
)
# What somebody who is tied to the people concerned may do, for `TIED_FOR` at the most.
FOR_THE_TIED = frozenset({"hide", "mute"})


def appeal_for(kinds: frozenset[str]) -> timedelta:
    """How long one can appeal against all of these together: as long as against the gravest."""
    return max((MEASURES[kind].appeal for kind in kinds), default=LONG)


def is_told(kinds: Iterable[str]) -> bool:
    """Whether the person concerned is told of one of these."""
    return any(MEASURES[kind].notice != Notice.NEVER for kind in kinds)


def is_aside(kind: str) -> bool:
    """Whether it is done beside a case and ends none."""
    return MEASURES[kind].aside


def needs_second(kinds: frozenset[str]) -> bool:
    """Whether one of these waits for another person."""
    return any(MEASURES[kind].needs_second for kind in kinds)
