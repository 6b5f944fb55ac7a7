"""Somebody new finds a person to turn to, loses them from one moment to the next, and is never alone with it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from contextlib import AsyncExitStack
from functools import partial
from typing import Any

import pytest

from infra.client import Client, Refused, Rest
from tests.journeys.people import PATIENCE, person
from tests.journeys.server import Server, run, serve

pytestmark = pytest.mark.timeout(300)

PEER_EXPERTS = ("ben", "noor")


class Scene:
    """Everybody's client, what each was told in their inbox, and the ids of the roles."""

    def __init__(self, people: Mapping[str, Client], roles: Mapping[str, str]) -> None:
        self.people = people
        self.roles = roles
        self.heard: dict[str, list[Mapping[str, Any]]] = {name: [] for name in people}
        for name, client in people.items():
            client.reader.on_event = partial(self._hear, name)

    def _hear(self, name: str, stream: str, event: Mapping[str, Any]) -> None:
        if stream == "inbox":
            self.heard[name].append(event)

    async def told(self, name: str, kind: str, **what: Any) -> Mapping[str, Any]:
        """Wait until this person's inbox has told so; → the event."""

        def found() -> list[Mapping[str, Any]]:
            return [event for event in self.heard[name] if event["type"] == kind and event.items() >= what.items()]

        await self.people[name].until(lambda: bool(found()))
        return found()[-1]

    async def follows(self, name: str, talk: str) -> None:
        """Wait until this person's client has taken in a talk."""
        client = self.people[name]
        await client.until(lambda: talk in client.state.cursors)

    def rest(self, name: str) -> Rest:
        return self.people[name].rest

    async def get(self, name: str, path: str) -> Any:
        return await self.rest(name).call("GET", path)

    async def post(self, name: str, path: str, **body: Any) -> Any:
        return await self.rest(name).call("POST", path, body)

    async def texts(self, name: str, talk: str) -> list[str]:
        """What this person reads in a talk."""
        return [message["body"] for message in (await self.rest(name).history(talk, after_seq=0))["items"]]

    async def everything(self) -> dict[str, Any]:
        """All that everybody can read of it."""
        paths = ("/me/contact", "/contact/members", "/handovers", "/matches", "/conversations")
        told: dict[str, Any] = {}
        for name in self.people:
            for path in paths:
                told[f"{name} {path}"] = await self.get(name, path)
            for talk in told[f"{name} /conversations"]["items"]:
                place = talk["conversation"]["id"]
                told[f"{name} {place}"] = await self.texts(name, place)
        return told


async def test_somebody_is_beside_whatever_happens(durable_services: dict[str, str]) -> None:
    async with serve(durable_services) as server, AsyncExitStack() as stack, asyncio.timeout(2 * PATIENCE):
        names = ("olga", "rosa", "ben", "noor", "ana")
        people = {name: await stack.enter_async_context(person(server)) for name in names[:-1]}
        roles = json.loads(
            await run(
                durable_services, "-m", "tests.journeys.vetted_house", *(people[name].state.account for name in people)
            )
        )
        await look_around(server)
        people["ana"] = await stack.enter_async_context(person(server))
        scene = Scene(people, roles)
        for name in PEER_EXPERTS:
            await say_languages(scene.rest(name))
        for client in people.values():
            client.start()
        for client in people.values():
            await client.online()

        old = await find_ben(scene)
        interim = await ben_stops(scene, old)
        handover, introduction = await be_introduced(scene, interim)
        await check_restart(scene, server)
        await take_noor(scene, handover, introduction, interim)
        assert await scene.texts("ana", old) == ["Hello, I am new.", "Good that you are here."]
        assert [client.rest.faults for client in people.values()] == [0] * 5


async def look_around(server: Server) -> None:
    """Before there is an account: where to call, and which organisations there are."""
    async with Rest(server.url) as anybody:
        lines = (await anybody.call("GET", "/helplines"))["items"]
        assert lines[-1]["kind"] == "police"
        assert [entry async for entry in anybody.pages("/directory")]
        with pytest.raises(Refused, match="401"):
            await anybody.call("POST", "/matches", {"languages": ["nl"]})


async def say_languages(peer: Rest) -> None:
    """A peer expert says what they speak."""
    tag = (await peer.answer("GET", "/me/expert")).headers["ETag"]
    await peer.answer("PATCH", "/me/expert", {"languages": ["nl"], "domains": ["work"]}, headers={"If-Match": tag})


async def find_ben(scene: Scene) -> str:
    """ana asks, two are proposed, she takes ben: he is her contact person and they talk; → their talk."""
    assert (await scene.get("ana", "/me/contact"))["state"] == "none"
    proposals = (await scene.post("ana", "/matches", languages=["nl"], domains=["work"]))["proposals"]
    assert {there["peer"]["alias"]: there["peer"]["organisation"] for there in proposals} == {"Ben": None, "Noor": None}
    assert {reason["code"] for reason in proposals[0]["reasons"]} == {"languages", "domains"}
    (match,) = [there["id"] for there in proposals if there["peer"]["id"] == scene.roles["ben"]]
    taken = await scene.post("ana", f"/matches/{match}/accept")
    assert (taken["part"], taken["interim"], taken["peer"]["alias"]) == ("primary", False, "Ben")
    assert taken["peer"]["organisation"]["name"] == "Voorbeeldhuis"
    talk = str(taken["conversation"])
    for name in ("ana", "ben"):
        await scene.told(name, "contact.changed", interim=False, state="active")
        await scene.follows(name, talk)
    await scene.people["ana"].say(talk, "Hello, I am new.")
    await scene.people["ben"].say(talk, "Good that you are here.")
    (held,) = (await scene.get("ben", "/contact/members"))["items"]
    own = await scene.get("ana", f"/conversations/{talk}")
    assert held["member"]["membership"] == own["membership"]["id"]
    return talk


