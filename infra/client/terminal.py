"""Lines in and lines out: on a terminal with a line to type in below what is said, else plain text."""

from __future__ import annotations

import asyncio
import codecs
import os
import re
import sys
import termios
import threading
import tty
from collections.abc import AsyncIterator, Iterable
from typing import Protocol

from infra.client.screen import WIDTH, cells

_KEY = re.compile(r"\x1b\[[0-9;?]*[ -/]*[@-~]|\x1bO.|\x1b.|.", re.DOTALL)


class Terminal(Protocol):
    """Where the chat takes place."""

    def show(self, lines: Iterable[str]) -> None: ...

    def lines(self) -> AsyncIterator[str]: ...

    def close(self) -> None: ...


def open_terminal() -> Terminal:
    """What there is."""
    return Screen() if sys.stdin.isatty() and sys.stdout.isatty() else Pipe()


class Pipe:
    """Standard input line by line, standard output likewise."""

    def __init__(self) -> None:
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()
        loop = asyncio.get_running_loop()

        def read() -> None:
            for line in sys.stdin:
                loop.call_soon_threadsafe(self._typed.put_nowait, line.rstrip("\n"))
            loop.call_soon_threadsafe(self._typed.put_nowait, None)

        threading.Thread(target=read, daemon=True).start()  # reading cannot be cancelled

    def show(self, lines: Iterable[str]) -> None:
        """Print."""
        for line in lines:
            print(line.rstrip(), flush=True)

    async def lines(self) -> AsyncIterator[str]:
        """What is typed, until the end of the input."""
        while (line := await self._typed.get()) is not None:
            yield line

    def close(self) -> None:
        """Nothing to put back."""


class Screen:
    """A terminal. What is said appears above the line that is being typed and does not tear it."""

    prompt = "> "

    def __init__(self) -> None:
        self._in = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._in)
        tty.setcbreak(self._in)
        self._decode = codecs.getincrementaldecoder("utf-8")("replace")
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()
        self._line = self._last = ""
        self._at = 0
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._in, self._read)
        self._draw()

    def show(self, lines: Iterable[str]) -> None:
        """Print above the line that is being typed."""
        self._write("\r\x1b[K" + "".join(f"{line.rstrip()}\n" for line in lines))
        self._draw()

    async def lines(self) -> AsyncIterator[str]:
        """What is typed, until Ctrl-D."""
        while (line := await self._typed.get()) is not None:
            yield line

    def close(self) -> None:
        """Put the terminal back as it was."""
        self._loop.remove_reader(self._in)
        termios.tcsetattr(self._in, termios.TCSADRAIN, self._before)
        self._write("\r\x1b[K")

    def _read(self) -> None:
        told = os.read(self._in, 4096)
        if not told:
            self._typed.put_nowait(None)
            return
        for key in _KEY.findall(self._decode.decode(told)):
            self._press(key)
        self._draw()

    def _press(self, key: str) -> None:
        before, behind = self._line[: self._at], self._line[self._at :]
        match key:
            case "\n" | "\r":
                self._last = self._line or self._last
                self._typed.put_nowait(self._line)
                before = behind = ""
            case "\x04":
                if not self._line:
                    self._typed.put_nowait(None)
            case "\x7f" | "\x08":
                before = before[:-1]
            case "\x15":
                before = ""
            case "\x17":
                before = before.rstrip()[: before.rstrip().rfind(" ") + 1]
            case "\x1b[D" | "\x1bOD":
                before, behind = before[:-1], before[-1:] + behind
            case "\x1b[C" | "\x1bOC":
                before, behind = before + behind[:1], behind[1:]
            case "\x01" | "\x1b[H" | "\x1bOH":
                before, behind = "", self._line
            case "\x05" | "\x1b[F" | "\x1bOF":
                before, behind = self._line, ""
            case "\x1b[3~":
                behind = behind[1:]
            case "\x1b[A" | "\x1bOA":
                before, behind = self._last, ""
            case _ if key.isprintable():
                before += key
        self._line, self._at = before + behind, len(before)

    def _draw(self) -> None:
        """The typed line, or as much of it around the cursor as fits."""
        room = max(10, (os.get_terminal_size(sys.stdout.fileno()).columns or WIDTH) - len(self.prompt) - 1)
        first = 0
        while cells(self._line[first : self._at]) > room:
            first += 1
        shown = self._line[first:]
        while cells(shown) > room:
            shown = shown[:-1]
        column = len(self.prompt) + cells(self._line[first : self._at])
        self._write(f"\r\x1b[K{self.prompt}{shown}\r\x1b[{column}C")

    def _write(self, text: str) -> None:
        sys.stdout.write(text)
        sys.stdout.flush()
