"""Coordinators look after entries: make, change, assure, withdraw; read what was sent; hand over."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.test import Client

from backend.core.accounts import errors as accounts
from backend.core.accounts.actions.closing import close_organisation
from backend.core.errors import DomainError, Invalid, NotFound
from backend.core.models import AuditEntry
from peers.directory import access, errors, queries
from peers.directory.actions import letters
from peers.directory.actions.entries import assure_entry, change_entry, create_entry, withdraw_entry
from peers.directory.actions.facts import confirm_helpline, load_facts
from peers.directory.models import Entry, Helpline, Problem, Question
from tests.asking import API, together
from tests.cast import Cast, Person, new_organisation, new_person, utc_now
from tests.peers.shelf import PHONE, assured, new_entry, today

pytestmark = pytest.mark.django_db


def change(entry: Entry, by: Person, **changes: Any) -> Entry:
    return change_entry(by=by.account, entry=entry.id, changes=changes, check=lambda version: None, now=utc_now())


def other_house() -> tuple[Any, Person]:
    olive = new_person()
    return new_organisation(olive, new_person(), name="Ander huis")[0], olive


def send(entry: Entry, *, kind: str = "gone") -> None:
    letters.report_problem(entry=entry.id, kind=kind, note="Kanarie", network=uuid4().bytes, now=utc_now())


def ask(entry: Entry, body: str = "Is there coffee?") -> None:
    letters.ask_question(entry=entry.id, body=body, network=uuid4().bytes, now=utc_now())


def test_a_coordinator_makes_and_changes_an_entry(cast: Cast) -> None:
    entry = new_entry(cast.olga, texts={"nl": {"about": " Hoi. "}})
    assert (entry.kept_by, entry.assured_until, entry.texts) == (cast.organisation, None, {"nl": {"about": "Hoi."}})
    edition = queries.edition()
    there = change(entry, cast.rosa, hours="di 10-12", places_free=3)
    assert (there.version, there.hours, there.places_checked_on) == (2, "di 10-12", today())
    assert queries.edition() == edition + 1
    assert change(entry, cast.olga, hours="di 10-12").version == 2
    assert queries.edition() == edition + 1
    told = AuditEntry.objects.get(action="entry.changed")
    assert (told.by, told.subject) == (cast.rosa.account.id, entry.id)
    assert told.data == {"organisation": str(cast.organisation.id), "fields": ["hours", "places_free"]}


def test_nobody_else_does(cast: Cast) -> None:
    entry = new_entry(cast.olga)
    _, olive = other_house()
    send(entry)
    [problem] = Problem.objects.all()
    for stranger in (cast.ana, cast.ben, cast.max, olive):
        for act in (
            lambda: change(entry, stranger, hours="x"),  # noqa: B023
            lambda: assured(entry, stranger),  # noqa: B023
            lambda: withdraw_entry(by=stranger.account, entry=entry.id, now=utc_now()),  # noqa: B023
            lambda: letters.settle_problem(by=stranger.account, problem=problem.id, now=utc_now()),  # noqa: B023
        ):
            with pytest.raises(NotFound):
                act()
    for stranger in (cast.ana, cast.ben, cast.max):
        with pytest.raises(NotFound):
            new_entry(stranger)
    with pytest.raises(errors.OfferNeedsOrganisation):
        create_entry(by=olive.account, part="offer", of=None, changes={"name": "A"}, now=utc_now())
    with pytest.raises(NotFound):
        new_entry(olive, of=entry.id)


@pytest.mark.parametrize(
    ("said", "refusal"),
    [
        ({"kinds": ["temporary_home"], "address": "Dorpsstraat 1"}, errors.AddressNotWanted),
        ({"kinds": ["talk", "housing"], "address": "Dorpsstraat 1"}, errors.AddressNotWanted),
        ({"kinds": ["housing"], "contacts": [PHONE, {"channel": "visit", "value": "op dinsdag"}]},
         errors.AddressNotWanted),
        ({"kinds": ["housing"], "texts": {"nl": {"how": "Kom naar 2511 AB."}}}, errors.AddressNotWanted),
        ({"kinds": ["housing_urgency"]}, errors.MunicipalityNeeded),
        ({"kinds": ["agenda"]}, errors.TimeNeeded),
        ({"kinds": ["agenda"], "begins_at": utc_now(), "ends_at": utc_now() - timedelta(hours=1)}, errors.TimeNeeded),
        ({"kinds": ["magic"]}, Invalid),
        ({"languages": ["xx"]}, Invalid),
        ({"regions": ["atlantis"]}, accounts.RegionUnknown),
        ({"texts": {"nl": {"else": "x"}}}, Invalid),
        ({"contacts": [{"channel": "website", "value": "javascript:alert(1)"}]}, Invalid),
        ({"contacts": [{"channel": "phone", "value": "call me"}]}, Invalid),
        ({"contacts": [{"channel": "email", "value": "nobody"}]}, Invalid),
        ({"contacts": [PHONE] * 9}, Invalid),
        ({"places_free": -1}, Invalid),
        ({"name": " "}, Invalid),
    ],
)  # fmt: skip
def test_what_does_not_hold_is_refused(cast: Cast, said: Any, refusal: type[DomainError]) -> None:
    with pytest.raises(refusal):
        new_entry(cast.olga, **said)
    assert not Entry.objects.exists()


def test_an_address_goes_when_it_becomes_a_safe_home(cast: Cast) -> None:
    entry = new_entry(cast.olga, kinds=["talk"], address="Dorpsstraat 1")
    with pytest.raises(errors.AddressNotWanted):
        change(entry, cast.olga, kinds=["temporary_home"])
    assert change(entry, cast.olga, kinds=["temporary_home"], address=None).address == ""


@pytest.mark.parametrize(
    "said",
    [
        {"kinds": ["temporary_home"], "address": "Dorpsstraat 1"},
        {"kinds": ["housing", "talk"], "address": "x"},
        {"kinds": ["housing_urgency"]},
        {"kinds": ["agenda"]},
        {"part": "offer"},
        {"assured_until": today()},
        {"places_free": 3},
        {"rank": 7},
    ],
)
def test_the_database_itself_refuses_it(said: dict[str, Any]) -> None:
    told = {"part": "organisation", "name": "A", "created_at": utc_now(), "changed_at": utc_now(), **said}
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(**told)


def test_assuring_is_for_a_year_at_most_and_needs_a_contact(cast: Cast) -> None:
    entry = new_entry(cast.olga)
    for days in (0, -1, 367):
        with pytest.raises(errors.AssuredTooLong):
            assured(entry, cast.olga, days=days)
    there = assured(entry, cast.olga, days=366)
    assert (there.assured_by, there.version) == (cast.organisation, 2)
    assert assured(entry, cast.olga, days=366).version == 2  # again changes nothing
    silent = new_entry(cast.olga, contacts=[])
    with pytest.raises(errors.ContactNeeded):
        assured(silent, cast.olga)


def test_what_nobody_looks_after_is_kept_by_who_assures_it(cast: Cast) -> None:
    load_facts(now=utc_now())
    entry = queries.unkept_entries().get(name="SHOP / Spot 46")
    _, olive = other_house()
    with pytest.raises(NotFound):
        change(entry, cast.olga, hours="x")
    Entry.objects.filter(id=entry.id).update(contacts=[{**PHONE, "note": ""}])
    assert assured(entry, cast.olga).kept_by == cast.organisation
    with pytest.raises(NotFound):
        assured(entry, olive)
    assert load_facts(now=utc_now()) == (10, 16)
    entry.refresh_from_db()
    assert entry.assured_by == cast.organisation


@pytest.mark.django_db(transaction=True)
def test_two_organisations_assure_the_same_at_once(cast: Cast) -> None:
    load_facts(now=utc_now())
    entry = queries.unkept_entries().get(name="Lumens")
    Entry.objects.filter(id=entry.id).update(contacts=[{**PHONE, "note": ""}])
    _, olive = other_house()
    until = today() + timedelta(days=9)

    def assure(by: Person) -> Entry:
        return assure_entry(by=by.account, entry=entry.id, until=until, now=utc_now())

    results = together(lambda: assure(cast.olga), lambda: assure(olive))
    assert [type(result) for result in results].count(NotFound) == 1
    entry.refresh_from_db()
    assert entry.kept_by_id == entry.assured_by_id


def test_facts_of_public_sources_count_as_not_checked() -> None:
    assert load_facts(now=utc_now()) == (10, 16)
    load_facts(now=utc_now())  # again changes nothing
    items = {entry["name"]: entry for entry in Client().get(f"{API}/directory?limit=100").json()["items"]}
    assert len(items) == 16
    assert {entry["standing"] for entry in items.values()} == {"unassured", "unconfirmed"}
    assert items["Humanitas PMW"]["standing"] == "unconfirmed"  # its source is of years ago
    assert (items["P&G292"]["regions"], items["P&G292"]["area"]) == ([], "Amsterdam")  # no known region
    assert items["Belle (De Tussenvoorziening)"]["regions"] == ["utrecht"]
    assert items["Ugly Mugs NL (Soa Aids Nederland)"]["nationwide"]
    first = [entry["specific"] for entry in items.values()]
    assert first == sorted(first, reverse=True)


def test_a_helpline_that_was_tried_counts_as_checked_for_a_year() -> None:
    told = confirm_helpline(key="fier", source_url="https://example.org/chat", languages=["nl"], now=utc_now())
    assert told.standing(on=today()) == "assured"
    assert told.standing(on=today() + timedelta(days=366)) == "lapsed"
    load_facts(now=utc_now())
    there = Helpline.objects.get(key="fier")
    assert (there.languages, there.confirmed_on) == (["nl"], today())
    with pytest.raises(NotFound):
        confirm_helpline(key="nobody", source_url="https://example.org", now=utc_now())
    with pytest.raises(Invalid):
        confirm_helpline(key="fier", source_url="ftp://example.org", now=utc_now())


def test_withdrawing_takes_along_what_was_sent(cast: Cast) -> None:
    house = new_entry(cast.olga, kinds=["meeting"])
    offer = new_entry(cast.olga, of=house.id)
    send(house)
    ask(house)
    with pytest.raises(errors.OffersLeft):
        withdraw_entry(by=cast.olga.account, entry=house.id, now=utc_now())
    withdraw_entry(by=cast.olga.account, entry=offer.id, now=utc_now())
    withdraw_entry(by=cast.olga.account, entry=house.id, now=utc_now())
    assert (Problem.objects.count(), Question.objects.count()) == (0, 0)
    for act in (access.entry, lambda entry: access.kept_entry(by=cast.olga.account, entry=entry)):
        with pytest.raises(NotFound):
            act(entry=house.id)


def test_a_question_is_answered_for_everybody_and_deleted(cast: Cast) -> None:
    entry = new_entry(cast.olga, kinds=["agenda"], begins_at=utc_now(), ends_at=utc_now() + timedelta(hours=1))
    ask(entry, "Kanarie: I am the one with the red coat, is there coffee?")
    ask(entry, "Spam")
    first, second = queries.questions_for(cast.organisation).order_by("sent_on", "id")
    texts = {queries.body_of(one): one for one in (first, second)}
    _, olive = other_house()
    for stranger in (olive, cast.ana):
        with pytest.raises(NotFound):
            letters.drop_question(by=stranger.account, question=first.id, now=utc_now())
    letters.drop_question(by=cast.olga.account, question=texts.pop("Spam").id, now=utc_now())
    [wanted] = texts.values()
    letters.answer_question(
        by=cast.olga.account, question=wanted.id, asked="Is there coffee?", answer="Yes.", now=utc_now()
    )
    assert not Question.objects.exists()
    told = Client().get(f"{API}/directory/{entry.id}")
    assert told.json()["answers"] == [{"question": "Is there coffee?", "answer": "Yes.", "on": str(today())}]
    assert "Kanarie" not in told.content.decode()
    assert not AuditEntry.objects.filter(data__icontains="coffee").exists()


def test_problems_are_seen_by_who_keeps_the_entry(cast: Cast) -> None:
    mine = new_entry(cast.olga)
    house, _ = other_house()
    send(mine)
    assert queries.problems_for(house).count() == 0
    [problem] = queries.problems_for(cast.organisation)
    assert queries.note_of(problem) == "Kanarie"
    letters.settle_problem(by=cast.olga.account, problem=problem.id, now=utc_now())
    assert not Problem.objects.exists()
    load_facts(now=utc_now())
    send(queries.unkept_entries()[0])
    assert queries.problems_for(house).count() == queries.problems_for(cast.organisation).count() == 1


def test_entries_go_to_the_successor_and_lapse(cast: Cast) -> None:
    house, olive = other_house()
    entry = assured(new_entry(cast.olga), cast.olga)
    ask(change(entry, cast.olga, kinds=["meeting"]))
    close_organisation(organisation=cast.organisation, successor=house, by=None, now=utc_now())
    entry.refresh_from_db()
    assert (entry.kept_by, entry.standing(on=today())) == (house, "lapsed")
    assert AuditEntry.objects.get(action="entries.handed_over").data["entries"] == [str(entry.id)]
    [question] = queries.questions_for(house)
    assert queries.body_of(question) == "Is there coffee?"
    assert assured(entry, olive).assured_by == house
    with pytest.raises(NotFound):
        change(entry, cast.olga, hours="x")