async def ben_stops(scene: Scene, old: str) -> str:
    """ben steps back. While he does, ana asks again and again: at no moment is nobody there. → the talk with olga."""
    stopped = asyncio.Event()
    holders: list[str] = []

    async def ask_all_the_time() -> None:
        while True:
            last = stopped.is_set()
            holders.append((await scene.get("ana", "/me/contact"))["primary"]["peer"]["peer"])
            if last:
                return

    async def stop() -> None:
        await scene.post("ben", "/me/expert/step-back")
        stopped.set()

    await asyncio.gather(ask_all_the_time(), stop())
    assert set(holders) <= {scene.roles["ben"], scene.roles["olga"]}
    assert holders == sorted(holders, key=lambda role: role == scene.roles["olga"]), "once, and not back"
    assert holders[-1] == scene.roles["olga"]
    changed = await scene.told("ana", "contact.changed", interim=True, state="active")
    now = await scene.get("ana", "/me/contact")
    assert now["primary"]["contact"] == changed["contact"]
    assert (now["state"], now["primary"]["interim"], now["nobody_yet"]) == ("kept", True, False)
    talk = str(now["primary"]["conversation"])
    assert talk != old
    # The old talk can be read by both, and written in by neither.
    for name in ("ana", "ben"):
        assert await scene.texts(name, old) == ["Hello, I am new.", "Good that you are here."]
        with pytest.raises(Refused, match="403 conversation_ended"):
            await scene.rest(name).send(old, "Are you there?")
    assert (await scene.get("ben", "/contact/members"))["items"] == []
    for name in ("ana", "olga"):
        await scene.follows(name, talk)
    await scene.people["olga"].say(talk, "I am here until we have found somebody.")
    await scene.people["ana"].say(talk, "Thank you.")
    return talk


async def be_introduced(scene: Scene, interim: str) -> tuple[str, str]:
    """olga asks to give ana into noor's care; with the third yes the three meet. → handover, introduction"""
    (held,) = (await scene.get("olga", "/contact/members"))["items"]
    assert (held["interim"], held["conversation"]) == (True, interim)
    asked = await scene.post(
        "olga", "/handovers", member=held["member"]["membership"], to=scene.roles["noor"], note="ana likes evenings."
    )
    path = f"/handovers/{asked['id']}"
    for name in ("ana", "noor"):
        await scene.told(name, "handover.changed", handover=asked["id"], state="asked")
    assert (await scene.get("ana", path))["note"] == "ana likes evenings."
    assert (await scene.get("noor", path))["note"] is None
    one_yes = await scene.post("noor", f"{path}/accept")
    assert (one_yes["state"], one_yes["accepted"], one_yes["introduction"]) == ("asked", True, None)
    met = await scene.post("ana", f"{path}/consent", note="Evenings are best for me.")
    assert met["state"] == "introduced"
    assert (await scene.get("noor", path))["note"] == "Evenings are best for me."
    talk = str(met["introduction"])
    for name in ("ana", "olga", "noor"):
        await scene.told(name, "handover.changed", handover=asked["id"], state="introduced")
        await scene.follows(name, talk)
    await scene.people["olga"].say(talk, "This is Noor.")
    assert (await scene.get("ana", "/me/contact"))["primary"]["peer"]["peer"] == scene.roles["olga"], "until it is done"
    return str(asked["id"]), talk


async def check_restart(scene: Scene, server: Server) -> None:
    """The server dies and comes back: for everybody everything is as it was."""
    before = await scene.everything()
    opened = {name: client.opened for name, client in scene.people.items()}
    server.kill()
    await server.start()
    for name, client in scene.people.items():
        await client.until(partial(has_come_back, client, opened[name]))
        await client.online()
    assert await scene.everything() == before


def has_come_back(client: Client, opened: int) -> bool:
    return client.opened > opened


async def take_noor(scene: Scene, handover: str, introduction: str, interim: str) -> None:
    """ana confirms: noor is her contact person, olga says goodbye."""
    done = await scene.post("ana", f"/handovers/{handover}/confirm")
    assert done["state"] == "done"
    for name in ("ana", "olga", "noor"):
        await scene.told(name, "handover.changed", handover=handover, state="done")
    await scene.told("noor", "contact.changed", interim=False, state="active")
    now = await scene.get("ana", "/me/contact")
    assert (now["primary"]["peer"]["alias"], now["primary"]["interim"]) == ("Noor", False)
    assert [there["conversation"] for there in now["goodbyes"]] == [interim]
    talk = str(now["primary"]["conversation"])
    for name in ("ana", "noor"):
        await scene.follows(name, talk)
    await scene.people["ana"].say(talk, "Hello, Noor.")
    await scene.people["ana"].say(interim, "Thank you for being there.")
    assert await scene.texts("noor", talk) == ["Hello, Noor."]
    with pytest.raises(Refused, match="403 conversation_ended"):
        await scene.rest("ana").send(introduction, "Goodbye")
    with pytest.raises(Refused, match="404"):
        await scene.get("noor", f"/conversations/{interim}")
    assert (await scene.get("olga", "/contact/members"))["items"] == []
