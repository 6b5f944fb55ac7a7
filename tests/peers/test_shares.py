"""Sharing: one answer, one person, until a time; taken back it is gone at once, and each look is seen."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account
from backend.core.errors import NotFound
from backend.core.jobs import run_due
from peers.checkins.actions import safety, sharing
from peers.checkins.actions.plans import WayBackWish
from peers.checkins.models import Checkin, Share, WayBack
from peers.checkins.queries import ways_back_to
from peers.contacts.actions.contacts import begin_contact, change_contact
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, utc_now
from tests.peers.asking_how import MONDAY, answer, live_until, open_next, set_wishes
from tests.peers.referring import agree

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def answered(cast: Cast) -> Checkin:
    """Ana has ben beside her, and has answered a check-in that is open now."""
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    set_wishes(cast.ana.account, now=utc_now() - timedelta(days=30))
    there = open_next(cast.ana.account)
    answer(cast.ana.account, there, now=utc_now(), overall="bad", housing="very_bad")
    return Checkin.objects.get(id=there.id)


def share(cast: Cast, checkin: Checkin, *, item: str = "housing", now: datetime | None = None) -> Share:
    return sharing.share_answer(
        by=cast.ana.account, checkin=checkin.id, item=item, to=cast.peer.id, now=now or utc_now()
    )


def test_one_answer_is_shown_and_no_other(cast: Cast, answered: Checkin, client_of: Client) -> None:
    body = {"answer": "housing", "with": str(cast.peer.id), "expires_in": 86_400}
    made = client_of(cast.ana).post(f"{API}/checkins/{answered.id}/shares", body)
    assert made.status_code == 201, made.content
    told = client_of(cast.ben).get(f"{API}/shares/{made.json()['id']}", HTTP_ACCEPT_LANGUAGE="en").json()
    assert (told["answer"], told["step"], told["text"]) == ("housing", "very_bad", "Not well at all")
    assert "bad" not in {told["step"]}
    (listed,) = client_of(cast.ben).get(f"{API}/contact/shares").json()["items"]
    assert listed["id"] == made.json()["id"]
    assert listed["conversation"] is not None
    assert str(cast.ana.account.id) not in str(told) + str(listed)
    (look,) = client_of(cast.ana).get(f"{API}/me/looks").json()["items"]
    assert (look["what"], look["role"], look["reason"]) == ("answer", "peer_expert", "share")
    assert client_of(cast.ana).get(f"{API}/me/shares").json()["items"][0]["alias"] == "Ben"


def test_taken_back_it_is_gone_at_once(cast: Cast, answered: Checkin, client_of: Client) -> None:
    there = share(cast, answered)
    path = f"{API}/shares/{there.id}"
    assert client_of(cast.ben).get(path).status_code == 200
    for _ in range(2):
        assert client_of(cast.ana).delete(path).status_code == 204
    refused(client_of(cast.ben).get(path), 404, "not_found")
    assert client_of(cast.ben).get(f"{API}/contact/shares").json()["items"] == []
    for person in (cast.ana, cast.ben):
        told = [event for event in inbox_of(person.account) if event["type"] == "share.changed"]
        assert [event["readable"] for event in told] == [False, False], "as it is now"


def test_strangers_have_nothing_there(cast: Cast, answered: Checkin, client_of: Client) -> None:
    there = share(cast, answered)
    for other in (cast.cleo, cast.dora, cast.max, cast.olga, cast.ana):
        refused(client_of(other).get(f"{API}/shares/{there.id}"), 404, "not_found")
    for other in (cast.cleo, cast.ben):
        refused(client_of(other).delete(f"{API}/shares/{there.id}"), 404, "not_found")
    refused(APIClient().get(f"{API}/shares/{there.id}"), 401, "sign_in_needed")


@pytest.mark.parametrize("item", ["money", "work", "safety_plan"])
def test_only_what_was_answered_is_shared(cast: Cast, answered: Checkin, item: str) -> None:
    if item == "money":  # asked, and not answered: there is nothing in it
        there = share(cast, answered, item=item)
        assert sharing.read_share(by=cast.ben.account, share=there.id, now=utc_now())[1] is None
        return
    with pytest.raises(NotFound):
        share(cast, answered, item=item)


def test_only_with_somebody_beside_and_only_with_the_consent(cast: Cast, answered: Checkin, client_of: Client) -> None:
    path = f"{API}/checkins/{answered.id}/shares"
    client = client_of(cast.ana)
    for peer in (uuid4(), cast.coordinator.id):
        refused(client.post(path, {"answer": "overall", "with": str(peer)}), 404, "not_found")
    assert codes_at(client.post(path, {"answer": "overall", "with": "x"}))["/with"] == "not_uuid"
    body = {"answer": "overall", "with": str(cast.peer.id), "expires_in": 60}
    assert codes_at(client.post(path, body))["/expires_in"] == "too_small"
    there = share(cast, answered)
    agree(cast.ana.account, "checkins", now=utc_now())
    refused(client_of(cast.ben).get(f"{API}/shares/{there.id}"), 404, "not_found")
    refused(client.post(path, {"answer": "overall", "with": str(cast.peer.id)}), 403, "sharing_consent_needed")


def test_its_time_is_over_to_the_second(cast: Cast, answered: Checkin) -> None:
    there = share(cast, answered)
    read = partial(sharing.read_share, by=cast.ben.account, share=there.id)
    read(now=there.expires_at - timedelta(seconds=1))
    with pytest.raises(NotFound):
        read(now=there.expires_at)
    run_due(now=there.expires_at)
    assert Share.objects.get().ended_at is not None


def test_who_is_no_longer_beside_reads_no_more(cast: Cast, answered: Checkin) -> None:
    there = share(cast, answered)
    change_contact(by=cast.ana.account, reason_code=None, now=utc_now())
    with pytest.raises(NotFound):
        sharing.read_share(by=cast.ben.account, share=there.id, now=utc_now())


def test_who_loses_the_role_reads_no_more(cast: Cast, answered: Checkin) -> None:
    there = share(cast, answered)
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    with pytest.raises(NotFound):
        sharing.read_share(by=cast.ben.account, share=there.id, now=utc_now())
    assert Share.objects.get().ended_at is not None


def test_again_gives_it_another_end(cast: Cast, answered: Checkin) -> None:
    first = share(cast, answered)
    again = share(cast, answered, now=utc_now() + timedelta(days=3))
    assert again.id == first.id
    assert again.expires_at > first.expires_at


@pytest.mark.django_db(transaction=True)
def test_a_look_and_taking_it_back_at_once(cast: Cast) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    set_wishes(cast.ana.account, now=utc_now() - timedelta(days=30))
    there = open_next(cast.ana.account)
    answer(cast.ana.account, there, now=utc_now(), housing="bad")
    shared = share(cast, there)
    together(
        partial(sharing.read_share, by=cast.ben.account, share=shared.id, now=utc_now()),
        partial(sharing.revoke_share, by=cast.ana.account, share=shared.id, now=utc_now()),
    )
    with pytest.raises(NotFound):
        sharing.read_share(by=cast.ben.account, share=shared.id, now=utc_now())


# -- the safety plan --------------------------------------------------------------------------------------------------

TEXTS = {"helps": "Kanarie: walking", "call": "My sister", "not_call": "At work", "other": ""}
SAFETY = f"{API}/me/safety-plan"


def test_a_safety_plan_is_the_members_own(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    assert client.get(SAFETY)["ETag"] == '"0"'
    reply = client.put(SAFETY, TEXTS, HTTP_IF_MATCH='"0"')
    assert (reply.status_code, reply["ETag"]) == (200, '"1"'), reply.content
    told = client.get(SAFETY, HTTP_ACCEPT_LANGUAGE="en").json()
    assert {part: told[part] for part in TEXTS} == TEXTS
    assert "does not know where you are" in told["reminder"]
    refused(client.put(SAFETY, TEXTS, HTTP_IF_MATCH='"0"'), 412, "stale")
    refused(client.put(SAFETY, TEXTS), 428, "if_match_needed")
    assert codes_at(client.put(SAFETY, {"helps": 3}, HTTP_IF_MATCH='"1"'))["/helps"] == "not_text"
    assert client_of(cast.ben).get(SAFETY).json()["helps"] == ""
    assert "Kanarie" not in dump_databases()


def test_a_safety_plan_is_shown_to_whom_they_chose(cast: Cast, client_of: Client) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    agree(cast.ana.account, "sharing", now=utc_now())
    body = {"with": str(cast.peer.id)}
    refused(client_of(cast.ana).post(f"{SAFETY}/shares", body), 404, "not_found")
    safety.set_safety_plan(by=cast.ana.account, texts=TEXTS, check=lambda version: None, now=utc_now())
    made = client_of(cast.ana).post(f"{SAFETY}/shares", body)
    assert made.status_code == 201, made.content
    told = client_of(cast.ben).get(f"{API}/shares/{made.json()['id']}").json()
    assert told["safety_plan"] == TEXTS
    safety.set_safety_plan(
        by=cast.ana.account, texts={**TEXTS, "helps": "Singing"}, check=lambda version: None, now=utc_now()
    )
    told = client_of(cast.ben).get(f"{API}/shares/{made.json()['id']}").json()
    assert told["safety_plan"]["helps"] == "Singing", "as it is now"
    client_of(cast.ana).delete(f"{API}/shares/{made.json()['id']}")
    refused(client_of(cast.ben).get(f"{API}/shares/{made.json()['id']}"), 404, "not_found")


# -- the way back -----------------------------------------------------------------------------------------------------


def test_after_the_silence_they_chose_their_organisation_is_asked(cast: Cast, client_of: Client) -> None:
    ana = cast.ana.account
    way = WayBackWish(months=6, organisation=cast.organisation.id, words="Kanarie: just say hello")
    set_wishes(ana, way_back=way)
    live_until(MONDAY + timedelta(days=180) - timedelta(seconds=2))
    assert not WayBack.objects.exists()
    live_until(MONDAY + timedelta(days=400))
    (asked,) = ways_back_to(role=cast.coordinator)
    assert safety.read_way_back(role=cast.coordinator, way_back=asked.id, now=utc_now()) == "Kanarie: just say hello"
    assert client_of(ana).get(f"{API}/me/looks").json()["items"][0]["what"] == "way_back"
    assert "Kanarie" not in dump_databases()
    with pytest.raises(NotFound):
        safety.read_way_back(role=cast.peer, way_back=asked.id, now=utc_now())
    # The plan goes on all the while, and who is heard of need not be greeted.
    there = open_next(ana)
    assert there.opened_at is not None
    answer(ana, there, now=there.opened_at)
    assert list(ways_back_to(role=cast.coordinator)) == []
    with pytest.raises(NotFound):
        safety.mark_greeted(role=cast.coordinator, way_back=asked.id, now=utc_now())


def test_greeted_once_for_each_silence(cast: Cast) -> None:
    way = WayBackWish(months=2, organisation=cast.organisation.id, words="Hello")
    set_wishes(cast.ana.account, way_back=way)
    for month in range(24):
        now = MONDAY + timedelta(days=30 * month)
        live_until(now)
        for there in ways_back_to(role=cast.coordinator):
            safety.mark_greeted(role=cast.coordinator, way_back=there.id, now=now)
    assert WayBack.objects.count() == 1
