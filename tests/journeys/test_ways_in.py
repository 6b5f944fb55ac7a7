"""In and back in: invited by an organisation; without the code, by two helpers; a way to an organisation and back."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import psycopg
import pytest

from infra.client import Client, Refused, Rest
from tests.journeys.people import admit, person
from tests.journeys.server import ROOT, Server, manage, serve

pytestmark = pytest.mark.timeout(300)

SAID, SAID_ANEW = "The lamp at the old mill", "A green door by the ferry"
House = tuple[Server, dict[str, Client], dict[str, str]]


@asynccontextmanager
async def house(env: Mapping[str, str]) -> AsyncIterator[House]:
    """A server, and an organisation with two coordinators and a peer expert; their clients and role ids by name."""
    async with serve(env) as server, person(server) as ben, person(server) as olga, person(server) as rosa:
        clients = {"Ben": ben, "Olga": olga, "Rosa": rosa}
        roles = await inside(env, "found", *(client.state.account for client in clients.values()))
        yield server, clients, roles


async def inside(env: Mapping[str, str], *arguments: str) -> Any:
    """What the organisation does in a process of its own."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "tests.journeys.house", *arguments),
        cwd=ROOT,
        env={**os.environ, **env},
        stdout=asyncio.subprocess.PIPE,
    )
    told, _ = await process.communicate()
    assert process.returncode == 0
    return json.loads(told.splitlines()[-1])


def move(env: Mapping[str, str], change: str) -> None:
    """Time passes: the owner of the database moves what is due."""
    with psycopg.connect(env["DATABASE_URL"], autocommit=True) as database:
        assert database.execute(change).rowcount == 1


async def test_a_member_invited_by_an_organisation(durable_services: dict[str, str]) -> None:
    async with house(durable_services) as (server, clients, _), person(server) as luz:
        ben, olga = clients["Ben"].rest, clients["Olga"].rest
        group = (await ben.create_group(title="Evenings", languages=["nl"]))["id"]
        code = (await olga.call("POST", "/invites", {"kind": "member"}))["code"]
        async with Rest(server.url) as ana, Rest(server.url) as late:
            await ana.sign_up(locale="nl", invite=code)
            with pytest.raises(Refused, match="invite_invalid"):
                await late.sign_up(invite=code)
            assert (await late.call("GET", "/directory", region="den-haag"))["items"] is not None  # without an account
            assert [found["id"] for found in await ana.groups(language="nl")] == [group]
            for newcomer, alias in ((ana, "Quiet River"), (luz.rest, "Green Hill")):
                await newcomer.ask_admission(group, alias=alias)
            asked = await ben.admission_requests(group)
            assert {there["alias"]: there["invited"] for there in asked} == {"Quiet River": True, "Green Hill": False}
            assert "Olga" not in str(asked)
            [vouched] = [there for there in asked if there["invited"]]
            await ben.decide_admission(vouched["id"], accept=True)
            assert "Quiet River" in {there["alias"] for there in await ana.members(group)}
        with pytest.raises(Refused, match="404"):
            await luz.rest.members(group)
        [invite] = (await olga.call("GET", "/invites"))["items"]
        assert invite["state"] == "used"
        assert "code" not in invite


