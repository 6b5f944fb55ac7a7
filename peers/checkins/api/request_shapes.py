"""Input and output of wishes for contact, and of who can be reached."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import translation
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.core.http.serializers import Flag, StrictSerializer
from peers.checkins.models import ContactRequest
from peers.checkins.models.request import STATES
from peers.checkins.queries import Reach, helplines_for
from peers.contacts.api.shapes import ReaderSerializer
from peers.contacts.shown import reader_shown
from peers.directory.api.serializers import HelplineSerializer
from peers.directory.api.told import tell_helpline

OFFERS: serializers.Field[Any, Any, Any, Any] = serializers.ListField(
    child=serializers.ChoiceField(choices=["helplines", "ask_contact"])
)


class StepSerializer(serializers.Serializer[Any]):
    """Whose turn it was, and since when."""

    part = serializers.CharField()
    alias = serializers.CharField(source="role.alias", default="")
    at = serializers.DateTimeField()


class OwnRequestSerializer(serializers.Serializer[ContactRequest]):
    """One's own wish for contact, with each step. `unanswered`: nobody did in time; helplines stand beside it."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=sorted(STATES.all))
    part = serializers.CharField()
    respond_by = serializers.DateTimeField(allow_null=True)
    asked_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField(allow_null=True)
    steps = StepSerializer(many=True)
    offers = serializers.SerializerMethodField()

    @extend_schema_field(OFFERS)
    def get_offers(self, request: ContactRequest) -> list[str]:
        return ["helplines"]


class OwnRequestWholeSerializer(OwnRequestSerializer):
    """The same with the helplines that stand beside it, whatever its state."""

    helplines = serializers.SerializerMethodField()

    @extend_schema_field(HelplineSerializer(many=True))
    def get_helplines(self, request: ContactRequest) -> list[dict[str, Any]]:
        return helplines_shown(at=self.context["now"])


class RequestNewSerializer(StrictSerializer):
    """`somebody_else`: not the contact person."""

    somebody_else = Flag(required=False)


class HeldRequestSerializer(serializers.Serializer[Any]):
    """A wish for contact whose turn it is one's own to answer. `conversation`: the direct talk, if there is one."""

    id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=["waiting", "acknowledged"])
    part = serializers.CharField()
    respond_by = serializers.DateTimeField(allow_null=True)
    asked_at = serializers.DateTimeField()
    conversation = serializers.UUIDField(allow_null=True)


def held_request_shown(request: ContactRequest, conversation: UUID | None) -> Any:
    """A request as its holder reads it: nothing of the member but the talk by which they know each other."""
    told = {
        "id": request.id,
        "state": request.state,
        "part": request.part,
        "respond_by": request.respond_by,
        "asked_at": request.asked_at,
        "conversation": conversation,
    }
    return HeldRequestSerializer(told).data


class ReachSerializer(ReaderSerializer):
    """Somebody whose turn it can be: when they can read it, and how long they have to answer from then on."""

    part = serializers.CharField()
    answers_within_s = serializers.IntegerField()


class ReachListSerializer(serializers.Serializer[Any]):
    """In the order in which it is their turn; empty where there is nobody to ask."""

    items = ReachSerializer(many=True)
    offers = OFFERS
    helplines = HelplineSerializer(many=True)


def reach_shown(found: Sequence[Reach], *, at: datetime) -> Any:
    """Who can read it, with the helplines beside them."""
    items = [
        {**reader_shown(one.reader), "part": one.part, "answers_within_s": int(one.answers_within.total_seconds())}
        for one in found
    ]
    told = {"items": items, "offers": ["helplines"], "helplines": helplines_shown(at=at)}
    return ReachListSerializer(told).data


def helplines_shown(*, at: datetime) -> list[dict[str, Any]]:
    """Those of the directory, in the order for who reads the asked language."""
    found = helplines_for(language=translation.get_language() or "en")
    return [tell_helpline(line, on=at.date()) for line in found]
