"""Figures of moderation, for everybody."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http.views import DomainView
from moderation.queries import figures


class FiguresOfAYearSerializer(serializers.Serializer[Any]):
    """A whole year. null: fewer than ten, and not told; numbers are rounded down to fives, and there are no totals."""

    year = serializers.IntegerField()
    reports = serializers.DictField(child=serializers.IntegerField(allow_null=True), help_text="By reason.")
    measures = serializers.DictField(child=serializers.IntegerField(allow_null=True), help_text="By kind.")
    median_hours_to_decision = serializers.IntegerField(allow_null=True)
    appeals = serializers.IntegerField(allow_null=True)
    overturned = serializers.IntegerField(allow_null=True)


class FiguresSerializer(serializers.Serializer[Any]):
    """The last whole years, the newest first."""

    items = FiguresOfAYearSerializer(many=True)


class TransparencyView(DomainView):
    """`GET /transparency`"""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="read_transparency", responses=FiguresSerializer)
    def get(self, request: Request) -> Response:
        """What was reported and decided here, in yearly figures that tell of nobody."""
        return Response({"items": figures.transparency(at=self.now)})
