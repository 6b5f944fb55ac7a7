"""The walk: nothing that anyone else's client can fetch or receive joins two memberships of the same person.

Ana belongs to two groups and to a direct talk. Everybody else fetches every endpoint there is, with every id that they
could know, and hears every event. What was told about one of the three conversations is then compared with what was
told about the others: but for the peer expert, who is known by a peer id on purpose, no word may be in two of them.
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
from tests.journeys.people import PATIENCE, admit, has_come_to, make_expert, person
from tests.journeys.server import manage, serve

pytestmark = pytest.mark.timeout(300)

# Words of the contract: keys whose values are from a small fixed set, the same for everybody.
VOCABULARY = {
    "code",
    "op",
    "type",
    "kind",
    "part",
    "state",
    "avatar_key",
    "key",
    "keys",
    "languages",
    "domains",
    "region",
}
PROFILE: dict[str, Any] = {"alias": "Golden Fern", "about": "I like the sea in winter.", "languages": ["hu"]}


@dataclass(slots=True)
class Told:
    """Everything that one client was told: `by_place` by conversation, `loose` what belongs to none, all as words."""

    places: frozenset[str]
    by_place: dict[str, set[str]] = field(default_factory=dict)
    loose: set[str] = field(default_factory=set)
    text: list[str] = field(default_factory=list)

    def note(self, told: Any, *, at: str = "") -> None:
        """Take in JSON; `at` is the conversation that was asked for, where there is one."""
        self.text.append(json.dumps(told))
        self._sort(told, at)

    def _sort(self, told: Any, at: str, key: str = "") -> None:
        named = {place for place in self.places if place in json.dumps(told)} or ({at} if at else set())
        if len(named) > 1 and isinstance(told, dict | list):  # each part belongs to its own
            for name, part in told.items() if isinstance(told, dict) else enumerate(told):
                self._sort(part, at if isinstance(name, str) else "", str(name) if isinstance(name, str) else key)
            return
        place = named.pop() if len(named) == 1 else ""
        found = self.by_place.setdefault(place, set()) if place else self.loose
        found.update(word for word in words(told, key) if word != place)

    @property
    def all(self) -> set[str]:
        """All words."""
        return self.loose.union(*self.by_place.values())


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
    """Somebody who looks at everything. Without a client: a passer-by."""

    def __init__(self, name: str, client: Client, places: Iterable[str]) -> None:
        self.name = name
        self.client = client
        self.told = Told(frozenset(places))
        client.on_frame = self.hear

    def hear(self, direction: str, frame: Mapping[str, Any]) -> None:
        """What comes by the socket."""
        if direction == "in":
            stream = frame.get("stream", "")
            for event in frame.get("events", ()):
                self.told.note(event, at="" if stream == "inbox" else stream)
            self.told.note({name: value for name, value in frame.items() if name != "events"})

    async def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None, **parameters: Any) -> None:
        """One call; a refusal tells something, too."""
        at = next((place for place in self.told.places if place in path), "")
        try:
            told = await self.client.rest.call(method, path, body, **parameters)
        except Refused as refused:
            self.told.note({"code": refused.code, "errors": refused.errors})
        else:
            self.told.note(told, at=at)

    async def walk(self, schema: Mapping[str, Any], known: Mapping[str, list[str]]) -> int:
        """Every GET there is with every id that fits; → how many."""
        asked = 0
        for path, methods in schema["paths"].items():
            if "get" not in methods or not path.startswith("/api/v1/"):
                continue
            names = re.findall(r"\{(\w+)\}", path)
            for ids in itertools.product(*(known[name] for name in names)):
                given = path.removeprefix("/api/v1")
                for name, value in zip(names, ids, strict=True):
                    given = given.replace(f"{{{name}}}", value)
                await self.ask("GET", given)
                asked += 1
        for place in self.told.places:
            await self.ask("POST", "/sync", {"cursors": {place: 0}})
        await self.ask("POST", "/sync", {"cursors": {"inbox": 0}})
        return asked


async def test_nobody_can_tell_that_two_memberships_are_the_same_person(durable_services: dict[str, str]) -> None:
    env = durable_services
    async with serve(env) as server, AsyncExitStack() as stack, asyncio.timeout(4 * PATIENCE):
        names = ("ana", "ben", "dora", "cleo", "max", "olga", "zoe")
        people = {name: await stack.enter_async_context(person(server)) for name in names}
        ana, ben, dora, cleo = [people[name] for name in names[:4]]
        peer = await make_expert(env, ben.state.account, alias="Ben")
        await manage(env, "give_role", people["max"].state.account, "moderator")
        await manage(env, "give_role", people["olga"].state.account, "coordinator", "--organisation", "House of Ben")
        profile = await ana.rest.answer("GET", "/me/profile")
        await ana.rest.answer("PATCH", "/me/profile", PROFILE, headers={"If-Match": profile.headers["ETag"]})
        first, second = [(await ben.rest.create_group(title=title))["id"] for title in ("Evenings", "Mornings")]
        own = {first: await admit(ben.rest, ana.rest, first, alias="Quiet River")}
        talk = (await ana.rest.open_direct(peer))["conversation"]["id"]
        places = (first, second, talk)
        walkers = {name: Walker(name, client, places) for name, client in people.items() if name != "ana"}
        for client in people.values():
            client.start()
        for client in people.values():
            await client.online()

        # From here on everybody hears what ana does: joins, speaks, answers, edits, takes back, reacts, is muted.
        own[second] = await admit(ben.rest, ana.rest, second, alias="Green Hill")
        await admit(ben.rest, dora.rest, first, alias="Slow Cloud")
        await admit(ben.rest, cleo.rest, second, alias="Wide Field")
        own[talk] = (await ana.rest.call("GET", f"/conversations/{talk}"))["membership"]["id"]
        seqs = {place: await live(ana, ben, place, own[place]) for place in places}
        await dora.post(first, "I am in the first")
        await cleo.post(second, "I am in the second")
        entries = [await ana.rest.call("GET", f"/conversations/{place}") for place in places]
        aliases = {place: entry["membership"]["alias"] for place, entry in zip(places, entries, strict=True)}
        assert len(set(aliases.values())) == 3
        for client in (ben, dora, cleo):
            for entry in entries:
                if entry["conversation"]["id"] in client.state.cursors:
                    await client.until(partial(has_come_to, client, entry["conversation"]["id"], entry["seq"]))

        schema = await ben.rest.call("GET", "/schema", format="json")
        members = {place: [there["id"] for there in await ben.rest.members(place)] for place in (first, second)}
        known = ids_by_name(places, [*own.values(), *itertools.chain(*members.values())], seqs, peer)
        for walker in walkers.values():
            assert await walker.walk(schema, known) > 20
        await walkers["ben"].ask("GET", f"/groups/{first}/admission-requests")

        accounts = {ana.state.account, (await ana.rest.call("GET", "/me"))["account"], ana.state.session}
        compare(walkers, places, own, aliases, secrets=accounts, peer=peer)

        # What concerns the whole account shows nowhere at once.
        heads = [(await ben.rest.sync({}))["heads"][place] for place in places]
        await manage(env, "lock_account", ana.state.account)
        await ana.until(lambda: ana.ended is not None)
        assert [(await ben.rest.sync({}))["heads"][place] for place in places] == heads
        for walker in walkers.values():
            await walker.walk(schema, known)
        compare(walkers, places, own, aliases, secrets=accounts, peer=peer)


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


def ids_by_name(
    places: Iterable[str], memberships: list[str], seqs: Mapping[str, list[int]], peer: str
) -> dict[str, list[str]]:
    """What may stand for each name in a path. A name that is not here fails: the walk must know it."""
    some = sorted({str(seq) for found in seqs.values() for seq in found})
    conversations = list(places)
    return {
        "conversation": conversations,
        "group": conversations,
        "membership": memberships,
        "seq": some,
        "peer": [peer],
        "session": memberships[:1],
        "admission": memberships[:1],
    }


def compare(
    walkers: Mapping[str, Walker],
    places: tuple[str, ...],
    own: Mapping[str, str],
    aliases: Mapping[str, str],
    *,
    secrets: set[str],
    peer: str,
) -> None:
    """What nobody may have been told, and what may not have been told in two places."""
    first, second, _ = places
    everything = {name: "\n".join(walker.told.text) for name, walker in walkers.items()}
    for name, text in everything.items():
        for word in (*secrets, PROFILE["alias"], PROFILE["about"]):
            assert word not in text, f"{name} was told what is ana's alone"
    # Whoever belongs nowhere is told nothing about her; what they are told is public.
    for name in ("zoe", "max", "olga"):
        for place in places:
            assert own[place] not in everything[name], f"{name} was told of a membership"
            assert aliases[place] not in everything[name], f"{name} was told an alias"
    for name, place in (("dora", first), ("cleo", second)):
        for other in set(places) - {place}:
            assert own[other] not in everything[name]
            assert aliases[other] not in everything[name]
    assert own[first] in everything["dora"]
    assert all(own[place] in everything["ben"] for place in places), "the walk has seen what it is about"
    public = walkers["zoe"].told.all | {peer, "Ben", "inbox"}
    shared = walkers["dora"].told.all & walkers["cleo"].told.all - public
    assert not shared, f"told in both groups: {shared}"
    # Ben sees all three, and still cannot join them.
    told = walkers["ben"].told
    for one, other in itertools.combinations(places, 2):
        both = told.by_place[one] & told.by_place[other] - {peer, "Ben"}
        assert not both, f"told in two places: {both}"
    for place in places:
        loose = {own[place], aliases[place]} & told.loose
        assert not loose, f"told outside of its place: {loose}"
