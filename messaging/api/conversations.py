"""The caller's conversations."""

from __future__ import annotations

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.views import DomainView
from backend.core.streams import store
from messaging.api import shapes
from messaging.api.direct import OpenDirectView
from messaging.models import Membership
from messaging.queries.conversations import conversation_entries, conversation_entry, memberships_of


class ConversationListView(OpenDirectView):
    """`GET/POST /conversations`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_conversations", responses=shapes.ConversationsSerializer)
    def get(self, request: Request) -> Response:
        """All talks that the caller belongs to."""
        head = store.heads_of([self.by.inbox])[self.by.inbox]  # first: what is added later comes as an event
        told = pages.page_of_many(memberships_of(account=self.by), ("id",), request, self._tell)
        return Response({"seq": head, **told})

    def _tell(self, found: list[Membership]) -> list[object]:
        return [*conversation_entries(by=self.by, conversations=[row.conversation_id for row in found])]


class ConversationView(DomainView):
    """`GET /conversations/{id}`"""

    @extend_schema(operation_id="read_conversation", responses=shapes.EntrySerializer)
    def get(self, request: Request, conversation: UUID) -> Response:
        """One talk, and the seq that this is true at."""
        return Response(conversation_entry(by=self.by, conversation=conversation))
