"""Reads by REST: what must not grow with the history, the number of conversations, or the time away."""

import itertools
import json
import statistics
import time
from collections.abc import Callable, Mapping
from functools import partial
from http.client import HTTPConnection
from typing import Any

from infra.bench import names
from infra.bench.measure import Case, Figures, Record, run_rounds, running
from infra.bench.ours import Ours, fill
from infra.bench.sections.plan import LISTED, LISTER, LONG, READER, READERS, SHORT, Setting

PAGES, LISTS, SYNCS = 200, 40, 15  # calls, fewer than the limit for one account
PAGE = 50
CALLS = 60  # of /sync, until it is current
WARM_UP = 3
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
    readers = itertools.cycle(range(READER, READER + READERS))

    def pages(conversation: int) -> Figures:
        reader = Reader(ours.port, next(readers))
        return time_calls(lambda turn: read_page(reader, conversation, turn))

    def talks(account: int) -> Figures:
        reader = Reader(ours.port, account)
        return time_calls(lambda _: reader.ask("GET", "/conversations?limit=100"), LISTS)

    def away(behind: int) -> Figures:
        reader = Reader(ours.port, next(readers))
        return time_calls(lambda _: sync(reader, long, behind), SYNCS)

    cases = [
        Case("history page", "1000", partial(pages, SHORT)),
        Case("history page", str(long), partial(pages, LONG)),
        Case("conversation list", "few", partial(talks, LISTER + 1)),
        Case("conversation list", str(LISTED), partial(talks, LISTER)),
        Case("sync", "10", partial(away, 10)),
        Case("sync", "10000", partial(away, 10_000)),
    ]
    setting.notes["reads"] = f"{PINNING}; a page has {PAGE} messages; sync is asked until it is current"
    with running(ours, None):
        return run_rounds("reads", cases, setting.rounds)


def time_calls(call: Callable[[int], object], count: int = PAGES) -> Figures:
    """Median and p99 of `count` calls after a few to warm up, one after the other."""
    for number in range(WARM_UP):
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
        told = reader.ask("POST", "/sync", {"cursors": {stream: at}})["streams"][stream]
        if told.get("resync"):
            read_page(reader, LONG, 0)
            return
        at = told["to"]
        if at >= told["head"]:
            return
    raise RuntimeError(f"not current after {CALLS} calls")
