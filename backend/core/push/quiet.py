"""Quiet hours: from one time on the wall to another, every day, in the member's zone."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.core.errors import FieldError, Invalid

MAX_ZONE = 64  # characters; a name of thousands of parts is too deep for importlib
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_MINUTE = timedelta(minutes=1)


class QuietInvalid(Invalid):
    """Not quiet hours; `errors` says where. Codes: quiet_zone_unknown, quiet_time_malformed, quiet_window_empty."""

    def __init__(self, code: str, pointer: str) -> None:
        super().__init__(code, errors=(FieldError(f"/quiet_hours/{pointer}", code),))


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Quiet while the clock on the wall shows a time from `start` up to, not including, `end`; over midnight too."""

    zone: ZoneInfo
    start: time
    end: time

    def is_quiet(self, *, at: datetime) -> bool:
        """Whether it is quiet at an aware time."""
        wall = at.astimezone(self.zone).time()
        if self.start < self.end:
            return self.start <= wall < self.end
        return wall >= self.start or wall < self.end

    def until(self, *, at: datetime) -> datetime:
        """`at` itself when it is not quiet then, else the first minute in UTC at which it is not any more."""
        if not self.is_quiet(at=at):
            return at
        first = at.astimezone(UTC).replace(second=0, microsecond=0)
        # By the minute through two days and what a clock can jump: right in every zone, on every night.
        return next(
            (it for it in (first + _MINUTE * n for n in range(1, 51 * 60)) if not self.is_quiet(at=it)),
            first + timedelta(days=1),
        )


def parse_quiet(*, timezone: str, start: str, end: str) -> QuietHours:
    """Quiet hours from an IANA zone and two `HH:MM`. Raises `QuietInvalid`."""
    if len(timezone) > MAX_ZONE or not _ZONE.fullmatch(timezone):
        raise QuietInvalid("quiet_zone_unknown", "timezone")
    try:
        zone = ZoneInfo(timezone)
    except (KeyError, ValueError, OSError):
        raise QuietInvalid("quiet_zone_unknown", "timezone") from None
    for name, text in (("start", start), ("end", end)):
        if not _TIME.fullmatch(text):
            raise QuietInvalid("quiet_time_malformed", name)
    if start == end:
        raise QuietInvalid("quiet_window_empty", "end")
    return QuietHours(zone, time.fromisoformat(start), time.fromisoformat(end))
