"""A server that is set up for push, towards services on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import google.auth.credentials
import pytest
from pytest_django import Settings

from backend.core.push.actions.devices import put_device
from backend.core.push.actions.expanding import expand_streams, expand_wishes
from backend.core.push.actions.sending import send_due
from backend.core.push.address import Address
from backend.core.push.models import Delivery
from infra.drill.services import Browser, FcmHandler, Service, WebPushHandler, serve, write_service_account
from infra.drill.services import write_vapid_key as write_key
from tests.cast import Person, utc_now


@dataclass
class House:
    """The two services, and a worker whose clock is moved."""

    fcm: Service
    web: Service

    def phone(self, person: Person, token: str = "token-of-a-phone", kind: str = "token") -> None:
        """Let a person's session be pushed to by FCM."""
        address = Address("fcm", kind, token)
        put_device(by=person.account, session=person.session, address=address, now=utc_now())

    def browser(self, person: Person, path: str = "/push/1") -> Browser:
        """… or by web push."""
        there = Browser(f"{self.web.url}{path}")
        given = there.given
        address = Address("webpush", "token", there.endpoint, **given["keys"])
        put_device(by=person.account, session=person.session, address=address, now=utc_now())
        return there

    def work(self, *, now: datetime | None = None, after: float = 31) -> datetime:
        """What the worker does now, and again once the jitter is over; → that later time."""
        now = now or utc_now()
        expand(now=now)
        later = now + timedelta(seconds=after)
        while send_due(now=later):
            pass
        return later


def expand(*, now: datetime) -> None:
    """Both jobs that make deliveries."""
    while expand_wishes(now=now):
        pass
    while expand_streams(now=now):
        pass


@pytest.fixture(autouse=True)
def no_call_to_google(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library asks Google in the background where the account may be used."""
    boundary = google.auth.credentials.CredentialsWithRegionalAccessBoundary
    monkeypatch.setattr(boundary, "_is_regional_access_boundary_lookup_required", lambda self: False)


@pytest.fixture
def house(settings: Settings, tmp_path: Path, db: None) -> Iterator[House]:
    """Both services, and settings that name them."""
    with serve(FcmHandler) as fcm, serve(WebPushHandler) as web:
        settings.FCM_CREDENTIALS = write_service_account(tmp_path, fcm)
        settings.FCM_URL = f"{fcm.url}/v1/projects/{{0}}/messages:send"
        settings.VAPID_KEY = write_key(tmp_path)
        settings.VAPID_SUBJECT = "mailto:push@naast.test"
        settings.PUSH_LOOPBACK = True
        settings.PUSH_TIMEOUT_S = 1.0
        yield House(fcm, web)


def waiting() -> list[Delivery]:
    """All deliveries."""
    return list(Delivery.objects.order_by("due_at"))
