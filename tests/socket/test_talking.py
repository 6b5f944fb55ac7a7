"""Saying things by the socket: answered only after the commit, once, and told to everybody who belongs there."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest

from infra.client import Refused
from tests.socket.house import House

pytestmark = pytest.mark.timeout(180)

# The talk is one of many in this module: nobody waits for the pace of the socket here.
ENVIRONMENT = {"NAAST_SOCKET_SENDS_PER_S": "1000"}


async def test_what_is_acked_is_there_for_everybody_at_once(house: House) -> None:
    async with house.joined(house.ana) as ana, house.joined(house.dora) as dora, house.rest(house.dora) as rest:
        ack = await ana.acked(house.group, "Good evening")
        assert ack["state"] == "sent"
        page = await rest.history(house.group, limit=1)
        assert page["seq"] >= ack["seq"]
        assert [(m["seq"], m["id"], m["body"]) for m in page["items"]] == [(ack["seq"], ack["id"], "Good evening")]
        heard = await dora.event("message.created", seq=ack["seq"])
        assert {**heard, "reactions": []} == {"type": "message.created", **page["items"][0]}
        own = await ana.event("message.created", seq=ack["seq"])
        assert own == heard, "nothing in a frame depends on who reads it"
        await ana.send(house.group, "And good night")
        heard = await dora.event("message.created")
        assert (await rest.history(house.group, limit=1))["items"][0]["seq"] == heard["seq"], (
            "told after the commit, too"
        )


async def test_a_message_may_answer_another(house: House) -> None:
    async with house.joined(house.ana) as ana, house.joined(house.dora) as dora:
        first = await ana.acked(house.group, "Who comes on Friday?")
        answer = await dora.acked(house.group, "I do", reply_to=first["seq"])
        assert (await ana.event("message.created", seq=answer["seq"]))["reply_to"] == first["seq"]
        problem = await ana.nacked(house.group, "To nobody", reply_to=answer["seq"] + 1_000)
        assert (problem["status"], problem["code"]) == (400, "reply_unknown")


async def test_a_repeat_with_the_same_cid_is_the_same_message(house: House) -> None:
    async with house.joined(house.ana) as wire, house.rest(house.ana) as rest:
        cid = str(uuid4())
        first = await wire.acked(house.group, "Once", cid=cid)
        assert await wire.acked(house.group, "Once", cid=cid) == first
        assert await wire.acked(house.group, "  Once\r\n", cid=cid) == first, "the same text in its normal form"
        assert (await rest.send(house.group, "Once", client_id=cid))["seq"] == first["seq"]
        again = [await wire.send(house.group, "Once", cid=cid) for _ in range(3)]
        assert [(await wire.answer(cid))["seq"] for cid in again] == [first["seq"]] * 3
        problem = await wire.nacked(house.group, "Something else", cid=cid)
        assert (problem["status"], problem["code"]) == (409, "client_id_used")
        with pytest.raises(Refused) as refused:
            await rest.send(house.group, "Something else", client_id=cid)
        assert (refused.value.status, refused.value.code) == (409, "client_id_used")
        after = await rest.history(house.group, after_seq=first["seq"], limit=10)
        assert after["items"] == []


async def test_the_cid_of_somebody_else_is_another_one(house: House) -> None:
    async with house.joined(house.ana) as ana, house.joined(house.dora) as dora:
        cid = str(uuid4())
        first = await ana.acked(house.group, "Mine", cid=cid)
        second = await dora.acked(house.group, "Mine", cid=cid)
        assert second["seq"] == first["seq"] + 1
        assert second["id"] != first["id"]


async def test_what_is_sent_at_once_is_accepted_in_its_order(house: House) -> None:
    async with house.joined(house.ana) as ana, house.joined(house.dora) as dora:
        cids = [await ana.send(house.group, f"line {n}") for n in range(50)]
        seqs = [(await ana.answer(cid))["seq"] for cid in cids]
        assert seqs == list(range(seqs[0], seqs[0] + 50))
        await dora.reach(house.group, seqs[-1])
        assert dora.said(house.group) == [(seq, f"line {n}") for n, seq in enumerate(seqs)]


@pytest.mark.parametrize("name", ["unknown", "foreign"])
async def test_where_one_does_not_belong_there_is_nothing(house: House, name: str) -> None:
    async with house.joined(house.cleo) as wire:
        place = house.group if name == "foreign" else str(uuid4())
        assert await wire.nacked(place, "Hello") == {"code": "not_found", "status": 404}
        assert await wire.nacked(place, "Hello", reply_to=1) == {"code": "not_found", "status": 404}
        await wire.say("read", conversation=place, seq=1)
        await wire.say("resume", cursors={place: 0})
        await wire.still_there()
        assert not wire.events
        assert wire.welcome["heads"].keys() == {"inbox"}


BAD: dict[str, tuple[dict[str, Any], list[dict[str, str]]]] = {
    "empty": ({"body": ""}, [{"pointer": "/body", "code": "text_empty"}]),
    "blank": ({"body": " \n\t "}, [{"pointer": "/body", "code": "text_empty"}]),
    "invisible": ({"body": "\u200b\u2060"}, [{"pointer": "/body", "code": "text_empty"}]),
    "too long": ({"body": "x" * 4_001}, [{"pointer": "/body", "code": "text_too_long"}]),
    "a control character": ({"body": "a\x00b"}, [{"pointer": "/body", "code": "text_control_character"}]),
    "an escape": ({"body": "a\x1b[31mb"}, [{"pointer": "/body", "code": "text_control_character"}]),
    "right to left override": ({"body": "a\u202eb"}, [{"pointer": "/body", "code": "text_control_character"}]),
    "no body": ({"body": None}, [{"pointer": "/body", "code": "invalid"}]),
    "a number": ({"body": 7}, [{"pointer": "/body", "code": "invalid"}]),
    "an answer to nothing": ({"body": "a", "reply_to": 0}, [{"pointer": "/reply_to", "code": "invalid"}]),
    "an answer to a word": ({"body": "a", "reply_to": "1"}, [{"pointer": "/reply_to", "code": "invalid"}]),
    "an unknown field": ({"body": "a", "b/c": 1}, [{"pointer": "/b~1c", "code": "unknown_field"}]),
    "no place": ({"conversation": "here", "body": "a"}, [{"pointer": "/conversation", "code": "invalid"}]),
}


@pytest.mark.parametrize(("told", "errors"), BAD.values(), ids=BAD.keys())
async def test_what_is_wrong_with_a_message_is_told_by_its_place(
    house: House, told: dict[str, Any], errors: list[dict[str, str]]
) -> None:
    async with house.joined(house.ana) as wire, house.rest(house.ana) as rest:
        before = await rest.history(house.group, limit=1)
        cid = str(uuid4())
        await wire.link.tell({"op": "send", "cid": cid, "conversation": house.group, **told})
        frame = await wire.answer(cid)
        assert frame["op"] == "nack"
        assert frame["problem"]["status"] == 400
        assert frame["problem"]["errors"] == errors
        assert await rest.history(house.group, limit=1) == before


async def test_four_thousand_characters_of_any_kind_fit(house: House) -> None:
    async with house.joined(house.ana) as wire:
        for sign in ("x", "€", "🦔", "\n" * 0 + '"'):
            assert (await wire.acked(house.group, sign * 4_000))["state"] == "sent"


async def test_who_is_muted_is_refused_and_the_others_are_not(house: House) -> None:
    async with house.joined(house.ana) as ana, house.joined(house.dora) as dora, house.rest(house.ben) as ben:
        member = await _membership(house, house.dora)
        until = datetime.now(UTC) + timedelta(hours=1)
        await ben.call("PATCH", f"/groups/{house.group}/members/{member}", {"muted_until": until.isoformat()})
        told = await dora.event("mute.changed")
        assert told["membership"] == member
        assert told["muted_until"] is not None
        assert await dora.nacked(house.group, "Hello?") == {"code": "muted", "status": 403}
        await ana.acked(house.group, "Hello")
        await ben.call("PATCH", f"/groups/{house.group}/members/{member}", {"muted_until": None})
        await dora.acked(house.group, "Back again")


async def test_slow_mode_asks_for_a_pause_and_says_how_long(house: House) -> None:
    async with house.rest(house.ben) as ben, house.joined(house.ana) as ana, house.joined(house.ben) as lead:
        answer = await ben.answer("GET", f"/groups/{house.group}")
        headers = {"If-Match": answer.headers["ETag"]}
        answer = await ben.answer("PATCH", f"/groups/{house.group}", {"slow_mode_s": 60}, headers=headers)
        await ana.acked(house.group, "One")
        problem = await ana.nacked(house.group, "Two")
        assert (problem["status"], problem["code"]) == (429, "slow_mode")
        assert 0 < problem["retry_after"] <= 60
        await lead.acked(house.group, "Nobody waits for who leads")
        await lead.acked(house.group, "Neither twice")
        headers = {"If-Match": answer.headers["ETag"]}
        await ben.answer("PATCH", f"/groups/{house.group}", {"slow_mode_s": 0}, headers=headers)
        await ana.acked(house.group, "Two")


async def test_edits_retractions_and_reactions_are_told(house: House) -> None:
    async with house.joined(house.ana) as ana, house.joined(house.dora) as dora, house.rest(house.ana) as rest:
        seq = (await ana.acked(house.group, "Frist"))["seq"]
        member = await _membership(house, house.dora)
        async with house.rest(house.dora) as other:
            await other.react(house.group, seq, "hug")
        told = await ana.event("reaction.changed", message_seq=seq)
        assert (told["membership"], told["keys"]) == (member, ["hug"])
        await rest.edit(house.group, seq, "First")
        told = await dora.event("message.edited", message_seq=seq)
        assert told["body"] == "First"
        assert told["edited_at"]
        await rest.retract(house.group, seq)
        told = await dora.event("message.retracted", message_seq=seq)
        assert told["body"] is None
        assert "Frist" not in str(await rest.history(house.group))
        at = dora.at[house.group]
        dora.events.clear()
        dora.at[house.group] = seq - 1
        await dora.say("resume", cursors={house.group: seq - 1})
        await dora.reach(house.group, at)
        replayed = [event for _, event in dora.events]
        assert [event["seq"] for event in replayed] == list(range(seq, at + 1))
        assert all(event.get("body") is None for event in replayed), "a replay shows what is true now"
        assert all(not event.get("keys") for event in replayed)


async def test_how_far_one_has_read_is_told_to_own_devices_only(house: House) -> None:
    device, _ = await house.new_session(house.ana)
    async with house.joined(house.ana) as one, house.joined(device) as other, house.joined(house.dora) as dora:
        seq = (await one.acked(house.group, "Seen?"))["seq"]
        await one.say("read", conversation=house.group, seq=seq)
        told = await other.hear_op("read.moved")
        assert told == {"op": "read.moved", "conversation": house.group, "seq": seq}
        await one.say("read", conversation=house.group, seq=seq - 1)  # only forwards
        await one.say("read", conversation=house.group, seq=seq + 1_000)  # not further than the talk
        await one.acked(house.group, "After")
        for wire in (one, other, dora):
            await wire.reach(house.group, seq + 1)
            await wire.still_there()
        assert other.heard("read.moved") == []
        assert dora.heard("read.moved") == []
        async with house.rest(device) as rest:
            entry = await rest.call("GET", f"/conversations/{house.group}")
            assert entry["read_seq"] == seq


async def _membership(house: House, who: Any) -> str:
    async with house.rest(who) as rest:
        return str((await rest.call("GET", f"/conversations/{house.group}"))["membership"]["id"])


async def test_a_direct_talk_is_told_in_the_inbox_and_followed_at_once(house: House) -> None:
    async with house.joined(house.ben) as expert, house.joined(house.dora) as dora, house.rest(house.dora) as rest:
        peer = next(there["peer"] for there in await rest.members(house.group) if there["peer"])
        talk = (await rest.open_direct(peer))["conversation"]["id"]
        for wire in (expert, dora):
            told = await wire.event("conversation.added")
            assert told["conversation"]["id"] == talk
            assert told["conversation"]["kind"] == "direct"
            assert told["first_seq"] <= 1
        ack = await dora.acked(talk, "May I ask something?")
        heard = await expert.event("message.created", seq=ack["seq"])
        assert heard["sender"]["peer"] is None
        answer = await expert.acked(talk, "Of course")
        heard = await dora.event("message.created", seq=answer["seq"])
        assert (heard["sender"]["peer"], heard["sender"]["alias"]) == (peer, "Ben")
        with pytest.raises(Refused, match="404"):
            async with house.rest(house.cleo) as stranger:
                await stranger.open_direct(peer)


async def test_what_waits_for_a_person_is_acked_as_held_and_posted_once(house: House) -> None:
    async with house.joined(house.ana) as ana, house.joined(house.dora) as dora, house.rest(house.ben) as ben:
        tag = (await ben.answer("GET", f"/groups/{house.group}")).headers["ETag"]
        wanted = {"premoderation": {"first_messages": 0, "words": True}}
        await ben.answer("PATCH", f"/groups/{house.group}", wanted, headers={"If-Match": tag})
        cid = str(uuid4())
        ack = await ana.acked(house.group, "Bel me: 06 12 34 56 78", cid=cid)
        assert (ack["state"], ack["seq"]) == ("held", None)
        assert await ana.acked(house.group, "Bel me: 06 12 34 56 78", cid=cid) == ack
        (waits,) = (await ben.call("GET", f"/groups/{house.group}/held"))["items"]
        assert waits["id"] == ack["id"]
        said = await ana.acked(house.group, "It has not been posted")
        assert (await dora.event("message.created"))["seq"] == said["seq"], "nothing was there before"
        await ben.call("POST", f"/groups/{house.group}/held/{ack['id']}/release", {"version": 1})
        heard = await dora.event("message.created", id=ack["id"])
        assert (heard["seq"], heard["body"]) == (said["seq"] + 1, "Bel me: 06 12 34 56 78")
        again = await ana.acked(house.group, "Bel me: 06 12 34 56 78", cid=cid)
        assert (again["state"], again["seq"], again["id"]) == ("sent", heard["seq"], ack["id"])
        problem = await ana.nacked(house.group, "Something else", cid=cid)
        assert problem["code"] == "client_id_used"
        tag = (await ben.answer("GET", f"/groups/{house.group}")).headers["ETag"]
        wanted = {"premoderation": {"first_messages": 0, "words": False}}
        await ben.answer("PATCH", f"/groups/{house.group}", wanted, headers={"If-Match": tag})
