"""Every action that is written into the audit has words on the auditor's page: `moderation/console/acts.py`."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from moderation.console.acts import ACTS

ROOT = Path(__file__).parents[2]


def test_every_action_has_words() -> None:
    """An action that some code writes and that `moderation/console/acts.py` does not name."""
    found: set[str] = set()
    for app in ("backend", "messaging", "moderation", "peers"):
        for path in (ROOT / app).rglob("*.py"):
            source = path.read_text(encoding="utf-8")
            if "audit(" in source or "note_decision(" in source:
                found |= {name for node in ast.walk(ast.parse(source)) for name in actions_in(node)}
    assert sorted(found - set(ACTS)) == []
    assert len(found) > 60


def actions_in(node: ast.AST) -> set[str]:
    """What a call of `audit`, or of a helper that hands an action on to it, names."""
    if not isinstance(node, ast.Call):
        return set()
    named = [keyword.value for keyword in node.keywords if keyword.arg == "action"]
    if isinstance(node.func, ast.Name) and node.func.id in ("_audit", "_tell", "note_decision"):
        named += node.args
    texts = [part.value for one in named for part in ast.walk(one) if isinstance(part, ast.Constant)]
    return {text for text in texts if isinstance(text, str) and re.fullmatch(r"[a-z_]+\.[a-z_]+", text)}