async def test_back_in_by_two_helpers_unless_the_old_code_says_no(durable_services: dict[str, str]) -> None:
    async with (
        house(durable_services) as (server, clients, roles),
        Client(server.url) as ana,
        Rest(server.url) as phone,
    ):
        ben, olga = clients["Ben"].rest, clients["Olga"].rest
        old = await ana.sign_up()
        group = (await ben.create_group(title="Evenings"))["id"]
        membership = await admit(ben, ana.rest, group, alias="Quiet River")
        told = {"helpers": [roles["Ben"], roles["Olga"]], "access_code": old}
        await ana.rest.call("PUT", "/me/recovery", told | {"phrase": SAID})

        # Somebody who knows the phrase tries. Whoever has the code stops it, from anywhere; another's code does not.
        tried = await ask(phone, ben, olga, said=SAID)
        assert (await ana.rest.call("GET", "/me/recovery"))["running"], "who has the old phone is told"
        where = f"/recoveries/{tried['recovery']}/object"
        async with Client(server.url) as other:
            with pytest.raises(Refused, match="objection_failed"):
                await phone.call("POST", where, {"access_code": await other.sign_up()})
        await phone.call("POST", where, {"access_code": old})
        assert (await fetch(phone, tried))["state"] == "over"
        # The phrase has been said aloud: it is over, too.
        assert await ana.rest.call("GET", "/me/recovery") == {"helpers": [], "running": []}

        # Now it is ana, and nobody objects.
        await ana.rest.call("PUT", "/me/recovery", told | {"phrase": SAID_ANEW})
        begun = await ask(phone, ben, olga, said=SAID_ANEW)
        assert "access_code" not in await fetch(phone, begun), "not before 72 h"
        move(
            durable_services,
            "UPDATE accounts_recovery SET due_at = due_at - interval '72 hours'"
            f" WHERE number = '{begun['recovery']}' AND state = 'waiting'",
        )
        new = await fetch(phone, begun)
        with pytest.raises(Refused, match="401"):
            await ana.rest.call("GET", "/me")
        with pytest.raises(Refused, match="sign_in_failed"):
            await phone.sign_in(old)
        await phone.sign_in(new["access_code"])
        there = await phone.call("GET", f"/conversations/{group}")
        assert there["membership"]["id"] == membership, "who comes back is who they were"


async def ask(phone: Rest, *helpers: Rest, said: str) -> Any:
    """Begin, and let the helpers hear number and phrase."""
    begun = await phone.call("POST", "/recoveries")
    for helper in helpers:
        await helper.call("POST", f"/recoveries/{begun['recovery']}/confirm", {"phrase": said})
    standing = await fetch(phone, begun)
    assert (standing["state"], standing["confirmed"]) == ("waiting", 2)
    return begun


async def fetch(phone: Rest, begun: Mapping[str, Any]) -> Any:
    """How it stands; the new code once it is time."""
    return await phone.call("POST", f"/recoveries/{begun['recovery']}/fetch", {"secret": begun["secret"]})


async def test_a_way_to_an_organisation_and_back(durable_services: dict[str, str]) -> None:
    async with house(durable_services) as (server, _, roles), person(server) as ana:
        rest = ana.rest
        texts = {text["purpose"]: text["version"] for text in (await rest.call("GET", "/consents"))["items"]}
        agreed = {purpose: texts[purpose] for purpose in ("account", "sharing")}
        await rest.call("PUT", "/me/consents", {"consents": agreed})
        [receiver] = (await rest.call("GET", "/referrals/receivers"))["items"]
        sent = await send(rest, receiver["id"], "Somebody who reads my letters with me.")
        assert (await looks(rest)) == []
        assert await inside(durable_services, "open", roles["Olga"]) == [
            {"key": "message", "text": "Somebody who reads my letters with me."}
        ]
        [look] = await looks(rest)
        assert (look["what"], look["ref"], look["role"]) == ("referral", sent, "coordinator")
        day = await inside(durable_services, "accept", roles["Olga"])
        accepted = await rest.call("GET", f"/referrals/{sent}")
        assert (accepted["state"], accepted["person"], accepted["first_on"]) == ("accepted", "Noor", day)

        later = await send(rest, receiver["id"], "A second thing.")
        move(
            durable_services,
            "UPDATE referrals_referral SET sent_at = sent_at - interval '8 days', expires_at = expires_at"
            f" - interval '8 days' WHERE id = '{later}'",
        )
        await manage(durable_services, "work", "--once")
        back = await rest.call("GET", f"/referrals/{later}")
        assert (back["state"], back["responsible"]) == ("lapsed", "sender")
        assert [line["text"] for line in back["lines"]] == ["A second thing."], "the member keeps their copy"
        assert len(await looks(rest)) == 1, "nobody there has read it, nor can any more"


async def send(rest: Rest, organisation: str, message: str) -> str:
    """See it first, then send exactly that, for a week; → its id."""
    chosen = {"organisation": organisation, "message": message}
    preview = (await rest.call("POST", "/referrals/preview", chosen))["preview"]
    told = {**chosen, "expires_in": 7 * 86_400, "preview": preview}
    return str((await rest.call("POST", "/referrals", told))["id"])


async def looks(rest: Rest) -> list[Any]:
    """Who has looked at what is ana's."""
    return list((await rest.call("GET", "/me/looks"))["items"])
