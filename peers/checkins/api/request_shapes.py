"""Input and output of wishes for contact, and of who can be reached."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from backend.core.http.serializers import Flag, StrictSerializer
from peers.checkins.models import ContactRequest
from peers.checkins.models.request import STATES
from peers.checkins.queries import Reach

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


class ReachSerializer(serializers.Serializer[Reach]):
    """Who beside one can read next, and when, as they said themselves; null where they said nothing."""

    part = serializers.CharField()
    peer = serializers.UUIDField()
    alias = serializers.CharField()
    reads_from = serializers.DateTimeField(allow_null=True)
    away_until = serializers.DateTimeField(allow_null=True)


class ReachListSerializer(serializers.Serializer[Any]):
    """The contact person first."""

    items = ReachSerializer(many=True)
    offers = OFFERS
