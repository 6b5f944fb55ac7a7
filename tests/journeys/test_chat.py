"""Two people in two terminals, as the README shows it."""

from __future__ import annotations

import asyncio
import os
import pty
import re
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Self

import pytest

from infra.client import Rest
from infra.client.screen import WIDTH, cells, cut, wrap
from tests.journeys.people import PATIENCE, admit, make_expert
from tests.journeys.server import ROOT, Server, serve

pytestmark = pytest.mark.timeout(300)


class Chat:
    """One terminal chat as a process; what it prints is kept."""

    def __init__(self, process: asyncio.subprocess.Process, *, tty: int | None = None) -> None:
        self.process = process
        self.tty = tty
        self.printed = ""

    @classmethod
    @asynccontextmanager
    async def open(cls, url: str, code: str, *, tty: bool = False) -> AsyncIterator[Self]:
        """Start it; on a terminal of its own, or on pipes. Killed at the end of the block if it still runs."""
        inner: int | None = None
        outer: int | None = None
        if tty:
            outer, inner = pty.openpty()
            os.set_blocking(outer, False)
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "infra.client.chat", "--url", url),
            cwd=ROOT,
            env={**os.environ, "CODE": code, "PYTHONIOENCODING": "utf-8", "TZ": "UTC"},
            stdin=inner if inner is not None else asyncio.subprocess.PIPE,
            stdout=inner if inner is not None else asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        if inner is not None:
            os.close(inner)
        chat = cls(process, tty=outer)
        try:
            yield chat
        finally:
            if process.returncode is None:
                process.kill()
                await chat.end()
            if outer is not None:
                os.close(outer)

    async def type(self, *lines: str) -> None:
        """Type lines."""
        told = "".join(f"{line}\n" for line in lines).encode()
        if self.tty is not None:
            os.write(self.tty, told)
        else:
            assert self.process.stdin is not None
            self.process.stdin.write(told)

    async def see(self, pattern: str) -> str:
        """Until it has printed this; → the match."""
        found = None
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                while (found := re.search(pattern, self.printed)) is None and (more := await self._read()):
                    self.printed += more
        assert found is not None, f"no {pattern!r} in what it printed:\n{self.printed}"
        return found[0]

    async def end(self) -> int:
        """Until it has ended; → its exit status."""
        async with asyncio.timeout(PATIENCE):
            while more := await self._read():
                self.printed += more
            return await self.process.wait()

    async def _read(self) -> str:
        if self.tty is None:
            assert self.process.stdout is not None
            return (await self.process.stdout.read(4096)).decode()
        loop, readable = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(self.tty, readable.set)
        try:
            await readable.wait()
            with suppress(OSError):  # the other end is closed
                return os.read(self.tty, 4096).decode(errors="replace")
        finally:
            loop.remove_reader(self.tty)
        return ""


async def found_group(env: Mapping[str, str], ben: Rest, ana: Rest) -> str:
    """Ben leads a group, ana belongs to it."""
    await make_expert(env, (await ben.call("GET", "/me"))["account"], alias="Ben")
    group = str((await ben.create_group(title="Evenings"))["id"])
    await admit(ben, ana, group, alias="Quiet River")
    return group


@asynccontextmanager
async def two_people(env: Mapping[str, str]) -> AsyncIterator[tuple[Server, Rest, Rest, list[str], str]]:
    """A server, ben and ana, their codes, and the group that they share."""
    async with serve(env) as server, Rest(server.url) as ben, Rest(server.url) as ana:
        codes = [str((await rest.sign_up())["access_code"]) for rest in (ben, ana)]
        await make_expert(env, (await ben.call("GET", "/me"))["account"], alias="Ben")
        group = str((await ben.create_group(title="Evenings"))["id"])
        await admit(ben, ana, group, alias="Quiet River")
        yield server, ben, ana, codes, group


async def test_two_terminals_talk(durable_services: Mapping[str, str]) -> None:
    async with two_people(durable_services) as (server, ben, ana, codes, group):
        for n in range(25):
            await ben.send(group, f"Earlier {n} " + "with many words that do not fit into one line " * (n % 3))
        async with Chat.open(server.url, codes[0]) as one, Chat.open(server.url, codes[1]) as two:
            await play(one, two)
            assert [await chat.end() for chat in (one, two)] == [0, 0]
        assert (await ben.history(group, limit=1))["items"][0]["body"] == "The last word"
        for chat in (one, two):
            assert [line for line in chat.printed.splitlines() if cells(line) > WIDTH] == []
            assert all(code not in chat.printed for code in codes)
            assert "Traceback" not in chat.printed
        sessions = (await ana.call("GET", "/sessions"))["items"]
        assert len(sessions) == 1, "the chat has signed out"


