"""Reads by REST: what must not grow with the history, the number of conversations, or the time away."""

import json
import statistics
import time
from collections.abc import Callable, Mapping
from http.client import HTTPConnection
from typing import Any

from infra.bench import names
from infra.bench.measure import Case, Figures, Record, run_rounds, running
from infra.bench.ours import Ours, fill
from infra.bench.sections.plan import LISTER, LONG, READER, SHORT, Setting

PAGES = 200
PAGE = 50
CALLS = 60  # of /sync, until it is current
PINNING = "everything floats over all cores"


class Reader:
    """One client on one connection."""

    def __init__(self, port: int, account: int) -> None:
        self.connection = HTTPConnection("127.0.0.1", port, timeout=30)
        self.headers = {
            "Authorization": f"Bearer {names.token_of(account)}",
            "Content-Type": "application/json",
        }

    def ask(self, method: str, path: str, told: Mapping[str, Any] | None = None) -> Any:
        """The reply's JSON; RuntimeError unless it is a 200."""
        body = json.dumps(told).encode() if told is not None else None
        self.connection.request(method, f"/api/v1{path}", body=body, headers=self.headers)
        reply = self.connection.getresponse()
        found = reply.read()
        if reply.status != 200:
            raise RuntimeError(f"{method} {path}: {reply.status} {found[:300]!r}")
        return json.loads(found)


def measure_reads(setting: Setting) -> list[Record]:
    """Fill two conversations, then read in turn."""
    long = 50_000 if setting.quick else 1_000_000
    ours = Ours(setting.database, setting.redis_url, LONG)
    ours.clear()
    ours.fresh = False
    fill(setting.database, [(SHORT, READER, 1_000), (LONG, READER, long)])
    with running(ours, None):
        reader, few, many = Reader(ours.port, READER), Reader(ours.port, LISTER + 1), Reader(ours.port, LISTER)
        cases = [
            Case("history page", str(size), lambda n=number: time_calls(lambda i: read_page(reader, n, i)))
            for size, number in ((1_000, SHORT), (long, LONG))
        ]
        cases += [
            Case(
                "conversation list", size, lambda r=who: time_calls(lambda _: r.ask("GET", "/conversations?limit=100"))
            )
            for size, who in (("few", few), ("500", many))
        ]
        cases += [
            Case("sync", str(behind), lambda b=behind: time_calls(lambda _: sync(reader, long, b), 20))
            for behind in (10, 10_000)
        ]
        setting.notes["reads"] = f"{PINNING}; a page has {PAGE} messages; sync until current"
        return run_rounds("reads", cases, setting.rounds)


def time_calls(call: Callable[[int], object], count: int = PAGES) -> Figures:
    """Median and p99 of `count` calls after a few to warm up, one after the other."""
    for number in range(5):
        call(number)
    times = []
    for number in range(count):
        began = time.perf_counter()
        call(number)
        times.append((time.perf_counter() - began) * 1e3)
    return {"p50 ms": statistics.median(times), "p99 ms": statistics.quantiles(times, n=100)[98]}


def read_page(reader: Reader, conversation: int, turn: int) -> None:
    """The newest page and older ones, in turn."""
    before = f"&before_seq={900 - turn % 10 * 50}" if turn % 2 else ""
    page = reader.ask("GET", f"/conversations/{names.conversation_id(conversation)}/messages?limit={PAGE}{before}")
    if len(page["items"]) != PAGE:
        raise RuntimeError(f"a page of {len(page['items'])}")


def sync(reader: Reader, head: int, behind: int) -> None:
    """Ask until current, or until told to read the snapshot (one page) and start there."""
    stream = str(names.conversation_id(LONG))
    at = head - behind
    for _ in range(CALLS):
        text = json.dumps(reader.ask("POST", "/sync", {"cursors": {stream: at}}))
        if '"resync"' in text:
            read_page(reader, LONG, 0)
            return
        found = json.loads(text)
        frames = found if isinstance(found, list) else found.get("items", found.get("frames", []))
        at = max([at, *(frame["to"] for frame in frames if frame.get("stream") == stream)])
        if at >= head:
            return
    raise RuntimeError(f"not current after {CALLS} calls")
