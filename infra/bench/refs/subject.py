"""What the bench can put under load: a server that starts, lets members in, and carries messages."""

import shutil
import socket
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from pathlib import Path

from infra.bench.load import On
from infra.bench.machine import free_port, start_process, stop_process, tree_of, wait_for_port

HERE = Path(__file__).parent


class Unavailable(Exception):
    """This peer cannot run here; the text says why."""


class Subject(ABC):
    """One server program. `in_flight` caps the load where more would only queue."""

    name = ""
    about = ""
    in_flight = 1_000_000
    logins_at_once = 8
    complete_on = On.COPIES
    sql: str | None = None  # counts what is stored, where something is

    def __init__(self) -> None:
        self.port = free_port()
        self.process: subprocess.Popen[bytes] | None = None

    def install(self) -> None:  # noqa: B027  (most need nothing)
        """Fetch what is missing; raises Unavailable when that cannot be done here."""

    @abstractmethod
    def command(self) -> Sequence[str | Path]:
        """The program and its arguments."""

    def environment(self) -> Mapping[str, str]:
        """What is added to the environment."""
        return {}

    def start(self, *, cores: set[int] | None = None) -> None:
        """Start the server and wait until it listens."""
        self.process = start_process(self.command(), cores=cores, env=self.environment(), log=type(self).__name__)
        wait_for_port(self.port, self.process)

    def stop(self) -> None:
        """End the server and all its processes."""
        if self.process is not None:
            stop_process(self.process)
            self.process = None

    def pids(self) -> list[int]:
        """Its processes now."""
        return tree_of(self.process.pid) if self.process else []

    def expect(self, members: int, groups: int) -> None:  # noqa: B027
        """Told once before so many members of so many groups log in."""

    @abstractmethod
    def login(self, member: int, group: int) -> socket.socket:
        """A socket of member number `member`, in `group`, ready to send and receive."""

    @abstractmethod
    def message(self, member: int, group: int, size: int) -> bytes:
        """One send as its client writes it, with a body of `size` bytes."""

    def settle(self) -> None:  # noqa: B027
        """Called now and then during many logins, for peers that announce each arrival."""


def need_program(name: str) -> str:
    """The path of a program; raises Unavailable when there is none."""
    found = shutil.which(name)
    if found is None:
        raise Unavailable(f"no {name} here")
    return found
