"""Notices without an account: made, and looked up by their reference, which is in no address."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core import limits
from backend.core.http.serializers import Choice, Flag, StrictSerializer, Text
from backend.core.http.views import DomainView
from backend.core.vocabulary import DEFAULT_LANGUAGE
from moderation.actions import notices
from moderation.api.shapes import REPORT_STATES
from moderation.models import case


class NoticeNewSerializer(StrictSerializer):
    """What is wrong, and where. `contact` is needed for nothing; who gives it may be asked back."""

    reason = Choice([reason.value for reason in notices.REASONS])
    where = Text(max_length=notices.MAX_WHERE)
    text = Text(max_length=notices.MAX_TEXT, multiline=True)
    contact = Text(max_length=notices.MAX_CONTACT, required=False, allow_null=True, default=None)
    in_good_faith = Flag()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not attrs.pop("in_good_faith"):
            raise ValidationError({"in_good_faith": [ErrorDetail("", "invalid")]})
        return attrs


class ReferenceSerializer(StrictSerializer):
    """The reference that was told when the notice was received."""

    reference = Text(max_length=60)


class NoticeToldSerializer(serializers.Serializer[Any]):
    """What has become of it."""

    state = serializers.ChoiceField(choices=REPORT_STATES)
    outcome_code = serializers.ChoiceField(choices=case.OUTCOMES, allow_null=True)
    received_at = serializers.DateTimeField()


class NoticeReceivedSerializer(serializers.Serializer[Any]):
    """A receipt. The reference is told once: who loses it cannot look the notice up any more."""

    reference = serializers.CharField()
    received_at = serializers.DateTimeField()


class NoticesView(DomainView):
    """`POST /notices`"""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="give_notice", request=NoticeNewSerializer, responses={201: NoticeReceivedSerializer})
    def post(self, request: Request) -> Response:
        """Say, without an account, that something here is against the law or the rules. A person looks at it."""
        made = notices.give_notice(
            network=limits.coarse_network(self.request),
            language=get_language() or DEFAULT_LANGUAGE,
            **self.read(NoticeNewSerializer),
            now=self.now,
        )
        return Response({"reference": made.reference, "received_at": made.report.received_at}, status=201)


class NoticeLookUpView(DomainView):
    """`POST /notices/look-up`"""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="look_up_notice", request=ReferenceSerializer, responses=NoticeToldSerializer)
    def post(self, request: Request) -> Response:
        """What has become of a notice, by its reference."""
        reference = self.read(ReferenceSerializer)["reference"]
        network = limits.coarse_network(self.request)
        return Response(notices.look_up(network=network, reference=reference, now=self.now))
