"""Naming helpers, and coming back with them."""

from __future__ import annotations

import re
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.accounts import phrase, queries
from backend.core.accounts.access_code import MAX_TYPED
from backend.core.accounts.actions import recoveries as actions
from backend.core.accounts.actions.recovery_settings import HELPERS, name_helpers
from backend.core.accounts.api.serializers import DeviceSerializer, NewAccountSerializer
from backend.core.accounts.models.recovery import STATES
from backend.core.errors import NotFound
from backend.core.http.serializers import StrictSerializer, Text, Uuid
from backend.core.http.views import DomainView
from backend.core.limits import Limit, Rate, coarse_network

MAX_SECRET = 60  # characters
ASKED = Limit(name="recovery asked", rate=Rate(count=20, per_s=3600, burst=10), fails="closed")
FETCHED = Limit(name="recovery fetched", rate=Rate(count=120, per_s=3600, burst=30), fails="closed")

_NUMBER = re.compile(r"[0-9]{12}")


class RecoveryChangeSerializer(StrictSerializer):
    """Two helpers by their peer ids and the phrase for them, or none of it; the access code, typed again."""

    helpers = serializers.ListField(child=Uuid(), max_length=HELPERS)
    phrase = Text(max_length=phrase.MAX_TYPED, required=False, allow_null=True, default=None)
    access_code = Text(max_length=MAX_TYPED)


class HelperSerializer(serializers.Serializer[Any]):
    """A helper; one whose role has ended does not count any more."""

    peer = serializers.UUIDField(source="role.id")
    alias = serializers.CharField(source="role.alias")
    avatar_key = serializers.CharField(source="role.avatar_key")
    counts = serializers.SerializerMethodField()

    def get_counts(self, helper: Any) -> bool:
        return helper.role.ended_at is None


class RunningSerializer(serializers.Serializer[Any]):
    """A recovery of the own account that somebody has confirmed. The access code stops it."""

    recovery = serializers.CharField(source="number")
    state = serializers.ChoiceField(choices=sorted(STATES.all))
    due_at = serializers.DateTimeField(allow_null=True)


class OwnRecoverySerializer(serializers.Serializer[Any]):
    """Who would help, and what runs."""

    helpers = HelperSerializer(many=True)
    running = RunningSerializer(many=True)


class NewRecoverySerializer(serializers.Serializer[Any]):
    """The number is for the helpers, the secret for nobody."""

    recovery = serializers.CharField(source="recovery.number")
    secret = serializers.CharField()
    expires_at = serializers.DateTimeField(source="recovery.expires_at")


class ConfirmSerializer(StrictSerializer):
    """The phrase, as one heard it."""

    phrase = Text(max_length=phrase.MAX_TYPED)


class ObjectSerializer(StrictSerializer):
    """The access code that still is the account's."""

    access_code = Text(max_length=MAX_TYPED)


class FetchSerializer(DeviceSerializer):
    """The secret that came with the number."""

    secret = Text(max_length=MAX_SECRET)


class RecoverySerializer(serializers.Serializer[Any]):
    """How it stands: of two helpers, `confirmed` have; the new code is there from `due_at` on."""

    state = serializers.ChoiceField(choices=sorted(STATES.all))
    confirmed = serializers.IntegerField(min_value=0, max_value=HELPERS)
    due_at = serializers.DateTimeField(allow_null=True)


class OwnRecoveryView(DomainView):
    """`GET/PUT /me/recovery`"""

    @extend_schema(operation_id="read_recovery_settings", responses=OwnRecoverySerializer)
    def get(self, request: Request) -> Response:
        """Who would help to come back, and what runs."""
        return Response(self._shown())

    @extend_schema(operation_id="name_helpers", request=RecoveryChangeSerializer, responses=OwnRecoverySerializer)
    def put(self, request: Request) -> Response:
        """Name two helpers and a phrase, or nobody any more. What runs is over."""
        given = self.read(RecoveryChangeSerializer)
        name_helpers(
            by=self.by,
            helpers=given["helpers"],
            phrase_said=given["phrase"],
            access_code=given["access_code"],
            now=self.now,
        )
        return Response(self._shown())

    def _shown(self) -> Any:
        running = queries.recoveries_of(account=self.by).order_by("asked_at", "id")
        return OwnRecoverySerializer({"helpers": queries.helpers_of(account=self.by), "running": running}).data


class RecoveriesView(DomainView):
    """`POST /recoveries`"""

    authentication_classes = []
    permission_classes = [AllowAny]
    shows_secret = True
    limit = ASKED

    @extend_schema(operation_id="ask_recovery", request=None, responses={201: NewRecoverySerializer})
    def post(self, request: Request) -> Response:
        """Begin to come back. Number and secret are shown this once; nothing is asked, and nothing told."""
        self.read(StrictSerializer)
        return Response(NewRecoverySerializer(actions.ask_recovery(now=self.now)).data, status=201)


class ConfirmView(DomainView):
    """`POST /recoveries/{number}/confirm`"""

    repeatable = False  # confirming again changes nothing

    @extend_schema(operation_id="confirm_recovery", request=ConfirmSerializer, responses={204: None})
    def post(self, request: Request, recovery: str) -> Response:
        """Note that somebody one knows has spoken this number and this phrase. The answer is always the same."""
        said = self.read(ConfirmSerializer)["phrase"]
        actions.confirm_recovery(by=self.by, number=_number(recovery), phrase_said=said, now=self.now)
        return Response(status=204)


class ObjectView(DomainView):
    """`POST /recoveries/{number}/object`"""

    authentication_classes = []
    permission_classes = [AllowAny]

    @extend_schema(operation_id="object_to_recovery", request=ObjectSerializer, responses={204: None})
    def post(self, request: Request, recovery: str) -> Response:
        """Stop a recovery of one's own account, with the access code, from anywhere."""
        code = self.read(ObjectSerializer)["access_code"]
        network = coarse_network(request._request)
        actions.object_to_recovery(number=_number(recovery), access_code=code, network=network, now=self.now)
        return Response(status=204)


class FetchView(DomainView):
    """`POST /recoveries/{number}/fetch`"""

    authentication_classes = []
    permission_classes = [AllowAny]
    shows_secret = True
    limit = FETCHED

    @extend_schema(
        operation_id="fetch_recovery",
        request=FetchSerializer,
        responses={200: RecoverySerializer, 201: NewAccountSerializer},
    )
    def post(self, request: Request, recovery: str) -> Response:
        """How it stands (200); once it is time, the new access code, shown this once (201)."""
        given, number = self.read(FetchSerializer), _number(recovery)
        made = actions.fetch_recovery(number=number, **given, now=self.now)
        if made is not None:
            return Response(NewAccountSerializer(made).data, status=201)
        there = actions.read_recovery(number=number, secret=given["secret"])
        told = {"state": there.state, "due_at": there.due_at, "confirmed": queries.confirmed(recovery=there)}
        return Response(RecoverySerializer(told).data)


def _number(given: str) -> str:
    if not _NUMBER.fullmatch(given):
        raise NotFound
    return given
