"""The push address of this device, the test of it, and what one wants to be woken for."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils import translation
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http.etag import check_if_match, tagged
from backend.core.http.schema import IF_MATCH
from backend.core.http.serializers import StrictSerializer
from backend.core.http.views import DomainView
from backend.core.limits import Limit, Rate
from backend.core.push import errors, queries, transports
from backend.core.push.actions.devices import drop_device, put_device, send_test
from backend.core.push.actions.notifications import Wanted, change_notifications, wanted_by
from backend.core.push.address import Address
from backend.core.push.api import serializers as told
from backend.core.push.quiet import parse_quiet
from backend.core.push.transports import webpush
from backend.core.push.vocabulary import TEXTS, Kind

TESTS = Limit(name="push test", rate=Rate(count=20, per_s=3600, burst=5), fails="open")


class PushView(DomainView):
    """`GET/PUT/DELETE /me/push`; also for who is suspended: a decision and an appeal wake them."""

    while_suspended = True

    @extend_schema(operation_id="read_push", responses=told.PushSerializer)
    def get(self, request: Request) -> Response:
        """How this server pushes, and which of the own devices it pushes to."""
        ways = transports.configured()
        shown = {
            "transports": ways,
            "vapid_public_key": webpush.public_key() if "webpush" in ways else None,
            "devices": queries.pushed_to(account=self.by, at=self.now),
        }
        return Response(told.PushSerializer(shown).data)

    @extend_schema(operation_id="put_push", request=told.PushDeviceSerializer, responses={204: None})
    def put(self, request: Request) -> Response:
        """Push to this device from now on, at this address."""
        given = self.read(told.PushDeviceSerializer)
        keys = given["keys"] or {}
        if given["transport"] == "webpush" and not keys:
            raise errors.AddressInvalid(pointer="/keys")
        address = Address(given["transport"], given["address_kind"], given["address"], **keys)
        put_device(by=self.by, session=self.session, address=address, now=self.now)
        return Response(status=204)

    @extend_schema(operation_id="drop_push", responses={204: None})
    def delete(self, request: Request) -> Response:
        """Do not push to this device any more."""
        drop_device(by=self.by, session=self.session, now=self.now)
        return Response(status=204)


class TestView(DomainView):
    """`POST /me/push/test`"""

    limit = TESTS

    @extend_schema(operation_id="test_push", request=None, responses={204: None})
    def post(self, request: Request) -> Response:
        """Push to this device now, in quiet hours too: the same as every push."""
        self.read(StrictSerializer)
        send_test(by=self.by, session=self.session, now=self.now)
        return Response(status=204)


class NotificationsView(DomainView):
    """`GET/PUT /me/notifications`"""

    @extend_schema(operation_id="read_notifications", responses=told.NotificationsToldSerializer)
    def get(self, request: Request) -> Response:
        """What one wants to be woken for, with its `ETag`."""
        return self._tell(queries.notifications_version(account=self.by))

    @extend_schema(
        operation_id="change_notifications",
        parameters=[IF_MATCH],
        request=told.NotificationsSerializer,
        responses=told.NotificationsToldSerializer,
    )
    def put(self, request: Request) -> Response:
        """Replace it."""
        given = self.read(told.NotificationsSerializer)
        quiet = given["quiet_hours"]
        wanted = Wanted(
            text_key=given["text_key"],
            quiet=parse_quiet(**quiet) if quiet else None,
            kinds=frozenset(Kind(kind) for kind in given["kinds"]),
        )
        check = partial(check_if_match, request)
        return self._tell(change_notifications(by=self.by, wanted=wanted, check=check, now=self.now))

    def _tell(self, version: int) -> Response:
        wanted = wanted_by([self.by.id])[self.by.id]
        with translation.override(self.by.locale):
            texts = [{"key": key, "text": str(text)} for key, text in TEXTS.items()]
        shown: dict[str, Any] = {
            "text_key": wanted.text_key,
            "quiet": wanted.quiet,
            "kinds": [kind for kind in Kind if kind in wanted.kinds],
            "texts": texts,
        }
        return tagged(told.NotificationsToldSerializer(shown).data, version=version)
