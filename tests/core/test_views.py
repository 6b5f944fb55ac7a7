"""What every endpoint does before its handler: limits, parameters, one clock; and versions by ETag."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.urls import path
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core import limits
from backend.core.http.etag import check_if_match, etag_of, tagged
from backend.core.http.views import DomainView
from backend.core.limits import Limit, Rate
from backend.core.models import Limit as LimitRow
from tests.cast import client_with, new_person, new_session

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Open(DomainView):
    authentication_classes = []
    permission_classes = [AllowAny]
    limit = Limit(name="open", rate=Rate(count=2, per_s=60), local=True)
    parameters = ("word",)

    def get(self, request: Request, word: str = "") -> Response:
        return Response({"now": self.now, "again": self.now, "signed_in": self.is_signed_in})


class Kept(DomainView):
    limit = Limit(name="kept", rate=Rate(count=2, per_s=60), fails="closed")

    def get(self, request: Request) -> Response:
        return Response({"account": self.by.id, "session": self.session.id})

    def put(self, request: Request) -> Response:
        check_if_match(request, 7)
        return tagged({"done": True}, version=8)


class More(Kept):
    def take_limits(self) -> None:
        super().take_limits()
        limits.take(name="more", key="all", rate=Rate(count=1, per_s=60), now=self.now)


urlpatterns = [
    path("open", Open.as_view()),
    path("open/<str:word>", Open.as_view()),
    path("kept", Kept.as_view()),
    path("more", More.as_view()),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    limits._local.clear()


def test_one_clock_for_a_request() -> None:
    told = Client().get("/open").json()
    assert told["now"] == told["again"]
    assert told["now"].endswith("Z")
    assert told["signed_in"] is False


def test_who_is_not_signed_in_is_limited_by_network() -> None:
    def status(address: str) -> int:
        return int(Client().get("/open", REMOTE_ADDR=address).status_code)

    with time_machine.travel(NOW, tick=False):
        assert [status(f"203.0.113.{last}") for last in (1, 2, 3)] == [200, 200, 429]
        assert status("203.0.114.1") == 200
    with time_machine.travel(datetime(2026, 11, 20, 12, 0, 30, tzinfo=UTC), tick=False):
        assert status("203.0.113.9") == 200
    assert LimitRow.objects.count() == 0


def test_who_is_signed_in_is_limited_by_account() -> None:
    ana, cleo = new_person(), new_person()
    _, token = new_session(ana.account)
    with time_machine.travel(NOW, tick=False):
        assert client_with(ana.token).get("/kept").status_code == 200
        assert client_with(token).get("/kept").status_code == 200
        refused: Any = client_with(ana.token).get("/kept")
        assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (429, "too_many", "30")
        assert client_with(cleo.token).get("/kept").status_code == 200


def test_a_view_may_take_more() -> None:
    assert client_with(new_person().token).get("/more").status_code == 200
    assert client_with(new_person().token).get("/more").status_code == 429


def test_every_view_has_a_generous_limit() -> None:
    assert DomainView.limit.rate.burst >= 200
    assert DomainView.limit.fails == "open"


def test_who_asks() -> None:
    ana = new_person()
    told: Any = client_with(ana.token).get("/kept").json()
    assert told == {"account": str(ana.account.id), "session": str(ana.session.id)}


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/open?word=x", 200, None),
        ("/open?word=a%00b", 400, "parameter_invalid"),
        ("/open?word=x&other=y", 400, "parameter_unknown"),
        ("/open/a%00b", 404, "not_found"),
    ],
)
def test_parameters(target: str, status: int, code: str | None) -> None:
    response = Client().get(target)
    assert (response.status_code, response.json().get("code")) == (status, code)


@pytest.mark.parametrize(
    ("given", "status", "code"),
    [
        ('"7"', 200, None),
        ('"6", "7"', 200, None),
        ("*", 200, None),
        (None, 428, "if_match_needed"),
        ("", 428, "if_match_needed"),
        ('"6"', 412, "stale"),
        ('W/"7"', 412, "stale"),
        ("7", 412, "stale"),
        ('"77"', 412, "stale"),
        ("\x00é", 412, "stale"),
    ],
)
def test_a_change_names_its_version(given: str | None, status: int, code: str | None) -> None:
    headers = {} if given is None else {"If-Match": given}
    response: Any = client_with(new_person().token).put("/kept", {}, format="json", headers=headers)
    assert (response.status_code, response.json().get("code")) == (status, code)
    assert response.get("ETag") == (etag_of(8) if status == 200 else None)
