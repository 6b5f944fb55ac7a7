"""Rendering: as many queries for one event as for many, and nothing that breaks when a subject is gone for good."""

from __future__ import annotations

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from backend.core.accounts import events as accounts
from backend.core.exports.events import EXPORT_READY
from backend.core.sealing import datakeys
from backend.core.streams import registry
from backend.core.streams.models import Event
from messaging import events
from messaging.models import AdmissionRequest, Block, Conversation, Membership, Message, Reaction
from moderation.events import (
    APPEAL_CHANGED,
    CARE_ASKED,
    CARE_CHANGED,
    CASE_CHANGED,
    DECISION_MADE,
    DUTY_CALLED,
    REPORT_CHANGED,
)
from peers.checkins.events import CARING_SENT, REQUEST_CHANGED, SHARE_CHANGED
from peers.checkins.models import ContactRequest, Plan, Share
from peers.contacts.events import CONTACT_CHANGED, HANDOVER_CHANGED
from peers.contacts.models import Contact, Promise
from peers.journeys.events import JOURNEY_CHANGED
from peers.matching.events import MATCH_CHANGED
from peers.referrals.models import Referral
from tests.cast import Cast
from tests.messaging.test_snapshots import CASES, World

pytestmark = pytest.mark.django_db

MOST_QUERIES = 2  # of one kind, whatever there is to render
WITHOUT_SUBJECT = {events.CONVERSATION_REMOVED, accounts.SESSION_REVOKED, accounts.SETTINGS_CHANGED, JOURNEY_CHANGED}
WITHOUT_SUBJECT |= {
    CARING_SENT,
    CONTACT_CHANGED,
    HANDOVER_CHANGED,
    REQUEST_CHANGED,
    SHARE_CHANGED,
    events.ADMISSION_CHANGED,
    accounts.RECOVERY_CHANGED,
    EXPORT_READY,
    MATCH_CHANGED,
    REPORT_CHANGED,
    DECISION_MADE,
    APPEAL_CHANGED,
    CARE_ASKED,
    CARE_CHANGED,
    CASE_CHANGED,
    events.HELD_CHANGED,
    DUTY_CALLED,
}


def happen(cast: Cast, kind: str) -> list[Event]:
    """All events of a kind, in a world where some have happened."""
    world = World(cast)
    next(iter(CASES[kind].values()))(world)
    found = list(Event.objects.filter(kind=kind))
    assert found
    return found


@pytest.mark.parametrize("kind", sorted(CASES))
def test_queries_do_not_grow_with_the_events(cast: Cast, kind: str) -> None:
    found = happen(cast, kind)
    counts = []
    for some in (found[:1], found, found * 20):
        datakeys.forget()
        with CaptureQueriesContext(connection) as asked, CaptureQueriesContext(connections["keystore"]) as keys:
            assert len(registry.render(some)) == len(some)
        counts.append((len(asked), len(keys)))
    assert len(set(counts)) == 1, counts
    assert counts[0][0] <= MOST_QUERIES
    assert counts[0][1] <= 1


@pytest.mark.parametrize("kind", sorted(CASES))
def test_what_is_gone_is_nothing_for_anybody(cast: Cast, kind: str) -> None:
    found = happen(cast, kind)
    for rows in (
        Plan,
        Share,
        ContactRequest,
        Referral,
        Contact,
        Promise,
        Reaction,
        Message,
        Block,
        AdmissionRequest,
        Membership,
        Conversation,
    ):
        rows._default_manager.all().delete()
    for event, item in zip(found, registry.render(found), strict=True):
        assert item.seq == event.seq
        assert bool(item.data) == (kind in WITHOUT_SUBJECT)


@pytest.mark.parametrize("kind", [events.MESSAGE_CREATED, events.MESSAGE_EDITED])
def test_what_cannot_be_opened_is_nothing_for_anybody(cast: Cast, kind: str) -> None:
    found = happen(cast, kind)
    for event in found:
        datakeys.destroy_key(event.stream_id)
    items = {(event.stream_id, event.number): item for event, item in zip(found, registry.render(found), strict=True)}
    for row in Message.objects.all():
        item = items.get(row.pk)
        assert item is None or bool(item.data) == (row.body is None)  # what is retracted needs no key
