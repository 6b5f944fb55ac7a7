"""Input and output of check-ins."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.core.http.serializers import Choice, Flag, ListOf, Moment, StrictSerializer, Text, Uuid, Whole
from backend.core.vocabulary import Domain
from messaging.hours import DAYS
from peers.checkins.actions.answers import MAX_NOTE
from peers.checkins.actions.plans import (
    LONGEST_SILENCE,
    MAX_WORDS,
    SHORTEST_SILENCE,
    WayBackWish,
    Wishes,
)
from peers.checkins.actions.safety import MAX_PART, PARTS
from peers.checkins.actions.sharing import LONGEST, USUAL
from peers.checkins.api.request_shapes import OFFERS
from peers.checkins.cadence import LONGEST_OWN, PRESETS, SHORTEST_OWN
from peers.checkins.models import Checkin, Plan, Share
from peers.checkins.models.checkin import STATES
from peers.checkins.questions import LOW, MOST_DOMAINS, OVERALL, SETS, STEPS, VERSION, WISHES

ITEMS = (OVERALL, *(str(domain) for domain in Domain))
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
        else {"months": plan.way_back_months, "organisation": plan.way_back_to_id, "words": words},
        "paused_until": plan.paused_until,
        "next_at": next_at,
    }
    return PlanSerializer(told).data


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


class AnswersSerializer(StrictSerializer):
    """Each a step; what is left out was not answered."""

    def get_fields(self) -> dict[str, Any]:
        return {item: Choice(STEPS, required=False) for item in ITEMS}


class AnswerNewSerializer(StrictSerializer):
    """An answer: at most a minute of somebody's day."""

    answers = AnswersSerializer()
    wish = Choice(WISHES, required=False)
    note = Text(max_length=MAX_NOTE, multiline=True, required=False, allow_blank=True)


class SnoozeSerializer(StrictSerializer):
    """Until when."""

    until = Moment()


class ShareNewSerializer(StrictSerializer):
    """Which answer, with whom (the peer id of somebody beside one), for how many seconds."""

    def get_fields(self) -> dict[str, Any]:
        return {"answer": Choice(ITEMS), **_to_whom()}


class SafetyShareSerializer(StrictSerializer):
    """With whom, for how many seconds."""

    def get_fields(self) -> dict[str, Any]:
        return _to_whom()


def _to_whom() -> dict[str, Any]:
    longest = int(LONGEST.total_seconds())
    return {
        "with": Uuid(),
        "expires_in": Whole(
            min=3600, max=longest, required=False, help_text=f"{int(USUAL.total_seconds())} if left out"
        ),
    }


class QuestionSerializer(serializers.Serializer[Any]):
    """A question and its text in the asked language."""

    key = serializers.CharField()
    text = serializers.CharField()


class AnswerShownSerializer(serializers.Serializer[Any]):
    """What the member answered."""

    answers = serializers.DictField(child=serializers.ChoiceField(choices=list(STEPS)))
    wish = serializers.ChoiceField(choices=list(WISHES))
    note = serializers.CharField()


