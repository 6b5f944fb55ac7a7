"""Opening a direct talk."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.aliases import MAX_ALIAS
from backend.core.http.serializers import Choice, StrictSerializer, Text, Uuid
from backend.core.http.views import EVERY_VIEW, DomainView
from backend.core.limits import Limit, Rate
from messaging.actions.direct import open_direct
from messaging.api.shapes import EntrySerializer
from messaging.models import Conversation
from messaging.queries.conversations import conversation_entry

TALKS_OPENED = Limit(name="talks opened", rate=Rate(count=60, per_s=86_400, burst=20), fails="open")


class DirectNewSerializer(StrictSerializer):
    """With whom: a peer expert's id. `alias` names the caller in a new talk; left out, it is suggested."""

    kind = Choice([Conversation.Kind.DIRECT.value])
    alias = Text(max_length=MAX_ALIAS, required=False, allow_null=True, default=None)

    def get_fields(self) -> dict[str, Any]:
        return {**super().get_fields(), "with": Uuid()}  # a word of Python's own


class OpenDirectView(DomainView):
    """`POST /conversations`"""

    @property
    def limit(self) -> Limit:  # type: ignore[override]
        return TALKS_OPENED if self.request.method == "POST" else EVERY_VIEW

    @extend_schema(
        operation_id="open_direct",
        request=DirectNewSerializer,
        responses={201: EntrySerializer, 200: EntrySerializer},
    )
    def post(self, request: Request) -> Response:
        """Talk with a peer expert who leads a group that one belongs to. 200 if there is an open talk already."""
        data = self.read(DirectNewSerializer)
        talk = open_direct(by=self.by, peer=data["with"], alias=data["alias"], now=self.now)
        status = 201 if talk.created_at == self.now else 200
        return Response(conversation_entry(by=self.by, conversation=talk.id), status=status)
