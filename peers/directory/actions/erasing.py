"""The directory holds nothing of anybody who has an account: letters to it come without one."""

from __future__ import annotations

from backend.core.erasure.registry import NOTHING, Part, kept

PART = Part(
    name="directory",
    models={
        "Edition": NOTHING,
        "Entry": kept("an organisation's"),
        "Gap": NOTHING,
        "Helpline": NOTHING,
        "Problem": kept("a letter, from nobody"),
        "Question": kept("a letter, from nobody"),
    },
)
