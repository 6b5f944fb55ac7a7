"""What the person at the terminal sees: their talks, the one at hand, and what happens in it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from contextlib import suppress
from typing import Any

from infra.client.client import Client
from infra.client.rest import Refused, Unreachable
from infra.client.screen import STATUS, WIDTH, cells, clean, cut, day, event_lines, message_lines, note, pad, title_of
from infra.client.state import INBOX
from infra.client.terminal import Terminal
from infra.client.transcript import Transcript

RECENT = 20  # messages shown when a talk is opened


class Window:
    """One terminal, and the conversation that is open in it."""

    def __init__(self, client: Client, terminal: Terminal) -> None:
        self.client = client
        self.terminal = terminal
        self.here = ""  # the conversation at hand
        self.day = ""
        self.tasks: set[asyncio.Task[None]] = set()
        client.on_status = self.tell_status
        client.reader.on_event = self.tell_event

    def show(self, lines: Iterable[str]) -> None:
        """Print lines."""
        self.terminal.show(lines)

    def tell_status(self, status: str) -> None:
        """How the connection is, in plain words."""
        self.show(note(STATUS[status]) if status in STATUS else ())

    def tell_event(self, stream: str, event: Mapping[str, Any]) -> None:
        """Something happened just now."""
        if stream == self.here:
            if event["type"] == "message.created":
                self._show_day(event["sent_at"])
            self.show(event_lines(event, own=self.own, transcript=self.transcript))
        elif event["type"] == "message.created":
            self.show(note(f"Something new in {self._number(stream)}"))
        elif event["type"] == "conversation.added":
            self.spawn(self._welcome(event["conversation"]["id"]))
        elif event["type"] == "conversation.removed":
            self.show(note("You do not belong to one of your talks any more: /list"))
            self.here = "" if event["conversation"] == self.here else self.here
        elif stream == INBOX and event["type"] == "admission.changed":
            told = {"asked": "Somebody asks to join one of your groups: /asks", "declined": "You were not let in."}
            self.show(note(told[event["state"]]) if event["state"] in told else ())

    @property
    def talks(self) -> list[str]:
        """The conversations in a steady order."""
        known = self.client.state.conversations
        return sorted(
            known, key=lambda talk: (known[talk]["conversation"]["kind"] != "group", title_of(known[talk]), talk)
        )

    @property
    def own(self) -> str:
        """The id of the membership that one has here."""
        return str(self.client.state.conversations[self.here]["membership"]["id"])

    @property
    def transcript(self) -> Transcript:
        """What was said here."""
        transcripts: dict[str, Transcript] = self.client.state.transcripts
        return transcripts.setdefault(self.here, Transcript())

    async def _welcome(self, talk: str) -> None:
        """One more talk; with whom it is, only the list says."""
        with suppress(Refused, Unreachable):
            await self.client.refresh(talk)
        self.show(note(f"You now belong to {self._number(talk)}"))

    def spawn(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something go on beside the typing."""
        task = asyncio.create_task(work)
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    def _number(self, talk: str) -> str:
        known = self.client.state.conversations
        return f"{self.talks.index(talk) + 1}  {title_of(known[talk])}" if talk in known else "a talk"

    def _show_day(self, at: str) -> None:
        if day(at) != self.day:
            self.day = day(at)
            self.show([self.day])

    def show_talks(self, _: str) -> None:
        """The talks."""
        known = self.client.state.conversations
        for number, talk in enumerate(self.talks, 1):
            entry = known[talk]
            sign = "»" if talk == self.here else " "
            name = clean(entry["membership"]["alias"])
            self.show([f"{sign}{number:>3}  {pad(cut(title_of(entry), 44), 44)}  you: {cut(name, 23)}".rstrip()])
        if not self.talks:
            self.show(note("You belong to no group yet. /find shows which there are, /help what you can type."))

    def go(self, number: str) -> None:
        """Open a talk and show what was said last."""
        self.here = self.talks[index_of(number)]
        self.day = ""
        title = cut(title_of(self.client.state.conversations[self.here]), WIDTH - 20)
        head = f"── {title} "
        self.show(["", head + "─" * (WIDTH - 8 - cells(head)) + " /help ─"])
        said = sorted(self.transcript.messages)
        if len(said) > RECENT:
            self.show(note(f"{len(said) - RECENT} earlier"))
        for seq in said[-RECENT:]:
            message = self.transcript.messages[seq]
            self._show_day(message["sent_at"])
            self.show(message_lines(message, own=self.own))
        self.read("")

    def read(self, _: str) -> None:
        """Note that everything here has been read; nobody else is told."""
        cursor = self.client.state.cursors.get(self.here)
        if cursor is not None:
            self.client.read(self.here, cursor)


def index_of(number: str) -> int:
    """From 1 as shown to 0 as kept."""
    if not number.isdigit() or number == "0":
        raise ValueError
    return int(number) - 1
