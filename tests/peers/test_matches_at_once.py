"""Finding somebody: what happens when several act in the same moment."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from backend.core.errors import DomainError
from messaging.models import Conversation
from peers.contacts.actions.contacts import end_contact
from peers.contacts.models import Contact
from peers.experts.actions.experts import set_caseload_limit
from peers.matching.actions.matches import accept_match, decline_match
from peers.matching.actions.requests import ask_match
from peers.matching.models import Match, Request
from tests.asking import together
from tests.cast import Cast, new_person, utc_now
from tests.peers.proposing import DUTCH, ask, ready

pytestmark = pytest.mark.django_db(transaction=True)


def test_accepting_twice_at_once_is_once(cast: Cast) -> None:
    ready(cast, cast.ben, cast.peer)
    _, (match,) = ask(cast.ana)
    act = partial(accept_match, by=cast.ana.account, match=match.id, now=utc_now())
    results = together(act, act, act)
    assert {result.id for result in results if isinstance(result, Contact)} == {Contact.objects.get().id}
    assert not [result for result in results if isinstance(result, DomainError)]
    assert Conversation.objects.count() == 1


def test_accepting_and_declining_at_once_is_one_of_them(cast: Cast) -> None:
    ready(cast, cast.ben, cast.peer)
    _, (match,) = ask(cast.ana)
    accept = partial(accept_match, by=cast.ana.account, match=match.id, now=utc_now())
    decline = partial(decline_match, by=cast.ana.account, match=match.id, now=utc_now())
    acts: list[Callable[[], object]] = [accept, decline]
    results = together(*acts)
    assert len([result for result in results if isinstance(result, DomainError)]) == 1
    state = Match.objects.get().state
    assert Contact.objects.filter(state="active").count() == (1 if state == "accepted" else 0)


def test_asking_twice_at_once_is_one_request(cast: Cast) -> None:
    ready(cast, cast.ben, cast.peer)
    act = partial(ask_match, by=cast.ana.account, wishes=DUTCH, now=utc_now())
    results = together(act, act, act)
    assert not [result for result in results if isinstance(result, DomainError)]
    assert (Request.objects.count(), Match.objects.count()) == (1, 1)


def test_two_members_want_the_last_place(cast: Cast) -> None:
    ready(cast, cast.ben, cast.peer)
    set_caseload_limit(by=cast.olga.account, peer=cast.peer.id, limit=1, now=utc_now())
    for _ in range(3):
        one, other = new_person(), new_person()
        acts = [
            partial(accept_match, by=person.account, match=ask(person)[1][0].id, now=utc_now())
            for person in (one, other)
        ]
        results = together(*acts)
        assert sorted(type(result).__name__ for result in results) == ["CaseloadFull", "Contact"]
        with_ben = Contact.objects.get(state="active")
        end_contact(by=with_ben.member, now=utc_now())
