"""A member finds somebody: proposals with reasons, accepted or declined, or a wait that goes on by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.errors import DomainError
from backend.core.models import AuditEntry
from messaging.actions.admissions import accept_request, ask_admission
from messaging.actions.blocks import block
from messaging.actions.groups import create_group
from messaging.models import Conversation, Membership
from peers.contacts.models import Contact
from peers.experts.actions.experts import pause_expert
from peers.matching import queries
from peers.matching.actions.clock import advance_due, drop_closed
from peers.matching.actions.matches import accept_match, decline_match
from peers.matching.actions.requests import withdraw_request
from peers.matching.models import Match, Request
from peers.matching.ranking import Wishes
from tests.asking import API, codes_at, dump_databases, inbox_of, refused
from tests.cast import Cast, Person, utc_now
from tests.peers.proposing import DUTCH, ask, make_peer, ready

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]

MATCHES = f"{API}/matches"


def aliases(told: Any) -> list[str]:
    return [proposal["peer"]["alias"] for proposal in told["proposals"]]


# -- asking -----------------------------------------------------------------------------------------------------------


def test_proposals_come_with_reasons_and_without_a_place(cast: Cast, client_of: Client) -> None:
    hours = {"timezone": "Europe/Amsterdam", "days": {"tue": [["19:00", "21:00"]]}}
    said = {"languages": ["ro", "nl"], "domains": ["housing"], "directions": ["inside"], "region": "den-haag"}
    ready(cast, cast.ben, cast.peer, **said, office_hours=hours, gender="man", backgrounds=["migration"], about="Tea.")
    body = {
        "languages": ["ro"],
        "domains": ["housing", "money"],
        "directions": ["inside"],
        "times": ["evening"],
        "region": "den-haag",
        "gender": "man",
        "backgrounds": ["migration"],
        "not_with": [str(uuid4())],
        "avoid": {"region": "apeldoorn", "language_community": "bg"},
    }
    reply = client_of(cast.ana).post(MATCHES, body)
    assert reply.status_code == 201, reply.json()
    told = reply.json()
    assert (told["request"]["state"], told["waiting"], told["offers"]) == ("proposed", None, [])
    (proposal,) = told["proposals"]
    assert proposal["free"]
    assert {reason["code"]: reason["text"] for reason in proposal["reasons"]} == {
        "languages": "Speaks: Română",
        "domains": "Knows about: Housing",
        "directions": "Knows the direction: Other work in the branch",
        "times": "Can be reached: in the evening",
        "gender": "Gender that you asked for: a man",
        "backgrounds": "Knows from own experience: coming from another country",
    }
    assert (proposal["peer"]["id"], proposal["peer"]["alias"], proposal["peer"]["about"]) == (
        str(cast.peer.id),
        "Ben",
        "Tea.",
    )
    for hidden in ("den-haag", "Voorbeeldhuis", str(cast.organisation.id)):
        assert hidden not in reply.content.decode()
    assert inbox_of(cast.ben.account) == [e for e in inbox_of(cast.ben.account) if e["type"] != "match.changed"]
    assert inbox_of(cast.ana.account)[-1]["type"] == "match.changed"
    dutch = client_of(cast.ana).get(MATCHES, headers={"Accept-Language": "nl"}).json()
    assert dutch["proposals"][0]["reasons"][0]["text"] == "Spreekt: Română"


def test_the_same_request_has_the_same_proposals(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for alias in ("Bo", "Kim", "Lou", "Sam", "Val"):
        make_peer(cast, alias)
    client = client_of(cast.ana)
    first = client.post(MATCHES, {"languages": ["nl"]})
    assert (first.status_code, len(first.json()["proposals"])) == (201, 3)
    for _ in range(20):
        again = client.post(MATCHES, {"languages": ["nl"]})
        assert (again.status_code, again.json()) == (200, first.json())
    with django_assert_num_queries(6):
        assert client.get(MATCHES).json() == first.json()
    assert Match.objects.count() == 3


def test_nobody_pages_through_peer_experts(cast: Cast) -> None:
    """Whatever is changed and declined: at most nine different people in 30 days, and three requests a day."""
    for number in range(14):
        make_peer(cast, f"Peer {number}")
    now = utc_now()
    seen: set[Any] = set()
    refusals: set[Any] = set()
    for day in range(20):
        for domain in ("work", "money", "housing", "health"):
            try:
                _, matches = ask(cast.ana, replace_domain(domain, day), now=now)
            except DomainError as refusal:
                refusals.add((refusal.code, refusal.status, bool(refusal.retry_after)))
                continue
            for match in matches:
                seen.add(match.peer_id)
                decline_match(by=cast.ana.account, match=match.id, now=now)
        advance_due(now=now)
        for match in Match.objects.filter(state="proposed"):
            seen.add(match.peer_id)
        now += timedelta(days=1)
    assert len(seen) == 9
    assert refusals == {("many_requests", 429, True)}


def replace_domain(domain: str, day: int) -> Wishes:
    return Wishes(languages=("nl",), domains=(domain,), directions=("inside",) * (day % 2))


def test_limits_between_the_two(cast: Cast) -> None:
    """In each case ben is left out, and only ben."""
    now = utc_now()
    ready(cast, cast.ben, cast.peer, region="utrecht", languages=["nl", "hu"])
    other = make_peer(cast, "Other", region="den-haag")

    def proposed(wishes: Wishes = DUTCH, person: Person = cast.ana) -> set[Any]:
        Request.objects.all().delete()
        return {match.peer_id for match in ask(person, wishes)[1]}

    assert proposed() == {cast.peer.id, other.id}
    assert proposed(Wishes(("nl",), not_with=frozenset({cast.peer.id}))) == {other.id}
    assert proposed(Wishes(("nl",), avoid_region="utrecht")) == {other.id}
    assert proposed(Wishes(("nl",), avoid_community="hu")) == {other.id}
    assert proposed(person=cast.ben) == {other.id}  # nobody is proposed to themselves
    pause_expert(by=cast.olga.account, peer=cast.peer.id, now=now)
    assert proposed() == {other.id}


def test_without_a_region_that_of_the_organisation_is_avoided(cast: Cast) -> None:
    ready(cast, cast.ben, cast.peer)
    assert ask(cast.ana, Wishes(("nl",), avoid_region="utrecht"))[1] == []


def test_blocks_where_both_are_known_keep_them_apart(cast: Cast) -> None:
    now = utc_now()
    ready(cast, cast.ben, cast.peer)
    group = create_group(by=cast.ben.account, title="Side by side", now=now).pk
    theirs: dict[str, Membership] = {}
    for name in ("ana", "dora", "cleo"):
        account: Account = getattr(cast, name).account
        asked = ask_admission(by=account, group=group, alias=f"Alias {name}", now=now)
        accept_request(by=cast.ben.account, request=asked.id, now=now)
        theirs[name] = Membership.objects.get(conversation=group, account=account)
    ben = Membership.objects.get(conversation=group, account=cast.ben.account)
    block(by=cast.ana.account, membership=ben.id, now=now)
    block(by=cast.ben.account, membership=theirs["dora"].id, now=now)
    block(by=cast.cleo.account, membership=theirs["dora"].id, now=now)
    assert ask(cast.ana)[1] == []
    assert ask(cast.dora)[1] == []
    assert len(ask(cast.cleo)[1]) == 1


def test_a_block_of_another_alias_tells_nothing(cast: Cast) -> None:
    """dora is a peer expert, and in ben's group a member like others: that ana blocks that alias changes no match."""
    now = utc_now()
    role = make_peer(cast, "Dora there", person=cast.dora)
    group = create_group(by=cast.ben.account, title="Side by side", now=now).pk
    for person, alias in ((cast.ana, "One"), (cast.dora, "Two")):
        asked = ask_admission(by=person.account, group=group, alias=alias, now=now)
        accept_request(by=cast.ben.account, request=asked.id, now=now)
    hidden = Membership.objects.get(conversation=group, account=cast.dora.account)
    block(by=cast.ana.account, membership=hidden.id, now=now)
    assert [match.peer_id for match in ask(cast.ana)[1]] == [role.id]


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/languages", "required"),
        ({"languages": []}, "/languages", "too_few_items"),
        ({"languages": ["xx"]}, "/languages/0", "not_choice"),
        ({"languages": ["nl"], "times": ["noon"]}, "/times/0", "not_choice"),
        ({"languages": ["nl"], "not_with": ["Ben"]}, "/not_with/0", "not_uuid"),
        ({"languages": ["nl"], "not_with": [str(uuid4()) for _ in range(51)]}, "/not_with", "too_many_items"),
        ({"languages": ["nl"], "avoid": {"city": "x"}}, "/avoid", "unknown_field"),
        (
            {"languages": ["nl"], "avoid": {"language_community": "nl"}},
            "/avoid/language_community",
            "wishes_contradict",
        ),
        ({"languages": ["nl"], "avoid": {"region": "atlantis"}}, "/avoid/region", "not_choice"),
        ({"languages": ["nl"], "region": "atlantis"}, "/region", "not_choice"),
        ({"languages": ["nl"], "gender": "x"}, "/gender", "not_choice"),
        ({"languages": ["nl"], "limit": 99}, "", "unknown_field"),
    ],
)
def test_wishes_name_what_is_wrong(
    cast: Cast, client_of: Client, body: dict[str, object], pointer: str, code: str
) -> None:
    assert codes_at(client_of(cast.ana).post(MATCHES, body))[pointer] == code
    assert not Request.objects.exists()


