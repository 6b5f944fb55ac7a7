"""Who opened what of the member's own sealed words."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.accounts import queries
from backend.core.http import pages
from backend.core.http.schema import page_of
from backend.core.http.views import DomainView
from backend.core.models import AuditEntry
from backend.core.sealing.vault import Reason


class LookSerializer(serializers.Serializer[Any]):
    """Somebody else opened something; in which role, not who."""

    at = serializers.DateTimeField()
    what = serializers.CharField(source="data.what", help_text="What was opened, such as `answer` or `referral`.")
    ref = serializers.UUIDField(source="data.ref", allow_null=True)
    reason = serializers.ChoiceField(source="data.reason", choices=[str(one) for one in Reason if one != Reason.SELF])
    role = serializers.CharField(source="data.role_kind", help_text="The role in which they opened it.")


class LooksView(DomainView):
    """`GET /me/looks`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_looks", responses=page_of(LookSerializer))
    def get(self, request: Request) -> Response:
        """Who else opened sealed words of one's own, the newest first."""

        def shown(entry: AuditEntry) -> Any:
            return LookSerializer(entry).data

        return Response(pages.page(queries.looks_at(account=self.by), ("-seq",), request, shown))
