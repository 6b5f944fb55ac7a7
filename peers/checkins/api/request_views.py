"""Wishes for contact: the member's own, and those whose turn it is one's own to answer."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.schema import page_of
from backend.core.http.serializers import StrictSerializer
from backend.core.http.views import DomainView
from peers.checkins import access, queries
from peers.checkins.actions import requests
from peers.checkins.api import request_shapes as told


class OwnRequestsView(DomainView):
    """`GET/POST /me/contact-requests`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_own_contact_requests", responses=page_of(told.OwnRequestSerializer))
    def get(self, request: Request) -> Response:
        """One's own wishes for contact with every step, the newest first."""
        found = queries.requests_of(account=self.by)
        return Response(
            pages.page(found, ("-asked_at", "-id"), request, lambda one: told.OwnRequestSerializer(one).data)
        )

    @extend_schema(
        operation_id="ask_contact", request=told.RequestNewSerializer, responses={201: told.OwnRequestWholeSerializer}
    )
    def post(self, request: Request) -> Response:
        """Wish for contact. Nobody is told why."""
        made = requests.ask_contact(by=self.by, **self.read(told.RequestNewSerializer), now=self.now)
        return Response(told.OwnRequestWholeSerializer(made, context={"now": self.now}).data, status=201)


class OwnRequestView(DomainView):
    """`GET/DELETE /me/contact-requests/{request}`"""

    @extend_schema(operation_id="read_own_contact_request", responses=told.OwnRequestWholeSerializer)
    def get(self, request: Request, wish: UUID) -> Response:
        """One of the own."""
        there = access.own_request(by=self.by, request=wish)
        return Response(told.OwnRequestWholeSerializer(there, context={"now": self.now}).data)

    @extend_schema(operation_id="withdraw_contact_request", request=None, responses={204: None})
    def delete(self, request: Request, wish: UUID) -> HttpResponse:
        """It is not needed any more."""
        requests.withdraw_request(by=self.by, request=wish, now=self.now)
        return HttpResponse(status=204)


class ReachView(DomainView):
    """`GET /me/contact/reach`"""

    @extend_schema(operation_id="read_reach", responses=told.ReachListSerializer)
    def get(self, request: Request) -> Response:
        """Who could read something next, and when: to look at before sending."""
        found = queries.reach_of(account=self.by, at=self.now)
        return Response(told.reach_shown(found, at=self.now))


class HeldRequestsView(DomainView):
    """`GET /contact/requests`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_contact_requests", responses=page_of(told.HeldRequestSerializer))
    def get(self, request: Request) -> Response:
        """Wishes for contact whose turn it is one's own to answer, the oldest first."""

        def render(found: list[Any]) -> list[Any]:
            talks = queries.talks_of_requests(found)
            return [told.held_request_shown(one, talks[one.id]) for one in found]

        return Response(pages.page_of_many(queries.requests_for(by=self.by), ("asked_at", "id"), request, render))


class HeldRequestView(DomainView):
    """One wish for contact whose turn it is one's own to answer."""

    def tell(self, there: Any) -> Response:
        """As it is now."""
        talk = queries.talks_of_requests([there])[there.id]
        return Response(told.held_request_shown(there, talk))


class AcknowledgeView(HeldRequestView):
    """`POST /contact/requests/{request}/acknowledge`"""

    @extend_schema(
        operation_id="acknowledge_contact_request", request=StrictSerializer, responses=told.HeldRequestSerializer
    )
    def post(self, request: Request, wish: UUID) -> Response:
        """Take it on. Who has no talk with the member yet gets one."""
        self.read(StrictSerializer)
        there = requests.acknowledge_request(by=self.by, request=wish, now=self.now)
        requests.open_talk(by=self.by, request=wish, now=self.now)
        return self.tell(there)


class PassOnView(HeldRequestView):
    """`POST /contact/requests/{request}/pass-on`"""

    @extend_schema(operation_id="pass_on_contact_request", request=StrictSerializer, responses={204: None})
    def post(self, request: Request, wish: UUID) -> HttpResponse:
        """Give it to the next, without a reason."""
        self.read(StrictSerializer)
        requests.pass_on_request(by=self.by, request=wish, now=self.now)
        return HttpResponse(status=204)


class CloseView(HeldRequestView):
    """`POST /contact/requests/{request}/close`"""

    @extend_schema(operation_id="close_contact_request", request=StrictSerializer, responses={204: None})
    def post(self, request: Request, wish: UUID) -> HttpResponse:
        """They have been in touch."""
        self.read(StrictSerializer)
        requests.close_request(by=self.by, request=wish, now=self.now)
        return HttpResponse(status=204)