def test_wishes_are_sealed_and_forgotten(cast: Cast) -> None:
    make_peer(cast, "Bo", directions=["combining"])
    ask(cast.ana, Wishes(("nl",), directions=("combining",), avoid_region="apeldoorn", gender="nonbinary"))
    rows = str([*Request.objects.values(), *Match.objects.values()])
    for word in ("combining", "apeldoorn", "nonbinary"):
        assert word not in rows
    assert "nonbinary" not in dump_databases()
    withdraw_request(by=cast.ana.account, now=utc_now())
    withdraw_request(by=cast.ana.account, now=utc_now())
    assert Request.objects.get().wishes is None
    assert Match.objects.get().reasons is None


# -- accepting and declining ------------------------------------------------------------------------------------------


def test_accepting_makes_a_contact_and_opens_the_talk(cast: Cast, client_of: Client) -> None:
    ready(cast, cast.ben, cast.peer, region="utrecht")
    make_peer(cast, "Other")
    client = client_of(cast.ana)
    told = client.post(MATCHES, {"languages": ["nl"]}).json()
    mine = next(there for there in told["proposals"] if there["peer"]["alias"] == "Ben")
    path = f"{MATCHES}/{mine['id']}/accept"
    reply = client.post(path)
    assert reply.status_code == 200, reply.json()
    beside = reply.json()
    assert (beside["part"], beside["interim"]) == ("primary", False)
    assert beside["peer"]["organisation"] == {"id": str(cast.organisation.id), "name": "Voorbeeldhuis"}
    assert beside["peer"]["region"] == "utrecht"
    assert client.get(f"{API}/conversations/{beside['conversation']}").status_code == 200
    assert client.post(path).json() == beside  # again changes nothing
    assert (Contact.objects.count(), Conversation.objects.count()) == (1, 1)
    assert client.get(MATCHES).json()["request"] is None
    assert sorted(Match.objects.values_list("state", flat=True)) == ["accepted", "passed"]
    other = next(there for there in told["proposals"] if there["peer"]["alias"] != "Ben")
    refused(client.post(f"{MATCHES}/{other['id']}/accept"), 409, "state_conflict")
    refused(client.post(f"{MATCHES}/{mine['id']}/decline"), 409, "state_conflict")
    # Then a backup; and with both nobody else is looked for.
    told = client.post(MATCHES, {"languages": ["nl"]}).json()
    assert aliases(told) == ["Other"]
    assert client.post(f"{MATCHES}/{told['proposals'][0]['id']}/accept").json()["part"] == "backup"
    refused(client.post(MATCHES, {"languages": ["nl"]}), 409, "place_taken")


