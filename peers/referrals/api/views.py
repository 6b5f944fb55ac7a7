"""A member's own referrals. What organisations do with them they do in the console."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.schema import page_of
from backend.core.http.views import EVERY_VIEW, DomainView
from backend.core.limits import Limit, Rate
from peers.referrals import access, queries
from peers.referrals.actions.ending import withdraw_referral
from peers.referrals.actions.sending import preview_referral, send_referral
from peers.referrals.api import serializers as told
from peers.referrals.models import Referral

SENT = Limit(name="referrals sent", rate=Rate(count=20, per_s=86_400, burst=10), fails="closed")


class ReceiversView(DomainView):
    """`GET /referrals/receivers`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_receivers", responses=page_of(told.ReceiverSerializer))
    def get(self, request: Request) -> Response:
        """The organisations that one can turn to."""

        def shown(organisation: Any) -> Any:
            return told.ReceiverSerializer(organisation).data

        return Response(pages.page(queries.receivers(), ("name", "id"), request, shown))


class PreviewView(DomainView):
    """`POST /referrals/preview`"""

    repeatable = False

    @extend_schema(
        operation_id="preview_referral",
        request=told.ReferralChoiceSerializer,
        responses=told.ReferralPreviewSerializer,
    )
    def post(self, request: Request) -> Response:
        """See exactly what would be sent. Nothing is sent."""
        shown = preview_referral(by=self.by, **self.read(told.ReferralChoiceSerializer), now=self.now)
        return Response(told.preview_shown(shown.organisation, shown.lines, shown.tag))


class ReferralsView(DomainView):
    """`GET/POST /referrals`"""

    parameters = pages.PARAMETERS

    @property
    def limit(self) -> Limit:  # type: ignore[override]
        return SENT if self.request.method == "POST" else EVERY_VIEW

    @extend_schema(operation_id="list_referrals", responses=page_of(told.ReferralSerializer))
    def get(self, request: Request) -> Response:
        """The own referrals, the newest first."""

        def render(found: list[Referral]) -> list[Any]:
            kept = queries.read_kept(found, by=self.by, now=self.now)
            return [told.referral_shown(one, lines) for one, lines in zip(found, kept, strict=True)]

        return Response(pages.page_of_many(queries.referrals_of(account=self.by), ("-sent_at", "-id"), request, render))

    @extend_schema(
        operation_id="send_referral", request=told.ReferralNewSerializer, responses={201: told.ReferralSerializer}
    )
    def post(self, request: Request) -> Response:
        """Send what was previewed."""
        given = self.read(told.ReferralNewSerializer)
        given["expires_in"] = timedelta(seconds=given["expires_in"])
        sent = send_referral(by=self.by, **given, now=self.now)
        return Response(self._tell(sent), status=201)

    def _tell(self, referral: Referral) -> Any:
        (lines,) = queries.read_kept([referral], by=self.by, now=self.now)
        return told.referral_shown(referral, lines)


class ReferralView(DomainView):
    """`GET/DELETE /referrals/{referral}`"""

    @extend_schema(operation_id="read_referral", responses=told.ReferralSerializer)
    def get(self, request: Request, referral: UUID) -> Response:
        """One of the own."""
        there = access.referral(by=self.by, referral=referral)
        (lines,) = queries.read_kept([there], by=self.by, now=self.now)
        return Response(told.referral_shown(there, lines))

    @extend_schema(operation_id="withdraw_referral", request=None, responses={204: None})
    def delete(self, request: Request, referral: UUID) -> HttpResponse:
        """Take it back: it cannot be read there any more, from this moment on."""
        withdraw_referral(by=self.by, referral=referral, now=self.now)
        return HttpResponse(status=204)
