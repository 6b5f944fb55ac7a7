"""The reference client on its own: what it does with frames, whatever order they come in."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.client import Backoff, JsonFile, Refused, Rest, State
from infra.client.outbox import Outbox
from infra.client.reader import Reader
from infra.client.transcript import Transcript

GROUP = "g"


class FakeRest(Rest):
    """A history and a list that the test writes."""

    def __init__(self) -> None:
        self.told: dict[str, Any] = {"seq": 0, "items": []}
        self.listed: dict[str, Any] = {"seq": 0, "items": []}
        self.gone = False

    async def history(self, conversation: str, **where: Any) -> dict[str, Any]:
        if self.gone:
            raise Refused(status=404, code="not_found")
        before = where.get("before_seq", 2**53)
        found = [item for item in self.told["items"] if item["seq"] < before]
        return {"seq": self.told["seq"], "items": found[-2:]}

    async def conversations(self) -> dict[str, Any]:
        return self.listed


class Desk:
    """A reader with everything around it in plain sight."""

    def __init__(self, **cursors: int) -> None:
        self.state = State(cursors=dict(cursors))
        self.rest = FakeRest()
        self.told: list[dict[str, Any]] = []
        self.seen: list[tuple[str, int]] = []
        self.reader = Reader(
            self.state,
            self.rest,
            tell=lambda frame: self.told.append(dict(frame)),
            on_event=lambda stream, event: self.seen.append((stream, event["seq"])),
            on_read=lambda: None,
        )

    def events(self, after: int, to: int, *events: dict[str, Any], stream: str = GROUP) -> None:
        self.reader.take_events({"op": "events", "stream": stream, "after": after, "to": to, "events": list(events)})


def said(seq: int, body: str = "…") -> dict[str, Any]:
    sender = {"membership": "m", "alias": "Quiet River"}
    told = {"seq": seq, "body": body, "sender": sender, "edited_at": None, "retracted_at": None, "hidden_at": None}
    return {"type": "message.created", **told}


def test_ranges_that_join_are_taken_in_and_move_the_cursor() -> None:
    desk = Desk(g=0)
    desk.events(0, 3, said(1), said(3))
    desk.events(3, 5)
    assert desk.seen == [(GROUP, 1), (GROUP, 3)]
    assert desk.state.cursors == {GROUP: 5}


def test_what_is_there_already_is_dropped() -> None:
    desk = Desk(g=2)
    desk.events(0, 3, said(1), said(2), said(3))
    desk.events(1, 2, said(2))
    assert desk.seen == [(GROUP, 3)]
    assert (desk.state.cursors[GROUP], desk.reader.doubles) == (3, 3)


def test_a_hole_is_asked_for_and_nothing_behind_it_is_taken_in() -> None:
    desk = Desk(g=2)
    desk.events(3, 4, said(4))
    assert desk.seen == []
    assert desk.told == [{"op": "resume", "cursors": {GROUP: 2}}]
    desk.events(2, 4, said(3), said(4))
    assert desk.seen == [(GROUP, 3), (GROUP, 4)]


def test_heads_that_are_ahead_are_asked_for() -> None:
    desk = Desk(g=2, inbox=7)
    desk.reader.take_heads({GROUP: 4, "inbox": 7})
    assert desk.told == [{"op": "resume", "cursors": {GROUP: 2}}]


async def read(desk: Desk) -> None:
    async with asyncio.timeout(5):
        await desk.reader.read_unread()


async def test_who_is_too_far_behind_reads_anew_and_resumes_from_there() -> None:
    desk = Desk(g=2)
    desk.rest.told = {"seq": 9, "items": [said(seq) for seq in range(3, 9)]}
    desk.reader.take_resync(GROUP)
    desk.events(9, 10, said(10))  # before the snapshot is read: it will be told again
    assert desk.seen == []
    await read(desk)
    assert sorted(desk.state.transcripts[GROUP].messages) == list(range(3, 9))
    assert desk.told == [{"op": "resume", "cursors": {GROUP: 9}}]
    desk.events(9, 10, said(10))
    assert desk.seen == [(GROUP, 10)]


async def test_a_stream_that_is_new_here_is_read_from_its_snapshot() -> None:
    desk = Desk()
    desk.rest.listed = {"seq": 4, "items": [{"conversation": {"id": GROUP}}]}
    desk.reader.take_heads({GROUP: 9, "inbox": 4}, first=True)
    await read(desk)
    assert desk.state.cursors == {GROUP: 0, "inbox": 4}
    assert desk.state.conversations.keys() == {GROUP}


async def test_what_is_not_there_any_more_is_forgotten() -> None:
    desk = Desk(g=2)
    desk.state.transcripts[GROUP] = Transcript()
    desk.rest.gone = True
    desk.reader.take_resync(GROUP)
    await read(desk)
    assert desk.state.cursors == {}
    assert desk.state.transcripts == {}
    desk = Desk(g=2, inbox=1)
    desk.state.conversations["g"] = {}
    desk.events(1, 2, {"type": "conversation.removed", "seq": 2, "conversation": GROUP}, stream="inbox")
    assert (desk.state.cursors, desk.state.conversations) == ({"inbox": 2}, {})


def test_a_conversation_that_is_added_is_followed_from_its_first_seq() -> None:
    desk = Desk(inbox=1)
    added = {"type": "conversation.added", "seq": 2, "conversation": {"id": GROUP}, "membership": {}, "first_seq": 41}
    desk.events(1, 2, added, stream="inbox")
    desk.events(40, 41, said(41))
    assert desk.seen == [("inbox", 2), (GROUP, 41)]


def test_a_transcript_takes_in_what_changes() -> None:
    transcript = Transcript()
    transcript.take(said(1, "Frist"))
    transcript.take(
        {"type": "reaction.changed", "seq": 2, "message_seq": 1, "membership": "m", "keys": ["hug", "heart"]}
    )
    changed = {
        "message_seq": 1,
        "body": "First",
        "edited_at": "2026-01-01T00:00:00Z",
        "retracted_at": None,
        "hidden_at": None,
    }
    transcript.take({"type": "message.edited", "seq": 3, **changed})
    assert transcript.messages[1]["body"] == "First"
    assert transcript.messages[1]["reactions"] == {"m": ["heart", "hug"]}
    transcript.take({"type": "something.new", "seq": 4})
    assert Transcript.of(transcript.told()) == transcript
    history = Transcript()
    reactions = [{"key": "heart", "memberships": ["m"]}, {"key": "hug", "memberships": ["m"]}]
    history.put({**transcript.messages[1], "reactions": reactions})
    assert history == transcript, "the history and the events tell the same"
    retracted = {
        "message_seq": 1,
        "body": None,
        "edited_at": None,
        "retracted_at": "2026-01-01T00:01:00Z",
        "hidden_at": None,
    }
    transcript.take({"type": "message.retracted", "seq": 5, **retracted})
    assert (transcript.messages[1]["body"], transcript.messages[1]["reactions"]) == (None, {})


class Post:
    """An outbox whose frames go nowhere."""

    def __init__(self, state: State | None = None) -> None:
        self.state = state or State()
        self.sent: list[Mapping[str, Any]] = []
        self.outbox = Outbox(self.state, self.send)
        self.moved = asyncio.Event()

    def send(self, frame: Mapping[str, Any]) -> None:
        self.sent.append(frame)
        self.moved.set()

    @property
    def bodies(self) -> list[str]:
        return [frame["body"] for frame in self.sent]

    def ack(self, n: int, seq: int) -> None:
        frame = self.sent[n]
        told = {"seq": seq, "state": "sent", "id": "i", "sent_at": "2026-01-01T00:00:00Z"}
        self.outbox.take_ack({"op": "ack", "cid": frame["cid"], "conversation": frame["conversation"], **told})

    def nack(self, n: int, status: int, code: str, **more: Any) -> None:
        problem = {"status": status, "code": code, **more}
        self.outbox.take_nack({"op": "nack", "cid": self.sent[n]["cid"], "problem": problem})


async def test_messages_leave_one_by_one_in_each_conversation() -> None:
    post = Post()
    answers = [post.outbox.put(conversation=GROUP, body=body) for body in ("a", "b")]
    post.outbox.put(conversation="other", body="c")
    assert post.bodies == []
    post.outbox.start()
    assert post.bodies == ["a", "c"]
    post.ack(0, 1)
    assert post.bodies == ["a", "c", "b"]
    post.ack(2, 2)
    assert [(await answer).seq for answer in answers] == [1, 2]
    assert [entry.body for entry in post.state.outbox] == ["c"]


async def test_not_now_is_tried_again_and_no_is_final() -> None:
    post = Post()
    post.outbox.start()
    first, second = [post.outbox.put(conversation=GROUP, body=body) for body in ("a", "b")]
    post.moved.clear()
    post.nack(0, 429, "too_many", retry_after=0.001)
    async with asyncio.timeout(5):
        await post.moved.wait()
    assert post.bodies == ["a", "a"], "what comes after waits behind it"
    assert post.sent[0] == post.sent[1], "with the same cid"
    post.nack(1, 403, "muted")
    with pytest.raises(Refused, match="403 muted"):
        await first
    assert post.bodies == ["a", "a", "b"]
    post.ack(2, 5)
    assert (await second).seq == 5
    assert post.state.outbox == []


async def test_what_was_under_way_when_the_connection_broke_is_said_again() -> None:
    post = Post()
    post.outbox.start()
    post.outbox.put(conversation=GROUP, body="a")
    post.outbox.stop()
    post.outbox.put(conversation=GROUP, body="b")
    post.outbox.start()
    assert post.bodies == ["a", "a"]
    post.ack(1, 1)
    assert post.bodies == ["a", "a", "b"]


async def test_a_message_is_safe_before_it_is_sent(tmp_path: Path) -> None:
    store = JsonFile(tmp_path / "state.json")
    state = State.load(store)
    state.token, state.cursors, state.transcripts[GROUP] = "t", {GROUP: 3}, Transcript()
    state.transcripts[GROUP].take(said(3, "пример"))
    post = Post(state)
    post.outbox.put(conversation=GROUP, body="a", reply_to=3)
    loaded = State.load(store)
    assert loaded == state
    again = Post(loaded)
    again.outbox.start()
    assert again.bodies == ["a"]
    again.ack(0, 4)
    assert State.load(store).outbox == []
    loaded.wipe()
    assert State.load(store) == State(store=store)


def test_the_wait_grows_from_one_second_to_a_minute_with_full_jitter() -> None:
    asked: list[tuple[float, float]] = []

    def uniform(low: float, high: float) -> float:
        asked.append((low, high))
        return high

    backoff = Backoff(uniform=uniform)
    waits = [backoff.next() for _ in range(9)]
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    assert {low for low, _ in asked} == {0}
    backoff.reset()
    assert backoff.next() == 1
