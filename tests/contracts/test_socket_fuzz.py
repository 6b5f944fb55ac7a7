"""Whatever comes over the socket: the server never dies, logs no fault, and answers each named cid or closes."""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

import httpx
import orjson
import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st
from websockets.frames import Opcode

from infra.client import Client
from tests.contracts.asyncapi import find
from tests.contracts.bare import BareSocket, in_pieces, masked
from tests.contracts.overheard import Overheard, overhear
from tests.journeys.people import admit
from tests.socket.house import House

pytestmark = pytest.mark.timeout(300)

# The same ones each time; NAAST_EXAMPLES=2000 looks further, at others each time.
EXAMPLES = int(os.environ.get("NAAST_EXAMPLES", "0"))
FEW = settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
CODES = set(find("#/components/messages/bye/payload/properties/code/enum"))
# What RFC 6455 has for who breaks the framing itself: protocol error, not UTF-8, too big. And the echo of one's own.
FRAMING = {1002, 1007, 1009}
MEMBERS = 8  # each session may ask for so many tickets, and no more


class Floor:
    """The house, and tickets in turn from many sessions."""

    def __init__(self, house: House, tokens: list[str]) -> None:
        assert isinstance(house.server, Overheard)
        self.house, self.server, self.tokens = house, house.server, tokens
        self.turn = 0
        self.http = httpx.Client(base_url=f"{house.server.url}/api/v1", trust_env=False, timeout=20)

    def open(self) -> BareSocket:
        """Somebody's socket."""
        while True:
            self.turn += 1
            token = self.tokens[self.turn % len(self.tokens)]
            answer = self.http.post("/realtime/tickets", headers={"Authorization": f"Bearer {token}"})
            if answer.status_code != 429:  # then it is somebody else's turn
                return BareSocket(self.server.url, answer.raise_for_status().json()["ticket"])

    def check_all_is_well(self, *, but: str = "") -> None:
        """A fresh client can talk, and nothing was complained about (`but` this event, perhaps)."""
        cid = str(uuid4())
        with self.open() as wire:
            wire.say({"op": "hello"})
            wire.hear_until(lambda wire: wire.has("welcome"))
            wire.say({"op": "send", "cid": cid, "conversation": self.house.group, "body": "Still here"})
            wire.hear_until(lambda wire: any(frame.get("cid") == cid for frame in wire.heard))
            assert [frame["op"] for frame in wire.heard if frame.get("cid") == cid] == ["ack"], wire.heard
        assert self.server.runs
        said = self.server.said_since().splitlines()
        assert {json.loads(line)["event"] for line in said} <= {but}, said


@pytest.fixture(scope="module")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Floor]:
    """The house with more members."""
    with overhear(tmp_path_factory.mktemp("fuzz"), {}) as house:
        floor = Floor(house, asyncio.run(_let_in_more(house)))
        floor.server.said_since()
        yield floor
        floor.http.close()
        assert asyncio.run(floor.server.stop()) in (0, -signal.SIGTERM)
        said = floor.server.said_since()
        assert not said, said  # such as exceptions that nobody ever asked for


async def _let_in_more(house: House) -> list[str]:
    tokens = [house.ana.token, house.dora.token]
    async with house.rest(house.ben) as ben:
        for number in range(MEMBERS):
            async with Client(house.server.url) as client:
                await client.sign_up()
                await admit(ben, client.rest, house.group, alias=f"Member {number}")
                tokens.append(client.state.token)
    return tokens


# -- what may come ----------------------------------------------------------------------------------------------------

GROUP = "00000000-0000-4000-8000-00000000d0d0"  # stands for the group's id
texts = st.one_of(st.text(max_size=40), st.sampled_from(["", "\0", "\u202e", "e\u0301" * 50, "x" * 4001, "🙂" * 4000]))
ids = st.one_of(st.just(GROUP), st.uuids().map(str), st.sampled_from(["", "inbox", "0" * 36, GROUP.upper()]))
numbers = st.one_of(st.integers(-5, 40), st.sampled_from([2**31, 2**53, 2**63, 2**64, 10**400, 1e308, -0.0, 0.5, True]))
anything: st.SearchStrategy[Any] = st.recursive(
    st.one_of(st.none(), st.booleans(), numbers, texts, ids),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)
