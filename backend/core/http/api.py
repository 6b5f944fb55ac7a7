"""What every client reads first, and what operators and their machines ask."""

from __future__ import annotations

import functools
import hmac
import os
import time
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from drf_spectacular.utils import extend_schema
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.accounts.consents import CONSENTS
from backend.core.errors import NotFound
from backend.core.http import health, schema
from backend.core.http.plain import read_only
from backend.core.http.views import DomainView
from backend.core.vocabulary import UI_LANGUAGES, Reaction

API_LEVEL = 1  # one more with each addition that a client can rely on
MIN_CLIENT = 1  # the lowest api_level that a client may have been made for


class MetaSerializer(serializers.Serializer[Any]):
    """What this server is."""

    name = serializers.CharField()
    api_level = serializers.IntegerField()
    min_client = serializers.IntegerField()
    protocols = serializers.ListField(child=serializers.CharField())
    languages = serializers.ListField(child=serializers.CharField())
    reactions = serializers.ListField(child=serializers.CharField())
    consents = serializers.DictField(child=serializers.CharField(), help_text="purpose → version of its text now")


class MetaView(DomainView):
    """`GET /meta`."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(responses=MetaSerializer, operation_id="read_meta")
    def get(self, request: Request) -> Response:
        """What this server offers, to anybody."""
        return Response(
            {
                "name": "Naast",
                "api_level": API_LEVEL,
                "min_client": MIN_CLIENT,
                "protocols": ["naast.v1"],
                "languages": list(UI_LANGUAGES),
                "reactions": [reaction.value for reaction in Reaction],
                "consents": dict(CONSENTS),
            }
        )


@read_only
def show_schema(request: HttpRequest) -> HttpResponse:
    """The OpenAPI document."""
    return HttpResponse(schema.document(), content_type="application/json", headers={"Cache-Control": "no-cache"})


@read_only
async def show_life(request: HttpRequest) -> HttpResponse:
    """This process answers."""
    return JsonResponse({"alive": True})


@read_only
def show_readiness(request: HttpRequest) -> HttpResponse:
    """This process can do its work, or the names of what it lacks."""
    failing = _find_failing(int(time.monotonic()))
    return JsonResponse({"ready": not failing, "failing": failing}, status=503 if failing else 200)


@functools.lru_cache(maxsize=1)
def _find_failing(second: int) -> list[str]:
    """At most once a second, however many ask."""
    return health.find_failing()


@read_only
def show_figures(request: HttpRequest) -> HttpResponse:
    """Prometheus figures, for this machine or with the token; for others there is nothing here."""
    if not _may_read_figures(request):
        raise NotFound
    registry = REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):  # several processes behind one address
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return HttpResponse(generate_latest(registry), content_type=CONTENT_TYPE_LATEST)


def _may_read_figures(request: HttpRequest) -> bool:
    given = request.headers.get("Authorization", "")
    if settings.METRICS_TOKEN and hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return True
    # Passed on by a proxy on this machine is not from this machine.
    passed_on = any(name in request.headers for name in ("Forwarded", "X-Forwarded-For", "X-Real-Ip", "Via"))
    return not passed_on and request.META.get("REMOTE_ADDR") in ("127.0.0.1", "::1")
