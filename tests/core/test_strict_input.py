"""Input is taken as it is declared or refused: nothing coerced, nothing ignored, each fault with its place and code."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.urls import path
from hypothesis import given
from hypothesis import strategies as st
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from backend.core.http.serializers import Choice, Flag, ListOf, Moment, StrictSerializer, Text, Uuid, Whole
from backend.core.http.titles import TITLES
from backend.core.http.views import DomainView

ID = "6f1c1f0e-7d39-4a55-9a05-0a2f6c1b7f11"


class Inner(StrictSerializer):
    size = Whole(min=1, max=9)
    note = Text(max_length=5, required=False)


class Everything(StrictSerializer):
    line = Text(max_length=10, required=False)
    about = Text(max_length=10, multiline=True, required=False, allow_blank=True)
    flag = Flag(required=False)
    whole = Whole(min=-2, max=3, required=False)
    id = Uuid(required=False)
    moment = Moment(required=False)
    choice = Choice(["one", "two"], required=False)
    some = ListOf(Choice(["a", "b", "c"]), max_length=2, min_length=1, unique=True, required=False)
    inner = Inner(required=False, allow_null=True)
    inners = ListOf(Inner(), max_length=3, required=False)


class Needed(StrictSerializer):
    line = Text(max_length=10)
    flag = Flag(default=False)


class Everywhere(DomainView):
    """Says back how the input was read."""

    authentication_classes = []
    permission_classes = [AllowAny]

    def put(self, request: Request) -> Response:
        return Response({name: str(value) for name, value in self.read(Everything).items()})

    def post(self, request: Request) -> Response:
        return Response(self.read(Needed))

    def patch(self, request: Request) -> Response:
        return Response(self.read(Needed, partial=True))


urlpatterns = [path("all", Everywhere.as_view())]
pytestmark = pytest.mark.urls(__name__)


def faults(data: Any, method: str = "put") -> list[tuple[str, str]]:
    """Where and what, as the reply tells it; empty when the input is taken."""
    reply: Any = getattr(APIClient(), method)("/all", data, format="json")
    told = reply.json()
    if reply.status_code == 200:
        return []
    assert (reply.status_code, told["code"]) == (400, "invalid")
    assert all(fault["detail"] for fault in told["errors"])
    return [(fault["pointer"], fault["code"]) for fault in told["errors"]]


TAKEN = [
    {"line": "  two\t words "},
    {"about": ""},
    {"about": " \n "},
    {"about": "a\nb"},
    {"flag": False},
    {"whole": -2},
    {"id": ID},
    {"id": ID.upper()},
    {"moment": "2026-11-20T12:00:00Z"},
    {"moment": "2026-11-20t12:00:00.123456+01:00"},
    {"choice": "two"},
    {"some": ["b", "a"]},
    {"inner": {"size": 1}},
    {"inner": None},
    {"inners": []},
]
REFUSED: list[tuple[Any, str, str]] = [
    ({"line": 5}, "/line", "not_text"),
    ({"line": True}, "/line", "not_text"),
    ({"line": ["x"]}, "/line", "not_text"),
    ({"line": {}}, "/line", "not_text"),
    ({"line": None}, "/line", "not_null"),
    ({"line": ""}, "/line", "text_empty"),
    ({"line": " \u200b "}, "/line", "text_empty"),
    ({"line": "x" * 11}, "/line", "text_too_long"),
    ({"line": "x" * 5000}, "/line", "text_too_long"),
    ({"line": "a\u0000b"}, "/line", "text_control_character"),
    ({"line": "a\u202eb"}, "/line", "text_control_character"),
    ({"flag": 1}, "/flag", "not_flag"),
    ({"flag": "true"}, "/flag", "not_flag"),
    ({"flag": None}, "/flag", "not_null"),
    ({"whole": True}, "/whole", "not_whole"),
    ({"whole": "1"}, "/whole", "not_whole"),
    ({"whole": 1.0}, "/whole", "not_whole"),
    ({"whole": 10**30}, "/whole", "not_whole"),
    ({"whole": -3}, "/whole", "too_small"),
    ({"whole": 4}, "/whole", "too_large"),
    ({"id": "x"}, "/id", "not_uuid"),
    ({"id": ID.replace("-", "")}, "/id", "not_uuid"),
    ({"id": f"{{{ID}}}"}, "/id", "not_uuid"),
    ({"id": f"{ID}\n"}, "/id", "not_uuid"),
    ({"id": 7}, "/id", "not_uuid"),
    ({"moment": "2026-11-20T12:00:00"}, "/moment", "not_moment"),
    ({"moment": "2026-11-20"}, "/moment", "not_moment"),
    ({"moment": "2026-02-30T12:00:00Z"}, "/moment", "not_moment"),
    ({"moment": "2026-11-20T12:00:00+99:00"}, "/moment", "not_moment"),
    ({"moment": "0001-01-01T00:00:00+14:00"}, "/moment", "not_moment"),
    ({"moment": "9999-12-31T23:59:59-14:00"}, "/moment", "not_moment"),
    ({"moment": 1800000000}, "/moment", "not_moment"),
    ({"choice": "three"}, "/choice", "not_choice"),
    ({"choice": ""}, "/choice", "not_choice"),
    ({"choice": ["one"]}, "/choice", "not_choice"),
    ({"choice": {}}, "/choice", "not_choice"),
    ({"some": "a"}, "/some", "not_list"),
    ({"some": {"0": "a"}}, "/some", "not_list"),
    ({"some": []}, "/some", "too_few_items"),
    ({"some": ["a", "b", "c"]}, "/some", "too_many_items"),
    ({"some": ["a", "a"]}, "/some", "doubled"),
    ({"some": ["a", "x"]}, "/some/1", "not_choice"),
    ({"inner": {"size": 0}}, "/inner/size", "too_small"),
    ({"inner": {}}, "/inner/size", "required"),
    ({"inner": []}, "/inner", "not_object"),
    ({"inner": {"size": 1, "kanarie": 1}}, "/inner", "unknown_field"),
    ({"inners": [{"size": 1}, {"size": "1"}]}, "/inners/1/size", "not_whole"),
    ({"inners": [{"size": 1}, 5]}, "/inners/1", "not_object"),
    ({"kanarie": 1}, "", "unknown_field"),
    ([], "", "not_object"),
    ("text", "", "not_object"),
    (5, "", "not_object"),
]


@pytest.mark.parametrize("data", TAKEN)
def test_taken(data: Any) -> None:
    assert faults(data) == []


@pytest.mark.parametrize(("data", "pointer", "code"), REFUSED)
def test_refused(data: Any, pointer: str, code: str) -> None:
    assert faults(data) == [(pointer, code)]


def test_nothing_at_all() -> None:
    reply: Any = APIClient().generic("PUT", "/all", "null", "application/json")
    assert (reply.status_code, reply.json()["errors"][0]["code"]) == (400, "not_null")


def test_all_faults_at_once() -> None:
    found = faults({"line": 1, "flag": 1, "inner": {"size": 0, "note": 1}, "unknown": 1})
    assert set(found) == {
        ("/line", "not_text"),
        ("/flag", "not_flag"),
        ("/inner/size", "too_small"),
        ("/inner/note", "not_text"),
        ("", "unknown_field"),
    }


def test_what_is_needed_and_what_has_a_default() -> None:
    assert faults({}, "post") == [("/line", "required")]
    assert faults({}, "patch") == []
    reply: Any = APIClient().post("/all", {"line": "x"}, format="json")
    assert reply.json() == {"line": "x", "flag": False}


def test_text_is_normalised() -> None:
    reply: Any = APIClient().put("/all", {"line": "  two\t words ", "about": "\r\n a\r\nb \n"}, format="json")
    assert reply.json() == {"line": "two words", "about": "a\nb"}


def test_an_unknown_name_is_not_repeated_but_known_ones_are_told() -> None:
    reply: Any = APIClient().put("/all", {"kanarie": "kanarie"}, format="json")
    assert "kanarie" not in reply.content.decode()
    assert "some" in reply.json()["errors"][0]["detail"]


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from([*Everything().fields, "other"]), JSON, max_size=4))
def test_whatever_comes_is_taken_or_refused(data: dict[str, Any]) -> None:
    body = json.dumps(data)
    reply: Any = APIClient().generic("PUT", "/all", body, "application/json")
    assert reply.status_code in (200, 400)
    told = reply.json()
    assert all(fault["code"] in TITLES for fault in told.get("errors", ()))
