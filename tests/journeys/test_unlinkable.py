"""The walk: nothing that anyone else's client can fetch or receive joins two memberships of the same person.

Ana belongs to two groups, to the direct talk with ben, her contact person, and to the introduction in which he gives
her into noor's care. Everybody else fetches every endpoint there is, with every id that they could know, and hears
every event. What was told about one of the four conversations is then compared with what was told about the others:
but for the peer experts, who are known by a peer id on purpose, no word may be in two of them. The one who
introduces her knows her in both places, because that is what an introduction is for; noor knows her in that one alone.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from infra.client import Client, Refused
from tests.journeys.people import PATIENCE, admit, has_come_to, person
from tests.journeys.server import manage, run, serve

pytestmark = pytest.mark.timeout(300)

# Words of the contract: keys whose values are from a small fixed set, the same for everybody.
VOCABULARY = {"code", "op", "type", "kind", "part", "state", "avatar_key", "key", "keys"}
VOCABULARY |= {"languages", "domains", "region", "asked_on", "begun_on"}  # a day, the same for whoever asked on it
# Names drawn by lot for whoever asks: one that is somebody's already may be among them, which tells nobody that it is.
BY_LOT = "/api/v1/me/aliases"
PROFILE: dict[str, Any] = {"alias": "Golden Fern", "about": "I like the sea in winter.", "languages": ["hu"]}


@dataclass(slots=True)
class Told:
    """Everything that one client was told: JSON, and where it came from (a path or a stream)."""

    notes: list[tuple[Any, str]] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All of it."""
        return "\n".join(json.dumps(told) for told, _ in self.notes)

    @property
    def words(self) -> set[str]:
        """All words in it."""
        return {word for told, _ in self.notes for word in words(told)}

    def sort(self, places: Iterable[str]) -> dict[str, set[str]]:
        """The words by the conversation that they were told of; under "" what belongs to none."""
        sorted_words: dict[str, set[str]] = {place: set() for place in ("", *places)}
        for told, source in self.notes:
            at = next((place for place in places if place in source), "")
            _sort(told, at, "", sorted_words)
        return sorted_words


def _sort(told: Any, at: str, key: str, into: dict[str, set[str]]) -> None:
    named = {place for place in into if place and place in json.dumps(told)} or {at}
    if len(named) == 1:
        place = named.pop()
        into[place].update(word for word in words(told, key) if word != place)
    elif isinstance(told, dict):  # each part belongs to its own
        for name, part in told.items():
            _sort(part, at, name, into)
    elif isinstance(told, list):
        for part in told:
            _sort(part, at, key, into)


def words(told: Any, key: str = "") -> Iterator[str]:
    """All text in JSON, but for the contract's own vocabulary; ids inside longer text on their own, too."""
    if isinstance(told, Mapping):
        for name, part in told.items():
            yield from words(part, name)
    elif isinstance(told, list):
        for part in told:
            yield from words(part, key)
    elif isinstance(told, str) and told and key not in VOCABULARY:
        yield told
        yield from re.findall("[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}", told)
    elif isinstance(told, float) or (isinstance(told, int) and abs(told) > 1_000_000):
        yield str(told)


