"""What a run leaves under var/bench: results.json, tables.md and the plots."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from infra.bench.goals import GOALS
from infra.bench.measure import Record, Spread, figures_of, spread_of

COLUMNS: dict[str, tuple[str, ...]] = {
    "fanout": ("deliveries/s", "µs/delivery", "p50 ms", "half p50 ms", "half p99 ms", "server CPU", "client CPU"),
    "durable": ("messages/s", "p50 ms", "p99 ms", "µs/message", "server CPU", "PostgreSQL CPU", "client CPU"),
    "idle": (
        "KiB/socket",
        "sockets/s",
        "CPU ms/socket",
        "idle CPU",
        "all current s",
        "median s",
        "p99 s",
        "retries",
        "CPU ms/client",
    ),
    "reads": ("p50 ms", "p99 ms"),
    "checkins": ("s per tick", "opened/s", "cpu s"),
    "console": ("p50 ms", "p95 ms", "queries"),
    "peers": (
        "messages/s",
        "deliveries/s",
        "single deliveries/s",
        "light p50 ms",
        "light p99 ms",
        "half p50 ms",
        "half p99 ms",
        "memory KiB/socket",
        "server CPU",
        "PostgreSQL CPU",
        "client CPU",
    ),
}


def load_results(folder: Path) -> dict[str, object]:
    """What earlier runs left; empty when nothing did."""
    file = folder / "results.json"
    found: dict[str, object] = json.loads(file.read_text()) if file.exists() else {}
    return found


def records_in(results: Mapping[str, object]) -> list[Record]:
    """The records of all sections."""
    rows = results.get("records", [])
    return [Record(**row) for row in rows] if isinstance(rows, list) else []


def save_results(folder: Path, results: Mapping[str, object]) -> None:
    """Write the JSON, and the tables made from it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "results.json").write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")
    (folder / "tables.md").write_text(render_tables(results))


def render_tables(results: Mapping[str, object]) -> str:
    """Goals first, then a table for each section, then the machine."""
    records = records_in(results)
    parts = ["# Bench", "", *_goals(records)]
    for section, columns in COLUMNS.items():
        mine = [record for record in records if record.section == section]
        if mine:
            parts += [f"## {section}", "", *_section(mine, columns), ""]
    facts, notes = results.get("facts"), results.get("notes")
    if isinstance(facts, dict):
        parts += ["## Machine", "", *(f"- {name}: {value}" for name, value in facts.items()), ""]
    if isinstance(notes, dict):
        parts += ["## Notes", "", *(f"- {section}: {note}" for section, note in notes.items()), ""]
    return "\n".join(parts)


def _goals(records: Sequence[Record]) -> list[str]:
    rows = []
    for goal in GOALS:
        spread = goal.measured(records)
        if spread is not None:
            sign = "≤" if goal.at_most else "≥"
            verdict = "yes" if goal.reached(spread) else "**no**"
            rows.append([goal.what, f"{sign} {goal.limit:.3g}", show(spread), verdict])
    heads = ["goal (medians of ratios, pair by pair)", "limit", "median (min–max)", "reached"]
    return [*_table(heads, rows), ""] if rows else []


def _section(records: Sequence[Record], columns: Sequence[str]) -> list[str]:
    used = [name for name in columns if any(name in record.figures for record in records)]
    cases = dict.fromkeys((record.size, record.subject) for record in records)
    rows = []
    for size, subject in cases:
        errors = [r.error for r in records if (r.subject, r.size) == (subject, size) and r.error]
        spreads = (spread_of(figures_of(records, subject, size, name).values()) for name in used)
        row = [subject, size, *(show(spread) if spread else "" for spread in spreads)]
        rows.append(row if any(row[2:]) else [*row[:2], errors[0][:90] if errors else "", *row[3:]])
    return _table(["subject", "size", *used], rows)


def show(spread: Spread) -> str:
    """`median (min–max)` with three digits that count."""
    if spread.n == 1:
        return number(spread.median)
    return f"{number(spread.median)} ({number(spread.low)}–{number(spread.high)})"


def number(value: float) -> str:
    """Three digits that count, thousands apart."""
    return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.3g}"


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    lines = [heads, ["---"] * len(heads), *rows]
    return ["| " + " | ".join(cells) + " |" for cells in lines]


def merge(
    results: Mapping[str, object],
    section: str,
    records: Sequence[Record],
    *,
    notes: Mapping[str, str],
    facts: Mapping[str, str],
) -> dict[str, object]:
    """The results with one section measured anew."""
    kept = [record for record in records_in(results) if record.section != section]
    old = results.get("notes")
    return {
        "facts": dict(facts),
        "notes": {**(old if isinstance(old, dict) else {}), **notes},
        "records": [asdict(record) for record in [*kept, *records]],
    }