def test_a_strangers_match_is_not_there(cast: Cast, client_of: Client) -> None:
    ready(cast, cast.ben, cast.peer)
    _, (match,) = ask(cast.ana)
    for other in (cast.cleo, cast.ben, cast.olga, cast.max):
        for word in ("accept", "decline"):
            refused(client_of(other).post(f"{MATCHES}/{match.id}/{word}"), 404, "not_found")
        if other is not cast.ben:
            refused(client_of(other).get(f"{API}/peers/{cast.peer.id}"), 404, "not_found")
    refused(APIClient().post(f"{MATCHES}/{match.id}/accept"), 401, "sign_in_needed")
    assert Match.objects.get().state == "proposed"


def test_a_peer_is_shown_to_whom_they_are_proposed_alone(cast: Cast, client_of: Client) -> None:
    ready(cast, cast.ben, cast.peer, region="utrecht")
    client, path = client_of(cast.ana), f"{API}/peers/{cast.peer.id}"
    refused(client.get(path), 404, "not_found")
    _, (match,) = ask(cast.ana)
    told = client.get(path).json()
    assert (told["alias"], told["organisation"], told["region"]) == ("Ben", None, None)
    decline_match(by=cast.ana.account, match=match.id, now=utc_now())
    refused(client.get(path), 404, "not_found")
    _, (match,) = ask(cast.dora)
    accept_match(by=cast.dora.account, match=match.id, now=utc_now())
    assert client_of(cast.dora).get(path).json()["region"] == "utrecht"
    for nobody in (uuid4(), cast.coordinator.id):
        refused(client.get(f"{API}/peers/{nobody}"), 404, "not_found")


