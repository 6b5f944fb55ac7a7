"""What nobody in the group has looked at in time comes to who moderates, and to nobody who is tied to it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from backend.core.jobs import jobs, run_job
from backend.core.models import AuditEntry
from messaging.accepting.batch import Send
from messaging.actions import groups
from messaging.actions.messages import send_or_hold
from messaging.models import HeldMessage, Message
from moderation import errors
from moderation.access import moderator
from moderation.actions import holds
from moderation.queries.holds import holds_for
from tests.asking import API, inbox_of
from tests.cast import Cast, Person
from tests.messaging.rooms import NOON
from tests.moderation.house import House

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
DAY = timedelta(days=1)
TEXT = "Kanarie: bel me op 06 12 34 56 78"


def hold(house: House) -> UUID:
    """dora's waits."""
    wanted = {"premoderation": {"first_messages": 0, "words": True}}
    given = {"by": house.cast.ben.account, "group": house.circle.id, "now": NOON}
    groups.edit_group(**given, changes=wanted, check=lambda version: None)  # type: ignore[arg-type]
    dora = house.cast.dora
    held = send_or_hold(send=Send(dora.account.id, dora.session.id, house.circle.id, uuid4(), TEXT), now=NOON)
    assert isinstance(held, HeldMessage)
    return held.id


def run_clock(days: float = 1) -> None:
    (job,) = [job for job in jobs() if job.name == "messages nobody looked at"]
    run_job(job, now=NOON + days * DAY)


def shown_to(person: Person) -> list[UUID]:
    return [there.id for there in holds_for(role=moderator(by=person.account))]


def test_it_comes_to_moderators_once_it_is_due(house: House) -> None:
    held = hold(house)
    run_clock(0.9)
    assert shown_to(house.cast.max) == []
    run_clock()
    assert shown_to(house.cast.max) == [held]
    told = [event["type"] for event in inbox_of(house.cast.max.account)].count("case.changed")
    run_clock(2)
    assert [event["type"] for event in inbox_of(house.cast.max.account)].count("case.changed") == told, "told once"


def test_who_reads_it_leaves_an_entry_that_its_author_sees(house: House, client_of: Client) -> None:
    held = hold(house)
    run_clock()
    told = holds.read_hold(by=house.cast.max.account, held=held, now=NOON + DAY)
    assert (told["body"], {hit["kind"] for hit in told["hits"]}) == (TEXT, {"phone", "handle"})
    (look,) = client_of(house.cast.dora).get(f"{API}/me/looks").json()["items"]
    assert (look["what"], look["reason"], look["role"], look["ref"]) == ("held", "case", "moderator", str(held))


def test_it_is_posted_or_given_back(house: House) -> None:
    first, second = hold(house), hold(house)
    run_clock()
    given = {"by": house.cast.max.account, "version": 1, "now": NOON + DAY}
    holds.release_hold(held=first, **given)  # type: ignore[arg-type]
    holds.return_hold(held=second, word="Not here", **given)  # type: ignore[arg-type]
    assert Message.objects.get(message_id=first).seq == HeldMessage.objects.get(id=first).seq
    assert HeldMessage.objects.get(id=second).state == "returned"
    assert {entry.by for entry in AuditEntry.objects.filter(action__startswith="held.")} == {house.cast.max.account.id}
    assert shown_to(house.cast.max) == []


def test_nobody_who_is_tied_sees_it(house: House, cast: Cast) -> None:
    held = hold(house)
    run_clock()
    for person in (cast.ana, cast.dora, cast.ben):  # belong to the group, wrote it, lead it
        give_role(account=person.account, kind="moderator", by=None, now=NOON)
        assert shown_to(person) == []
        with pytest.raises(NotFound):
            holds.read_hold(by=person.account, held=held, now=NOON + DAY)
        with pytest.raises(NotFound):
            holds.release_hold(by=person.account, held=held, version=1, now=NOON + DAY)
    with pytest.raises(errors.ModeratorNeeded):
        holds.read_hold(by=cast.olga.account, held=held, now=NOON + DAY)


def test_before_it_is_due_it_is_the_groups_own(house: House, cast: Cast) -> None:
    held = hold(house)
    with pytest.raises(NotFound):
        holds.release_hold(by=cast.max.account, held=held, version=1, now=NOON)