cursors = st.dictionaries(ids | st.just("inbox"), numbers, max_size=4)
fitting = st.one_of(
    st.fixed_dictionaries({"op": st.just("hello")}, optional={"cursors": cursors}),
    st.fixed_dictionaries({"op": st.just("resume"), "cursors": cursors}),
    st.fixed_dictionaries({"op": st.just("read"), "conversation": ids, "seq": numbers}),
    st.fixed_dictionaries(
        {"op": st.just("send"), "cid": st.uuids().map(str), "conversation": ids, "body": texts},
        optional={"reply_to": numbers},
    ),
    st.just({"op": "ping"}),
)


@st.composite
def bent(draw: st.DrawFn) -> dict[str, Any]:
    """A frame with something taken away, added, or in the place of something else."""
    frame = dict(draw(fitting))
    for _ in range(draw(st.integers(0, 2))):
        name = draw(st.sampled_from([*frame, "cid", "body", "unheard_of"]) | texts)
        if draw(st.booleans()):
            frame[name] = draw(anything)
        else:
            frame.pop(name, None)
    return frame


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    """JSON with bytes cut out and put in."""
    data = bytearray(dump(draw(bent())))
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(data)))
        stop = min(len(data), start + draw(st.integers(0, 6)))
        data[start:stop] = draw(st.binary(max_size=6))
    return bytes(data)


def dump(frame: Any) -> bytes:
    """JSON that may hold what is beyond others: numbers without an end, halves of characters."""
    return json.dumps(frame, ensure_ascii=False).encode("utf-8", "surrogatepass")


HELLO, PING = dump({"op": "hello"}), dump({"op": "ping"})
odd = st.sampled_from(
    [
        b"",
        b" ",
        b"null",
        b"[]",
        b"[" * 30_000,
        b'{"op":' * 5_000,
        b'{"op":"ping","op":"ping"}',
        b'{"op":"ping"}{"op":"ping"}',
        b'\xef\xbb\xbf{"op":"ping"}',
        b'{"op":"ping"}\0',
        b'{"op":"send","cid":NaN}',
        b'{"op":"read","conversation":"' + GROUP.encode() + b'","seq":Infinity}',
        b'{"op":"read","conversation":"' + GROUP.encode() + b'","seq":1e400}',
        b'{"op":"send","cid":"' + GROUP.encode() + b'","body":"\\ud800"}',
        b'{"op":"send","cid":"' + GROUP.encode() + b'","body":"\xed\xa0\x80"}',
        b'{"op":"send","cid":"' + GROUP.encode() + b'","\\u0000":[[[]]],"body":"\xff"}',
        b'{"op":"hello","cursors":{' + b",".join(b'"%036d":1' % n for n in range(1400)) + b"}}",
    ]
)
said = st.one_of(fitting.map(dump), bent().map(dump), bent().map(dump), spoilt(), odd, st.binary(max_size=60))
small = st.binary(max_size=125)
control = st.one_of(
    small.map(lambda data: masked(data, opcode=Opcode.PING)),
    small.map(lambda data: masked(data, opcode=Opcode.PONG)),
)
broken = st.one_of(
    st.binary(min_size=1, max_size=80),
    small.map(lambda data: masked(data, opcode=Opcode.BINARY)),
    small.map(lambda data: masked(data, opcode=Opcode.CONT)),
    small.map(lambda data: masked(data, rsv1=True)),
    small.map(lambda data: masked(data, opcode=Opcode.PING, fin=False)),
    small.map(lambda data: masked(data, opcode=Opcode.CLOSE)),
    st.integers(0, 5000).map(lambda code: masked(code.to_bytes(2, "big") + b"bye", opcode=Opcode.CLOSE)),
    st.sampled_from(
        [
            b"\x81\x02{}",  # not masked
            b"\x81\xff" + b"\x7f" * 8 + b"mask",  # of 2 ** 63 bytes
            b"\x89\xfe\x00\x7e" + b"m" * 130,  # a ping that is too long
            masked(b"x" * 70_000),
            masked(b"{")[:-1],  # and the rest never comes
        ]
    ),
)


