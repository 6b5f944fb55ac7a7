"""Each kind of event, happening for real: nothing of it goes out, and whom it wakes is a fixed number of queries."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client import generate_latest

from backend.core.accounts.models import Organisation, Role
from backend.core.push import registry
from backend.core.push.vocabulary import Kind
from backend.core.streams.models import Event
from messaging.models import Membership
from peers.checkins.actions import sharing
from peers.checkins.models import Checkin
from peers.contacts.actions.contacts import begin_contact
from tests.cast import Cast, Person, new_session
from tests.messaging.circle import LATER
from tests.messaging.test_snapshots import CASES, World
from tests.moderation import happenings
from tests.peers.asking_how import answer, open_next, set_wishes
from tests.push.conftest import House

pytestmark = pytest.mark.django_db
ID = re.compile(r"[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}")
WAKING = sorted(kind for kind in CASES if isinstance(registry.answers().get(kind), Kind))


def asked(world: Any) -> Checkin:
    """At any hour."""
    set_wishes(world.ana.account, now=LATER, first_minute=0, end_minute=24 * 60)
    return open_next(world.ana.account)


def shared(world: Any) -> None:
    begin_contact(member=world.ana.account, role=world.cast.peer, now=LATER)
    there = asked(world)
    now = there.opened_at or LATER
    answer(world.ana.account, there, now=now)
    sharing.share_answer(by=world.ana.account, checkin=there.id, item="overall", to=world.cast.peer.id, now=now)


# Where the first of a kind wakes nobody: it is one's own doing, or undone at once.
ACTS: dict[str, Callable[[Any], object]] = {
    "checkin.due": asked,
    "share.changed": shared,
    "report.changed": happenings.decided,
    "appeal.changed": happenings.upheld,
}


@pytest.mark.parametrize("kind", WAKING)
def test_nothing_of_it_goes_out(house: House, cast: Cast, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    world = World(cast)
    people = {name: getattr(cast, name) for name in ("ana", "ben", "cleo", "dora", "max", "lea", "olga", "rosa")}
    for number, person in enumerate(people.values()):
        house.phone(person, f"{number:x}" * 150)
        session, _ = new_session(person.account)
        house.browser(Person(person.account, "", "", session), "/" + f"{number:x}" * 150)
    house.work(now=LATER)
    for service in (house.fcm, house.web):
        service.got.clear()
        service.raw.clear()
    before = {(event.stream_id, event.seq) for event in Event.objects.all()}
    caplog.set_level(logging.DEBUG)
    logging.getLogger("httpx").setLevel(logging.WARNING)
    ACTS.get(kind, next(iter(CASES[kind].values())))(world)
    house.work(now=max(LATER, *Event.objects.filter(kind=kind).values_list("at", flat=True)))
    happened = [event for event in Event.objects.filter(kind=kind) if (event.stream_id, event.seq) not in before]
    assert happened
    assert len(house.fcm.got) == len(house.web.got) > 0  # each has a phone and a browser

    words = {"Side by side", "One", "Hello", *Role.objects.exclude(alias="").values_list("alias", flat=True)}
    words |= {*Organisation.objects.values_list("name", flat=True), *Membership.objects.values_list("alias", flat=True)}
    for service in (house.fcm, house.web):
        assert len({len(body) for _, _, body in service.got}) <= 1
        for raw in service.raw:
            out = raw.decode("latin-1")
            sent = re.sub(r"(?i)authorization:[^\r]*|\"(token)\": ?\"[0-9a-f]*\"|POST \S*", "", out)
            assert not ID.search(sent.lower()), sent
            assert not [word for word in words if len(word) > 2 and word in sent and service is house.fcm], sent
    shown = caplog.text + generate_latest().decode()
    ids = {str(event.ref) for event in happened if event.ref} | {str(event.stream_id) for event in happened}
    assert not [told for told in ids if told in shown]


@pytest.mark.parametrize("kind", WAKING)
def test_it_is_asked_with_a_fixed_number_of_queries(cast: Cast, kind: str) -> None:
    world = World(cast)
    next(iter(CASES[kind].values()))(world)
    found = list(Event.objects.filter(kind=kind))
    counts = set()
    for some in (found[:1], found, found * 20):
        with CaptureQueriesContext(connection) as asked:
            registry.woken_by(some, at=LATER)
        counts.add(len(asked))
    assert max(counts) <= 6
    assert max(counts) - min(counts) <= 2  # what nobody is concerned by is asked no further
