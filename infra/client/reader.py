"""From frames to the state: in order, each event once, a hole asked for again, what is too far behind read anew."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from infra.client.rest import PAGE, Refused, Rest, Unreachable
from infra.client.state import INBOX, State
from infra.client.transcript import Transcript

PAUSE_S = 1.0  # before a snapshot that could not be read is asked for again


class Reader:
    """Follows all streams of one account.

    A stream without a cursor is `unread`: its snapshot is read by REST, which names the seq at which it is true; from
    there the server is asked to resume, and what it tells before that is not looked at.
    """

    def __init__(
        self,
        state: State,
        rest: Rest,
        *,
        tell: Callable[[Mapping[str, Any]], None],
        on_event: Callable[[str, Mapping[str, Any]], None],
        on_read: Callable[[], None],
    ) -> None:
        self.state = state
        self.rest = rest
        self.tell = tell
        self.on_event = on_event
        self.on_read = on_read  # a snapshot was taken in
        self.unread: dict[str, None] = {}  # streams, in the order in which they are to be read
        self.doubles = self.holes = self.resyncs = 0  # what was dropped, asked for again, read anew
        self._more = asyncio.Event()

    def take_heads(self, heads: Mapping[str, int], *, first: bool = False) -> None:
        """Where the server's streams are. Behind: ask again. Unknown: read it anew."""
        behind = {}
        for stream, head in heads.items():
            cursor = self.state.cursors.get(stream)
            if cursor is None:
                self._read_anew(stream)
            elif cursor < head and not first:  # after `hello` the server sends by itself
                behind[stream] = cursor
        if behind:
            self.tell({"op": "resume", "cursors": behind})

    def take_resync(self, stream: str) -> None:
        """The server will not tell everything since the cursor."""
        self.resyncs += 1
        self._read_anew(stream)

    def take_events(self, frame: Mapping[str, Any]) -> None:
        """All that is for this account in (after, to] of a stream."""
        stream, to = frame["stream"], frame["to"]
        cursor = self.state.cursors.get(stream)
        if cursor is None:
            self._read_anew(stream)
            return
        if frame["after"] > cursor:
            self.holes += 1
            self.tell({"op": "resume", "cursors": {stream: cursor}})
            return
        for event in frame["events"]:
            if event["seq"] <= cursor:
                self.doubles += 1
            elif stream == INBOX:
                self._take_inbox(event)
            else:
                self._take(stream, event)
        if stream not in self.unread:
            self.state.cursors[stream] = max(cursor, to)
        self.state.save()

    def _take(self, stream: str, event: Mapping[str, Any]) -> None:
        if event["type"] == "conversation.changed":
            self.state.conversations.setdefault(stream, {})["conversation"] = event["conversation"]
        elif event["type"] == "conversation.reset":
            self._read_anew(stream)
        self.state.transcripts.setdefault(stream, Transcript()).take(event)
        self.on_event(stream, event)

    def _take_inbox(self, event: Mapping[str, Any]) -> None:
        if event["type"] == "conversation.added":
            conversation = event["conversation"]["id"]
            told = {name: event[name] for name in ("conversation", "membership", "first_seq")}
            self.state.conversations.setdefault(conversation, {}).update(told)
            if conversation not in self.unread:
                self.state.cursors.setdefault(conversation, max(0, event["first_seq"] - 1))
                self.state.transcripts.setdefault(conversation, Transcript())
        elif event["type"] == "conversation.removed":
            self.unread.pop(event["conversation"], None)
            self.state.forget(event["conversation"])
        self.on_event(INBOX, event)

    # -- snapshots ----------------------------------------------------------------------------------------------------

    def _read_anew(self, stream: str) -> None:
        self.state.cursors.pop(stream, None)
        self.unread[stream] = None
        self._more.set()

    async def read_always(self) -> None:
        """Read whatever becomes unread, until cancelled."""
        while True:
            await self.read_unread()
            self._more.clear()
            await self._more.wait()

    async def read_unread(self) -> None:
        """Read the snapshots of all that is unread."""
        while self.unread:
            stream = next(iter(self.unread))
            try:
                seq = await (self._read_list() if stream == INBOX else self._read_history(stream))
            except Unreachable:
                await asyncio.sleep(PAUSE_S)
            except Refused as refused:
                if refused.status == 404:
                    self.unread.pop(stream, None)
                    self.state.forget(stream)
                elif refused.status == 401:
                    raise
                else:
                    await asyncio.sleep(refused.retry_after or PAUSE_S)
            else:
                if self.unread.pop(stream, 0) is None:  # it was not removed meanwhile
                    self.state.cursors[stream] = seq
                    self.state.save()
                    self.tell({"op": "resume", "cursors": {stream: seq}})
                self.on_read()

    async def _read_list(self) -> int:
        """The list of conversations; what is not there any more is forgotten."""
        told = await self.rest.conversations()
        listed = {item["conversation"]["id"]: item for item in told["items"]}
        for gone in self.state.conversations.keys() - listed.keys():
            self.state.forget(gone)
        for conversation, item in listed.items():
            self.state.conversations.setdefault(conversation, {}).update(item)
        return int(told["seq"])

    async def _read_history(self, conversation: str) -> int:
        """Everything said that this account may see, newest page first. → the seq at which it is true.

        That of the first page: what happened while the others were read is told again, and changes nothing.
        """
        transcript = Transcript()
        page = await self.rest.history(conversation, limit=PAGE)
        seq = int(page["seq"])
        while page["items"]:
            for message in page["items"]:
                transcript.put(message)
            first = min(message["seq"] for message in page["items"])
            page = await self.rest.history(conversation, limit=PAGE, before_seq=first)
        self.state.transcripts[conversation] = transcript
        return seq