async def play(one: Chat, two: Chat) -> None:
    """Ben at the first terminal, ana at the second."""
    for chat in (one, two):
        await chat.see("Connected.")
        await chat.see("Evenings")
        await chat.see("Earlier 24")
    assert "Earlier 4" not in one.printed, "the last twenty"
    await two.type("Good evening, Ben", "/who")
    number = (await one.see(r"#\d+  Quiet River +Good evening, Ben")).split()[0].removeprefix("#")
    await two.see(r"#\d+  you +Good evening, Ben")
    await two.see(r"[12]  Quiet River \(you\)")
    await two.see("Ben +peer expert")
    await one.type(f"/reply {number} Good evening!", f"/react {number} hug")
    await two.see(rf"Good evening!\n +\[answers #{number}\]")
    await two.see(rf"Ben on #{number}: hug")
    await two.type(f"/edit {number} Good morning, Ben")
    await one.see(rf"#{number} now says: Good morning, Ben")
    await one.type(f"/edit {number} Not mine", "/nonsense", "/go 9", "/reply x y")
    await one.see("That is not yours to do")
    await one.see("There is no such command")
    await one.see("not understood")
    await two.type(f"/retract {number}")
    await one.see(f"#{number} was taken back")
    await one.type("/quit")
    await two.type("The last word")
    assert two.process.stdin is not None
    two.process.stdin.close()  # as when a file is fed to it: what was typed is still sent


async def test_somebody_joins_from_the_terminal(durable_services: Mapping[str, str]) -> None:
    async with two_people(durable_services) as (server, _, _, codes, _), Rest(server.url) as dora:
        code = str((await dora.sign_up())["access_code"])
        async with Chat.open(server.url, codes[0]) as lead, Chat.open(server.url, code) as chat:
            await chat.see("You belong to no group yet")
            await lead.see("Evenings")
            await chat.type("/find", "/join 1 I heard of it from a friend")
            await chat.see(r"Asked as [^.\n]+\.")
            await lead.see("Somebody asks to join")
            await lead.type("/asks")
            await lead.see("1  .*I heard of it from a friend")
            await lead.type("/accept 1")
            await chat.see("You now belong to 1  Evenings")
            await chat.type("/go 1", "Hello, I am new")
            await lead.see("Hello, I am new")
            await chat.type("/who", "/with 1", "/with 2", "/with 3")
            await chat.see("── with Ben ─")
            await lead.see("You now belong to 2  with")
            await chat.type("Between us")
            await lead.see("Something new in 2  with")
            await lead.type("/go 2")
            await lead.see("Between us")
            await chat.type("/go 1", "/leave")
            await chat.see("You do not belong to one of your talks any more")
            for one in (lead, chat):
                await one.type("/quit")
                assert await one.end() == 0


async def test_on_a_terminal_the_typed_line_stays_whole(durable_services: Mapping[str, str]) -> None:
    async with AsyncExitStack() as stack:
        server, ben, _, codes, group = await stack.enter_async_context(two_people(durable_services))
        chat = await stack.enter_async_context(Chat.open(server.url, codes[1], tty=True))
        assert chat.tty is not None
        await chat.see("Connected.")
        await chat.see("Evenings.*/help")
        os.write(chat.tty, "half a wörd".encode())
        await chat.see("> half a wörd")
        await ben.send(group, "In between")
        await chat.see(r"In between[^\n]*\r\n\r\x1b\[K> half a wörd")
        os.write(chat.tty, b"\x7f\x7f\x7f\x7fline\x1b[D\x1b[D\x1b[D\x1b[Da \x01This is \n")
        await chat.see("you +This is half a a line")
        os.write(chat.tty, b"\x04")
        assert await chat.end() == 0


async def test_what_goes_wrong_is_said_in_plain_words(durable_services: Mapping[str, str]) -> None:
    nowhere = "http://127.0.0.1:9"
    assert (
        await said_at_once(nowhere, "a b c d e f g") == f"There is no server at {nowhere}. Start it with `make run`.\n"
    )
    assert await said_at_once(nowhere, "") == 'The access code is missing: make chat CODE="…"\n'
    async with serve(durable_services) as server, Rest(server.url) as rest:
        wrong = "one two three four five six seven"
        assert await said_at_once(server.url, wrong) == "No account opens with this code.\n"
        told = await rest.sign_up()
        async with Chat.open(server.url, told["access_code"]) as chat:
            await chat.see("You belong to no group yet")
            await rest.call("DELETE", "/sessions?except=current")
            assert await chat.end() == 0
            assert "This session was ended from another device" in chat.printed


async def said_at_once(url: str, code: str) -> str:
    """What a chat says that cannot begin."""
    async with Chat.open(url, code) as chat:
        assert await chat.end() == 1
        return chat.printed


def test_lines_fit_whatever_is_in_them() -> None:
    texts = ["", "word", "x" * 200, "日本語" * 40, "a " * 100, "one\n\ntwo", "e\u0301" * 100, "\ttab"]
    for text in texts:
        for width in (2, 20, 50):
            lines = wrap(text, width)
            assert all(cells(line) <= width for line in lines)
            assert "".join(lines).replace(" ", "") == text.expandtabs(4).replace(" ", "").replace("\n", "")
            assert cells(cut(text.replace("\n", ""), width)) <= width
    assert wrap("one two three", 7) == ["one two", "three"]