class CheckinSerializer(serializers.Serializer[Any]):
    """One check-in with its questions. `offers`: what to show beside a low answer, on this screen alone."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=sorted(STATES.all - {"planned"}))
    questions_version = serializers.IntegerField()
    questions = QuestionSerializer(many=True)
    steps = QuestionSerializer(many=True)
    wishes = QuestionSerializer(many=True)
    opened_at = serializers.DateTimeField()
    snoozed_until = serializers.DateTimeField(allow_null=True)
    answered_at = serializers.DateTimeField(allow_null=True)
    answer = AnswerShownSerializer(allow_null=True)
    offers = OFFERS


def checkin_shown(checkin: Checkin, answer: dict[str, Any] | None) -> Any:
    """A check-in as the member reads it."""
    asked = SETS[checkin.questions]
    low = answer is not None and not LOW.isdisjoint(answer["answers"].values())
    told = {
        "id": checkin.id,
        "state": checkin.state,
        "questions_version": checkin.questions,
        "questions": [
            {"key": OVERALL, "text": str(asked.overall)},
            *({"key": domain, "text": str(asked.domains[domain])} for domain in checkin.domains),
            {"key": "wish", "text": str(asked.wish)},
        ],
        "steps": [{"key": key, "text": str(text)} for key, text in asked.steps.items()],
        "wishes": [{"key": key, "text": str(text)} for key, text in asked.wishes.items()],
        "opened_at": checkin.opened_at,
        "snoozed_until": checkin.due_at if checkin.state == "snoozed" else None,
        "answered_at": checkin.answered_at,
        "answer": answer,
        "offers": ["helplines", "ask_contact"] if low else [],
    }
    return CheckinSerializer(told).data


class AnsweredSerializer(serializers.Serializer[Any]):
    """The check-in as it is now, and what came of a wish for contact."""

    checkin = CheckinSerializer()
    request = serializers.UUIDField(allow_null=True)
    nobody_beside = serializers.BooleanField(help_text="Contact was wished for, and there is nobody to ask yet.")


class OwnShareSerializer(serializers.Serializer[Share]):
    """What one shows to whom, and until when."""

    id = serializers.UUIDField()
    checkin = serializers.UUIDField(source="checkin_id", allow_null=True)
    answer = serializers.CharField(source="item")
    peer = serializers.UUIDField(source="to_id")
    alias = serializers.CharField(source="to.alias")
    shared_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)


class SharedSerializer(serializers.Serializer[Any]):
    """Something that is shared with one; what it says is read on its own, and the member sees each look."""

    id = serializers.UUIDField()
    answer = serializers.CharField(source="item")
    shared_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    conversation = serializers.UUIDField(allow_null=True)


class SafetyTextsSerializer(serializers.Serializer[Any]):
    """The parts of a safety plan."""

    def get_fields(self) -> dict[str, Any]:
        return {part: serializers.CharField(allow_blank=True) for part in PARTS}


class SharedReadSerializer(serializers.Serializer[Any]):
    """What was shared: a step, or the safety plan."""

    id = serializers.UUIDField()
    answer = serializers.CharField()
    step = serializers.ChoiceField(choices=list(STEPS), allow_null=True)
    text = serializers.CharField(allow_null=True, help_text="The step in the asked language.")
    safety_plan = SafetyTextsSerializer(allow_null=True)
    expires_at = serializers.DateTimeField()


def shared_read(share: Share, told: Any) -> Any:
    """What the reader is told."""
    step = told if share.checkin_id else None
    shown = {
        "id": share.id,
        "answer": share.item,
        "step": step,
        "text": str(SETS[VERSION].steps[step]) if step else None,
        "safety_plan": None if share.checkin_id else told,
        "expires_at": share.expires_at,
    }
    return SharedReadSerializer(shown).data


class SafetyNewSerializer(StrictSerializer):
    """Each part in own words; what is left out is empty."""

    def get_fields(self) -> dict[str, Any]:
        return {part: Text(max_length=MAX_PART, multiline=True, required=False, allow_blank=True) for part in PARTS}


class SafetyPlanSerializer(SafetyTextsSerializer):
    """The own safety plan. `reminder` says it plainly: nobody here knows where one is."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "reminder": serializers.CharField()}


class CaringSerializer(serializers.Serializer[Any]):
    """A text that asks nothing."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    sent_at = serializers.DateTimeField()


class MarkSerializer(serializers.Serializer[Any]):
    """One answer."""

    on = serializers.DateField()
    question = serializers.CharField(source="row")
    step = serializers.ChoiceField(choices=list(STEPS))


class YearsSerializer(serializers.Serializer[Any]):
    """The own years: every answer, and the same in words. Nothing is added up."""

    marks = MarkSerializer(many=True)
    words = serializers.ListField(child=serializers.CharField())