class Walker:
    """Somebody who looks at everything."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.told = Told()
        client.on_frame = self.hear

    def hear(self, direction: str, frame: Mapping[str, Any]) -> None:
        """What comes by the socket."""
        if direction == "in":
            self.told.notes += [(event, frame["stream"]) for event in frame.get("events", ())]
            self.told.notes.append(({name: value for name, value in frame.items() if name != "events"}, ""))

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **parameters: Any) -> None:
        """One call; a refusal tells something, too."""
        try:
            answer = await self.client.rest.answer(method, path, body, **parameters)
            told: Any = answer.json() if "json" in answer.headers.get("Content-Type", "") else answer.text
        except Refused as refused:
            told = {"code": refused.code, "errors": refused.errors}
        self.told.notes.append((told, path))

    async def walk(self, schema: Mapping[str, Any], known: Mapping[str, list[str]]) -> int:
        """Every GET there is with every id that fits; → how many."""
        asked = 0
        for path, methods in schema["paths"].items():
            if "get" not in methods or not path.startswith("/api/v1/") or path == BY_LOT:
                continue
            names = re.findall(r"\{(\w+)\}", path)
            for ids in itertools.product(*(known[name] for name in names)):
                given = path.removeprefix("/api/v1")
                for name, value in zip(names, ids, strict=True):
                    given = given.replace(f"{{{name}}}", value)
                await self.ask("GET", given)
                asked += 1
        for stream in ("inbox", *known["conversation"]):
            await self.ask("POST", "/sync", {"cursors": {stream: 0}})
        return asked


async def test_nobody_can_tell_that_two_memberships_are_the_same_person(durable_services: dict[str, str]) -> None:
    env = durable_services
    async with serve(env) as server, AsyncExitStack() as stack, asyncio.timeout(4 * PATIENCE):
        names = ("ana", "ben", "dora", "cleo", "max", "olga", "rosa", "noor", "zoe")
        people = {name: await stack.enter_async_context(person(server)) for name in names}
        ana, ben, dora, cleo = [people[name] for name in names[:4]]
        noor = people["noor"]
        house = [people[name].state.account for name in ("olga", "rosa", "ben", "noor")]
        roles = json.loads(await run(env, "-m", "tests.journeys.vetted_house", *house))
        await manage(env, "give_role", people["max"].state.account, "moderator")
        profile = await ana.rest.answer("GET", "/me/profile")
        await ana.rest.answer("PATCH", "/me/profile", PROFILE, headers={"If-Match": profile.headers["ETag"]})
        first, second = [(await ben.rest.create_group(title=title))["id"] for title in ("Evenings", "Mornings")]
        walkers = {name: Walker(client) for name, client in people.items() if name != "ana"}
        for client in people.values():
            client.start()
        for client in people.values():
            await client.online()

        # From here on everybody hears what ana does: asks, joins, speaks, edits, takes back, reacts, is muted.
        own = {}
        for place, alias in ((first, "Quiet River"), (second, "Green Hill")):
            asked = await ana.rest.ask_admission(place, alias=alias, answer=f"Because of {place}")
            await walkers["ben"].ask("GET", f"/groups/{place}/admission-requests")
            await ben.rest.decide_admission(asked["id"], accept=True)
            own[place] = (await ana.rest.call("GET", f"/conversations/{place}"))["membership"]["id"]
        match, talk = await find(ana, ben, roles["ben"])
        own[talk] = (await ana.rest.call("GET", f"/conversations/{talk}"))["membership"]["id"]
        handover, introduction = await introduce(ana, ben, noor, own[talk], roles["noor"])
        own[introduction] = (await ana.rest.call("GET", f"/conversations/{introduction}"))["membership"]["id"]
        places = (first, second, talk, introduction)
        await admit(ben.rest, dora.rest, first, alias="Slow Cloud")
        await admit(ben.rest, cleo.rest, second, alias="Wide Field")
        seqs = {place: await live(ana, ben, place, own[place]) for place in places}
        await dora.post(first, "I am in the first")
        await cleo.post(second, "I am in the second")
        await noor.post(introduction, "I am noor")
        entries = [await ana.rest.call("GET", f"/conversations/{place}") for place in places]
        aliases = {place: entry["membership"]["alias"] for place, entry in zip(places, entries, strict=True)}
        assert len(set(aliases.values())) == 4
        for client in (ben, dora, cleo, noor):
            for entry in entries:
                if entry["conversation"]["id"] in client.state.cursors:
                    await client.until(partial(has_come_to, client, entry["conversation"]["id"], entry["seq"]))

        schema = await ben.rest.call("GET", "/schema", format="json")
        members = {place: [there["id"] for there in await ben.rest.members(place)] for place in (first, second)}
        known = ids_by_name(places, [*own.values(), *itertools.chain(*members.values())], seqs)
        known |= {"peer": [roles["ben"], roles["noor"]], "match": [match], "handover": [handover]}
        for walker in walkers.values():
            assert await walker.walk(schema, known) > 20

        accounts = {ana.state.account, (await ana.rest.call("GET", "/me"))["account"], ana.state.session}
        compare(walkers, places, own, aliases, secrets=accounts, handover=handover, peers=set(roles.values()))

        # What concerns the whole account shows nowhere at once.
        heads = [(await ben.rest.sync({}))["heads"][place] for place in places]
        await manage(env, "lock_account", ana.state.account)
        await ana.until(lambda: ana.ended is not None)
        assert [(await ben.rest.sync({}))["heads"][place] for place in places] == heads
        for walker in walkers.values():
            await walker.walk(schema, known)
        compare(walkers, places, own, aliases, secrets=accounts, handover=handover, peers=set(roles.values()))


async def find(ana: Client, ben: Client, peer: str) -> tuple[str, str]:
    """ben becomes ana's contact person; → the match, their talk."""
    tag = (await ben.rest.answer("GET", "/me/expert")).headers["ETag"]
    await ben.rest.answer("PATCH", "/me/expert", {"languages": ["nl"]}, headers={"If-Match": tag})
    (match,) = (await ana.rest.call("POST", "/matches", {"languages": ["nl"]}))["proposals"]
    assert match["peer"]["id"] == peer
    beside = await ana.rest.call("POST", f"/matches/{match['id']}/accept")
    return match["id"], beside["conversation"]


