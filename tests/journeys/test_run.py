"""Somebody who has only the README types `make run`, stops it, and finds everything again."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def var() -> Iterator[Path]:
    """Yield an empty folder for the data."""
    made = Path(tempfile.mkdtemp(prefix="naast-run-", dir="/tmp"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def pick_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def start_house(var: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    """Run `python -m infra.run` as `make run` does; killed at the end if it still runs."""
    unset = ("DATABASE_URL", "KEYSTORE_URL", "REDIS_URL", "NAAST_SECRETS")
    environment = {key: value for key, value in os.environ.items() if key not in unset} | {
        "DJANGO_SETTINGS_MODULE": "backend.settings.dev",
        "NAAST_VAR": str(var),
        "PORT": str(port),
    }
    with subprocess.Popen(
        [sys.executable, "-m", "infra.run"],
        cwd=ROOT,
        env=environment,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    ) as house:
        try:
            yield house
        finally:
            if house.poll() is None:
                house.terminate()


def read_until(house: subprocess.Popen[str], pattern: str) -> str:
    """Read what the house prints up to the line that matches."""
    assert house.stdout
    seen = ""
    for line in house.stdout:
        seen += line
        if re.search(pattern, line):
            return seen
    pytest.fail(f"It ended without {pattern!r}:\n{seen}")


def test_it_starts_says_so_and_ends_clean_twice(var: Path) -> None:
    port = pick_port()
    greetings = []
    for _ in range(2):
        with start_house(var, port) as house:
            greetings.append(read_until(house, "^Ready: "))
            assert httpx.get(f"http://127.0.0.1:{port}/healthz", trust_env=False).is_success
            check_demo(f"http://127.0.0.1:{port}/api/v1", greetings[-1])
            house.send_signal(signal.SIGINT)
            rest, _ = house.communicate(timeout=60)
            assert house.returncode == 0
            assert [line.split()[1] for line in rest.splitlines() if line.endswith("has stopped.")] == [
                "server",
                "worker",
                "database's",
                "database",
            ]
    assert greetings[0] == greetings[1]  # the same demo people with the same codes


def check_demo(api: str, greeting: str) -> None:
    """The people who were printed can sign in, and find what the demo is to show, each time."""
    codes = {line.split()[0]: line[50:] for line in greeting.splitlines() if re.match(r"  \w+ .{40}", line)}
    assert re.search("INVITE=[A-Z0-9-]{19}$", greeting, re.MULTILINE)
    with httpx.Client(base_url=api, trust_env=False) as http:

        def read(name: str, path: str) -> Any:
            token = http.post("/sessions", json={"access_code": codes[name]}).json()["token"]
            return http.get(path, headers={"Authorization": f"Bearer {token}"}).json()

        contact = read("bo", "/me/contact")
        assert [contact[part]["peer"]["alias"] for part in ("primary", "backup")] == [
            "Marit van de kade",
            "Zora de la plaza",
        ]
        assert [match["peer"]["alias"] for match in read("luz", "/matches")["proposals"]] == ["Zora de la plaza"]
        assert [referral["state"] for referral in read("ana", "/referrals")["items"]] == ["waiting"]
        assert len(read("ana", "/me/journey")["items"]) == 3
        for name in ("ana", "bo"):
            assert len(read(name, "/checkins?state=open")["items"]) == 1
            assert read(name, "/me/checkin-plan")["next_at"] is not None
        assert [one["part"] for one in read("bo", "/me/contact/reach")["items"]][:2] == ["primary", "backup"]


def test_a_taken_port_is_one_clear_line(var: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = int(taken.getsockname()[1])
        with start_house(var, port) as house:
            said, _ = house.communicate(timeout=60)
    assert house.returncode == 1
    assert said == f"Port {port} is in use. Another one: make run PORT={port + 1}\n"
