"""Erasing the own account."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.erasure.actions.asking import ask_erasure, erase_now, take_back
from backend.core.erasure.api.serializers import ErasureAskedSerializer, ErasureSerializer
from backend.core.erasure.queries import erasure_of
from backend.core.http.views import DomainView


class ErasureView(DomainView):
    """`GET/POST/DELETE /me/erasure`"""

    while_suspended = True
    repeatable = False  # the same again is the same, and nothing is kept of an account that goes

    @extend_schema(operation_id="read_erasure", responses=ErasureSerializer)
    def get(self, request: Request) -> Response:
        """Whether the account is to be erased, and when."""
        found = erasure_of(account=self.by.id)
        none = {"state": "none", "asked_at": None, "due_at": None}
        return Response(ErasureSerializer(found or none).data)

    @extend_schema(operation_id="erase_account", request=ErasureAskedSerializer, responses={202: ErasureSerializer})
    def post(self, request: Request) -> Response:
        """Erase the account: in 14 days, which can be taken back, or now, with the access code. All of it is gone
        within 24 hours then; sessions end at once."""
        given = self.read(ErasureAskedSerializer)
        if given["when"] == "now":
            asked = erase_now(by=self.by, access_code=given["access_code"], now=self.now)
        else:
            asked = ask_erasure(by=self.by, now=self.now)
        return Response(ErasureSerializer(asked).data, status=202)

    @extend_schema(operation_id="keep_account", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Take it back while it has not begun. A second time changes nothing."""
        take_back(by=self.by, now=self.now)
        return Response(status=204)
