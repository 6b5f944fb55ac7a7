"""What a deployment needs beside code that works: texts about safety and consent that a native speaker has read, and
places outside the databases for what a restore or their owner must not be able to take back.

A translation counts as read when its catalogue's header `X-Native-Review` is not `none` and its entry carries the flag
`reviewed`. A changed source text is a new entry, without the flag, so it has to be read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import polib
from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error
from django.utils import translation

from backend.core.accounts.consents import TEXTS
from backend.core.http.titles import safety_titles

HEADER = "X-Native-Review"
REVIEWED = "reviewed"


def texts_to_review() -> frozenset[str]:
    """The source texts of all consents and of the titles about safety."""
    with translation.override(None):
        return frozenset(str(text) for text in (*TEXTS.values(), *safety_titles()))


def unread(*, catalogue: Path) -> list[str]:
    """Which of these texts no native speaker has read in this catalogue; all of them without a catalogue."""
    texts = texts_to_review()
    if not catalogue.exists():
        return sorted(texts)
    entries = polib.pofile(str(catalogue))
    if entries.metadata.get(HEADER, "none").strip().lower() == "none":
        return sorted(texts)
    return sorted(texts - {entry.msgid for entry in entries if entry.msgstr and REVIEWED in entry.flags})


def check_reviewed(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """One error per language that has such texts."""
    faults: list[CheckMessage] = []
    for language, _ in settings.LANGUAGES:
        catalogue = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
        texts = unread(catalogue=catalogue)
        if texts:
            faults.append(
                Error(
                    f"{language}: {len(texts)} texts about safety and consent have not been read by a native speaker.",
                    hint=f"Read them in {language}/LC_MESSAGES/django.po, flag each with `#, {REVIEWED}`, and put who"
                    f" and when into the header {HEADER}. The first one: {texts[0][:60]}…",
                    id="naast.E001",
                )
            )
    return faults


def check_kept_outside(app_configs: Sequence[AppConfig] | None, **options: Any) -> list[CheckMessage]:
    """One error for each setting without which something is kept in the databases alone."""
    needed = {
        "NAAST_CHECKPOINTS": "whether the end of the audit was cut off, nobody could tell.",
        "NAAST_ERASURES": "an older backup would bring erased accounts back, and nobody would know which.",
    }
    return [
        Error(
            f"{name} is not set: {why}",
            hint="Name a file that another machine keeps, or an https address (docs/operating.md).",
            id="naast.E002",
        )
        for name, why in needed.items()
        if not getattr(settings, name)
    ]