def test_who_is_declined_never_learns_and_is_not_proposed_again(cast: Cast, client_of: Client) -> None:
    ready(cast, cast.ben, cast.peer)
    before = inbox_of(cast.ben.account)
    _, (match,) = ask(cast.ana)
    client = client_of(cast.ana)
    for _ in range(2):
        told = client.post(f"{MATCHES}/{match.id}/decline").json()
        assert (told["request"]["state"], told["proposals"]) == ("waiting", [])
    assert inbox_of(cast.ben.account) == before
    assert ask(cast.ana, Wishes(("nl",), domains=("work",)))[1] == []
    refused(client.post(f"{MATCHES}/{match.id}/accept"), 409, "state_conflict")


def test_who_is_not_free_any_more_cannot_be_accepted(cast: Cast, client_of: Client) -> None:
    ready(cast, cast.ben, cast.peer)
    request, (match,) = ask(cast.ana)
    pause_expert(by=cast.olga.account, peer=cast.peer.id, now=utc_now())
    client = client_of(cast.ana)
    refused(client.post(f"{MATCHES}/{match.id}/accept"), 409, "peer_unavailable")
    assert not Contact.objects.exists()
    assert not Conversation.objects.exists()
    assert not client.get(MATCHES).json()["proposals"][0]["free"]
    other = make_peer(cast, "Other")
    told = client.post(MATCHES, {"languages": ["nl"]})
    assert (told.status_code, aliases(told.json())) == (200, ["Other"])
    assert Match.objects.get(state="proposed").peer_id == other.id
    assert Request.objects.get().id == request.id


# -- waiting ----------------------------------------------------------------------------------------------------------


