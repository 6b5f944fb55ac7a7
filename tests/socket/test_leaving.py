"""What ends: sessions, accounts, memberships, the server. Nobody gets a word more than is theirs, or loses one."""

from __future__ import annotations

import pytest

from infra.client import Refused
from infra.client.client import LOCKED, REVOKED
from tests.journeys.people import admit
from tests.journeys.server import manage
from tests.socket.house import House

pytestmark = pytest.mark.timeout(180)

RESTART = 4012
ENVIRONMENT = {"NAAST_SOCKET_SENDS_PER_S": "5000"}


async def test_revoking_a_session_closes_its_sockets_and_no_others(house: House) -> None:
    device, session = await house.new_session(house.ana)
    async with house.joined(device) as one, house.joined(device) as two, house.joined(house.ana) as kept:
        async with house.rest(house.ana) as rest:
            await rest.call("DELETE", f"/sessions/{session}")
        for wire in (one, two):
            code, bye = await wire.end()
            assert code == REVOKED
            assert bye == {"op": "bye", "code": REVOKED, "resumable": False}
        assert (await kept.event("session.revoked"))["session"] == session
        await kept.acked(house.group, "Still here")
        async with house.rest(device) as rest:
            with pytest.raises(Refused, match="401"):
                await rest.ticket()


async def test_signing_out_everywhere_else_keeps_this_session(house: House) -> None:
    device, _ = await house.new_session(house.dora)
    third, _ = await house.new_session(house.dora)
    async with house.joined(device) as one, house.joined(third) as two, house.joined(house.dora) as kept:
        async with house.rest(house.dora) as rest:
            await rest.call("DELETE", "/sessions?except=current")
        assert [(await wire.end())[0] for wire in (one, two)] == [REVOKED] * 2
        await kept.still_there()


async def test_a_new_access_code_closes_the_other_sessions(house: House) -> None:
    who = await house.new_person()
    device, _ = await house.new_session(who)
    async with house.joined(device) as other, house.joined(who) as kept, house.rest(who) as rest:
        told = await rest.call("POST", "/me/access-code", {"access_code": who.code})
        assert (await other.end())[0] == REVOKED
        await kept.still_there()
        with pytest.raises(Refused, match="401"):
            await rest.sign_in(who.code)
        await rest.sign_in(told["access_code"])


async def test_locking_an_account_closes_all_its_sockets(house: House) -> None:
    who = await house.new_person()
    async with house.joined(who) as wire, house.rest(who) as rest:
        account = (await rest.call("GET", "/me"))["account"]
        await manage(house.server.env, "lock_account", account)
        code, bye = await wire.end()
        assert code == LOCKED
        assert bye == {"op": "bye", "code": LOCKED, "resumable": False}


async def test_who_is_removed_gets_nothing_more(house: House) -> None:
    who = await house.new_person()
    async with house.rest(who) as rest, house.rest(house.ben) as ben, house.joined(house.ana) as ana:
        membership = await admit(ben, rest, house.group, alias="Slow Cloud")
        async with house.joined(who) as wire:
            seen = await ana.acked(house.group, "Before")
            await wire.event("message.created", seq=seen["seq"])
            cids = [await ana.send(house.group, f"{n}") for n in range(40)]
            await ben.call("DELETE", f"/groups/{house.group}/members/{membership}")
            cids += [await ana.send(house.group, f"{n}") for n in range(40, 60)]
            last = [(await ana.answer(cid))["seq"] for cid in cids][-1]
            joined, removed = [await ana.event("membership.changed") for _ in range(2)]
            assert [event["membership"]["id"] for event in (joined, removed)] == [membership] * 2
            assert removed["membership"]["state"] == "removed"
            told = await wire.event("conversation.removed")
            assert told["conversation"] == house.group
            await wire.say("resume", cursors={house.group: seen["seq"] - 1})
            assert await wire.nacked(house.group, "Hello?") == {"code": "not_found", "status": 404}
            await ana.reach(house.group, last)
            await wire.still_there()
            heard = [seq for seq, _ in wire.said(house.group)]
            assert heard == list(range(seen["seq"] + 1, len(heard) + seen["seq"] + 1))
            assert all(seq < removed["seq"] for seq in heard), "not one that came after the removal"
        async with house.joined(who, {house.group: 0}) as wire:
            await wire.still_there()
            assert wire.welcome["heads"].keys() == {"inbox"}
            assert wire.said(house.group) == []
        assert (await rest.sync({house.group: 0}))["streams"] == {}
        with pytest.raises(Refused, match="404"):
            await rest.history(house.group)


async def test_who_is_too_far_behind_is_told_to_read_anew(house: House) -> None:
    async with house.joined(house.ana) as ana, house.rest(house.dora) as rest:
        before = ana.welcome["heads"][house.group]
        cids = [await ana.send(house.group, f"{n}") for n in range(1_001)]
        head = [(await ana.answer(cid))["seq"] for cid in cids][-1]
        assert head - before == 1_001
        async with house.joined(house.dora, {house.group: before}) as dora:
            assert await dora.hear_op("resync") == {"op": "resync", "stream": house.group}
            await ana.acked(house.group, "While it reads")
            page = await rest.history(house.group, limit=100)
            assert page["seq"] == head + 1
            assert page["items"][-1]["seq"] == head + 1
            await dora.still_there()
            assert dora.said(house.group) == [], "until it resumes, it is told nothing"
            dora.at[house.group] = page["seq"]
            await dora.say("resume", cursors={house.group: page["seq"]})
            seq = (await ana.acked(house.group, "And now"))["seq"]
            await dora.event("message.created", seq=seq)
        async with house.joined(house.dora, {house.group: before + 1}) as dora:
            dora.at[house.group] = before + 2  # 1,002 behind: told anew, too
            await dora.hear_op("resync")
        async with house.joined(house.dora, {house.group: seq - 1_000}) as dora:
            await dora.reach(house.group, seq)
            assert len(dora.said(house.group)) == 1_000
            assert dora.heard("resync") == []
        async with house.joined(house.dora, {house.group: seq + 5}) as dora:
            dora.at[house.group] = seq
            assert (await dora.hear_op("resync"))["stream"] == house.group, "ahead of the server: another database"


async def test_a_stopping_server_says_goodbye_and_what_was_missed_comes_after(house: House) -> None:
    async with house.joined(house.ana) as ana, house.joined(house.dora) as dora:
        seq = (await ana.acked(house.group, "Until soon"))["seq"]
        await dora.reach(house.group, seq)
        cids = [await ana.send(house.group, f"last {n}") for n in range(20)]
        house.server.ask_to_stop()
        answers = []
        for wire in (ana, dora):
            code, bye = await wire.end()
            assert code == RESTART
            assert bye is not None
            assert bye["resumable"] is True
            assert 0 <= bye["retry_after"] <= 5
        answers = [frame for frame in ana.kept if frame.get("cid") in cids and frame["op"] == "ack"]
        await house.server.stop()
    await house.server.start()
    async with house.joined(house.ana) as ana, house.joined(house.dora, {house.group: seq}) as dora:
        seqs = [(await ana.acked(house.group, f"last {n}", cid=cid))["seq"] for n, cid in enumerate(cids)]
        assert sorted(seqs) == list(range(seq + 1, seq + 21))
        assert {frame["seq"] for frame in answers} <= set(seqs)
        await dora.reach(house.group, max(seqs))
        assert dict(dora.said(house.group)) == {at: f"last {n}" for n, at in enumerate(seqs)}
