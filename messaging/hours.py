"""Opening hours of a group, by the clock on the wall of its own zone.

A group is open while that clock shows a time inside one of its windows. So a window in an hour that the clock
shows twice is open both times, and what lies in an hour that the clock skips does not happen that day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from backend.core.errors import FieldError, Invalid

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
MAX_WINDOWS = 8  # a day
MAX_ZONE = 64  # characters; a name of thousands of parts is too deep for importlib
DAY = 24 * 60  # minutes
WEEK = 7 * DAY
AHEAD = timedelta(days=22)  # how far an opening is looked for: a weekly window can fall into a skipped hour

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")
_ZONE = re.compile(r"[A-Z][A-Za-z0-9_+-]*(/[A-Za-z0-9_+-]+)*")  # no paths, nor the leap-second zones under right/
_INSTANT = timedelta(microseconds=1)


class HoursInvalid(Invalid):
    """Not opening hours; `code` says what, `errors` where. Codes: hours_malformed, hours_zone_unknown,
    hours_day_unknown, hours_time_malformed, hours_window_empty, hours_too_many.
    """

    def __init__(self, code: str, pointer: str = "") -> None:
        super().__init__(code, errors=(FieldError(pointer, code),))


@dataclass(frozen=True, slots=True)
class OpeningHours:
    """`spans`: (first, end) in minutes of the week from Monday 00:00, end not included, sorted, apart.

    No span at all means always open.
    """

    zone: ZoneInfo | None = None
    spans: tuple[tuple[int, int], ...] = ()

    def is_open(self, *, at: datetime) -> bool:
        """Whether the group is open at an aware time."""
        if self.zone is None or not self.spans:
            return True
        local = _require_aware(at=at).astimezone(self.zone)
        minute = local.weekday() * DAY + local.hour * 60 + local.minute
        return any(first <= minute < end for first, end in self.spans)

    def next_opening(self, *, at: datetime) -> datetime | None:
        """The first time after `at`, in UTC, when the group goes from closed to open; None when always open.

        Also None when nothing opens within `AHEAD`, which no real zone does.
        """
        if self.zone is None or not self.spans:
            return None
        at = _require_aware(at=at).astimezone(UTC)
        moments = {*self._starts(zone=self.zone, at=at), *_clock_changes(zone=self.zone, after=at)}
        later = (moment for moment in sorted(moments) if moment > at)
        return next((it for it in later if self.is_open(at=it) and not self.is_open(at=it - _INSTANT)), None)

    def _starts(self, *, zone: ZoneInfo, at: datetime) -> Iterator[datetime]:
        midnight = datetime.combine(at.astimezone(zone).date(), time())
        for day in range(-1, AHEAD.days):  # from yesterday: a clock may go back over midnight
            date = midnight + timedelta(days=day)
            for first, _ in self.spans:
                if first // DAY == date.weekday():
                    wall = (date + timedelta(minutes=first % DAY)).replace(tzinfo=zone)
                    yield from (wall.replace(fold=fold).astimezone(UTC) for fold in (0, 1))


def parse_hours(*, data: object) -> OpeningHours:
    """Hours from `{"timezone": <IANA>, "days": {"mon": [["18:00", "22:00"], …], …}}`. Raises `HoursInvalid`.

    A window that ends before it starts ends on the next day; "24:00" is an end. Overlaps are joined.
    None, `{}` and hours without a window mean always open.
    """
    if data is None or data == {}:
        return OpeningHours()
    if not isinstance(data, Mapping) or set(data) - {"timezone", "days"}:
        raise HoursInvalid("hours_malformed")
    zone = _parse_zone(name=data.get("timezone"))
    days = data.get("days", {})
    if not isinstance(days, Mapping):
        raise HoursInvalid("hours_malformed", "/days")
    if set(days) - set(DAYS):
        raise HoursInvalid("hours_day_unknown", "/days")
    spans = [
        span
        for index, day in enumerate(DAYS)
        for span in _parse_day(windows=days.get(day, []), pointer=f"/days/{day}", midnight=index * DAY)
    ]
    return OpeningHours(zone=zone, spans=_join(spans=spans))


def _parse_zone(*, name: object) -> ZoneInfo:
    if isinstance(name, str) and len(name) <= MAX_ZONE and _ZONE.fullmatch(name) and name != "Factory":
        try:
            return ZoneInfo(name)
        except (ValueError, KeyError, OSError):  # unknown, or a folder such as Europe
            pass
    raise HoursInvalid("hours_zone_unknown", "/timezone")


def _parse_day(*, windows: object, pointer: str, midnight: int) -> Iterator[tuple[int, int]]:
    if not isinstance(windows, list):
        raise HoursInvalid("hours_malformed", pointer)
    if len(windows) > MAX_WINDOWS:
        raise HoursInvalid("hours_too_many", pointer)
    for index, window in enumerate(windows):
        place = f"{pointer}/{index}"
        if not isinstance(window, list) or len(window) != 2:
            raise HoursInvalid("hours_malformed", place)
        first, end = (_parse_time(text=text, pointer=place) for text in window)
        if first in (end, DAY):
            raise HoursInvalid("hours_window_empty", place)
        yield midnight + first, midnight + (end if end > first else end + DAY)


def _parse_time(*, text: object, pointer: str) -> int:
    if not isinstance(text, str) or not _TIME.fullmatch(text):
        raise HoursInvalid("hours_time_malformed", pointer)
    return int(text[:2]) * 60 + int(text[3:])


def _join(*, spans: list[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    within = [(first, min(end, WEEK)) for first, end in spans]
    over = [(0, end - WEEK) for _, end in spans if end > WEEK]  # Sunday's windows that reach into Monday
    joined: list[tuple[int, int]] = []
    for first, end in sorted(within + over):
        if joined and first <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((first, end))
    return tuple(joined)


def _clock_changes(*, zone: ZoneInfo, after: datetime) -> Iterator[datetime]:
    """The UTC seconds within `AHEAD` at which the zone's offset changes: such a jump can open a group."""
    step = timedelta(hours=6)  # no zone changes twice in so short a time
    low = after.replace(microsecond=0)
    for _ in range(AHEAD // step):
        high = low + step
        if _offset(zone=zone, at=low) != _offset(zone=zone, at=high):
            left, right = low, high
            while right - left > timedelta(seconds=1):
                middle = left + (right - left) // 2
                middle = middle.replace(microsecond=0)
                if _offset(zone=zone, at=middle) == _offset(zone=zone, at=left):
                    left = middle
                else:
                    right = middle
            yield right
        low = high


def _offset(*, zone: ZoneInfo, at: datetime) -> timedelta | None:
    return at.astimezone(zone).utcoffset()


def _require_aware(*, at: datetime) -> datetime:
    if at.utcoffset() is None:
        raise ValueError("a time without a zone")
    return at
