"""The documentation names what is there: files, commands, variables, jobs, close codes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import get_commands

from backend.core import jobs
from messaging import consumers

ROOT = Path(__file__).parents[2]
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
LONGEST, LONGEST_DECISION = 150, 40  # lines
TOPS = ("backend", "messaging", "moderation", "peers", "infra", "tests", "docs")
CODE = re.compile(r"`([^`\n]+)`")
LINK = re.compile(r"\]\(([^)#\s]+)")
ENVIRONMENT = re.compile(r"""(?:environ(?:\.get\(|\[)|read_list\()["']([A-Z_]+)["']""")


def expand(text: str) -> list[str]:
    """`a/{b,c}.py` as `a/b.py` and `a/c.py`."""
    found = re.match(r"(.*?)\{([^}]*)\}(.*)", text)
    if found is None:
        return [text]
    return [path for part in found[2].split(",") for path in expand(found[1] + part + found[3])]


def paths_on(page: Path) -> Iterator[str]:
    """What a page names that looks like a path from the top."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for name in CODE.findall(text):
        if re.fullmatch(r"[\w./{},*-]+", name) and name.split("/")[0] in TOPS and "/" in name:
            yield from expand(name)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_files_and_pages_that_are_named_are_there(page: Path) -> None:
    missing = [path for path in paths_on(page) if not any(ROOT.glob(path.rstrip("/")))]
    missing += [
        link
        for link in LINK.findall(page.read_text(encoding="utf-8"))
        if not link.startswith(("http:", "https:")) and not (page.parent / link).exists()
    ]
    assert missing == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_a_page_is_short(page: Path) -> None:
    most = LONGEST_DECISION if page.parent.name == "adr" else LONGEST
    assert len(page.read_text(encoding="utf-8").splitlines()) <= most


def test_every_page_is_reached_from_the_first() -> None:
    told = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [page.name for page in (ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in told] == []


def test_every_variable_is_in_the_runbook() -> None:
    told = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    sources = [*(ROOT / "backend").rglob("*.py"), ROOT / "infra" / "run.py"]
    read = {name for path in sources for name in ENVIRONMENT.findall(path.read_text(encoding="utf-8"))}
    assert "DATABASE_URL" in read
    assert [name for name in sorted(read - {"DJANGO_SETTINGS_MODULE"}) if f"`{name}`" not in told] == []
    assert "DJANGO_SETTINGS_MODULE" in told


def test_every_command_of_ours_is_told() -> None:
    ours = {name for name, app in get_commands().items() if str(app).split(".")[0] in TOPS}
    told = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert "give_role" in ours
    assert [name for name in sorted(ours) if name not in told] == []


def test_every_job_is_told() -> None:
    told = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    assert [job.name for job in jobs.jobs() if job.name not in told] == []


def test_every_close_code_is_told() -> None:
    told = (ROOT / "docs" / "streams.md").read_text(encoding="utf-8")
    codes = {consumers.TICKET, consumers.REVOKED, consumers.LOCKED, consumers.TOO_MANY, consumers.BAD_PROTOCOL}
    codes |= {consumers.RESTART, 4009, 4013}
    assert [code for code in sorted(codes) if f"| {code} |" not in told] == []
