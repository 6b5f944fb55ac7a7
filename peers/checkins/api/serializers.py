"""Input and output of check-ins."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from rest_framework import serializers

from backend.core.http.serializers import Choice, Moment, StrictSerializer, Text, Uuid, Whole
from backend.core.vocabulary import Domain
from peers.checkins.actions.answers import MAX_NOTE, Answered
from peers.checkins.actions.safety import MAX_PART, PARTS
from peers.checkins.actions.sharing import LONGEST, USUAL
from peers.checkins.api.request_shapes import OFFERS, helplines_shown
from peers.checkins.cadence import PRESETS
from peers.checkins.models import Checkin, Share
from peers.checkins.models.checkin import STATES
from peers.checkins.picture import OWN_ROWS
from peers.checkins.questions import LOW, OVERALL, SETS, STEPS, VERSION, WISHES
from peers.directory.api.serializers import HelplineSerializer

ITEMS = (OVERALL, *(str(domain) for domain in Domain))


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


class CheckinWholeSerializer(CheckinSerializer):
    """The same, with the helplines that stand beside a low answer."""

    helplines = HelplineSerializer(many=True)


def whole_checkin_shown(checkin: Checkin, answer: dict[str, Any] | None, *, at: datetime) -> Any:
    """One check-in as the member reads it, with the helplines beside what was answered low."""
    shown = checkin_shown(checkin, answer)
    return {**shown, "helplines": helplines_shown(at=at) if shown["offers"] else []}


class WiderSerializer(serializers.Serializer[Any]):
    """A wider rhythm, in the words of the plan."""

    cadence = serializers.ChoiceField(choices=list(PRESETS))
    every_days = serializers.IntegerField(allow_null=True)


class AnsweredSerializer(serializers.Serializer[Any]):
    """The check-in as it is now, and what came of a wish for contact.

    `wider` may be offered after an answer that all is well; the plan changes only if the member sets it.
    """

    checkin = CheckinSerializer()
    request = serializers.UUIDField(allow_null=True)
    nobody_beside = serializers.BooleanField(help_text="Contact was wished for, and there is nobody to ask yet.")
    wider = WiderSerializer(allow_null=True)
    helplines = HelplineSerializer(many=True, help_text="Beside a low answer, and beside a wish for contact.")


def answered_shown(done: Answered, said: dict[str, Any] | None, *, at: datetime) -> Any:
    """What came of an answer, on the member's own screen."""
    told = {
        "checkin": checkin_shown(done.checkin, said),
        "request": done.request.id if done.request else None,
        "nobody_beside": done.nobody_beside,
        "wider": done.wider and {"cadence": done.wider[0], "every_days": done.wider[1] or None},
    }
    beside = done.low or done.request is not None or done.nobody_beside
    return {**told, "helplines": helplines_shown(at=at) if beside else []}


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


class MarkSerializer(serializers.Serializer[Any]):
    """One answer."""

    on = serializers.DateField()
    question = serializers.CharField(source="row")
    step = serializers.ChoiceField(choices=list(STEPS))


class OwnLineSerializer(serializers.Serializer[Any]):
    """A goal, a line of the journey, or what was written beside an answer."""

    on = serializers.DateField()
    kind = serializers.ChoiceField(choices=list(OWN_ROWS), source="row")
    text = serializers.CharField()


class YearsSerializer(serializers.Serializer[Any]):
    """The own years: every answer, own goals and own words, and the same in words. Nothing is added up."""

    marks = MarkSerializer(many=True)
    own = OwnLineSerializer(many=True)
    words = serializers.ListField(child=serializers.CharField())
