"""Blocks: hiding somebody and oneself from each other, in one conversation."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.schema import page_of
from backend.core.http.serializers import StrictSerializer
from backend.core.http.views import DomainView
from messaging.actions import blocks as actions
from messaging.api.group_shapes import BlockSerializer
from messaging.api.groups import DONE
from messaging.queries.groups import block_shown, blocks_by


class BlocksView(DomainView):
    """`GET /blocks`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_blocks", responses=page_of(BlockSerializer))
    def get(self, request: Request) -> Response:
        """Whom one has hidden."""
        return Response(pages.page(blocks_by(account=self.by), ("made_at", "id"), request, block_shown))


class BlockView(DomainView):
    """`PUT/DELETE /blocks/{membership}`"""

    @extend_schema(operation_id="block", request=None, responses=DONE)
    def put(self, request: Request, membership: UUID) -> HttpResponse:
        """Hide somebody and oneself from each other, in the conversation of that membership."""
        self.read(StrictSerializer)
        actions.block(by=self.by, membership=membership, now=self.now)
        return HttpResponse(status=204)

    @extend_schema(operation_id="unblock", request=None, responses=DONE)
    def delete(self, request: Request, membership: UUID) -> HttpResponse:
        """Take one's own block back."""
        actions.unblock(by=self.by, membership=membership, now=self.now)
        return HttpResponse(status=204)
