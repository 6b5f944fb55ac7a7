"""Workers are killed while check-ins fall due, wishes for contact go on to the next, and pushes go out.

`DRILL=worker` is all of it, `DRILL=worker:short` the form of `make test`, `DRILL=worker:mutants` (or `worker:<mutant>`)
shows that it can fail.
"""

from __future__ import annotations

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import psycopg

from infra.drill.report import Row
from infra.drill.workers.house import Ears, House, Workers, open_house
from infra.drill.workers.ledger import Due, Facts, Found, Verdict, check

MUTANTS = {
    "settle-first": "pushes written down as sent before they are",
    "tell-later": "check-ins opened in one write and told of in another",
    "endless-lease": "with a lease that never ends",
}
SHOWN = 10  # faults that are printed
stop = threading.Event()  # set from outside: end soon, in order


@dataclass(frozen=True)
class Scale:
    """How much of everything; times in seconds."""

    checkins: int = 400
    reminders: int = 200
    wishes: int = 40
    bursts: int = 6
    begins_s: float = 3.0  # from planting on
    lasts_s: float = 16.0
    kills: int = 16
    pause_s: tuple[float, float] = (0.2, 1.6)  # between a start and the next kill
    away_s: float = 0.15
    patience_s: float = 30.0  # how long all that is left may take in the end
    seed: int = 20_261_125

    @property
    def planted(self) -> dict[str, Any]:
        """As `plant` reads it."""
        names = ("checkins", "reminders", "wishes", "bursts", "begins_s", "lasts_s", "seed")
        return {name: getattr(self, name) for name in names}


SHORT = Scale(checkins=120, reminders=60, wishes=10, bursts=2, begins_s=2.0, lasts_s=3.0, kills=6, pause_s=(0.1, 1.0))
MUTANT = replace(SHORT, patience_s=12.0)


@dataclass
class Killing:
    """Kills in turn: one or all, at a random moment or while a push is on its way."""

    workers: Workers
    ears: Ears
    scale: Scale
    chance: random.Random
    done: Counter[str] = field(default_factory=Counter)

    def run(self) -> None:
        """All kills of the scale; both workers run in the end."""
        for number in range(self.scale.kills):
            if stop.is_set():
                return
            pids = list(self.workers.running)
            doomed = pids if number % 3 == 2 else [self.chance.choice(pids)]
            whom = "all" if len(doomed) > 1 else "one"
            pause = self.chance.uniform(*self.scale.pause_s)
            if number % 2:
                self._in_a_push(doomed, whom, pause)
            else:
                stop.wait(pause)
                self.workers.kill(doomed)
                self.done[f"{whom} at any moment"] += 1
            stop.wait(self.scale.away_s)
            while len(self.workers.running) < 2:
                self.workers.start()

    def _in_a_push(self, doomed: Sequence[int], whom: str, pause: float) -> None:
        self.ears.arm(self.chance.randint(1, 20), lambda: self.workers.kill(doomed))
        if self.ears.fired.wait(pause + 1):
            self.done[f"{whom} in a push"] += 1
        else:  # none was on its way
            self.ears.disarm()
            self.workers.kill(doomed)
            self.done[f"{whom} at any moment"] += 1


def run_one(house: House, scale: Scale, mutant: str = "") -> tuple[Verdict, Row]:
    """Plant, kill, wait until nothing is left, compare."""
    row = Row("workers killed")
    planted = house.fresh(scale.planted)
    began = time.monotonic()
    due = [Due(*each) for each in planted["due"]]
    with house.workers(mutant) as (workers, ears), house.connect() as connection:
        for _ in range(2):
            workers.start()
        killing = Killing(workers, ears, scale, random.Random(scale.seed))
        killing.run()
        _wait(lambda: time.monotonic() > began + scale.begins_s + scale.lasts_s, scale.lasts_s + scale.begins_s)
        settled = time.monotonic()
        _wait(lambda: not any(count_left(connection).values()), scale.patience_s)
        row.whole_s = time.monotonic() - settled
        left = count_left(connection)
        workers.stop()
        pushes = Counter[str]()
        for address, count in ears.heard.items():
            pushes[planted["devices"][address]] += count
        facts = Facts(read_found(connection, due), pushes, left, read_gaps(connection))
    verdict = check(due, planted["devices"], facts, kills=scale.kills)
    row.more["kills"] = ", ".join(f"{count} {what}" for what, count in sorted(killing.done.items()))
    row.more["pushes"] = f"{verdict.pushes:,} to {verdict.devices:,} devices, at most {verdict.most} more to one"
    return verdict, row