async def introduce(ana: Client, ben: Client, noor: Client, member: str, to: str) -> tuple[str, str]:
    """ben asks to give ana into noor's care, and the three meet; → the handover, the introduction."""
    asked = await ben.rest.call("POST", "/handovers", {"member": member, "to": to, "note": f"A draft of {member}"})
    path = f"/handovers/{asked['id']}"
    await noor.rest.call("POST", f"{path}/accept")
    met = await ana.rest.call("POST", f"{path}/consent", {"note": "In my own words"})
    return asked["id"], met["introduction"]


async def live(ana: Client, ben: Client, place: str, membership: str) -> list[int]:
    """What a person does in a conversation; → seqs to look at."""
    heard = await ben.post(place, f"Welcome to {place}")
    mine = await ana.post(place, f"Thank you, says {membership}", reply_to=heard["seq"])
    other = await ana.post(place, f"A slip of {membership}")
    await ana.rest.edit(place, mine["seq"], f"Thank you all, says {membership}")
    await ana.rest.retract(place, other["seq"])
    await ana.rest.react(place, heard["seq"], "heart")
    await ana.rest.call("PUT", f"/conversations/{place}/read", {"seq": heard["seq"]})
    entry = await ana.rest.call("GET", f"/conversations/{place}")
    if entry["conversation"]["kind"] == "group":
        until = (datetime.now(UTC) + timedelta(hours=1)).isoformat()
        await ben.rest.call("PATCH", f"/groups/{place}/members/{membership}", {"muted_until": until})
        await ben.rest.call("PATCH", f"/groups/{place}/members/{membership}", {"muted_until": None})
    return [heard["seq"], mine["seq"], other["seq"]]


def ids_by_name(places: Iterable[str], memberships: list[str], seqs: Mapping[str, list[int]]) -> dict[str, list[str]]:
    """What may stand for each name in a path. A name that is not here fails: the walk must know it."""
    some = sorted({str(seq) for found in seqs.values() for seq in found})
    conversations = list(places)
    return {
        "conversation": conversations,
        "group": conversations,
        "membership": memberships,
        "seq": some,
        "session": memberships[:1],
        "admission": memberships[:1],
        "entry": memberships[:1],
        "goal": memberships[:1],
        "report": memberships[:1],
        "decision": memberships[:1],
        "appeal": memberships[:1],
        "talk": memberships[:1],
        "ask": memberships[:1],
        "referral": memberships[:1],
        "wish": memberships[:1],
        "text": ["here"],
        "share": memberships[:1],
        "answered": memberships[:1],
        "checkin": memberships[:1],
        "held": memberships[:1],
        "export": memberships[:1],
    }


def compare(
    walkers: Mapping[str, Walker],
    places: tuple[str, ...],
    own: Mapping[str, str],
    aliases: Mapping[str, str],
    *,
    secrets: set[str],
    handover: str,
    peers: set[str],
) -> None:
    """What nobody may have been told, and what may not have been told in two places."""
    first, second, talk, introduction = places
    known_as_such = peers | {"Ben", "Noor", "Olga", "Rosa", "Voorbeeldhuis"}
    everything = {name: walker.told.text for name, walker in walkers.items()}
    for name, text in everything.items():
        for word in (*secrets, PROFILE["alias"], PROFILE["about"]):
            assert word not in text, f"{name} was told what is ana's alone"
    # Whoever belongs nowhere is told nothing about her; what they are told is public.
    for name in ("zoe", "max", "olga", "rosa"):
        for place in places:
            assert own[place] not in everything[name], f"{name} was told of a membership"
            assert aliases[place] not in everything[name], f"{name} was told an alias"
    for name, place in (("dora", first), ("cleo", second), ("noor", introduction)):
        for other in set(places) - {place}:
            assert own[other] not in everything[name]
            assert aliases[other] not in everything[name]
    assert own[first] in everything["dora"]
    assert own[introduction] in everything["noor"]
    assert all(own[place] in everything["ben"] for place in places), "the walk has seen what it is about"
    public = walkers["zoe"].told.words | known_as_such | {"inbox"}
    shared = walkers["dora"].told.words & walkers["cleo"].told.words - public
    assert not shared, f"told in both groups: {shared}"
    # Ben sees all four, and still cannot join them, but for the two that he has joined himself.
    told = walkers["ben"].told.sort(places)
    for one, other in itertools.combinations(places, 2):
        both = told[one] & told[other] - known_as_such
        if (one, other) == (talk, introduction):
            both -= {handover, own[talk]}
        assert not both, f"told in two places: {both}"
    loose = {*own.values(), *aliases.values()} & told[""]
    assert not loose, f"told outside of its place: {loose}"
