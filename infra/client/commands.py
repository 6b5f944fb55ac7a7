"""What can be typed in the terminal chat, and what is shown there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any

from infra.client.client import Client, Ended
from infra.client.outbox import Ack
from infra.client.rest import Refused, Unreachable
from infra.client.screen import (
    REFUSALS,
    WIDTH,
    clean,
    cut,
    note,
    pad,
    wrap,
)
from infra.client.terminal import Terminal
from infra.client.view import Window, index_of

HELP = """
Write something and press Enter to say it. Numbers with # are the messages'.

  /list                 your talks            /go 2          go to the second
  /who                  who belongs here      /with 1        talk alone with a peer expert
  /reply 12 words       answer a message      /react 12 hug  react (again: take it back)
  /edit 12 words        give yours new words  /retract 12    take yours back
  /read                 mark all as read      /leave         leave this talk
  /find [nl]            groups to join        /join 1 words  ask to be let in
  /asks                 who asks to join      /accept 1      /decline 1
  /rules                the rules of Naast     /agree         say yes to them
  /quit
""".strip("\n")
RECENT = 20  # messages shown when a talk is opened
LAST_S = 10.0  # that leaving waits for what was typed last
SOON_S = 1.5  # a message that is not accepted by then is said to wait


class Chat(Window):
    """One person at one terminal; `alias` is what to be called in the next group."""

    def __init__(self, client: Client, terminal: Terminal, *, alias: str | None) -> None:
        super().__init__(client, terminal)
        self.alias = alias
        self.groups: list[dict[str, Any]] = []
        self.asks: list[dict[str, Any]] = []
        self.people: list[dict[str, Any]] = []
        self.rules: dict[str, Any] | None = None  # as they were shown

    async def run(self) -> None:
        """Until the input ends. Raises Ended when the session does."""
        self.client.start()
        await self.client.online()
        self.show_talks("")
        if self.talks:
            self.go("1")
        typing = asyncio.create_task(self._take_lines())
        ended = asyncio.create_task(self.client.until(lambda: self.client.ended is not None))
        await asyncio.wait({typing, ended}, return_when=asyncio.FIRST_COMPLETED)
        for task in (typing, ended):
            task.cancel()
        if self.client.ended is not None:
            raise Ended(self.client.ended)
        typing.result()
        with suppress(TimeoutError):
            async with asyncio.timeout(LAST_S):  # what was typed last is still under way
                await self.client.until(lambda: not self.client.state.outbox)
        if self.client.state.outbox:
            self.show(note("What you wrote last could not be sent."))
        for task in self.tasks:
            task.cancel()

    async def _take_lines(self) -> None:
        async for line in self.terminal.lines():
            if line.strip() in ("/quit", "/q"):
                return
            try:
                await self.take(line.strip())
            except Refused as refused:
                self.show(note(REFUSALS.get(refused.code, f"Not done: {refused.code}.")))
            except Unreachable:
                self.show(note("The server does not answer; try again."))
            except (ValueError, IndexError):
                self.show(note("That is not understood; /help says what is."))

    async def take(self, line: str) -> None:
        """One typed line: words to say, or a command."""
        if not line.startswith("/"):
            if line:
                await self.say(line)
            return
        name, _, rest = line[1:].partition(" ")
        commands: dict[str, Callable[[str], Awaitable[None] | None]] = {
            "help": lambda _: self.show(HELP.split("\n")),
            "list": self.show_talks,
            "go": self.go,
            "who": self.who,
            "with": self.talk_with,
            "reply": self.reply,
            "react": self.react,
            "edit": self.edit,
            "retract": self.retract,
            "read": self.read,
            "leave": self.leave,
            "find": self.find,
            "join": self.join,
            "asks": self.show_asks,
            "accept": lambda number: self.decide(number, accept=True),
            "decline": lambda number: self.decide(number, accept=False),
            "rules": self.show_rules,
            "agree": self.agree,
        }
        if name not in commands:
            self.show(note("There is no such command: /help"))
        elif (work := commands[name](rest.strip())) is not None:
            await work

    async def show_rules(self, _: str) -> None:
        """The rules of all groups."""
        self.rules = await self.client.rest.rules()
        self.show([line for rule in self.rules["rules"] for line in wrap(f"· {rule['text']}", WIDTH)])

    async def agree(self, _: str) -> None:
        """To the rules as they were shown."""
        if self.rules is None:
            self.show(note("Read them first: /rules"))
            return
        await self.client.rest.agree_to_rules(self.rules["version"])
        self.show(note("Agreed."))

    async def say(self, words: str, *, reply_to: int | None = None) -> None:
        """Say it; it shows up when the server has it."""
        if self.here:
            self.spawn(self._watch(self.client.say(self.here, words, reply_to=reply_to)))
        else:
            self.show(note("Go to a talk first: /list and /go"))

    async def _watch(self, answer: asyncio.Future[Ack]) -> None:
        done, _ = await asyncio.wait({answer}, timeout=SOON_S)
        if not done:
            self.show(note("Kept; it is sent as soon as that can be."))
        try:
            if (await answer).state == "held":
                self.show(note("It waits until somebody who leads the group has looked at it."))
        except Refused as refused:
            self.show(note("Not sent. " + REFUSALS.get(refused.code, refused.code)))

    async def reply(self, rest: str) -> None:
        """Answer a message."""
        number, _, words = rest.partition(" ")
        await self.say(words, reply_to=_seq(number))

    async def react(self, rest: str) -> None:
        """React, or take it back."""
        number, key = rest.split()
        seq = _seq(number)
        given = self.transcript.messages[seq]["reactions"].get(self.own, []) if seq in self.transcript.messages else []
        await self.client.rest.react(self.here, seq, key, on=key not in given)

    async def edit(self, rest: str) -> None:
        """Give an own message new words."""
        number, _, words = rest.partition(" ")
        await self.client.rest.edit(self.here, _seq(number), words)

    async def retract(self, number: str) -> None:
        """Take an own message back."""
        await self.client.rest.retract(self.here, _seq(number))

    async def leave(self, _: str) -> None:
        """Leave the talk."""
        await self.client.rest.leave(self.here)

    async def who(self, _: str) -> None:
        """Who belongs here."""
        entry = self.client.state.conversations[self.here]
        group = entry["conversation"]["kind"] == "group"
        self.people = await self.client.rest.members(self.here) if group else list(entry.get("others") or [])
        for number, there in enumerate(self.people, 1):
            part = "peer expert" if there["peer"] else ""
            name = f"{clean(there['alias'])}{' (you)' if there['id'] == self.own else ''}"
            self.show([f"{number:>4}  {pad(cut(name, 40), 40)}  {part}".rstrip()])

    async def talk_with(self, number: str) -> None:
        """Open the direct talk with a peer expert whom /who has listed."""
        peer = self.people[index_of(number)]["peer"]
        if peer is None:
            self.show(note("Only with a peer expert."))
            return
        talk = (await self.client.rest.open_direct(peer, alias=self.alias))["conversation"]["id"]
        await self.client.until(lambda: talk in self.client.state.transcripts)
        await self.client.refresh(talk)
        self.go(str(self.talks.index(talk) + 1))

    async def find(self, language: str) -> None:
        """The groups there are."""
        self.groups = await self.client.rest.groups(language=language or None)
        for number, group in enumerate(self.groups, 1):
            about = clean(group["about"]).replace("\n", " ")
            self.show([f"{number:>4}  {cut(clean(group['title']), 74)}", f"      {cut(about, 74)}"])
        self.show(note("/join and a number asks to be let in." if self.groups else "There is none."))

    async def join(self, rest: str) -> None:
        """Ask to be let in, under the alias of the command line or one that is suggested."""
        number, _, words = rest.partition(" ")
        group = self.groups[index_of(number)]
        alias = self.alias or (await self.client.rest.aliases())[0]["alias"]
        await self.client.rest.ask_admission(group["id"], alias=alias, answer=words or None)
        self.show(note(f"Asked as {alias}. A peer expert will decide."))

    async def show_asks(self, _: str) -> None:
        """Who asks to join the groups that one leads."""
        known, self.asks = self.client.state.conversations, []
        for group, entry in known.items():
            if entry["membership"]["part"] == "lead" and entry["conversation"]["kind"] == "group":
                self.asks += await self.client.rest.admission_requests(group)
        for number, asked in enumerate(self.asks, 1):
            self.show([f"{number:>4}  {cut(clean(asked['alias']), 30)}  {cut(clean(asked['answer'] or ''), 40)}"])
        if not self.asks:
            self.show(note("Nobody does."))

    async def decide(self, number: str, *, accept: bool) -> None:
        """Let somebody in, or not."""
        await self.client.rest.decide_admission(self.asks[index_of(number)]["id"], accept=accept)
        self.show(note("Done."))


def _seq(number: str) -> int:
    return int(number.removeprefix("#"))