@dataclass(frozen=True, repr=False)
class Step:
    """One thing that a client does: a text message, whole or cut in pieces, or bytes that are no message at all."""

    text: bytes | None
    cuts: tuple[int, ...] = ()
    between: bytes = b""
    raw: bytes = b""
    breaks: bool = False  # the connection may not survive it

    def __repr__(self) -> str:
        return f"<{(self.text or self.raw)[:300]!r} {self.cuts} {self.between[:20]!r}>"

    def told(self, group: str) -> bytes | None:
        """The text, with the group's id in its place."""
        return self.text and self.text.replace(GROUP.encode(), group.encode())

    def bytes(self, group: str) -> bytes:
        """What goes over the wire."""
        text = self.told(group)
        return self.raw if text is None else b"".join(in_pieces(text, self.cuts, between=self.between))


@st.composite
def steps(draw: st.DrawFn) -> Step:
    """Mostly messages, some of them in pieces."""
    kind = draw(st.integers(0, 19))
    if kind < 12:
        return Step(draw(said))
    if kind < 16:
        cuts = tuple(draw(st.lists(st.integers(0, 60), max_size=3)))
        return Step(draw(said), cuts, draw(control | st.just(b"")))
    return Step(None, raw=draw(control)) if kind < 18 else Step(None, raw=draw(broken), breaks=True)


def named_cid(text: bytes | None) -> str | None:
    """The cid of a message, if it is a `send` that names one."""
    try:
        frame = orjson.loads(text or b"")
        return str(UUID(frame["cid"])) if frame["op"] == "send" and len(frame["cid"]) == 36 else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


@FEW
@given(talk=st.lists(steps(), min_size=1, max_size=8), greets=st.integers(0, 5).map(bool), at_once=st.booleans())
def test_whatever_comes_is_answered_or_the_socket_closes(
    floor: Floor, talk: list[Step], greets: bool, at_once: bool
) -> None:
    note(f"{talk}, greets: {greets}, at once: {at_once}")
    group = floor.house.group
    asked = {cid for step in talk if (cid := named_cid(step.told(group)))}
    parts = [step.bytes(group) for step in talk] + [masked(PING)]
    with floor.open() as wire:
        if greets:
            wire.say_bytes(masked(HELLO))
            if not at_once:
                wire.hear_until(lambda wire: bool(wire.heard))
        for part in [b"".join(parts)] if at_once else parts:
            wire.say_bytes(part)
        if any(step.breaks for step in talk):
            wire.end_saying()  # else the server may wait for the rest of a frame
        wire.hear_until(lambda wire: wire.has("pong") and asked <= {frame.get("cid") for frame in wire.heard})
    if wire.code not in CODES | FRAMING:
        assert wire.code is None or any(step.breaks for step in talk), wire.code
    floor.check_all_is_well()


def test_frames_in_pieces_are_as_good_as_whole_ones(floor: Floor) -> None:
    cids, ping = [str(uuid4()) for _ in range(3)], masked(b"", opcode=Opcode.PING)
    with floor.open() as wire:
        wire.say_bytes(b"".join(in_pieces(HELLO, (1, 5))))
        for number, cid in enumerate(cids):
            told = dump({"op": "send", "cid": cid, "conversation": floor.house.group, "body": "In pieces é🙂"})
            wire.say_bytes(b"".join(in_pieces(told, (number + 1, 40, len(told) - 3), between=ping)))
        wire.hear_until(lambda wire: set(cids) <= {frame.get("cid") for frame in wire.heard})
    assert [frame["cid"] for frame in wire.heard if frame["op"] == "ack"] == cids
    assert wire.pongs == 3 * len(cids)
    floor.check_all_is_well()


