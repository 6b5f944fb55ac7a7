"""Asking for one's own data, how far it is, and reading it. Also for who is suspended."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.accounts.api.serializers import AccessCodeSerializer
from backend.core.exports import access, queries
from backend.core.exports.actions.asking import ask_export, read_export
from backend.core.exports.api import serializers as told
from backend.core.exports.api.streamed import StreamedFile
from backend.core.exports.models import Export
from backend.core.http import pages
from backend.core.http.schema import page_of
from backend.core.http.views import DomainView


class ExportsView(DomainView):
    """`GET/POST /me/exports`"""

    while_suspended = True
    repeatable = False  # while one is made, the same again returns it
    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_exports", responses=page_of(told.ExportSerializer))
    def get(self, request: Request) -> Response:
        """The one that is there, or none: asking anew drops the earlier one."""
        found = queries.exports_of(account=self.by, at=self.now)
        return Response(pages.page(found, ("-asked_at", "-id"), request, _shown))

    @extend_schema(operation_id="ask_export", request=AccessCodeSerializer, responses={202: told.ExportSerializer})
    def post(self, request: Request) -> Response:
        """Ask for a file with all that is kept about oneself. `export.ready` says when it is there."""
        made = ask_export(by=self.by, **self.read(AccessCodeSerializer), now=self.now)
        return Response(_shown(made), status=202)


class ExportView(DomainView):
    """`GET /me/exports/{id}`"""

    while_suspended = True

    @extend_schema(operation_id="read_export", responses=told.ExportSerializer)
    def get(self, request: Request, export: UUID) -> Response:
        """How far it is."""
        return Response(_shown(access.export(by=self.by, export=export, at=self.now)))


class ExportDownloadView(DomainView):
    """`POST /me/exports/{id}/download`"""

    while_suspended = True
    repeatable = False  # it only reads, and a file is not kept for repeats

    @extend_schema(
        operation_id="download_export", request=AccessCodeSerializer, responses={200: told.ExportFileSerializer}
    )
    def post(self, request: Request, export: UUID) -> StreamedFile:
        """The file. The access code is asked once more: whoever finds the phone open must not read it."""
        file = read_export(by=self.by, export=export, **self.read(AccessCodeSerializer), now=self.now)
        return StreamedFile(file.pieces, size=file.size)


def _shown(there: Export) -> Any:
    shown = {
        "id": there.id,
        "state": there.state,
        "asked_at": there.asked_at,
        "ready_at": there.ready_at,
        "expires_at": None if there.state == "asked" else there.due_at,
        "size": there.size,
    }
    return told.ExportSerializer(shown).data
