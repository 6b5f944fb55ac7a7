"""The public directory: what anybody finds, keeps, and may send, without an account."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backend.core.accounts import queries as accounts
from backend.core.sealing.models import DataKey
from messaging.models import Membership
from peers.directory import queries
from peers.directory.actions.entries import withdraw_entry
from peers.directory.actions.sweep import sweep
from peers.directory.data import FOLDER
from peers.directory.models import Entry, Gap, Helpline, Problem, Question
from peers.directory.vocabulary import Kind, Line
from tests.asking import API, codes_at, dump_databases, refused
from tests.cast import Cast, utc_now
from tests.peers.shelf import PHONE, assured, new_entry, today

pytestmark = pytest.mark.django_db


def get(path: str, **headers: str) -> Any:
    return Client(headers=headers).get(f"{API}{path}")


def names(path: str) -> list[str]:
    return [entry["name"] for entry in get(path).json()["items"]]


def post(path: str, body: Any, address: str = "127.0.0.1") -> Any:
    return Client(REMOTE_ADDR=address).post(f"{API}{path}", orjson.dumps(body), content_type="application/json")


def test_anybody_finds_what_is_there_without_a_trace(cast: Cast) -> None:
    entry = assured(
        new_entry(cast.olga, texts={"ro": {"about": "Stăm de vorbă."}}, kinds=["talk"], address="Dorpsstraat 1"),
        cast.olga,
    )
    reply = get("/directory")
    assert "Set-Cookie" not in reply.headers
    assert not reply.cookies
    assert reply["Cache-Control"] == "public, max-age=300"
    [told] = reply.json()["items"]
    assert told["id"] == str(entry.id)
    assert told["texts"] == [{"language": "ro", "about": "Stăm de vorbă.", "how": None}]
    assert told["contacts"] == [{**PHONE, "note": None, "trace": "calls"}]
    assert (told["standing"], told["assured"]["by"]) == ("assured", "Voorbeeldhuis")
    whole = get(f"/directory/{entry.id}").json()
    assert (whole["offers"], whole["answers"], whole["takes_questions"]) == ([], [], False)


def test_sex_work_specific_comes_first_then_by_name(cast: Cast) -> None:
    for name, specific in (("Alfa", False), ("Zeta", True), ("Beta", False), ("Mu", True)):
        new_entry(cast.olga, name=name, specific=specific)
    assert names("/directory") == ["Mu", "Zeta", "Alfa", "Beta"]
    first = get("/directory?limit=3").json()
    assert [entry["name"] for entry in first["items"]] == ["Mu", "Zeta", "Alfa"]
    assert names(f"/directory?limit=3&after={first['next']}") == ["Beta"]


def test_each_filter_finds_what_fits(cast: Cast) -> None:
    house = new_entry(
        cast.olga, name="A", regions=["utrecht"], languages=["ro"], domains=["money"], directions=["inside"],
        stances=["stays"], kinds=["money"],
    )  # fmt: skip
    new_entry(cast.olga, name="B", of=house.id, nationwide=True, stances=["religious", "stop_first"], kinds=["talk"])
    new_entry(cast.olga, name="C", area="Groningen")
    for query, found in {
        "region=utrecht": ["A", "B"],
        "region=den-haag": ["B"],
        "region=unlisted": ["B", "C"],
        "language=ro": ["A"],
        "domain=money": ["A"],
        "direction=inside": ["A"],
        "stance=stays": ["A"],
        "stance=religious": ["B"],
        "without=stop_first": ["A", "C"],
        "kind=talk": ["B"],
        "kind=money&language=ro&region=utrecht": ["A"],
        "kind=talk&language=ro": [],
    }.items():
        assert names(f"/directory?{query}") == found, query
    assert [offer["name"] for offer in get(f"/directory/{house.id}").json()["offers"]] == ["B"]


@pytest.mark.parametrize("query", ["region=atlantis", "kind=x", "domain=", "language=xx", "stance=good", "limit=0"])
def test_unknown_values_are_refused(query: str) -> None:
    reply = get(f"/directory?{query}")
    if query != "domain=":  # empty: it does not matter
        refused(reply, 400, "parameter_invalid")
        assert reply["Cache-Control"] == "no-store"


def test_who_has_this_edition_gets_no_body(cast: Cast) -> None:
    entry = new_entry(cast.olga)
    for path in ("/directory", "/directory/snapshot", f"/directory/{entry.id}", "/helplines", "/directory/gaps",
                 "/directory/export", "/regions"):  # fmt: skip
        first = get(path)
        tag = first["ETag"]
        again = get(path, **{"If-None-Match": tag})
        assert (again.status_code, again.content, again["ETag"]) == (304, b"", tag), path
        assert get(path, **{"If-None-Match": '"other"'}).status_code == 200
    tag = get("/directory")["ETag"]
    withdraw_entry(by=cast.olga.account, entry=entry.id, now=utc_now())
    assert get("/directory", **{"If-None-Match": tag}).json()["items"] == []
    refused(get(f"/directory/{entry.id}"), 404, "not_found")


def test_what_is_assured_lapses_for_all_to_see(cast: Cast) -> None:
    entry = assured(new_entry(cast.olga), cast.olga, days=2)
    tag = get(f"/directory/{entry.id}")["ETag"]
    with time_machine.travel(utc_now() + timedelta(days=2), tick=False):
        assert get(f"/directory/{entry.id}").json()["standing"] == "assured"
    with time_machine.travel(utc_now() + timedelta(days=3), tick=False):
        told = get(f"/directory/{entry.id}", **{"If-None-Match": tag})  # another day: not the same any more
        assert told.json()["standing"] == "lapsed"
        assert told.json()["assured"]["until"] == str(today() - timedelta(days=1))


def test_days_that_are_over_are_not_shown_but_yearly_ones_are(cast: Cast) -> None:
    when: dict[str, Any] = {"kinds": ["agenda"], "begins_at": utc_now(), "ends_at": utc_now() + timedelta(hours=2)}
    once = new_entry(cast.olga, name="Once", **when)
    new_entry(cast.olga, name="Each year", yearly=True, **when)
    assert names("/directory?kind=agenda") == ["Each year", "Once"]
    assert get(f"/directory/{once.id}").json()["begins_at"].endswith("Z")
    with time_machine.travel(utc_now() + timedelta(days=2), tick=False):
        assert names("/directory") == ["Each year"]


def test_free_places_say_when_they_were_counted(cast: Cast) -> None:
    entry = new_entry(cast.olga, kinds=["temporary_home"], places_free=2)
    told = get(f"/directory/{entry.id}").json()["places"]
    assert told == {"free": 2, "checked_on": str(today()), "stale": False}
    with time_machine.travel(utc_now() + timedelta(days=31), tick=False):
        assert get(f"/directory/{entry.id}").json()["places"]["stale"]


def test_five_thousand_entries_cost_as_many_queries_as_five(cast: Cast) -> None:
    kinds = list(Kind)
    house = new_entry(cast.olga, name="House", kinds=["talk"], languages=["ro"], regions=["utrecht"])

    def fill(count: int) -> None:
        Entry.objects.bulk_create(
            Entry(
                part="offer", of=house, name=f"Offer {uuid4()}", kinds=["talk", str(kinds[number % 3])],
                languages=["ro"], regions=["utrecht"], kept_by=cast.organisation, created_at=utc_now(),
                changed_at=utc_now(),
            )
            for number in range(count)
        )  # fmt: skip

    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert get(path).status_code == 200
        return len(asked)

    paths = ("/directory?region=utrecht&language=ro&kind=talk&limit=100", "/directory/snapshot", "/directory/export")
    fill(5)
    before = [count(path) for path in paths]
    fill(5000)
    assert [count(path) for path in paths] == before == [3, 5, 2]
    assert len(get("/directory/snapshot").json()["entries"]) == 5006
    tag = get(paths[0])["ETag"]
    with CaptureQueriesContext(connection) as asked:
        assert get(paths[0], **{"If-None-Match": tag}).status_code == 304
    assert len(asked) == 2  # the region, the edition


def test_the_snapshot_holds_what_the_pages_show(cast: Cast) -> None:
    new_entry(cast.olga)
    told = get("/directory/snapshot").json()
    assert told["edition"] == queries.edition()
    assert told["entries"] == get("/directory").json()["items"]
    assert told["helplines"] == get("/helplines").json()["items"]
    assert (len(told["regions"]), told["regions_expected"]) == (3, 18)


# -- regions and helplines --------------------------------------------------------------------------------------------


def test_missing_regions_are_told_as_missing() -> None:
    told = get("/regions").json()
    assert (len(told["items"]), told["expected"], told["missing"]) == (3, 18, 15)
    file = orjson.loads((FOLDER / "regions.json").read_bytes())
    assert file["expected"] == accounts.REGIONS_EXPECTED


def test_helplines_come_in_their_order_the_police_last() -> None:
    told = get("/helplines").json()["items"]
    kinds = [line["kind"] for line in told]
    assert kinds == sorted(kinds, key=[str(line) for line in Line].index)
    assert (kinds[0], kinds[-1], kinds.count("emergency")) == ("support", "police", 1)
    assert {way["trace"] for line in told for way in line["contacts"]} == {"calls"}
    # Nobody of this server has tried them yet, and one source is not even sure.
    assert {line["standing"] for line in told} == {"unassured", "unconfirmed"}
    assert [line["key"] for line in told if line["standing"] == "unconfirmed"] == ["luisterlijn"]
    assert {line["confirmed_on"] for line in told} == {None}


# -- letters ----------------------------------------------------------------------------------------------------------


def test_anybody_reports_a_wrong_entry(cast: Cast) -> None:
    entry = new_entry(cast.olga)
    words = "Kanarie: the number rings for ever"
    assert post(f"/directory/{entry.id}/problems", {"kind": "contact", "note": words}).status_code == 204
    assert post(f"/directory/{entry.id}/problems", {"kind": "gone"}).status_code == 204
    first, second = queries.problems_for(cast.organisation).order_by("kind")
    assert (queries.note_of(first), queries.note_of(second)) == (words, None)
    assert words not in dump_databases()
    assert {field.name for field in Problem._meta.fields} == {"id", "entry", "kind", "note", "sent_on"}


def test_bad_letters(cast: Cast) -> None:
    entry = new_entry(cast.olga)
    assert codes_at(post(f"/directory/{entry.id}/problems", {"kind": "bad"})) == {"/kind": "not_choice"}
    told = codes_at(post(f"/directory/{entry.id}/problems", {"kind": "gone", "note": "x" * 1001}))
    assert told == {"/note": "text_too_long"}
    refused(post(f"/directory/{uuid4()}/problems", {"kind": "gone"}), 404, "not_found")
    refused(post(f"/directory/{entry.id}/questions", {"body": "Is there coffee?"}), 409, "no_questions")


def test_letters_are_limited_by_network(cast: Cast) -> None:
    entry = new_entry(cast.olga)
    path = f"/directory/{entry.id}/problems"
    sent = [post(path, {"kind": "gone"}, address=f"198.51.100.{last}").status_code for last in range(7)]
    assert sent == [204] * 5 + [429] * 2
    assert post(path, {"kind": "gone"}, address="203.0.113.9").status_code == 204


def test_an_entry_holds_so_many_letters(cast: Cast) -> None:
    entry = new_entry(cast.olga)
    Problem.objects.bulk_create(Problem(entry=entry, kind="gone", sent_on=today()) for _ in range(50))
    refused(post(f"/directory/{entry.id}/problems", {"kind": "gone"}), 429, "too_many")


def test_questions_need_no_name_and_leave_no_list(cast: Cast) -> None:
    meeting = new_entry(cast.olga, kinds=["meeting"])
    words = "Kanarie: may I bring my child?"
    assert post(f"/directory/{meeting.id}/questions", {"body": words}).status_code == 204
    [question] = queries.questions_for(cast.organisation)
    assert queries.body_of(question) == words
    assert words not in dump_databases()
    assert words not in get(f"/directory/{meeting.id}").content.decode()
    assert {field.name for field in Question._meta.fields} == {"id", "entry", "body", "sent_on"}
    tables = set(connection.introspection.table_names())
    assert not {table for table in tables if "attend" in table or "visitor" in table}


def test_letters_go_after_their_time(cast: Cast) -> None:
    meeting = new_entry(cast.olga, kinds=["meeting"])
    post(f"/directory/{meeting.id}/questions", {"body": "When?"})
    post(f"/directory/{meeting.id}/problems", {"kind": "gone"})
    sweep(now=utc_now() + timedelta(days=60))
    assert (Question.objects.count(), Problem.objects.count()) == (1, 1)
    sweep(now=utc_now() + timedelta(days=61))
    assert (Question.objects.count(), Problem.objects.count()) == (0, 1)
    sweep(now=utc_now() + timedelta(days=181))
    assert Problem.objects.count() == 0


# -- what was looked for and not found --------------------------------------------------------------------------------


def look(query: str, address: str) -> None:
    assert Client(REMOTE_ADDR=address).get(f"{API}/directory?{query}").status_code == 200


def test_a_search_without_an_answer_counts_once_a_day_and_network() -> None:
    for last in range(5):
        look("language=hu&domain=money&kind=legal", f"198.51.100.{last}")
    look("language=hu&domain=money", "203.0.113.1")
    look("language=ro", "203.0.113.1")
    cells = {(gap.region, gap.language, gap.domain): gap.searches for gap in Gap.objects.all()}
    assert cells == {("", "hu", "money"): 2, ("", "ro", ""): 1}
    assert {gap.month for gap in Gap.objects.all()} == {today().replace(day=1)}


def test_what_is_found_is_not_counted(cast: Cast) -> None:
    new_entry(cast.olga, name="A")
    first = get("/directory?limit=1").json()
    get("/directory?kind=legal&after=" + (first["next"] or "")) if first["next"] else None
    assert Gap.objects.count() == 0


def test_gaps_are_told_of_whole_months_and_large_cells_only() -> None:
    this = date(2026, 11, 1)
    cells = [
        (date(2026, 10, 1), 14, "hu"),
        (date(2026, 10, 1), 9, "ro"),
        (this, 99, "bg"),
        (date(2025, 10, 1), 20, "es"),
    ]
    Gap.objects.bulk_create(Gap(month=month, searches=count, language=spoken) for month, count, spoken in cells)
    with time_machine.travel(datetime(2026, 11, 30, 12, tzinfo=UTC), tick=False):
        [cell] = get("/directory/gaps").json()["items"]
    assert cell == {"month": "2026-10-01", "region": None, "language": "hu", "domain": None, "searches": 10}


def test_published_gaps_cannot_be_set_against_each_other() -> None:
    """A month is told once it is over and does not change; there are no sums; one more search shows in one of five."""
    Gap.objects.create(month=date(2026, 10, 1), searches=10, language="hu")
    with time_machine.travel(datetime(2026, 11, 2, 12, tzinfo=UTC), tick=False):
        before = get("/directory/gaps").json()
        look("language=hu", "203.0.113.1")
        look("language=hu&domain=money", "203.0.113.2")
        assert get("/directory/gaps").json() == before
        Gap.objects.filter(month=date(2026, 10, 1)).update(searches=14)
        assert get("/directory/gaps").json() == before


def test_nothing_here_has_to_do_with_accounts(cast: Cast) -> None:
    assert Membership.objects.count() == 0
    for model in (Problem, Question, Gap, Helpline):
        assert not [field for field in model._meta.fields if field.name in ("account", "by", "session")]
    entry = new_entry(cast.olga)
    assert DataKey.objects.filter(owner=entry.id).count() == 1
