"""Messages that wait for a person before they are posted: held, explained, changed, posted once, returned."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.erasure.actions.running import erase_at_once
from backend.core.errors import NotFound
from backend.core.jobs import jobs, run_job
from backend.core.models import AuditEntry
from messaging import errors
from messaging.accepting.batch import Accepted, Send
from messaging.actions import direct, groups, measures, memberships, messages
from messaging.actions import held as actions
from messaging.models import HeldMessage, Membership, Message
from tests.asking import API, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, new_person
from tests.messaging.circle import Circle, new_circle
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
NUMBER = "Bel me: 06 12 34 56 78"
DAYS = timedelta(days=1)


@pytest.fixture
def circle(cast: Cast) -> Circle:
    """ben's group, in which words hold. ana belongs to it."""
    made = new_circle(cast.ben, premoderation={"first_messages": 0, "words": True})
    made.admit(cast.ana, "Zilveren Reiger")
    return made


def send_of(circle: Circle, person: Person, body: str = NUMBER, client_id: UUID | None = None) -> Send:
    return Send(person.account.id, person.session.id, circle.id, client_id or uuid4(), body)


def say(circle: Circle, person: Person, body: str = NUMBER, **given: Any) -> Accepted | HeldMessage:
    return messages.send_or_hold(send=send_of(circle, person, body, **given), now=NOON)


def hold(circle: Circle, person: Person, body: str = NUMBER, **given: Any) -> HeldMessage:
    held = say(circle, person, body, **given)
    assert isinstance(held, HeldMessage)
    return held


def release(cast: Cast, circle: Circle, held: HeldMessage, *, version: int = 1) -> HeldMessage:
    return actions.release_held(role=cast.peer, group=circle.id, held=held.id, version=version, now=NOON)


def bodies(circle: Circle, person: Person) -> list[str]:
    return [event["body"] for event in circle.events(person) if event["type"] == "message.created"]


def describe(circle: Circle, **changes: Any) -> None:
    groups.edit_group(by=circle.lead.account, group=circle.id, changes=changes, check=lambda version: None, now=NOON)


def newcomers(circle: Circle, first: int) -> None:
    describe(circle, premoderation={"first_messages": first, "words": False})


# -- held ------------------------------------------------------------------------------------------------------------


