"""Who belongs to a group, leaving a conversation, and being quiet about it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.serializers import Choice, Moment, StrictSerializer, Text
from backend.core.http.views import DomainView
from backend.core.streams import store
from messaging import shown
from messaging.actions import memberships as actions
from messaging.actions.leading import take_lead
from messaging.actions.led import hide_by_lead, show_by_lead
from messaging.api.group_shapes import MembersSerializer
from messaging.api.groups import DONE
from messaging.api.messages import SEQ
from messaging.api.shapes import KnownMembershipSerializer
from messaging.deciding import OF_THE_GROUP, Why
from messaging.models import Membership
from messaging.queries.groups import members_of

MAX_RULE = 20  # characters
MAX_WORDS = 2000


class MemberChangeSerializer(StrictSerializer):
    """The fields to set; `muted_until` null lets somebody write again."""

    part = Choice(Membership.Part.values, required=False)
    muted_until = Moment(required=False, allow_null=True)
    rule = Text(max_length=MAX_RULE, required=False, help_text="Of a mute: a key of `/rules`.")
    words = Text(max_length=MAX_WORDS, multiline=True, required=False, allow_blank=True)


class WhySerializer(StrictSerializer):
    """The rule that was broken (a key of `/rules`; `group`: the group's own), and what happened in a few words."""

    rule = Text(max_length=MAX_RULE, required=False, default=OF_THE_GROUP)
    words = Text(max_length=MAX_WORDS, multiline=True, required=False, allow_blank=True, default="")


class QuietSerializer(StrictSerializer):
    """Until when a conversation should not notify; null, or left out, for good."""

    until = Moment(required=False, allow_null=True, default=None)


class MembersView(DomainView):
    """`GET /groups/{id}/members`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_members", responses=MembersSerializer)
    def get(self, request: Request, group: UUID) -> Response:
        """Who belongs to a group that one belongs to, by alias."""
        head = store.heads_of([group]).get(group, 0)  # first: what changes later, a block too, comes as an event
        found, shown = members_of(by=self.by, group=group)
        return Response({"seq": head, **pages.page(found, ("alias", "id"), request, shown)})


class MemberView(DomainView):
    """`PATCH/DELETE /groups/{id}/members/{membership}`"""

    @extend_schema(operation_id="change_member", request=MemberChangeSerializer, responses=KnownMembershipSerializer)
    def patch(self, request: Request, group: UUID, membership: UUID) -> Response:
        """Mute somebody for a while, or give or take the lead's part, as one who leads."""
        changes = self.read(MemberChangeSerializer)
        why = Why(**{name: changes.pop(name) for name in ("rule", "words") if name in changes})
        given: dict[str, Any] = {"group": group, "membership": membership, "changes": changes, "why": why}
        there = actions.change_member(by=self.by, **given, now=self.now)
        return Response(shown.known_membership_told(there))

    @extend_schema(operation_id="remove_member", request=None, responses=DONE)
    def delete(self, request: Request, group: UUID, membership: UUID) -> HttpResponse:
        """Remove somebody from the group, as one who leads."""
        actions.remove_member(by=self.by, group=group, membership=membership, now=self.now)
        return HttpResponse(status=204)


class RemoveView(DomainView):
    """`POST /groups/{id}/members/{membership}/remove`"""

    @extend_schema(operation_id="remove_member_because", request=WhySerializer, responses=DONE)
    def post(self, request: Request, group: UUID, membership: UUID) -> HttpResponse:
        """Remove somebody from the group, as one who leads, and say why. They are told, and can appeal."""
        why = Why(**self.read(WhySerializer))
        actions.remove_member(by=self.by, group=group, membership=membership, why=why, now=self.now)
        return HttpResponse(status=204)


class HiddenView(DomainView):
    """`PUT/DELETE /groups/{id}/messages/{seq}/hidden`"""

    @extend_schema(operation_id="hide_message", parameters=[SEQ], request=WhySerializer, responses=DONE)
    def put(self, request: Request, group: UUID, seq: int) -> HttpResponse:
        """Hide a member's message, as one who leads, and say why. They are told, and can appeal."""
        hide_by_lead(by=self.by, group=group, seq=seq, why=Why(**self.read(WhySerializer)), now=self.now)
        return HttpResponse(status=204)

    @extend_schema(operation_id="show_message", parameters=[SEQ], request=None, responses=DONE)
    def delete(self, request: Request, group: UUID, seq: int) -> HttpResponse:
        """Take back what leads have hidden."""
        show_by_lead(by=self.by, group=group, seq=seq, now=self.now)
        return HttpResponse(status=204)


class LeadView(DomainView):
    """`POST /groups/{id}/lead`"""

    @extend_schema(operation_id="take_lead", request=None, responses=KnownMembershipSerializer)
    def post(self, request: Request, group: UUID) -> Response:
        """Lead a group that nobody leads, as a peer expert; it stays open then. Again changes nothing."""
        self.read(StrictSerializer)
        return Response(shown.known_membership_told(take_lead(by=self.by, group=group, now=self.now)))


class LeaveView(DomainView):
    """`DELETE /conversations/{id}/membership`"""

    @extend_schema(operation_id="leave", request=None, responses=DONE)
    def delete(self, request: Request, conversation: UUID) -> HttpResponse:
        """Leave a conversation. A direct talk ends with that."""
        actions.leave(by=self.by, conversation=conversation, now=self.now)
        return HttpResponse(status=204)


class QuietView(DomainView):
    """`PUT/DELETE /conversations/{id}/mute`"""

    @extend_schema(operation_id="be_quiet", request=QuietSerializer, responses=DONE)
    def put(self, request: Request, conversation: UUID) -> HttpResponse:
        """Let a conversation not notify. Private."""
        until = self.read(QuietSerializer)["until"]
        actions.be_quiet(by=self.by, conversation=conversation, until=until, now=self.now)
        return HttpResponse(status=204)

    @extend_schema(operation_id="end_quiet", request=None, responses=DONE)
    def delete(self, request: Request, conversation: UUID) -> HttpResponse:
        """Let it notify again."""
        actions.end_quiet(by=self.by, conversation=conversation, now=self.now)
        return HttpResponse(status=204)
