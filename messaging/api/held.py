"""What waits for a person before it is posted: one's own, and that of a group for who leads it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.serializers import StrictSerializer, Text, Whole
from backend.core.http.views import DomainView
from backend.core.streams import store
from messaging import access
from messaging.actions import held as actions
from messaging.api.groups import DONE
from messaging.api.shapes import MembershipSerializer
from messaging.holding.find import Kind
from messaging.models import HeldMessage
from messaging.models.held import STATES
from messaging.queries import held as queries

MOST_VERSION = 2**31 - 1


class HitSerializer(serializers.Serializer[Any]):
    """What was found in the text, from `start` to `end` (in characters, the end not included)."""

    kind = serializers.ChoiceField(choices=[kind.value for kind in Kind])
    start = serializers.IntegerField(min_value=0)
    end = serializers.IntegerField(min_value=1)
    why = serializers.CharField(help_text="For people, in the asked language.")


class HeldMessageSerializer(serializers.Serializer[Any]):
    """A message that waits for a person, or has waited."""

    id = serializers.UUIDField()
    conversation = serializers.UUIDField()
    client_id = serializers.UUIDField()
    state = serializers.ChoiceField(choices=sorted(STATES.all))
    body = serializers.CharField(allow_null=True, help_text="Null once it is posted.")
    reply_to = serializers.IntegerField(allow_null=True, min_value=1)
    newcomer = serializers.BooleanField(help_text="It waits because it is one of somebody's first here.")
    hits = HitSerializer(many=True)
    word = serializers.CharField(allow_null=True, help_text="Of who returned it.")
    held_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(help_text="From then on moderators look, too.")
    seq = serializers.IntegerField(allow_null=True, min_value=1, help_text="Of the message, once it is posted.")
    version = serializers.IntegerField(min_value=1)


class HeldMessageToDecideSerializer(HeldMessageSerializer):
    """With who wrote it."""

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "from": MembershipSerializer()}


class OwnHeldMessagesSerializer(serializers.Serializer[Any]):
    """A page of one's own, true at `seq` of the inbox."""

    seq = serializers.IntegerField(min_value=0)
    items = HeldMessageSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


class HeldMessagesSerializer(serializers.Serializer[Any]):
    """A page of what waits in a group, the oldest first; true at `seq` of the inbox."""

    seq = serializers.IntegerField(min_value=0)
    items = HeldMessageToDecideSerializer(many=True)
    next = serializers.CharField(allow_null=True)
    prev = serializers.CharField(allow_null=True)


class HeldChangeSerializer(StrictSerializer):
    """Another text for it."""

    body = Text(multiline=True)


class ReleaseSerializer(StrictSerializer):
    """The version of the text that one has read."""

    version = Whole(min=1, max=MOST_VERSION)


class ReturnSerializer(ReleaseSerializer):
    """With a word to its author."""

    word = Text(max_length=actions.MAX_WORD, multiline=True)


class OwnHeldsView(DomainView):
    """`GET /me/held`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_own_held", responses=OwnHeldMessagesSerializer)
    def get(self, request: Request) -> Response:
        """One's own messages that wait for a person, or came back, the newest first."""
        head = store.heads_of([self.by.inbox])[self.by.inbox]
        found = queries.held_by(account=self.by)
        return Response({"seq": head, **pages.page_of_many(found, ("-held_at", "id"), request, queries.own_held_shown)})


class OwnHeldView(DomainView):
    """`GET/PATCH/DELETE /me/held/{id}`"""

    @extend_schema(operation_id="read_own_held", responses=HeldMessageSerializer)
    def get(self, request: Request, held: UUID) -> Response:
        """One of one's own."""
        return Response(_own(access.own_held(by=self.by, held=held)))

    @extend_schema(operation_id="edit_own_held", request=HeldChangeSerializer, responses=HeldMessageSerializer)
    def patch(self, request: Request, held: UUID) -> Response:
        """Give it another text. Where nothing holds it any more it is posted, and `seq` says where."""
        body = self.read(HeldChangeSerializer)["body"]
        return Response(_own(actions.edit_held(by=self.by, held=held, body=body, now=self.now)))

    @extend_schema(operation_id="withdraw_own_held", request=None, responses=DONE)
    def delete(self, request: Request, held: UUID) -> HttpResponse:
        """Take it back, or put away what was returned."""
        actions.withdraw_held(by=self.by, held=held, now=self.now)
        return HttpResponse(status=204)


class HeldsView(DomainView):
    """`GET /groups/{id}/held`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_held", responses=HeldMessagesSerializer)
    def get(self, request: Request, group: UUID) -> Response:
        """What waits in the group, for who leads it."""
        head = store.heads_of([self.by.inbox])[self.by.inbox]
        found = queries.held_in(by=self.by, group=group)
        return Response({"seq": head, **pages.page_of_many(found, ("held_at", "id"), request, queries.held_shown)})


class ReleaseView(DomainView):
    """`POST /groups/{id}/held/{held}/release`"""

    repeatable = False  # again changes nothing

    @extend_schema(operation_id="release_held", request=ReleaseSerializer, responses=HeldMessageToDecideSerializer)
    def post(self, request: Request, group: UUID, held: UUID) -> Response:
        """Post it, as one who leads."""
        given = self.read(ReleaseSerializer)
        role = access.lead_role(by=self.by, group=group)
        return Response(_told(actions.release_held(role=role, group=group, held=held, **given, now=self.now)))


class ReturnView(DomainView):
    """`POST /groups/{id}/held/{held}/return`"""

    repeatable = False  # again changes nothing

    @extend_schema(operation_id="return_held", request=ReturnSerializer, responses=HeldMessageToDecideSerializer)
    def post(self, request: Request, group: UUID, held: UUID) -> Response:
        """Give it back to its author with a word, as one who leads."""
        given = self.read(ReturnSerializer)
        role = access.lead_role(by=self.by, group=group)
        return Response(_told(actions.return_held(role=role, group=group, held=held, **given, now=self.now)))


def _own(there: HeldMessage) -> dict[str, Any]:
    return queries.own_held_shown([there])[0]


def _told(there: HeldMessage) -> dict[str, Any]:
    return queries.held_shown([there])[0]