BREAKS: dict[str, tuple[bytes, int]] = {
    "not UTF-8": (masked(b"\xff"), 4010),
    "not UTF-8, in pieces": (b"".join(in_pieces(b'{"op":"ping"}\xff', (3,))), 4010),
    "binary": (masked(b"x", opcode=Opcode.BINARY), 4010),
    "too big": (masked(b"x" * 70_000), 1009),
    "too big, in pieces": (b"".join(in_pieces(b"x" * 70_000, (100, 30_000))), 1009),
    "not masked": (b"\x81\x02{}", 1002),
    "a reserved bit": (masked(b"{}", rsv1=True), 1002),
    "a piece of nothing": (masked(b"x", opcode=Opcode.CONT), 1002),
    "a large pong": (masked(b"x" * 126, opcode=Opcode.PONG), 1002),
    "a code that is none": (masked((5000).to_bytes(2, "big"), opcode=Opcode.CLOSE), 1002),
}


@pytest.mark.parametrize("how", BREAKS)
def test_who_breaks_the_frames_is_told_how(floor: Floor, how: str) -> None:
    raw, code = BREAKS[how]
    with floor.open() as wire:
        wire.say_bytes(masked(HELLO))
        wire.hear_until(lambda wire: wire.has("welcome"))
        wire.say_bytes(raw)
        wire.hear_until(lambda wire: False)
    assert wire.code == code
    floor.check_all_is_well()


GOODBYE = re.compile(rb"\x88.\x0f[\xa1\xaa]", re.DOTALL)  # 4001 or 4010
UPGRADE = "Host: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
KEY = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
OPENINGS: dict[str, tuple[str, bytes]] = {
    "elsewhere": (f"GET /kanarie HTTP/1.1\r\n{UPGRADE}{KEY}\r\n", b"HTTP/1.1 101 "),
    "below it": (f"GET /ws/kanarie HTTP/1.1\r\n{UPGRADE}{KEY}\r\n", b"HTTP/1.1 101 "),
    "no key": (f"GET /ws HTTP/1.1\r\n{UPGRADE}\r\n", b"HTTP/1.1 400 "),
    "a key that is none": (f"GET /ws HTTP/1.1\r\n{UPGRADE}Sec-WebSocket-Key: kanarie\r\n\r\n", b"HTTP/1.1 400 "),
    "no protocol": (f"GET /ws HTTP/1.1\r\n{UPGRADE}{KEY}\r\n", b"HTTP/1.1 101 "),
    "a protocol of bytes": (
        f"GET /ws HTTP/1.1\r\n{UPGRADE}{KEY}Sec-WebSocket-Protocol: \xff\xfe\r\n\r\n",
        b"HTTP/1.1 400 ",
    ),
    "a ticket in the address": (
        f"GET /ws?ticket=kanarie HTTP/1.1\r\n{UPGRADE}{KEY}Sec-WebSocket-Protocol: naast.v1\r\n\r\n",
        b"HTTP/1.1 101 ",
    ),
    "no HTTP": ("kanarie\r\n\r\n", b"HTTP/1.1 400 "),
    "plain HTTP": ("GET /ws HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", b"HTTP/1.1 404 "),
}


@pytest.mark.parametrize("how", OPENINGS)
def test_whoever_knocks_wrongly_is_sent_away(floor: Floor, how: str) -> None:
    asked, answered = OPENINGS[how]
    with socket.create_connection(("127.0.0.1", floor.server.port), timeout=20) as knock:
        knock.sendall(asked.encode("latin-1"))
        told = b""
        while (part := knock.recv(4096)) and not GOODBYE.search(told := told + part):
            pass
    assert told.startswith(answered), told
    assert (b" 101 " in answered) == bool(GOODBYE.search(told)), told
    floor.check_all_is_well(but="Invalid HTTP request received.")
