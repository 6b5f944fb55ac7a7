"""Texts that ask nothing: those that a member got, and under which a peer expert puts their name."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.schema import page_of
from backend.core.http.serializers import StrictSerializer
from backend.core.http.views import DomainView
from peers.checkins import access, queries
from peers.checkins.actions import caring
from peers.checkins.models import CaringMessage
from peers.checkins.questions import CARING
from peers.contacts.api.shapes import PeerToldSerializer
from peers.contacts.shown import peer_told


class CaringSerializer(serializers.Serializer[Any]):
    """A text that asks nothing. `signed_by` is the contact person who had confirmed it; null: it came by itself."""

    id = serializers.UUIDField()
    text = serializers.CharField()
    signed_by = PeerToldSerializer(allow_null=True)
    sent_at = serializers.DateTimeField()


class CaringTextSerializer(serializers.Serializer[Any]):
    """A text as it is signed, in the asked language. `confirmed_at` null: to one's members it comes by itself."""

    key = serializers.CharField()
    text = serializers.CharField()
    by_itself = serializers.CharField()
    confirmed_at = serializers.DateTimeField(allow_null=True)


class CaringTextsSerializer(serializers.Serializer[Any]):
    """All of them, in the order in which they are sent."""

    items = CaringTextSerializer(many=True)


class CaringView(DomainView):
    """`GET /me/caring-messages`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_caring_messages", responses=page_of(CaringSerializer))
    def get(self, request: Request) -> Response:
        """The texts that asked nothing, the newest first."""
        found = queries.caring_of(account=self.by)
        return Response(pages.page(found, ("-sent_at", "-id"), request, message_shown))


class CaringTextsView(DomainView):
    """`GET /me/expert/caring-texts`"""

    @extend_schema(operation_id="list_caring_texts", responses=CaringTextsSerializer)
    def get(self, request: Request) -> Response:
        """The texts that members get, and which of them one has confirmed."""
        confirmed = queries.signatures_of(role=access.peer_role(by=self.by))
        return Response({"items": [text_shown(key, confirmed.get(key)) for key in CARING]})


TEXT = OpenApiParameter("text", {"type": "string", "enum": [*CARING]}, OpenApiParameter.PATH)


class CaringTextView(DomainView):
    """`PUT/DELETE /me/expert/caring-texts/{text}`"""

    @extend_schema(
        operation_id="confirm_caring_text", parameters=[TEXT], request=StrictSerializer, responses=CaringTextSerializer
    )
    def put(self, request: Request, text: str) -> Response:
        """Put one's name under it, for the members whose contact person one is."""
        self.read(StrictSerializer)
        there = caring.confirm_caring(by=self.by, text_key=text, now=self.now)
        return Response(text_shown(text, there.confirmed_at))

    @extend_schema(operation_id="withdraw_caring_text", parameters=[TEXT], request=None, responses={204: None})
    def delete(self, request: Request, text: str) -> HttpResponse:
        """From now on it comes by itself."""
        caring.withdraw_caring(by=self.by, text_key=text, now=self.now)
        return HttpResponse(status=204)


def message_shown(message: CaringMessage) -> Any:
    """A text as its member reads it; what is no longer among the texts is empty."""
    there = CARING.get(message.text_key)
    text = "" if there is None else there.by_itself if message.signed_by is None else there.signed
    signer = peer_told(message.signed_by)
    told = {"id": message.id, "text": str(text), "signed_by": signer, "sent_at": message.sent_at}
    return CaringSerializer(told).data


def text_shown(key: str, confirmed_at: datetime | None) -> Any:
    """A text as who may sign it reads it."""
    there = CARING[key]
    told = {"key": key, "text": str(there.signed), "by_itself": str(there.by_itself), "confirmed_at": confirmed_at}
    return CaringTextSerializer(told).data
