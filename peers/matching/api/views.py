"""A member finds somebody: wishes, proposals, accepted or declined."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http.serializers import StrictSerializer
from backend.core.http.views import DomainView
from backend.core.limits import Limit, Rate
from peers.contacts.models import Contact
from peers.experts.queries import experts_by_role
from peers.matching import access
from peers.matching.actions import matches, requests
from peers.matching.api import serializers as told
from peers.matching.models import Request as MatchRequest
from peers.matching.shown import peer_shown, request_shown


class MatchesView(DomainView):
    """`GET/POST/DELETE /matches`"""

    limit = Limit(name="matches", rate=Rate(count=60, per_s=60), fails="open", local=True)

    @extend_schema(operation_id="read_matches", responses=told.MatchesSerializer)
    def get(self, request: Request) -> Response:
        """The open request with its proposals, or since when it waits; everything empty if there is none."""
        return Response(self._tell(access.open_request(by=self.by)))

    @extend_schema(
        operation_id="ask_match",
        request=told.WishesSerializer,
        responses={201: told.MatchesSerializer, 200: told.MatchesSerializer},
    )
    def post(self, request: Request) -> Response:
        """Ask for somebody. The same wishes again are the same request (200); others close it and its proposals.

        At most three requests a day and twelve in 30 days, and nine different people in 30 days.
        """
        wishes = requests.read_wishes(self.read(told.WishesSerializer))
        made, is_new = requests.ask_match(by=self.by, wishes=wishes, now=self.now)
        return Response(self._tell(made), status=201 if is_new else 200)

    @extend_schema(operation_id="withdraw_matches", responses={204: None})
    def delete(self, request: Request) -> HttpResponse:
        """Wish for nobody new: closes the open request. A second time changes nothing."""
        requests.withdraw_request(by=self.by, now=self.now)
        return HttpResponse(status=204)

    def _tell(self, there: MatchRequest | None) -> dict[str, Any]:
        return dict(told.MatchesSerializer(request_shown(there, at=self.now)).data)


class AcceptView(DomainView):
    """`POST /matches/{id}/accept`"""

    @extend_schema(operation_id="accept_match", request=None, responses=told.BesideSerializer)
    def post(self, request: Request, match: UUID) -> Response:
        """Make them contact person, or backup if there is one; the direct talk opens. Again changes nothing."""
        self.read(StrictSerializer)
        return _tell_contact(matches.accept_match(by=self.by, match=match, now=self.now))


class DeclineView(DomainView):
    """`POST /matches/{id}/decline`"""

    @extend_schema(operation_id="decline_match", request=None, responses=told.MatchesSerializer)
    def post(self, request: Request, match: UUID) -> Response:
        """Say no: they never learn of it and are not proposed again. Again changes nothing."""
        self.read(StrictSerializer)
        matches.decline_match(by=self.by, match=match, now=self.now)
        there = access.open_request(by=self.by)
        return Response(told.MatchesSerializer(request_shown(there, at=self.now)).data)


class OrganisationView(DomainView):
    """`POST /matches/organisation`"""

    @extend_schema(
        operation_id="ask_organisation", request=told.OrganisationChosenSerializer, responses=told.BesideSerializer
    )
    def post(self, request: Request) -> Response:
        """Let an organisation be there while the request waits: one of its coordinators is contact person for now."""
        chosen = self.read(told.OrganisationChosenSerializer)["organisation"]
        return _tell_contact(requests.ask_organisation(by=self.by, organisation=chosen, now=self.now))


class PeerView(DomainView):
    """`GET /peers/{id}`"""

    @extend_schema(operation_id="read_peer", responses=told.PeerSerializer)
    def get(self, request: Request, peer: UUID) -> Response:
        """Somebody who is proposed to the caller or beside them; everybody else is 404."""
        role, known = access.peer(by=self.by, peer=peer, at=self.now)
        expert = experts_by_role(roles=[role.id]).get(role.id)
        return Response(told.PeerSerializer(peer_shown(role, expert, known=known)).data)


def _tell_contact(contact: Contact) -> Response:
    assert contact.holder is not None
    expert = experts_by_role(roles=[contact.holder.id]).get(contact.holder.id)
    beside = {
        "part": contact.part,
        "interim": contact.interim,
        "conversation": contact.conversation_id,
        "peer": peer_shown(contact.holder, expert, known=True),
    }
    return Response(told.BesideSerializer(beside).data)
