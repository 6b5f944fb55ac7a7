"""Lists in pages: every row once, in order, while rows come and go; cursors tell nothing and fit one list only."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from backend.core.accounts.models import Organisation
from backend.core.http import pages
from backend.core.http.pages import Window, page
from backend.core.http.views import DomainView
from tests.cast import client_with, new_person

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
KEY = ("-created_at", "id")


class Listed(DomainView):
    """Organisations, the newest first."""

    authentication_classes = []
    permission_classes = [AllowAny]
    parameters = (*pages.PARAMETERS, "name")

    def get(self, request: Request) -> Response:
        rows = Organisation.objects.all()
        if name := request.query_params.get("name"):
            rows = rows.filter(name__startswith=name)
        return Response(page(rows, KEY, request, lambda row: row.name))


class Numbers(DomainView):
    """A list that is no table: 0 to 9."""

    parameters = pages.PARAMETERS

    def get(self, request: Request) -> Response:
        return Response(page(self.read_window, ("number",), request, lambda item: item["number"]))

    def read_window(self, window: Window) -> Sequence[dict[str, int]]:
        numbers = range(9, -1, -1) if window.backwards else range(10)
        beyond: Callable[[int], bool] = lambda number: True  # noqa: E731
        if window.key is not None:
            (edge,) = window.key
            beyond = (lambda number: number < edge) if window.backwards else (lambda number: number > edge)
        return [{"number": number} for number in numbers if beyond(number)][: window.limit]


urlpatterns = [
    path("list", Listed.as_view()),
    path("other", Listed.as_view()),
    path("numbers", Numbers.as_view()),
]
pytestmark = [pytest.mark.urls(__name__), pytest.mark.django_db]


@pytest.fixture
def names() -> list[str]:
    """Seven, of which three came at the same moment; → in the order of the list."""
    for number, minutes in enumerate((0, 1, 2, 2, 2, 3, 4)):
        add(f"o{number}", minutes)
    return [row.name for row in Organisation.objects.order_by(*KEY)]


def add(name: str, minutes: float) -> Organisation:
    at = NOW + timedelta(minutes=minutes)
    row: Organisation = Organisation.objects.create(name=name, created_at=at)
    return row


def get(query: str = "", *, where: str = "/list") -> Any:
    response = Client().get(f"{where}?{query}")
    assert response.status_code == 200, response.content
    return response.json()


def walk(way: str, start: dict[str, Any], size: int) -> list[list[str]]:
    """All pages from `start` on."""
    found, here = [], start
    side = "after" if way == "next" else "before"
    while cursor := here[way]:
        here = get(f"limit={size}&{side}={cursor}")
        found.append(here["items"])
    return found


@pytest.mark.parametrize("size", [1, 2, 3, 7, 8])
def test_there_and_back(names: list[str], size: int) -> None:
    first = get(f"limit={size}")
    assert first["prev"] is None
    there = [first["items"], *walk("next", first, size)]
    assert [name for page in there for name in page] == names
    assert all(len(page) == size for page in there[:-1])
    last = first
    while last["next"]:
        last = get(f"limit={size}&after={last['next']}")
    back = walk("prev", last, size)
    assert [name for page in reversed(back) for name in page] == names[: len(names) - len(last["items"])]


def test_rows_that_come_and_go_shift_nothing(names: list[str]) -> None:
    first = get("limit=3")
    Organisation.objects.filter(name__in=first["items"]).delete()  # also the one that the cursor is of
    add("newest", 9)
    second = get(f"limit=3&after={first['next']}")
    assert second["items"] == names[3:6]
    assert get(f"limit=3&before={second['prev']}")["items"] == ["newest"]


def test_an_empty_list_and_an_empty_end(names: list[str]) -> None:
    assert get("name=zz") == {"items": [], "next": None, "prev": None}
    first = get("limit=6")
    Organisation.objects.filter(name=names[-1]).delete()
    assert get(f"after={first['next']}") == {"items": [], "next": None, "prev": None}


def test_fifty_unless_asked() -> None:
    for number in range(101):
        add(f"o{number:03}", number)
    assert len(get()["items"]) == 50
    assert len(get("limit=100")["items"]) == 100


def test_one_query_however_deep(names: list[str], django_assert_num_queries: Any) -> None:
    cursor = get("limit=2")["next"]
    with django_assert_num_queries(1):
        get(f"limit=2&after={cursor}")


def refusal(query: str, *, where: str = "/list") -> str:
    response = Client().get(f"{where}?{query}")
    assert response.status_code == 400
    return str(response.json()["code"])


@pytest.mark.parametrize(
    "query",
    ["limit=0", "limit=101", "limit=-1", "limit=x", "limit=1.0", "limit=", "limit=²", "limit=0000000001", "limit=1%00"],
)
def test_limits_that_are_none(query: str) -> None:
    assert refusal(query) == "parameter_invalid"


def test_parameters_that_are_not_known() -> None:
    assert refusal("offset=10") == "parameter_unknown"
    assert refusal("page=2") == "parameter_unknown"


def test_before_and_after_at_once(names: list[str]) -> None:
    cursor = get("limit=2")["next"]
    assert refusal(f"before={cursor}&after={cursor}") == "parameter_invalid"


@pytest.mark.parametrize("cursor", ["", "x", "AA", "é", "%00", "A" * 5000, "AQ==", "AQ--", "WyJvIl0"])
@pytest.mark.parametrize("side", ["before", "after"])
def test_what_is_no_cursor(cursor: str, side: str) -> None:
    assert refusal(f"{side}={cursor}") in ("cursor_invalid", "parameter_invalid")


def test_a_cursor_bent_in_any_bit_is_none(names: list[str]) -> None:
    cursor = get("limit=2")["next"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    for index in range(len(raw)):
        bent = bytearray(raw)
        bent[index] ^= 1
        given = base64.urlsafe_b64encode(bytes(bent)).decode().rstrip("=")
        assert refusal(f"after={given}") == "cursor_invalid"


@given(cursor=st.text(max_size=200))
def test_no_text_breaks_a_list(cursor: str) -> None:
    response = Client().get("/list", {"after": cursor})
    assert response.status_code == 400
    assert response.json()["code"] in ("cursor_invalid", "parameter_invalid")


def test_a_cursor_fits_one_list(names: list[str]) -> None:
    cursor = get("limit=2")["next"]
    assert refusal(f"after={cursor}", where="/other") == "cursor_invalid"
    assert refusal(f"after={cursor}&name=o") == "cursor_invalid"
    of_filtered = get("limit=2&name=o")["next"]
    assert refusal(f"after={of_filtered}") == "cursor_invalid"
    assert get(f"limit=5&after={of_filtered}&name=o")["items"] == names[2:]


def test_a_cursor_tells_nothing(names: list[str]) -> None:
    cursor = get("limit=2")["next"]
    raw = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    row = Organisation.objects.get(name=names[1])
    assert b"2026" not in raw
    assert row.id.bytes not in raw
    assert row.id.hex.encode() not in raw


def numbers(client: APIClient, query: str) -> Any:
    return client.get(f"/numbers?{query}").json()


def test_a_list_that_is_no_table_and_its_reader() -> None:
    ana, cleo = client_with(new_person().token), client_with(new_person().token)
    first = numbers(ana, "limit=4")
    second = numbers(ana, f"limit=4&after={first['next']}")
    assert (first["items"], second["items"]) == ([0, 1, 2, 3], [4, 5, 6, 7])
    assert numbers(ana, f"limit=3&before={second['prev']}")["items"] == [1, 2, 3]
    assert numbers(cleo, f"after={first['next']}")["code"] == "cursor_invalid"


def test_sort_keys_keep_their_kind() -> None:
    place = b"here"
    key = (NOW, UUID(int=7), "text", 12, -3)
    opened = pages.open_key(pages.close_key(key, place), place, len(key))
    assert opened == key
    with pytest.raises(TypeError):
        pages.close_key((1.5,), place)
