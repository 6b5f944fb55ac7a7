"""The own years: every answer, own goals and words, as JSON, as a picture without colour, and in words."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.db import connections
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from peers.checkins.actions.answers import answer_checkin
from peers.journeys.actions.lines import write_line
from peers.journeys.models import Entry, Goal
from tests.asking import API
from tests.cast import Cast, Person
from tests.peers.asking_how import MONDAY, answer, open_next, set_wishes

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


def test_the_own_years_as_picture_and_in_words(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    assert "<svg" in client_of(ana).get(f"{API}/me/years.svg").content.decode()
    set_wishes(ana)
    for step in ("good", "very_bad", "rather_not"):
        there = open_next(ana)
        assert there.opened_at is not None
        answer(ana, there, now=there.opened_at, overall=step, housing="so_so")
    told = client_of(ana).get(f"{API}/me/years", HTTP_ACCEPT_LANGUAGE="en").json()
    assert [mark["step"] for mark in told["marks"] if mark["question"] == "overall"] == [
        "good", "very_bad", "rather_not"
    ]  # fmt: skip
    assert told["words"][0] == "All in all 2026: Well, Not well at all, I would rather not say."
    reply = client_of(ana).get(f"{API}/me/years.svg", HTTP_ACCEPT_LANGUAGE="hu")
    drawn = reply.content.decode()
    assert reply["Content-Type"].startswith("image/svg+xml")
    assert 'lang="hu"' in drawn
    assert "<script" not in drawn
    assert client_of(cast.ben).get(f"{API}/me/years").json() == {"marks": [], "own": [], "words": []}


def test_own_goals_and_words_stand_on_their_days(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    write_line(Goal, by=ana, words={"text": "Two <fixed> days", "domain": "work"}, now=MONDAY - timedelta(days=3))
    write_line(Entry, by=ana, words={"text": "The florist said yes"}, now=MONDAY - timedelta(days=1))
    set_wishes(ana)
    there = open_next(ana)
    assert there.opened_at is not None
    said = {"overall": "good"}
    answer_checkin(by=ana, checkin=there.id, answers=said, wish="no", note="It was a long week", now=there.opened_at)
    told = client_of(ana).get(f"{API}/me/years", HTTP_ACCEPT_LANGUAGE="en").json()
    assert [(own["kind"], own["text"]) for own in told["own"]] == [
        ("goals", "Two <fixed> days"),
        ("words", "The florist said yes"),
        ("words", "It was a long week"),
    ]
    assert told["words"][1:] == [
        "Your own goals 2026-02-27: Two <fixed> days",
        "Your own words 2026-03-01: The florist said yes",
        f"Your own words {there.opened_at:%Y-%m-%d}: It was a long week",
    ]
    drawn = client_of(ana).get(f"{API}/me/years.svg", HTTP_ACCEPT_LANGUAGE="en").content.decode()
    titles = [node.text for node in ElementTree.fromstring(drawn).iter() if node.tag.endswith("title")]
    assert "2026-02-27: Two <fixed> days" in titles
    assert drawn.count("Your own goals") == drawn.count("Your own words") == 1
    for person in (cast.ben, cast.cleo, cast.olga):
        assert client_of(person).get(f"{API}/me/years").json()["own"] == []


def test_all_years_take_a_fixed_number_of_queries(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ana, client = cast.ana.account, client_of(cast.ana)
    set_wishes(ana)
    for size in (1, 5):
        for number in range(size):
            there = open_next(ana)
            assert there.opened_at is not None
            answer(ana, there, now=there.opened_at)
            write_line(Goal, by=ana, words={"text": f"{number}"}, now=there.opened_at)
            write_line(Entry, by=ana, words={"text": f"{number}"}, now=there.opened_at)
        with django_assert_num_queries(5), django_assert_num_queries(3, connection=connections["keystore"]):
            client.get(f"{API}/me/years")
