"""Input and output of the plan."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.core.http.serializers import Choice, Flag, ListOf, Moment, StrictSerializer, Text, Uuid, Whole
from backend.core.vocabulary import Domain
from messaging.hours import DAYS
from peers.checkins.actions.plans import (
    LONGEST_SILENCE,
    MAX_WORDS,
    SHORTEST_SILENCE,
    WayBackWish,
    Wishes,
)
from peers.checkins.cadence import LONGEST_OWN, PRESETS, SHORTEST_OWN
from peers.checkins.models import Plan
from peers.checkins.questions import MOST_DOMAINS

_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])|24:00")


@extend_schema_field({"type": "string", "pattern": f"^({_TIME.pattern})$"})
class Clock(serializers.CharField):
    """A time of day as HH:MM, from 00:00 to 24:00; minutes of the day inside."""

    default_error_messages = {"hours_time_malformed": ""}

    def run_validation(self, data: Any = serializers.empty) -> Any:
        return serializers.Field.run_validation(self, data)

    def to_internal_value(self, data: Any) -> Any:
        if not isinstance(data, str) or not _TIME.fullmatch(data):
            self.fail("hours_time_malformed")
        return int(data[:2]) * 60 + int(data[3:])


class QuietHoursSerializer(StrictSerializer):
    """Hours in which nothing comes; they may pass midnight."""

    first = Clock()
    end = Clock()


class WindowSerializer(StrictSerializer):
    """Days and hours in which one may be asked, by the clock of one's own time zone."""

    days = ListOf(Choice(DAYS), max_length=7, min_length=1, unique=True)
    first = Clock()
    end = Clock()
    quiet = QuietHoursSerializer(required=False, allow_null=True)


class WayBackSerializer(StrictSerializer):
    """After so many silent months this organisation may greet one, with these words."""

    months = Whole(min=SHORTEST_SILENCE, max=LONGEST_SILENCE)
    organisation = Uuid()
    words = Text(max_length=MAX_WORDS, multiline=True)


class PlanNewSerializer(StrictSerializer):
    """The whole plan; what is left out is off."""

    cadence = Choice(PRESETS)
    every_days = Whole(min=SHORTEST_OWN, max=LONGEST_OWN, required=False, allow_null=True)
    domains = ListOf(Choice(Domain), max_length=MOST_DOMAINS, unique=True, required=False)
    window = WindowSerializer()
    timezone = Text(max_length=64)
    reminders = Flag(required=False)
    caring_messages = Flag(required=False)
    way_back = WayBackSerializer(required=False, allow_null=True)
    paused_until = Moment(required=False, allow_null=True)


def wishes_of(given: dict[str, Any]) -> Wishes:
    """What was read, as the action takes it."""
    window, quiet, way = given["window"], given["window"].get("quiet"), given.get("way_back")
    return Wishes(
        preset=given["cadence"],
        every_days=given.get("every_days") or 0,
        days=[DAYS.index(day) for day in window["days"]],
        first_minute=window["first"],
        end_minute=window["end"],
        quiet=(quiet["first"], quiet["end"]) if quiet else None,
        zone=given["timezone"],
        domains=given.get("domains", []),
        reminders=given.get("reminders", True),
        caring=given.get("caring_messages", False),
        way_back=WayBackWish(**way) if way else None,
        paused_until=given.get("paused_until"),
    )


class QuietHoursShownSerializer(serializers.Serializer[Any]):
    """Hours in which nothing comes."""

    first = serializers.CharField()
    end = serializers.CharField()


class WindowShownSerializer(serializers.Serializer[Any]):
    """Days and hours in which one may be asked."""

    days = serializers.ListField(child=serializers.CharField())
    first = serializers.CharField()
    end = serializers.CharField()
    quiet = QuietHoursShownSerializer(allow_null=True)


class WayBackShownSerializer(serializers.Serializer[Any]):
    """What the member chose, in their own words."""

    months = serializers.IntegerField()
    organisation = serializers.UUIDField(allow_null=True)
    words = serializers.CharField()
    asks_at = serializers.DateTimeField(
        allow_null=True, help_text="When they are asked to greet one, if nothing is heard until then. Null: they were."
    )


class PlanSerializer(serializers.Serializer[Any]):
    """The own plan; `cadence` is null where there is none, or it was stopped. `next_at`: when one is asked next."""

    cadence = serializers.ChoiceField(choices=list(PRESETS), allow_null=True)
    every_days = serializers.IntegerField(allow_null=True)
    domains = serializers.ListField(child=serializers.CharField())
    window = WindowShownSerializer(allow_null=True)
    timezone = serializers.CharField(allow_null=True)
    reminders = serializers.BooleanField()
    caring_messages = serializers.BooleanField()
    way_back = WayBackShownSerializer(allow_null=True)
    paused_until = serializers.DateTimeField(allow_null=True)
    next_at = serializers.DateTimeField(allow_null=True)


def plan_shown(plan: Plan | None, *, words: str | None, next_at: datetime | None) -> Any:
    """The plan as it is told."""
    if plan is None or plan.stopped_at is not None:
        empty = dict.fromkeys(("cadence", "every_days", "window", "timezone", "way_back", "paused_until", "next_at"))
        return PlanSerializer({**empty, "domains": [], "reminders": False, "caring_messages": False}).data
    quiet = None
    if plan.quiet_first is not None and plan.quiet_end is not None:
        quiet = {"first": _clock(plan.quiet_first), "end": _clock(plan.quiet_end)}
    told = {
        "cadence": plan.preset,
        "every_days": plan.every_days or None,
        "domains": plan.domains,
        "window": {
            "days": [DAYS[day] for day in plan.days],
            "first": _clock(plan.first_minute),
            "end": _clock(plan.end_minute),
            "quiet": quiet,
        },
        "timezone": plan.zone,
        "reminders": plan.reminders,
        "caring_messages": plan.caring_due is not None,
        "way_back": None
        if words is None
        else {
            "months": plan.way_back_months,
            "organisation": plan.way_back_to_id,
            "words": words,
            "asks_at": plan.way_back_due,
        },
        "paused_until": plan.paused_until,
        "next_at": next_at,
    }
    return PlanSerializer(told).data


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
