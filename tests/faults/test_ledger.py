"""The drill's own eyes: each kind of fault in a ledger made by hand is found, and nothing else is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from infra.drill.check import Talk, Truth, Verdict, check
from infra.drill.ledger import Account, Event, Ledger

TALK = "talk"


def at(seq: int, second: int | None = None) -> Event:
    """Message `seq` as it is: said by c0, in its second of a minute."""
    return Event(seq, f"id{seq}", f"c0.{seq}", f"2026-11-23T10:00:{seq if second is None else second:02}Z")


def heard(after: int, to: int, *events: Event) -> list[Any]:
    """A range as a journal has it."""
    return ["heard", 1.0, TALK, after, to, [list(event) for event in events]]


@dataclass
class Case:
    """Four messages and a change of membership (3), said by c0, heard by c1; each test breaks one thing."""

    truth: Truth
    speaker: list[list[Any]]
    listener: list[list[Any]]

    def check(self) -> Verdict:
        accounts = []
        for name, lines in (("c0", self.speaker), ("c1", self.listener)):
            account = Account(name)
            for line in lines:
                account.take(line)
            accounts.append(account)
        return check(accounts, self.truth)


@pytest.fixture
def case() -> Case:
    said = [1, 2, 4, 5]
    messages = {seq: at(seq) for seq in said}
    truth = Truth(
        talks={TALK: Talk(head=5, seqs=[1, 2, 3, 4, 5], messages=messages)},
        seen={("c0", TALK): list(messages.values()), ("c1", TALK): list(messages.values())},
        spans={("c0", TALK): (0, 2**62), ("c1", TALK): (0, 2**62)},
        inboxes={"c0": 1, "c1": 0},
    )
    begin = ["snapshot", 0.0, TALK, 0, []]
    speaker: list[list[Any]] = [begin, ["snapshot", 0.0, "inbox", 0, []], ["heard", 0.5, "inbox", 0, 1, [[1]]]]
    for seq in said:
        speaker += [["queued", 0.1, f"c0.{seq}", TALK, f"cid{seq}", 20]]
        speaker += [["acked", 0.2, f"c0.{seq}", f"cid{seq}", TALK, seq, f"id{seq}"]]
    speaker += [heard(0, 5, at(1), at(2), Event(3), at(4), at(5))]
    listener = [begin, heard(0, 2, at(1), at(2)), heard(2, 3, Event(3)), heard(3, 5, at(4), at(5))]
    return Case(truth, speaker, listener)


def lose_an_ack(case: Case) -> None:
    talk = case.truth.talks[TALK]
    del talk.messages[5]
    talk.head, talk.seqs = 4, [1, 2, 3, 4]
    for name in ("c0", "c1"):
        case.truth.seen[name, TALK].pop()
    case.speaker[-1] = heard(0, 4, at(1), at(2), Event(3), at(4))
    case.listener[-1] = heard(3, 4, at(4))


def give_another_place(case: Case) -> None:
    case.speaker.append(["queued", 0.1, "c0.9", TALK, "cid9", 20])
    case.speaker.append(["acked", 0.2, "c0.9", "cid9", TALK, 4, "id4"])


def never_tell_the_end(case: Case) -> None:
    case.listener.pop()


def leave_one_out(case: Case) -> None:
    case.listener[-1] = heard(3, 5, at(5))


def hide_from_history(case: Case) -> None:
    case.truth.seen["c1", TALK].pop(1)


def say_twice(case: Case) -> None:
    talk = case.truth.talks[TALK]
    again = at(6)._replace(mark="c0.5")
    talk.messages[6] = again
    talk.head, talk.seqs = 6, [1, 2, 3, 4, 5, 6]
    for name in ("c0", "c1"):
        case.truth.seen[name, TALK].append(again)
    for lines in (case.speaker, case.listener):
        lines.append(heard(5, 6, again))


def answer_in_two_ways(case: Case) -> None:
    case.speaker.append(["acked", 0.3, "c0.5", "cid5", TALK, 4, "id4"])


def show_what_is_not_there(case: Case) -> None:
    case.listener[2] = heard(2, 3, at(3))


def change_what_was_shown(case: Case) -> None:
    case.listener.insert(2, heard(0, 2, at(1)._replace(id="other"), at(2)))


def show_a_stranger(case: Case) -> None:
    del case.truth.spans["c1", TALK], case.truth.seen["c1", TALK]


def show_after_leaving(case: Case) -> None:
    case.truth.spans["c1", TALK] = (0, 4)
    case.truth.seen["c1", TALK].pop()


def list_a_stranger(case: Case) -> None:
    case.truth.seen["c1", TALK].append(at(6))


def count_one_event_twice(case: Case) -> None:
    case.truth.talks[TALK].seqs.append(5)


def skip_a_range(case: Case) -> None:
    case.listener.pop(2)


def turn_round(case: Case) -> None:
    case.listener[1] = heard(0, 2, at(2), at(1))


def reach_out_of_the_range(case: Case) -> None:
    case.listener[2:4] = [heard(2, 4, Event(3), at(4), at(5)), heard(4, 5)]


def skip_a_number(case: Case) -> None:
    case.truth.talks[TALK].seqs.remove(3)


def turn_the_clock_back(case: Case) -> None:
    early = at(5, second=1)
    case.truth.talks[TALK].messages[5] = early
    for name in ("c0", "c1"):
        case.truth.seen[name, TALK][-1] = early
    case.speaker[-1] = heard(0, 5, at(1), at(2), Event(3), at(4), early)
    case.listener[-1] = heard(3, 5, at(4), early)


def mix_up_the_history(case: Case) -> None:
    case.truth.seen["c1", TALK].reverse()


def keep_the_inbox_back(case: Case) -> None:
    case.truth.inboxes["c0"] = 2


LOST: list[Callable[[Case], None]] = [
    lose_an_ack,
    give_another_place,
    never_tell_the_end,
    leave_one_out,
    hide_from_history,
]
DOUBLED: list[Callable[[Case], None]] = [
    say_twice,
    answer_in_two_ways,
    show_what_is_not_there,
    change_what_was_shown,
    show_a_stranger,
    show_after_leaving,
    list_a_stranger,
    count_one_event_twice,
]
GAP: list[Callable[[Case], None]] = [
    skip_a_range,
    turn_round,
    reach_out_of_the_range,
    skip_a_number,
    turn_the_clock_back,
    mix_up_the_history,
    keep_the_inbox_back,
]


def test_a_good_ledger_is_clean(case: Case) -> None:
    verdict = case.check()
    assert verdict.faults == []
    assert verdict.line() == "4 acked, 0 lost, 0 doubled, 0 gaps"


@pytest.mark.parametrize("break_it", LOST, ids=lambda f: f.__name__)
def test_a_loss_is_found(case: Case, break_it: Callable[[Case], None]) -> None:
    break_it(case)
    assert case.check().counts["lost"]


@pytest.mark.parametrize("break_it", DOUBLED, ids=lambda f: f.__name__)
def test_a_double_is_found(case: Case, break_it: Callable[[Case], None]) -> None:
    break_it(case)
    assert case.check().counts["doubled"]


@pytest.mark.parametrize("break_it", GAP, ids=lambda f: f.__name__)
def test_a_gap_is_found(case: Case, break_it: Callable[[Case], None]) -> None:
    break_it(case)
    assert case.check().counts["gap"]


def test_what_is_shown_again_is_counted_and_no_fault(case: Case) -> None:
    case.listener.append(heard(3, 5, at(4), at(5)))
    verdict = case.check()
    assert (verdict.faults, verdict.repeats) == ([], 2)


def test_a_client_that_read_anew_needs_no_ranges_before(case: Case) -> None:
    snapshot = ["snapshot", 0.9, TALK, 4, [list(at(seq)) for seq in (1, 2, 4)]]
    case.listener[2:] = [["resync", 0.8, TALK], heard(4, 5, at(5)), snapshot, heard(4, 5, at(5))]
    assert case.check().faults == []


def test_the_ledger_reads_whole_lines_as_they_come(tmp_path: Any) -> None:
    ledger = Ledger(tmp_path, ["c0"])
    path = tmp_path / "c0.jsonl"
    path.write_text('["queued",1.0,"c0.0","talk","cid",9]\n["acked",1.5,"c0.0","ci')
    ledger.read_more()
    assert (ledger.acked(), ledger.unanswered()) == (0, 1)
    with path.open("a") as file:
        file.write('d","talk",1,"id"]\n["snapshot",1.6,"talk",0,[]]\n["cursors",1.6,{"talk":0}]\n')
    ledger.read_more()
    assert (ledger.acked(), ledger.unanswered()) == (1, 0)
    assert ledger.behind(ledger.heads()) == ["c0"]


def test_delays_run_from_the_first_try_to_each_copy(case: Case, tmp_path: Any) -> None:
    ledger = Ledger(tmp_path, ["c0", "c1"])
    for name, lines in (("c0", case.speaker), ("c1", case.listener)):
        for line in lines:
            ledger.accounts[name].take(line)
    window = ledger.window(0.0, 2.0)
    assert (window.acked, window.delivered) == (4, 8)
    assert window.delay(0.5) == pytest.approx(0.9)
    assert window.silence == pytest.approx(1.0)