def _wait(reached: Callable[[], bool], patience_s: float) -> None:
    until = time.monotonic() + patience_s
    while not reached() and time.monotonic() < until and not stop.is_set():
        stop.wait(0.1)


LEFT = {
    "check-ins that are due": """SELECT count(*) FROM checkins_checkin
WHERE due_at <= now() AND state IN ('planned', 'snoozed', 'open')""",
    "wishes for contact that are due": """SELECT count(*) FROM checkins_contactrequest
WHERE state = 'waiting' AND respond_by <= now()""",
    "streams nobody has looked at": "SELECT count(*) FROM streams_stream WHERE unpushed",
    "wishes for a push": "SELECT count(*) FROM push_wish",
    "deliveries": "SELECT count(*) FROM push_delivery",
}
CHECKINS = """
SELECT c.id, CASE WHEN c.reminded_at IS NULL THEN (c.state = 'open' AND c.opened_at IS NOT NULL)::int ELSE 1 END,
  (SELECT count(*) FROM streams_event e WHERE e.kind = 'checkin.due' AND e.ref = c.id),
  (SELECT count(*) FROM checkins_checkin a WHERE a.plan_id = c.plan_id AND a.state = 'planned')
FROM checkins_checkin c WHERE c.id = ANY(%s) AND (c.reminded_at IS NOT NULL) = %s
"""
WISHES = """
SELECT r.id, (SELECT count(*) FROM checkins_requeststep s WHERE s.request_id = r.id) - 1,
  (SELECT count(*) FROM streams_event e JOIN accounts_account a ON a.inbox = e.stream_id
   WHERE e.kind = 'contact_request.changed' AND e.ref = r.id AND a.id = h.account_id)
FROM checkins_contactrequest r JOIN accounts_role h ON h.id = r.holder_id
WHERE r.id = ANY(%s) AND r.part = 'coordinator'
"""
GAPS = """
SELECT s.id FROM streams_stream s LEFT JOIN streams_event e ON e.stream_id = s.id
GROUP BY s.id HAVING count(e.seq) <> s.head OR coalesce(max(e.seq), 0) <> s.head
"""


def count_left(connection: psycopg.Connection) -> dict[str, int]:
    """What is still to be done, by what it is."""
    found = {}
    for what, statement in LEFT.items():
        row = connection.execute(statement.encode()).fetchone()
        found[what] = int(row[0]) if row else 0
    return found


def read_found(connection: psycopg.Connection, due: Iterable[Due]) -> dict[str, Found]:
    """What became of each, by id."""
    found: dict[str, Found] = {}
    ids: dict[str, list[str]] = {}
    for each in due:
        ids.setdefault(each.kind, []).append(each.id)
    for kind, reminded in (("check-in", False), ("reminder", True)):
        for id_, acts, told, ahead in connection.execute(CHECKINS, [ids.get(kind, []), reminded]).fetchall():
            found[str(id_)] = Found(acts, told, ahead)
    for id_, acts, told in connection.execute(WISHES, [ids.get("wish", [])]).fetchall():
        found[str(id_)] = Found(acts, told)
    return found


def read_gaps(connection: psycopg.Connection) -> list[str]:
    """Streams whose seqs are not 1, 2, 3, … to their head."""
    return [str(stream) for (stream,) in connection.execute(GAPS).fetchall()]


def run(folder: Path, form: str) -> tuple[Verdict | None, list[Row]]:
    """One of the forms, or `whole`: all of it and the mutants; → the verdict, none for mutants alone, and rows.

    What is amiss is `missed` in a row.
    """
    mutants = list(MUTANTS) if form in ("mutants", "whole") else [form] if form in MUTANTS else []
    verdict, rows = None, []
    with open_house(folder) as house:
        if form in ("", "short", "whole"):
            verdict, row = run_one(house, SHORT if form == "short" else Scale())
            row.missed += [f"{row.name}: {fault.kind}: {fault.text}" for fault in verdict.faults[:SHOWN]]
            print(row.line(), flush=True)
            rows.append(row)
        for mutant in mutants:
            found, row = run_one(house, MUTANT, mutant)
            red = bool(found.faults)
            seen = "red, as it must be" if red else "GREEN: the drill does not see it"
            print(f"mutant worker, {MUTANTS[mutant]}: {found.line()}: {seen}", flush=True)
            row.name = f"mutant {mutant}"
            row.need("red", red)
            rows.append(row)
    return verdict, rows