def test_what_the_rules_find_is_held_and_explained(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, head = client_of(cast.ana), circle.head
    reply = ana.post(f"{circle.talk_url}/messages", {"client_id": str(uuid4()), "body": NUMBER})
    assert reply.status_code == 202, reply.content
    told = reply.json()
    assert (told["state"], told["seq"], told["newcomer"]) == ("waiting", None, False)
    (hit,) = [hit for hit in told["hits"] if hit["kind"] == "phone"]
    assert NUMBER[hit["start"] : hit["end"]] == "06 12 34 56 78"
    assert hit["why"] == "This looks like a phone number."
    assert circle.head == head
    assert not Message.objects.exists()
    assert ana.get(f"{API}/me/held").json()["items"] == [told]
    assert ana.get(f"{API}/me/held/{told['id']}").json() == told
    heard = inbox_of(cast.ana.account)[-1]
    assert (heard["type"], heard["held"], heard["state"]) == ("message.held", told["id"], "waiting")
    assert inbox_of(cast.ben.account)[-1]["type"] == "held.changed"
    (waits,) = client_of(cast.ben).get(f"{circle.url}/held").json()["items"]
    assert waits == {**told, "from": waits["from"]}
    assert waits["from"]["id"] == str(circle.of(cast.ana).id)


def test_what_they_do_not_find_is_posted(cast: Cast, circle: Circle) -> None:
    assert isinstance(say(circle, cast.ana, "I had a good day"), Accepted)


def test_who_leads_is_not_held(cast: Cast, circle: Circle) -> None:
    assert isinstance(say(circle, cast.ben), Accepted)


def test_where_nothing_is_chosen_nothing_is_held(cast: Cast) -> None:
    plain = new_circle(cast.ben)
    plain.admit(cast.ana)
    assert isinstance(say(plain, cast.ana), Accepted)


def test_a_direct_talk_never_holds(cast: Cast, circle: Circle) -> None:
    talk = direct.open_direct(by=cast.ana.account, peer=cast.peer.id, alias=None, now=NOON)
    assert isinstance(say(Circle(talk.id, cast.ben), cast.ana), Accepted)


def test_the_same_send_again_is_the_same_held_message(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, client_id = client_of(cast.ana), uuid4()
    given = {"client_id": str(client_id), "body": NUMBER}
    first = ana.post(f"{circle.talk_url}/messages", given)
    assert ana.post(f"{circle.talk_url}/messages", given).json() == first.json()
    refused(ana.post(f"{circle.talk_url}/messages", {**given, "body": NUMBER + "9"}), 409, "client_id_used")
    held = HeldMessage.objects.get()
    release(cast, circle, held)
    again = ana.post(f"{circle.talk_url}/messages", given)
    assert (again.status_code, again.json()["id"], again.json()["body"]) == (200, str(held.id), NUMBER)
    refused(ana.post(f"{circle.talk_url}/messages", {**given, "body": NUMBER + "9"}), 409, "client_id_used")
    assert Message.objects.count() == 1


def test_nothing_of_it_is_in_the_clear(cast: Cast, circle: Circle) -> None:
    held = hold(circle, cast.ana, "Kanarie, mail me at kanarie@example.com")
    actions.return_held(role=cast.peer, group=circle.id, held=held.id, version=1, word="Kanarie is no bird", now=NOON)
    dump = dump_databases()
    assert "anarie" not in dump
    assert '"mail"' not in dump


def test_only_so_many_of_one_person_wait(cast: Cast, circle: Circle) -> None:
    for _ in range(actions.MOST_WAITING):
        hold(circle, cast.ana)
    with pytest.raises(errors.TooManyHeld):
        say(circle, cast.ana)
    assert isinstance(say(circle, cast.ana, "I had a good day"), Accepted)


def test_slow_mode_counts_what_is_held(cast: Cast, circle: Circle) -> None:
    describe(circle, slow_mode_s=60)
    hold(circle, cast.ana)
    with pytest.raises(errors.SlowMode):
        say(circle, cast.ana)


def test_an_edit_does_not_pass_what_would_be_held(cast: Cast, circle: Circle, client_of: Client) -> None:
    sent = say(circle, cast.ana, "I had a good day")
    refused(client_of(cast.ana).patch(f"{circle.talk_url}/messages/{sent.seq}", {"body": NUMBER}), 409, "would_be_held")
    assert client_of(cast.ana).patch(f"{circle.talk_url}/messages/{sent.seq}", {"body": "A bad day"}).status_code == 200


# -- newcomers -------------------------------------------------------------------------------------------------------


def test_the_first_messages_of_a_newcomer_are_held(cast: Cast, circle: Circle) -> None:
    newcomers(circle, 2)
    circle.admit(cast.dora, "Wintry Lighthouse")
    assert isinstance(say(circle, cast.ana, "I was here before"), Accepted)
    first, second, third = (hold(circle, cast.dora, text) for text in ("One", "Two", "Three"))
    assert [held.newcomer for held in (first, second, third)] == [True] * 3
    release(cast, circle, second)
    hold(circle, cast.dora, "Four")
    release(cast, circle, first)
    assert isinstance(say(circle, cast.dora, "Five"), Accepted)
    release(cast, circle, third)
    assert bodies(circle, cast.ana) == ["I was here before", "Two", "One", "Five", "Three"]


def test_asking_for_more_first_messages_makes_nobody_new_again(cast: Cast, circle: Circle) -> None:
    newcomers(circle, 1)
    circle.admit(cast.dora, "Wintry Lighthouse")
    release(cast, circle, hold(circle, cast.dora, "One"))
    circle.admit(cast.cleo, "Third")
    newcomers(circle, 3)
    assert isinstance(say(circle, cast.dora, "Two"), Accepted)
    assert isinstance(say(circle, cast.ana, "Three"), Accepted)
    hold(circle, cast.cleo, "Four")
    newcomers(circle, 0)
    assert isinstance(say(circle, cast.cleo, "Five"), Accepted)


# -- posted ----------------------------------------------------------------------------------------------------------


def test_released_it_has_a_seq_and_is_told_like_any_other(cast: Cast, circle: Circle, client_of: Client) -> None:
    held, ben, head = hold(circle, cast.ana), client_of(cast.ben), circle.head
    reply = ben.post(f"{circle.url}/held/{held.id}/release", {"version": 1})
    assert (reply.status_code, reply.json()["state"], reply.json()["seq"]) == (200, "released", head + 1)
    assert ben.post(f"{circle.url}/held/{held.id}/release", {"version": 1}).json() == reply.json()
    (told,) = circle.events(cast.ana, head)
    assert (told["type"], told["seq"], told["id"], told["body"]) == ("message.created", head + 1, str(held.id), NUMBER)
    (row,) = client_of(cast.ana).get(f"{circle.talk_url}/messages").json()["items"]
    assert row["id"] == str(held.id)
    heard = inbox_of(cast.ana.account)[-1]
    assert (heard["type"], heard["state"], heard["message_seq"]) == ("message.held", "released", head + 1)
    assert client_of(cast.ana).get(f"{API}/me/held").json()["items"] == []
    assert ben.get(f"{circle.url}/held").json()["items"] == []
    entry = AuditEntry.objects.get(action="held.released")
    assert (entry.by, entry.subject) == (cast.ben.account.id, cast.ana.account.id)
    held.refresh_from_db()
    assert (held.body, held.why) == (None, None)


def test_what_was_changed_meanwhile_is_not_posted_unread(cast: Cast, circle: Circle, client_of: Client) -> None:
    held = hold(circle, cast.ana)
    actions.edit_held(by=cast.ana.account, held=held.id, body=NUMBER + " of 0612345679", now=NOON)
    url = f"{circle.url}/held/{held.id}"
    refused(client_of(cast.ben).post(f"{url}/release", {"version": 1}), 409, "held_changed")
    refused(client_of(cast.ben).post(f"{url}/return", {"version": 1, "word": "No"}), 409, "held_changed")
    assert client_of(cast.ben).post(f"{url}/release", {"version": 2}).status_code == 200
    assert bodies(circle, cast.ana) == [NUMBER + " of 0612345679"]


def test_its_tag_proves_it_as_for_every_message(cast: Cast, circle: Circle, client_of: Client) -> None:
    """A report takes it as evidence, and the first text is still what a repeat is compared with."""
    client_id = uuid4()
    held = hold(circle, cast.ana, client_id=client_id)
    actions.edit_held(by=cast.ana.account, held=held.id, body="Mail: a@example.com", now=NOON)
    release(cast, circle, held, version=2)
    again = say(circle, cast.ana, client_id=client_id)
    assert isinstance(again, Accepted)
    assert (again.id, again.again) == (held.id, True)
    with pytest.raises(errors.ClientIdUsed):
        say(circle, cast.ana, "Mail: a@example.com", client_id=client_id)


@pytest.mark.django_db(transaction=True)
def test_two_who_release_it_post_it_once(cast: Cast) -> None:
    circle = new_circle(cast.ben, premoderation={"first_messages": 0, "words": True})
    circle.admit(cast.ana)
    for _ in range(5):
        held = hold(circle, cast.ana)
        seqs = {there.seq for there in together(*[partial(release, cast, circle, held)] * 3)}  # type: ignore[union-attr]
        assert len(seqs) == 1
    assert Message.objects.count() == 5


@pytest.mark.django_db(transaction=True)
def test_released_and_sent_again_at_once_it_is_there_once(cast: Cast) -> None:
    """The group holds nothing any more when the same send comes again: whichever is first, there is one message."""
    circle = new_circle(cast.ben, premoderation={"first_messages": 0, "words": True})
    circle.admit(cast.ana)
    for _ in range(8):
        describe(circle, premoderation={"first_messages": 0, "words": True})
        client_id = uuid4()
        held = hold(circle, cast.ana, client_id=client_id)
        describe(circle, premoderation={"first_messages": 0, "words": False})
        acts: list[Callable[[], Any]] = [
            partial(release, cast, circle, held),
            partial(say, circle, cast.ana, client_id=client_id),
        ]
        released, said = together(*acts)
        assert isinstance(released, HeldMessage)
        assert isinstance(said, Accepted)
        assert released.seq == said.seq == Message.objects.get(client_id=client_id).seq
    assert len(bodies(circle, cast.ben)) == Message.objects.count() == 8


@pytest.mark.django_db(transaction=True)
def test_changed_and_released_at_once_what_was_read_is_what_is_posted(cast: Cast) -> None:
    circle = new_circle(cast.ben, premoderation={"first_messages": 0, "words": True})
    circle.admit(cast.ana)
    for _ in range(5):
        held = hold(circle, cast.ana)
        changed = partial(actions.edit_held, by=cast.ana.account, held=held.id, body="Bel me: 0687654321", now=NOON)
        acts: list[Callable[[], Any]] = [partial(release, cast, circle, held), changed]
        released, edited = together(*acts)
        if isinstance(released, HeldMessage):
            assert isinstance(edited, errors.HeldDecided)
        else:
            assert isinstance(released, errors.HeldChanged)
    assert set(bodies(circle, cast.ben)) <= {NUMBER}


# -- by its author ---------------------------------------------------------------------------------------------------


def test_what_nothing_holds_any_more_is_posted_by_its_edit(cast: Cast, circle: Circle, client_of: Client) -> None:
    held = hold(circle, cast.ana)
    reply = client_of(cast.ana).patch(f"{API}/me/held/{held.id}", {"body": "I had a good day"})
    assert (reply.status_code, reply.json()["state"]) == (200, "released")
    assert bodies(circle, cast.ben) == ["I had a good day"]
    refused(client_of(cast.ana).patch(f"{API}/me/held/{held.id}", {"body": "Again"}), 409, "held_decided")
    refused(client_of(cast.ana).delete(f"{API}/me/held/{held.id}"), 409, "held_decided")


def test_a_newcomer_cannot_edit_it_into_the_group(cast: Cast, circle: Circle) -> None:
    newcomers(circle, 1)
    circle.admit(cast.dora, "Wintry Lighthouse")
    held = hold(circle, cast.dora, "One")
    assert actions.edit_held(by=cast.dora.account, held=held.id, body="Two", now=NOON).state == "waiting"
    assert bodies(circle, cast.ben) == []


def test_taken_back_it_is_gone(cast: Cast, circle: Circle, client_of: Client) -> None:
    held, ana = hold(circle, cast.ana), client_of(cast.ana)
    assert ana.delete(f"{API}/me/held/{held.id}").status_code == 204
    refused(ana.delete(f"{API}/me/held/{held.id}"), 404, "not_found")
    assert ana.get(f"{API}/me/held").json()["items"] == []
    with pytest.raises(NotFound):
        release(cast, circle, held)
    held.refresh_from_db()
    assert held.body is None


def test_nobody_else_sees_it(cast: Cast, circle: Circle, client_of: Client) -> None:
    held = hold(circle, cast.ana)
    circle.admit(cast.dora, "Wintry Lighthouse")
    for person in (cast.ben, cast.dora, cast.cleo, cast.max):
        for verb in ("get", "delete"):
            refused(getattr(client_of(person), verb)(f"{API}/me/held/{held.id}"), 404, "not_found")
        refused(client_of(person).patch(f"{API}/me/held/{held.id}", {"body": "x"}), 404, "not_found")
    refused(client_of(cast.dora).get(f"{circle.url}/held"), 403, "forbidden")
    refused(client_of(cast.cleo).get(f"{circle.url}/held"), 404, "not_found")
    other = new_circle(cast.ben)
    refused(client_of(cast.ben).post(f"{other.url}/held/{held.id}/release", {"version": 1}), 404, "not_found")


# -- returned --------------------------------------------------------------------------------------------------------


def test_returned_it_comes_with_a_word(cast: Cast, circle: Circle, client_of: Client) -> None:
    held, url = hold(circle, cast.ana), f"{circle.url}/held"
    given = {"version": 1, "word": "Tell it me alone"}
    told = client_of(cast.ben).post(f"{url}/{held.id}/return", given).json()
    assert (told["state"], told["word"], told["seq"]) == ("returned", "Tell it me alone", None)
    assert client_of(cast.ben).post(f"{url}/{held.id}/return", given).json() == told
    (own,) = client_of(cast.ana).get(f"{API}/me/held").json()["items"]
    assert (own["state"], own["word"], own["body"]) == ("returned", "Tell it me alone", NUMBER)
    assert inbox_of(cast.ana.account)[-1]["type"] == "message.returned"
    refused(client_of(cast.ben).post(f"{url}/{held.id}/release", {"version": 1}), 409, "held_decided")
    refused(client_of(cast.ana).patch(f"{API}/me/held/{held.id}", {"body": "x"}), 409, "held_decided")
    assert client_of(cast.ana).delete(f"{API}/me/held/{held.id}").status_code == 204
    assert client_of(cast.ana).get(f"{API}/me/held").json()["items"] == []
    assert bodies(circle, cast.ben) == []
    assert AuditEntry.objects.filter(action="held.returned", subject=cast.ana.account.id).count() == 1


@pytest.mark.parametrize("given", [{}, {"version": 1}, {"version": 0, "word": "x"}, {"version": 1, "word": ""}])
def test_bad_input(cast: Cast, circle: Circle, client_of: Client, given: dict[str, Any]) -> None:
    held = hold(circle, cast.ana)
    reply = client_of(cast.ben).post(f"{circle.url}/held/{held.id}/return", given)
    refused(reply, 400, "invalid")


@pytest.mark.parametrize("wanted", [{}, {"first_messages": 21, "words": True}, {"first_messages": 1}, "all"])
def test_bad_choice(circle: Circle, client_of: Client, wanted: Any) -> None:
    reply = client_of(circle.lead).patch(circle.url, {"premoderation": wanted}, HTTP_IF_MATCH="*")
    refused(reply, 400, "invalid")


# -- what happens meanwhile ------------------------------------------------------------------------------------------


def test_who_leaves_takes_it_along(cast: Cast, circle: Circle) -> None:
    hold(circle, cast.ana)
    memberships.leave(by=cast.ana.account, conversation=circle.id, now=NOON)
    assert not HeldMessage.objects.exists()


def test_who_was_removed_finds_it_when_they_are_brought_back(cast: Cast, circle: Circle, client_of: Client) -> None:
    held, mine = hold(circle, cast.ana), circle.of(cast.ana).id
    measures.remove(membership=mine, now=NOON)
    assert client_of(cast.ben).get(f"{circle.url}/held").json()["items"] == []
    assert client_of(cast.ana).get(f"{API}/me/held").json()["items"] == []
    refused(client_of(cast.ben).post(f"{circle.url}/held/{held.id}/release", {"version": 1}), 404, "not_found")
    measures.bring_back(membership=mine, now=NOON)
    assert release(cast, circle, held).state == "released"


def test_who_was_muted_since_said_it_before(cast: Cast, circle: Circle) -> None:
    """A person has read it: it may be posted. It cannot be changed by who may not write."""
    held = hold(circle, cast.ana)
    measures.set_muted(membership=circle.of(cast.ana).id, until=NOON + DAYS, now=NOON)
    with pytest.raises(errors.Muted):
        actions.edit_held(by=cast.ana.account, held=held.id, body="x", now=NOON)
    with pytest.raises(errors.Muted):
        say(circle, cast.ana)
    assert release(cast, circle, held).state == "released"


def test_nothing_is_posted_in_a_group_that_has_ended(cast: Cast, circle: Circle) -> None:
    held = hold(circle, cast.ana)
    groups.close_group(by=cast.ben.account, group=circle.id, now=NOON)
    with pytest.raises(errors.ConversationEnded):
        release(cast, circle, held)
    actions.withdraw_held(by=cast.ana.account, held=held.id, now=NOON)


def test_who_is_muted_between_batch_and_hold_is_not_held(cast: Cast, circle: Circle) -> None:
    measures.set_muted(membership=circle.of(cast.ana).id, until=NOON + DAYS, now=NOON)
    with pytest.raises(errors.Muted):
        actions.hold_message(send=send_of(circle, cast.ana), now=NOON)


def test_an_account_that_goes_takes_it_along(cast: Cast, circle: Circle) -> None:
    gone = new_person()
    circle.admit(gone, "Third")
    hold(circle, gone)
    erase_at_once(account=gone.account.id, at=NOON, now=NOON)
    assert not HeldMessage.objects.exists()


def test_what_nobody_looks_at_comes_back_and_is_forgotten(cast: Cast, circle: Circle) -> None:
    (job,) = [job for job in jobs() if job.name == "messages that waited"]
    held = hold(circle, cast.ana)
    run_job(job, now=NOON + 13 * DAYS)
    held.refresh_from_db()
    assert held.state == "waiting"
    run_job(job, now=NOON + 14 * DAYS)
    held.refresh_from_db()
    assert held.state == "lapsed"
    assert inbox_of(cast.ana.account)[-1]["type"] == "message.returned"
    run_job(job, now=NOON + 44 * DAYS)
    assert not HeldMessage.objects.exists()


# -- what it costs ---------------------------------------------------------------------------------------------------


def test_a_group_that_holds_nothing_pays_nothing(cast: Cast, circle: Circle) -> None:
    """The same statements as ever, and no text is looked through."""
    plain = new_circle(cast.ben)
    plain.admit(cast.ana)
    counts = []
    for there in (plain, circle):
        with CaptureQueriesContext(connection) as asked:
            say(there, cast.ana, "I had a good day")
        statements = [query["sql"].split("'")[0] for query in asked if "SAVEPOINT" not in query["sql"]]
        counts.append([sql.split("unnest")[0] for sql in statements])
    assert counts[0] == counts[1]


def test_as_many_queries_for_one_as_for_many(cast: Cast, circle: Circle, client_of: Client) -> None:
    ben, ana, counts = client_of(cast.ben), client_of(cast.ana), []
    for _ in range(2):
        for _ in range(4):
            hold(circle, cast.ana)
        for client, url in ((ben, f"{circle.url}/held"), (ana, f"{API}/me/held")):
            client.get(url)
            with CaptureQueriesContext(connection) as asked:
                client.get(url)
            counts.append(len(asked))
    assert counts[:2] == counts[2:]
    assert Membership.objects.count() >= 2
