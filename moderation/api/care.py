"""Care, as members and peer experts meet it: said to me, asked of me, passed on by me."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.schema import page_of
from backend.core.http.serializers import Flag, StrictSerializer, Text, Uuid, Whole
from backend.core.http.views import DomainView
from backend.core.streams.item import MOST_SEQ
from moderation import access
from moderation.actions import care
from moderation.api.shapes import LineSerializer, ReportToldSerializer
from moderation.models.care import ASK_STATES
from moderation.queries import care as queries
from moderation.queries import own
from peers.directory.api.serializers import HelplineSerializer
from peers.directory.api.told import tell_helpline


class WorrySerializer(StrictSerializer):
    """A message that worries one."""

    conversation = Uuid()
    seq = Whole(min=1, max=MOST_SEQ)


class CareWishSerializer(StrictSerializer):
    """Whether my contact person may be asked when somebody worries about me."""

    contact_may_be_asked = Flag()


class CareSaySerializer(StrictSerializer):
    """A few words."""

    text = Text(max_length=care.MAX_TEXT, multiline=True)


class InTouchSerializer(StrictSerializer):
    """Whether one is in touch with them, or cannot now."""

    in_touch = Flag()


class CareWishToldSerializer(serializers.Serializer[Any]):
    """What one has said about that."""

    contact_may_be_asked = serializers.BooleanField()


class WorryToldSerializer(serializers.Serializer[Any]):
    """It has been passed on: a person looks within the hour. One's receipt, and helplines in one's language."""

    report = ReportToldSerializer()
    helplines = HelplineSerializer(many=True)


class CareTalkSerializer(serializers.Serializer[Any]):
    """What was said to me since others worried, and by me."""

    id = serializers.UUIDField()
    begun_at = serializers.DateTimeField()
    lines = LineSerializer(many=True)


class CareTalkToldSerializer(CareTalkSerializer):
    """With helplines in my language."""

    helplines = HelplineSerializer(many=True)


class CareAskSerializer(serializers.Serializer[Any]):
    """Somebody whom I am beside, as I know them, may need me now. Nothing of what was said, or where."""

    id = serializers.UUIDField()
    membership = serializers.UUIDField(allow_null=True)
    state = serializers.ChoiceField(choices=sorted(ASK_STATES.all - {"asked", "refused"}))
    asked_at = serializers.DateTimeField()


class WorriesView(DomainView):
    """`POST /care/worries`"""

    @extend_schema(operation_id="pass_on", request=WorrySerializer, responses={201: WorryToldSerializer})
    def post(self, request: Request) -> Response:
        """As a peer expert, pass on a message that worries me: whoever is on duty looks, and may ask me."""
        data = self.read(WorrySerializer)
        made = care.pass_on(by=self.by, **data, now=self.now)
        told = own.report_told(access.report(by=self.by, report=made.id), account=self.by)
        return Response({"report": told, "helplines": helplines(self)}, status=201)


class CareWishView(DomainView):
    """`GET/PUT /me/care`"""

    @extend_schema(operation_id="read_care_wish", responses=CareWishToldSerializer)
    def get(self, request: Request) -> Response:
        """Whether my contact person may be asked when somebody worries about me; no, until I say so."""
        return Response({"contact_may_be_asked": queries.may_ask_contact(account=self.by)})

    @extend_schema(
        operation_id="set_care_wish",
        request=CareWishSerializer,
        responses={204: OpenApiResponse(description="Noted, or it was so already.")},
    )
    def put(self, request: Request) -> HttpResponse:
        """Say whether they may."""
        care.set_care_wish(by=self.by, **self.read(CareWishSerializer), now=self.now)
        return HttpResponse(status=204)


class CareTalksView(DomainView):
    """`GET /care/talks`"""

    parameters = pages.PARAMETERS
    while_suspended = True

    @extend_schema(operation_id="list_care_talks", responses=page_of(CareTalkSerializer))
    def get(self, request: Request) -> Response:
        """What was said to me because somebody worried, the newest first."""
        found = queries.talks_of(account=self.by)
        render = lambda there: queries.talk_shown(there, account=self.by)  # noqa: E731
        return Response(pages.page(found, ("-begun_at", "id"), request, render))


class CareTalkView(DomainView):
    """`GET/POST /care/talks/{id}`"""

    while_suspended = True

    @extend_schema(operation_id="read_care_talk", responses=CareTalkToldSerializer)
    def get(self, request: Request, talk: UUID) -> Response:
        """All of it, with helplines in my language."""
        return Response(self._told(talk))

    @extend_schema(operation_id="answer_care", request=CareSaySerializer, responses={201: CareTalkToldSerializer})
    def post(self, request: Request, talk: UUID) -> Response:
        """Say something to who is there for me."""
        care.answer_care(by=self.by, talk=talk, text=self.read(CareSaySerializer)["text"], now=self.now)
        return Response(self._told(talk), status=201)

    def _told(self, talk: UUID) -> dict[str, Any]:
        there = access.care_talk(by=self.by, talk=talk)
        return {**queries.talk_shown(there, account=self.by), "helplines": helplines(self)}


class CareAsksView(DomainView):
    """`GET /care/asks`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_care_asks", responses=page_of(CareAskSerializer))
    def get(self, request: Request) -> Response:
        """For whom I was asked to be there, the newest first."""
        found = queries.asked_of(account=self.by)
        return Response(pages.page(found, ("-asked_at", "id"), request, queries.ask_shown))


class CareAskView(DomainView):
    """`POST /care/asks/{id}`"""

    @extend_schema(operation_id="answer_care_ask", request=InTouchSerializer, responses=CareAskSerializer)
    def post(self, request: Request, ask: UUID) -> Response:
        """Say that I am in touch with them, or that I cannot now; then the next one is asked."""
        made = care.answer_asked(by=self.by, ask=ask, **self.read(InTouchSerializer), now=self.now)
        return Response(queries.ask_shown(made))


def helplines(view: DomainView) -> list[dict[str, Any]]:
    """In the language of who asks."""
    today = view.now.date()
    return [tell_helpline(line, on=today) for line in queries.helplines_in(view.by.locale)]
