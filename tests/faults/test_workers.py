"""The worker's drill: what its ledger finds, and its short form. Its mutants are in `make drill`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from typing import Any

import pytest

from infra.drill.workers.ledger import Due, Facts, Found, Verdict, check

Drill = Callable[[str], subprocess.CompletedProcess[str]]
DUE = [Due("check-in", "c", "ana"), Due("reminder", "r", "dora"), Due("wish", "w", "olga"), Due("wish", "v", "olga")]
DEVICES = {"phone-1": "ana", "phone-2": "dora", "phone-3": "olga"}


def facts(**given: object) -> Facts:
    """Everything as it should be, but for what is given by id or account."""
    found: dict[str, Any] = {"c": Found(1, 1, 1), "r": Found(1, 1, 1), "w": Found(1, 1), "v": Found(1, 1)}
    pushes: dict[str, Any] = {"ana": 1, "dora": 1, "olga": 1}
    left: dict[str, Any] = {"deliveries": 0}
    for name, value in given.items():
        for part in (found, pushes, left):
            if name in part:
                part[name] = value
    return Facts(found, pushes, left)


def kinds(there: Facts, kills: int = 2) -> list[str]:
    return [fault.kind for fault in check(DUE, DEVICES, there, kills=kills).faults]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, []),
        ({"olga": 4}, []),  # two reasons, two kills
        ({"olga": 5}, ["doubled"]),
        ({"ana": 3}, []),
        ({"ana": 4}, ["doubled"]),
        ({"ana": 0}, ["lost"]),
        ({"c": Found(0, 0, 1)}, ["lost", "lost"]),
        ({"c": Found(1, 0, 1)}, ["lost"]),
        ({"c": Found(1, 2, 1)}, ["doubled"]),
        ({"c": Found(1, 1, 0)}, ["lost"]),
        ({"c": Found(1, 1, 2)}, ["doubled"]),
        ({"w": Found(2, 2)}, ["doubled", "doubled"]),
        ({"deliveries": 1}, ["left"]),
    ],
)
def test_the_ledger_finds(given: dict[str, object], expected: list[str]) -> None:
    assert kinds(facts(**given)) == expected


def test_a_gap_in_a_stream_is_something_lost() -> None:
    there = facts()
    there.gaps = ["inbox"]
    assert kinds(there) == ["lost"]


def test_the_last_line() -> None:
    verdict: Verdict = check(DUE, DEVICES, facts(ana=2), kills=3)
    assert verdict.line() == (
        "4 fell due, 0 lost, 0 doubled, 0 left behind; 3 devices, 4 pushes, at most 1 more to one of them after 3 kills"
    )


@pytest.mark.timeout(240)
def test_each_act_happens_once_whenever_workers_die(drill: Drill) -> None:
    done = drill("worker:short")
    assert done.returncode == 0, done.stdout + done.stderr
    found = re.match(r"(\d+) fell due, 0 lost, 0 doubled, 0 left behind; (\d+) devices", done.stdout.splitlines()[-1])
    assert found, done.stdout
    assert int(found[1]) >= 150
    assert int(found[2]) >= 150
