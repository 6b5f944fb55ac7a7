"""Asking to join a group, and deciding on it."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.aliases import AVATAR_KEYS, MAX_ALIAS
from backend.core.http import pages
from backend.core.http.serializers import Choice, Flag, StrictSerializer, Text
from backend.core.http.views import EVERY_VIEW, DomainView
from backend.core.limits import Limit, Rate
from backend.core.streams import store
from messaging.actions import admissions as actions
from messaging.api import group_shapes as shapes
from messaging.api.groups import DONE
from messaging.queries import groups as queries

# Asking tries out which aliases are taken in a group that one does not belong to.
ASKED = Limit(name="admission asked", rate=Rate(count=30, per_s=86_400, burst=15), fails="closed")


class AdmissionNewSerializer(StrictSerializer):
    """Under which name somebody wants to join; what they leave out is suggested."""

    alias = Text(max_length=MAX_ALIAS, required=False, allow_null=True)
    avatar_key = Choice(AVATAR_KEYS, required=False, allow_null=True)
    answer = Text(max_length=actions.MAX_ANSWER, multiline=True, required=False, allow_null=True, allow_blank=True)
    as_peer = Flag(required=False, help_text="Come as the peer expert that one is, under the name of that role.")


class RequestsView(DomainView):
    """`GET/POST /groups/{id}/admission-requests`"""

    parameters = pages.PARAMETERS

    @property
    def limit(self) -> Limit:  # type: ignore[override]
        return ASKED if self.request.method == "POST" else EVERY_VIEW

    @extend_schema(operation_id="list_open_requests", responses=shapes.OpenAdmissionsSerializer)
    def get(self, request: Request, group: UUID) -> Response:
        """Who waits for an answer, for who leads the group."""
        head = store.heads_of([self.by.inbox])[self.by.inbox]  # first: what is asked later comes as an event
        found = queries.requests_to(by=self.by, group=group)
        told = pages.page_of_many(found, ("asked_at", "id"), request, queries.open_requests_shown)
        return Response({"seq": head, **told})

    @extend_schema(
        operation_id="ask_admission", request=AdmissionNewSerializer, responses={201: shapes.OwnAdmissionSerializer}
    )
    def post(self, request: Request, group: UUID) -> Response:
        """Ask to join. A person decides."""
        asked = actions.ask_admission(by=self.by, group=group, **self.read(AdmissionNewSerializer), now=self.now)
        return Response(queries.own_request_shown(asked), status=201)


class OwnRequestsView(DomainView):
    """`GET /me/admission-requests`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_own_requests", responses=shapes.OwnAdmissionsSerializer)
    def get(self, request: Request) -> Response:
        """What one has asked, the newest first."""
        head = store.heads_of([self.by.inbox])[self.by.inbox]
        found = queries.requests_by(account=self.by)
        told = pages.page(found, ("-asked_at", "id"), request, queries.own_request_shown)
        return Response({"seq": head, **told})


class RequestView(DomainView):
    """`DELETE /admission-requests/{id}`"""

    @extend_schema(operation_id="withdraw_request", request=None, responses=DONE)
    def delete(self, request: Request, admission: UUID) -> HttpResponse:
        """Take one's own request back."""
        actions.withdraw_request(by=self.by, request=admission, now=self.now)
        return HttpResponse(status=204)


class AcceptView(DomainView):
    """`POST /admission-requests/{id}/accept`"""

    @extend_schema(operation_id="accept_request", request=None, responses=shapes.AdmissionSerializer)
    def post(self, request: Request, admission: UUID) -> Response:
        """Let somebody in, as one who leads the group."""
        self.read(StrictSerializer)
        return Response(queries.request_shown(actions.accept_request(by=self.by, request=admission, now=self.now)))


class DeclineView(DomainView):
    """`POST /admission-requests/{id}/decline`"""

    @extend_schema(operation_id="decline_request", request=None, responses=shapes.AdmissionSerializer)
    def post(self, request: Request, admission: UUID) -> Response:
        """Do not let somebody in, as one who leads the group."""
        self.read(StrictSerializer)
        return Response(queries.request_shown(actions.decline_request(by=self.by, request=admission, now=self.now)))
