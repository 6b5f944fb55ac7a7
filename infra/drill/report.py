"""Figures: a line for each fault, a table of all, and what must not be exceeded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from infra.drill.ledger import Window


@dataclass
class Row:
    """What one fault did. `more` is text by name, `missed` what was asked for and not reached."""

    name: str
    window: Window | None = None
    whole_s: float | None = None
    more: dict[str, str] = field(default_factory=dict)
    missed: list[str] = field(default_factory=list)

    def limit(self, name: str, value: float, most: float, unit: str) -> None:
        """Enter a figure that may be at most so much."""
        self.more[name] = f"{value:,.3g} {unit} (at most {most:g})"
        if not value <= most:
            self.missed.append(f"{self.name}: {name} is {value:,.3g} {unit}, at most {most:g} was asked for")

    def need(self, name: str, true: bool) -> None:
        """Enter something that must be so."""
        if not true:
            self.missed.append(f"{self.name}: not {name}")

    def line(self) -> str:
        """The fault's line of figures."""
        parts = []
        if self.window is not None:
            w = self.window
            parts += [
                f"{w.acked:,} acked",
                f"{w.delivered:,} delivered",
                f"p50 {ms(w.delay(0.5))}",
                f"p99 {ms(w.delay(0.99))}",
                f"longest silence {w.silence:.1f} s",
                f"{w.opened} connections anew",
            ]
        if self.whole_s is not None:
            parts.append(f"all up to date {self.whole_s:.1f} s later")
        parts += [f"{name} {value}" for name, value in self.more.items()]
        return f"{self.name}: {', '.join(parts)}{'  MISSED' if self.missed else ''}"

    def told(self) -> dict[str, Any]:
        """As JSON keeps it."""
        told: dict[str, Any] = {"name": self.name, "more": self.more, "missed": self.missed, "whole_s": self.whole_s}
        if self.window is not None:
            w = self.window
            told |= {
                "seconds": w.seconds,
                "acked": w.acked,
                "delivered": w.delivered,
                "p50_s": w.delay(0.5),
                "p99_s": w.delay(0.99),
                "silence_s": w.silence,
                "opened": w.opened,
            }
        return told


def ms(seconds: float) -> str:
    """Milliseconds, for people."""
    return f"{1000 * seconds:,.0f} ms"


def render_table(rows: Sequence[Row]) -> str:
    """All faults as a table in Markdown."""
    lines = [
        "| fault | acked | delivered | p50 | p99 | longest silence | up to date after | more |",
        "|---|--:|--:|--:|--:|--:|--:|---|",
    ]
    for row in rows:
        w = row.window
        cells = (
            [f"{w.acked:,}", f"{w.delivered:,}", ms(w.delay(0.5)), ms(w.delay(0.99)), f"{w.silence:.1f} s"]
            if w
            else [""] * 5
        )
        whole = "" if row.whole_s is None else f"{row.whole_s:.1f} s"
        more = "; ".join(f"{name} {value}" for name, value in row.more.items())
        lines.append(f"| {' | '.join([row.name, *cells, whole, more])} |")
    return "\n".join(lines)


def save(path: Path, rows: Sequence[Row], end: Mapping[str, Any]) -> None:
    """Write the figures as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    told = {"faults": [row.told() for row in rows], **end}
    path.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