def test_a_wait_is_dated_goes_on_and_is_told_of(cast: Cast, client_of: Client) -> None:
    now, client = utc_now(), client_of(cast.ana)
    told = client.post(MATCHES, {"languages": ["nl"]}).json()
    assert told["request"]["state"] == "waiting"
    assert told["offers"] == ["wait", "organisation", "second_language"]
    assert told["organisations"] == [{"id": str(cast.organisation.id), "name": "Voorbeeldhuis"}]
    assert (told["waiting"]["told_at"], told["waiting"]["told"]) == (None, None)
    assert list(queries.waiting_for(organisation=cast.organisation)) == []
    for day in (1, 2, 4, 5):
        advance_due(now=now + timedelta(days=day, minutes=1))
    told = client.get(MATCHES).json()
    assert told["waiting"]["told"] == {"id": str(cast.organisation.id), "name": "Voorbeeldhuis"}
    assert [there.id for there in queries.waiting_for(organisation=cast.organisation)] == [Request.objects.get().id]
    assert AuditEntry.objects.filter(action="match.wait_told").count() == 1
    ready(cast, cast.ben, cast.peer)  # now there is somebody
    advance_due(now=now + timedelta(days=6, minutes=2))
    told = client.get(MATCHES).json()
    assert (told["request"]["state"], aliases(told), told["waiting"]) == ("proposed", ["Ben"], None)
    assert [event["type"] for event in inbox_of(cast.ana.account)].count("match.changed") == 3


def test_an_organisation_can_be_there_meanwhile(cast: Cast, client_of: Client) -> None:
    client, body = client_of(cast.ana), {"organisation": str(cast.organisation.id)}
    refused(client.post(f"{MATCHES}/organisation", body), 409, "not_waiting")
    client.post(MATCHES, {"languages": ["nl"]})
    refused(client.post(f"{MATCHES}/organisation", {"organisation": str(uuid4())}), 404, "not_found")
    for _ in range(2):
        beside = client.post(f"{MATCHES}/organisation", body).json()
        assert (beside["part"], beside["interim"]) == ("primary", True)
        assert (beside["peer"]["alias"], beside["peer"]["organisation"]["name"]) == ("Olga", "Voorbeeldhuis")
    assert client.get(f"{API}/peers/{cast.coordinator.id}").json()["alias"] == "Olga"
    assert client.get(MATCHES).json()["request"]["state"] == "waiting"  # it waits on
    ready(cast, cast.ben, cast.peer)
    advance_due(now=utc_now() + timedelta(days=1, minutes=1))
    (match,) = queries.proposals_of(Request.objects.get())
    beside = client.post(f"{MATCHES}/{match.id}/accept").json()
    assert (beside["part"], beside["interim"], beside["peer"]["alias"]) == ("primary", False, "Ben")
    assert Contact.objects.filter(state="active").count() == 1


def test_proposals_lapse(cast: Cast, client_of: Client) -> None:
    ready(cast, cast.ben, cast.peer)
    now = utc_now()
    _, (match,) = ask(cast.ana, now=now)
    assert advance_due(now=now + timedelta(days=6)) == 0
    assert advance_due(now=now + timedelta(days=7)) == 1
    assert advance_due(now=now + timedelta(days=7)) == 0
    assert (Match.objects.get().state, Request.objects.get().state) == ("lapsed", "lapsed")
    assert client_of(cast.ana).get(MATCHES).json()["request"] is None
    refused(client_of(cast.ana).post(f"{MATCHES}/{match.id}/accept"), 409, "state_conflict")
    assert [match.peer_id for match in ask(cast.ana)[1]] == [cast.peer.id]  # lapsed is not declined


def test_what_is_over_is_forgotten(cast: Cast) -> None:
    now = utc_now()
    ready(cast, cast.ben, cast.peer)
    make_peer(cast, "Other")
    _, (first, second) = ask(cast.ana, now=now)
    decline_match(by=cast.ana.account, match=first.id, now=now)
    withdraw_request(by=cast.ana.account, now=now)
    assert drop_closed(now=now + timedelta(days=29)) == 0
    drop_closed(now=now + timedelta(days=31))
    assert list(Match.objects.values_list("id", "state")) == [(first.id, "declined")]
    assert second.id != first.id
    drop_closed(now=now + timedelta(days=366))
    assert not Request.objects.exists()
