"""Every kind of event has a declared answer: as what it wakes, or why it wakes nobody; docs/push.md says the same."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from backend.core.push import registry
from backend.core.push.vocabulary import Kind
from backend.core.streams import registry as streams

DOCS = Path(__file__).resolve().parents[2] / "docs"


def told_kinds() -> list[str]:
    """All kinds that docs/asyncapi.yaml tells clients of."""
    schemas = yaml.safe_load((DOCS / "asyncapi.yaml").read_text())["components"]["schemas"]
    types = (there.get("properties", {}).get("type") for there in schemas.values())
    return sorted(told["const"] for told in types if isinstance(told, dict) and "const" in told)


def test_the_contract_names_every_kind_that_there_is() -> None:
    assert set(told_kinds()) >= set(streams.kinds())


@pytest.mark.parametrize("kind", told_kinds())
def test_each_kind_has_an_answer(kind: str) -> None:
    assert kind in registry.answers(), f"say at ready() whom {kind} wakes, or why nobody"


def test_no_kind_has_two() -> None:
    assert not registry._woken.keys() & registry._silent.keys()


def test_the_table_of_the_docs_is_that_answer() -> None:
    lines = re.findall(r"^\| (`[a-z_.`, ]+`) \| (\*\*yes\*\*|no) \|", (DOCS / "push.md").read_text(), re.MULTILINE)
    rows = [(kind, says) for kinds, says in lines for kind in re.findall(r"[a-z_]+\.[a-z_]+", kinds)]
    told = {kind: says == "**yes**" for kind, says in rows}
    assert len(rows) == len(told)
    assert told == {kind: isinstance(answer, Kind) for kind, answer in registry.answers().items()}
