"""Reporting, and what a member is told of decisions: the only part of moderation that is not in the console."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.serializers import Choice, Flag, StrictSerializer, Text, Uuid, Whole
from backend.core.http.views import DomainView
from backend.core.streams.item import MOST_SEQ
from moderation import access
from moderation.access import Target
from moderation.actions import agreements, appeals, reports
from moderation.api import shapes
from moderation.queries import own
from moderation.reasons import Reason
from moderation.rules import RULES, VERSION

ALONE = ("conversation", "membership", "directory", "peer")


class TargetSerializer(StrictSerializer):
    """A message by its place, a direct talk by its conversation alone, or somebody by their membership.

    Or an entry of the directory; or, by their peer id, somebody who is or lately was proposed to one, or beside one.
    """

    conversation = Uuid(required=False)
    seq = Whole(min=1, max=MOST_SEQ, required=False)
    membership = Uuid(required=False)
    directory = Uuid(required=False)
    peer = Uuid(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs.keys() not in ({"conversation", "seq"}, *({name} for name in ALONE)):
            raise ValidationError({"non_field_errors": [ErrorDetail("", "invalid")]})
        return attrs


class ReportNewSerializer(StrictSerializer):
    """What is wrong with it. `may_contact`: who looks may ask a question, without learning who one is."""

    target = TargetSerializer()
    reason = Choice([reason.value for reason in Reason])
    note = Text(max_length=reports.MAX_NOTE, multiline=True, required=False, allow_null=True, default=None)
    also_block = Flag(required=False, default=False)
    may_contact = Flag(required=False, default=False)


class SaySerializer(StrictSerializer):
    """A few words."""

    text = Text(max_length=reports.MAX_NOTE, multiline=True)


class AppealNewSerializer(StrictSerializer):
    """Why one thinks that the decision is wrong."""

    text = Text(max_length=appeals.MAX_TEXT, multiline=True)


class AgreeSerializer(StrictSerializer):
    """The version that one has read."""

    version = Text(max_length=10)


class ReportsView(DomainView):
    """`GET/POST /reports`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_reports", responses=shapes.ReportsSerializer)
    def get(self, request: Request) -> Response:
        """One's own reports, the newest first, and what has become of them."""
        found = own.reports_by(account=self.by)
        return Response(pages.page(found, ("-received_at", "id"), request, own.report_shown))

    @extend_schema(operation_id="report", request=ReportNewSerializer, responses={201: shapes.ReportToldSerializer})
    def post(self, request: Request) -> Response:
        """Report a message, somebody, or an entry of the directory.

        A person looks at it; neither they nor the reported learn who reports.
        """
        data = self.read(ReportNewSerializer)
        named = {"entry" if name == "directory" else name: value for name, value in data["target"].items()}
        made = reports.report(by=self.by, **{**data, "target": Target(**named)}, now=self.now)
        return Response(own.report_told(access.report(by=self.by, report=made.id), account=self.by), status=201)


class ReportView(DomainView):
    """`GET /reports/{id}`"""

    @extend_schema(operation_id="read_report", responses=shapes.ReportToldSerializer)
    def get(self, request: Request, report: UUID) -> Response:
        """One of one's own reports."""
        return Response(own.report_told(access.report(by=self.by, report=report), account=self.by))


class ReportLinesView(DomainView):
    """`POST /reports/{id}/messages`"""

    @extend_schema(
        operation_id="say_to_moderators", request=SaySerializer, responses={201: shapes.ReportToldSerializer}
    )
    def post(self, request: Request, report: UUID) -> Response:
        """Add something, or answer a question."""
        reports.say_to_moderators(by=self.by, report=report, text=self.read(SaySerializer)["text"], now=self.now)
        return Response(own.report_told(access.report(by=self.by, report=report), account=self.by), status=201)


class DecisionsView(DomainView):
    """`GET /me/decisions`"""

    parameters = pages.PARAMETERS
    while_suspended = True

    @extend_schema(operation_id="list_decisions", responses=shapes.DecisionsSerializer)
    def get(self, request: Request) -> Response:
        """Decisions about oneself, the newest first: what, why, for how long, and how to appeal."""
        found = own.decisions_about(account=self.by)
        render = lambda there: own.decision_shown(there, account=self.by)  # noqa: E731
        return Response(pages.page(found, ("-in_force_at", "id"), request, render))


class AppealsView(DomainView):
    """`POST /decisions/{id}/appeals`"""

    while_suspended = True

    @extend_schema(operation_id="appeal", request=AppealNewSerializer, responses={201: shapes.AppealSerializer})
    def post(self, request: Request, decision: UUID) -> Response:
        """Appeal: somebody else, who has nothing to do with it, looks again."""
        text = self.read(AppealNewSerializer)["text"]
        made = appeals.appeal(by=self.by, decision=decision, text=text, now=self.now)
        return Response(own.appeal_shown(made, account=self.by), status=201)


class AppealView(DomainView):
    """`GET/POST /appeals/{id}`"""

    while_suspended = True

    @extend_schema(operation_id="read_appeal", responses=shapes.AppealSerializer)
    def get(self, request: Request, appeal: UUID) -> Response:
        """One's own appeal and what was said in it."""
        return Response(own.appeal_shown(access.appeal(by=self.by, appeal=appeal), account=self.by))

    @extend_schema(operation_id="add_to_appeal", request=AppealNewSerializer, responses={201: shapes.AppealSerializer})
    def post(self, request: Request, appeal: UUID) -> Response:
        """Add something to it while it is open."""
        text = self.read(AppealNewSerializer)["text"]
        appeals.add_to_appeal(by=self.by, appeal=appeal, text=text, now=self.now)
        return Response(own.appeal_shown(access.appeal(by=self.by, appeal=appeal), account=self.by), status=201)


class RulesView(DomainView):
    """`GET /rules`"""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="read_rules", responses=shapes.RulesSerializer)
    def get(self, request: Request) -> Response:
        """The community's rules, in the asked language."""
        rules = [{"key": key, "text": str(text)} for key, text in RULES.items()]
        return Response({"version": VERSION, "rules": rules})


class OwnRulesView(DomainView):
    """`GET/PUT /me/rules`"""

    @extend_schema(operation_id="read_rules_agreed", responses=shapes.RulesAgreedSerializer)
    def get(self, request: Request) -> Response:
        """Which version one has agreed to; another than the present one is to be shown at the next use."""
        return Response(agreements.agreement_of(account=self.by))

    @extend_schema(
        operation_id="agree_to_rules",
        request=AgreeSerializer,
        responses={204: OpenApiResponse(description="Agreed, or it was so already.")},
    )
    def put(self, request: Request) -> HttpResponse:
        """Agree to the present rules."""
        agreements.agree(by=self.by, version=self.read(AgreeSerializer)["version"], now=self.now)
        return HttpResponse(status=204)
