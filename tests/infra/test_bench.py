"""The bench: figures are compared pair by pair, and its statements make the rows that the project itself makes."""

from pathlib import Path

import pytest
from django.db import connection
from django.utils import timezone

from backend.core.streams.models import Event, Stream
from infra.bench import names
from infra.bench.goals import Goal
from infra.bench.load.frames import CID, MARK, body_of, mask_frame
from infra.bench.measure import Case, Record, ratio_of, run_rounds, spread_of
from infra.bench.refs.plain_drf import http_post
from infra.bench.refs.subject import Unavailable
from infra.bench.report import merge, records_in, render_tables
from messaging.models import Message

SQL = Path(__file__).parents[2] / "infra/bench/sql"


def record(subject: str, number: int, rate: float) -> Record:
    return Record("peers", subject, "100", number, {"deliveries/s": rate})


def test_a_ratio_is_taken_within_each_round() -> None:
    # In round 1 the machine was slow for everybody: the ratio is the same.
    records = [record("ours", 0, 100), record("other", 0, 50), record("ours", 1, 10), record("other", 1, 5)]
    spread = ratio_of(records, "deliveries/s", ("ours", "100"), ("other", "100"))
    assert spread is not None
    assert (spread.low, spread.median, spread.high, spread.n) == (2, 2, 2, 2)


def test_a_round_that_one_side_missed_does_not_count() -> None:
    records = [record("ours", 0, 100), record("ours", 1, 10), record("other", 1, 5)]
    spread = ratio_of(records, "deliveries/s", ("ours", "100"), ("other", "100"))
    assert spread is not None
    assert (spread.median, spread.n) == (2, 1)


@pytest.mark.parametrize(("limit", "at_most", "reached"), [(2, False, True), (2.1, False, False), (2, True, True)])
def test_a_goal_is_judged_by_the_median(limit: float, at_most: bool, reached: bool) -> None:
    goal = Goal("peers", "more", "deliveries/s", ("ours", "100"), None, limit, at_most)
    spread = spread_of([1, 2, 9])
    assert spread is not None
    assert goal.reached(spread) is reached


def test_who_is_not_there_is_asked_once_and_no_fault_of_the_run() -> None:
    asked = []

    def work() -> dict[str, float]:
        asked.append(1)
        raise Unavailable("no node here")

    records = run_rounds("peers", [Case("socket.io", "100", work)], rounds=3)
    assert len(asked) == 1
    assert [(r.error, r.absent) for r in records] == [("no node here", True)]


def test_a_section_measured_anew_replaces_its_records_only() -> None:
    first = merge({}, "peers", [record("ours", 0, 1)], notes={"peers": "old"}, facts={})
    second = merge(first, "idle", [Record("idle", "ours", "5000", 0, {"KiB/socket": 20})], notes={}, facts={})
    third = merge(second, "peers", [record("ours", 0, 3)], notes={"peers": "new"}, facts={"cores": "2"})
    assert [(r.section, *r.figures.values()) for r in records_in(third)] == [("idle", 20), ("peers", 3)]
    text = render_tables(third)
    assert "| ours | 100 | 3 |" in text
    assert "- peers: new" in text


@pytest.mark.parametrize(("size", "head"), [(100, 6), (300, 8), (70_000, 14)])
def test_a_masked_frame_leaves_the_marker_in_place(size: int, head: int) -> None:
    frame = mask_frame(body_of(size))
    assert len(frame) == head + size
    assert frame.index(MARK) == head


def test_a_request_says_how_long_it_is() -> None:
    head, _, body = http_post("/x", "token", {"client_id": CID.decode()}, 80).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head


@pytest.mark.django_db
@pytest.mark.parametrize("script", ["hot", "spread"])
def test_pgbench_makes_the_rows_of_a_message(script: str) -> None:
    conversation = names.conversation_id(0 if script == "hot" else 7)
    Stream.objects.create(id=conversation, head=3, at=timezone.now())
    lines = (SQL / f"{script}.sql").read_text().splitlines()
    statement = "\n".join(line for line in lines if not line.startswith(("--", "\\"))).replace(":c)", "7)")
    with connection.cursor() as cursor:
        cursor.execute(statement)
    message = Message.objects.get(conversation_id=conversation)
    event = Event.objects.get(stream_id=conversation)
    assert message.seq == event.seq == event.number == Stream.objects.get(id=conversation).head == 4
    assert event.kind == "message.created"
