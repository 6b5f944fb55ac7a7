"""Who can read next, to be looked at before something is sent."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.errors import NotFound
from backend.core.http.views import DomainView
from messaging import access
from messaging.models import Conversation
from peers.contacts import queries, shown
from peers.contacts.api import shapes


class ReachView(DomainView):
    """`GET /conversations/{conversation}/reach`"""

    @extend_schema(operation_id="read_reach_of_talk", responses=shapes.ReadersSerializer)
    def get(self, request: Request, conversation: UUID) -> Response:
        """Who in a direct talk or an introduction can read next, and when. Of members nobody is told that."""
        talk = access.membership(by=self.by, conversation=conversation).conversation
        if talk.kind == Conversation.Kind.GROUP:
            raise NotFound
        roles = queries.peers_in(conversation=talk, besides=self.by)
        readers = queries.readers_of(roles=roles, at=self.now)
        return Response({"items": [shown.reader_shown(readers[role.id]) for role in roles]})
