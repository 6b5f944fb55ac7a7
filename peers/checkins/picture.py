"""A member's own years as a picture: a row for each question, a mark for each answer, and the same in words.

Each step has a shape of its own and a height of its own, so that it reads without any colour. No average, no line
through the marks, no number that could be a mark for a person.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

LEFT, TOP, ROW, RIGHT, WIDE = 190, 56, 74, 24, 960
OWN_ROWS = ("goals", "words")
LEVELS = {"very_good": 0, "good": 1, "so_so": 2, "bad": 3, "very_bad": 4, "rather_not": 2}


@dataclass(frozen=True, slots=True)
class Mark:
    """One answer to one question on one day."""

    on: date
    row: str
    step: str


@dataclass(frozen=True, slots=True)
class Own:
    """A goal of one's own, or own words, on the day they were written."""

    on: date
    row: str  # of OWN_ROWS
    text: str


@dataclass(frozen=True, slots=True)
class Years:
    """All that the picture shows."""

    marks: Sequence[Mark]
    own: Sequence[Own] = ()


def draw(
    years: Years, *, rows: Mapping[str, str], steps: Mapping[str, str], title: str, nothing: str, language: str
) -> str:
    """The picture as SVG. `rows`: question → its text; `steps`: step → its text; all in the language of the reader."""
    marks = years.marks
    everything: list[Mark | Own] = [*marks, *years.own]
    shown = [row for row in rows if any(one.row == row for one in everything)]
    height = TOP + ROW * max(len(shown), 1) + 70
    body = [f'<text x="{LEFT}" y="24" class="title">{escape(title)}</text>']
    if not shown:
        body.append(f'<text x="{LEFT}" y="{TOP + 30}">{escape(nothing)}</text>')
    else:
        first, last = min(one.on for one in everything), max(one.on for one in everything)
        body += _years(first, last, TOP + ROW * len(shown))
        for number, row in enumerate(shown):
            top = TOP + ROW * number
            body.append(f'<line x1="{LEFT}" x2="{WIDE - RIGHT}" y1="{top + 64}" y2="{top + 64}" class="rule"/>')
            body.append(f'<text x="{LEFT - 12}" y="{top + 38}" class="row">{escape(_short(rows[row]))}</text>')
            body += [
                _mark(
                    mark.step,
                    _x(mark.on, first, last),
                    top + 8 + 11 * LEVELS[mark.step],
                    f"{mark.on}: {steps[mark.step]}",
                )
                for mark in marks
                if mark.row == row
            ]
            body += [_flag(_x(own.on, first, last), top + 30, own) for own in years.own if own.row == row]
        body += _legend(steps, height - 26)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDE} {height}" role="img" lang="{escape(language)}"'
        f' aria-label="{escape(title)}"><title>{escape(title)}</title><style>'
        "text{font:14px sans-serif;fill:#222}.title{font-size:17px;font-weight:bold}.row{text-anchor:end}"
        ".year{font-size:12px;text-anchor:middle}.key{font-size:12px}.rule{stroke:#bbb}.mark{stroke:#222;stroke-width:1.5}"
        "</style>"
        f'<rect width="{WIDE}" height="{height}" fill="#fff"/>{"".join(body)}</svg>'
    )


def tell(years: Years, *, rows: Mapping[str, str], steps: Mapping[str, str]) -> list[str]:
    """The same in words: for each question and year what was answered, in the order of days; then goals and words."""
    lines = []
    for row, text in rows.items():
        of_year: dict[int, list[str]] = {}
        for mark in sorted((mark for mark in years.marks if mark.row == row), key=lambda mark: mark.on):
            of_year.setdefault(mark.on.year, []).append(steps[mark.step])
        lines += [f"{text} {year}: {', '.join(said)}." for year, said in of_year.items()]
        lines += [f"{text} {own.on}: {own.text}" for own in years.own if own.row == row]
    return lines


def _x(on: date, first: date, last: date) -> int:
    span = max((last - first).days, 1)
    return LEFT + 10 + round((on - first).days / span * (WIDE - RIGHT - LEFT - 20))


def _years(first: date, last: date, bottom: int) -> list[str]:
    told = []
    for year in range(first.year, last.year + 1):
        x = _x(max(date(year, 1, 1), first), first, last)
        told.append(f'<line x1="{x}" x2="{x}" y1="{TOP}" y2="{bottom}" class="rule" stroke-dasharray="2 4"/>')
        told.append(f'<text x="{x}" y="{TOP - 8}" class="year">{year}</text>')
    return told


def _legend(steps: Mapping[str, str], y: int) -> list[str]:
    told, x = [], 20
    for step, text in steps.items():
        told += [_mark(step, x, y - 4, text), f'<text x="{x + 12}" y="{y}" class="key">{escape(text)}</text>']
        x += 42 + 7 * len(text)
    return told


def _mark(step: str, x: int, y: int, said: str) -> str:
    shapes = {
        "very_good": f'<circle cx="{x}" cy="{y}" r="6" fill="#222" class="mark"/>',
        "good": f'<circle cx="{x}" cy="{y}" r="6" fill="#fff" class="mark"/>',
        "so_so": f'<rect x="{x - 6}" y="{y - 3}" width="12" height="6" fill="#fff" class="mark"/>',
        "bad": f'<path d="M{x - 6} {y - 5}h12l-6 11z" fill="#fff" class="mark"/>',
        "very_bad": f'<path d="M{x - 6} {y - 5}h12l-6 11z" fill="#222" class="mark"/>',
        "rather_not": f'<path d="M{x - 5} {y}h10" fill="none" class="mark" stroke-dasharray="2 2"/>',
    }
    return f"<g>{shapes[step]}<title>{escape(said)}</title></g>"


def _flag(x: int, y: int, own: Own) -> str:
    """Own words: a flag on its day, with what they say."""
    shape = f'<path d="M{x} {y + 18}v-26h12l-4 5 4 5h-12" fill="#fff" class="mark"/>'
    return f"<g>{shape}<title>{escape(f'{own.on}: {own.text}')}</title></g>"


def _short(text: str) -> str:
    return text if len(text) <= 26 else text[:25].rstrip() + "…"
