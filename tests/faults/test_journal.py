"""A client's journal: what a `kill -9` leaves is enough to go on."""

from __future__ import annotations

from pathlib import Path

import pytest

from infra.client.state import Unsent
from infra.drill.client import Speaker
from infra.drill.journal import Journal, JournaledState, Line, body_of, load_state, mark_of, parse_lines

TALK = "talk"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "c3.jsonl"


def lines_in(path: Path) -> list[Line]:
    return list(parse_lines(path.read_bytes()))


def started(path: Path) -> JournaledState:
    return load_state(Journal(path))


def test_what_has_no_answer_is_said_again_in_the_same_words(path: Path) -> None:
    state = started(path)
    body = body_of("c3.0", 300)
    state.outbox.append(Unsent(cid="cid", conversation=TALK, body=body))
    state.save()
    again = started(path)
    assert again.outbox == [Unsent(cid="cid", conversation=TALK, body=body)]
    assert again.said == 1
    assert mark_of(body) == "c3.0"


def test_what_was_answered_is_not_said_again(path: Path) -> None:
    state = started(path)
    state.outbox.append(Unsent(cid="cid", conversation=TALK, body=body_of("c3.0", 20)))
    state.save()
    assert state.journal is not None
    state.journal.note("acked", "c3.0", "cid", TALK, 7, "id")
    state.journal.flush()
    assert started(path).outbox == []


def test_reading_goes_on_where_it_was(path: Path) -> None:
    state = started(path)
    state.cursors[TALK] = 5
    state.save()
    state.cursors[TALK] = 9
    state.save()
    assert started(path).cursors == {TALK: 9}


def test_a_torn_line_is_no_line(path: Path) -> None:
    state = started(path)
    state.cursors[TALK] = 5
    state.save()
    with path.open("ab") as file:
        file.write(b'["cursors",1.0,{"talk":')
    again = started(path)
    assert again.cursors == {TALK: 5}
    again.cursors[TALK] = 6
    again.save()
    assert [line[0] for line in lines_in(path)] == ["snapshot", "cursors", "cursors"]


def test_a_post_that_nobody_waits_for_any_more_is_given_up(path: Path) -> None:
    state = started(path)
    assert state.journal is not None
    state.journal.note("queued", "c3.4", TALK, None, 20)
    state.journal.flush()
    again = started(path)
    assert (again.outbox, again.said) == ([], 5)
    assert [line[0] for line in lines_in(path)] == ["queued", "refused"]


async def test_a_range_is_in_the_journal_together_with_the_place_it_leads_to(path: Path) -> None:
    async with Speaker("c3", ["http://127.0.0.1:9"], path, token="token", talks=[TALK]) as speaker:
        speaker.state.cursors[TALK] = 0
        speaker.state.save()
        event = {"type": "message.created", "seq": 1, "id": "id", "body": "c0.0 …", "sent_at": "2026-11-23T10:00:00Z"}
        speaker._take({"op": "events", "stream": TALK, "after": 0, "to": 1, "events": [event]})
    lines = lines_in(path)
    assert [line[0] for line in lines[-2:]] == ["heard", "cursors"]
    assert lines[-2][2:] == [TALK, 0, 1, [[1, "id", "c0.0", "2026-11-23T10:00:00Z"]]]
    assert lines[-1][2] == {TALK: 1}
