"""The OpenAPI document: valid, as it was committed, and true. Whatever fits it, or does not, gets an answer that fits.

The matrix holds each of its answers against the document too (`openapi.check_response`).
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.core.wsgi import get_wsgi_application
from django.test import Client
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.errors import Unsatisfiable
from openapi_spec_validator import OpenAPIV31SpecValidator
from schemathesis import checks

from backend.core import limits
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene, undone
from tests.contracts.openapi import check_response, document, operations

COMMITTED = Path(__file__).resolve().parents[2] / "docs" / "openapi.json"
# The same ones each time; NAAST_EXAMPLES=200 looks further, at others each time.
EXAMPLES = int(os.environ.get("NAAST_EXAMPLES", "0"))
FEW = settings(
    max_examples=EXAMPLES or 4,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    phases=[Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
# Not `positive_data_acceptance`: no schema says which aliases are taken, or which characters are no text.
CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
    checks.negative_data_rejection,
    checks.missing_required_header,
]
OPERATIONS = [f"{method} {path}" for path, method, _ in operations()]


def test_the_document_is_valid() -> None:
    assert document()["openapi"].startswith("3.1.")
    OpenAPIV31SpecValidator(document()).validate()


def test_the_committed_document_is_the_generated_one() -> None:
    assert json.loads(COMMITTED.read_text()) == document(), "docs/openapi.json is stale: make schema"


def test_the_served_document_is_the_generated_one() -> None:
    assert Client().get("/api/v1/schema").json() == document()


def test_every_operation_has_a_name_and_says_what_it_does() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(names) == len(set(names))
    for path, method, operation in operations():
        assert operation["description"], (method, path)


def test_input_is_closed_and_bounded() -> None:
    """What is not declared is refused, and nothing is taken without an end."""
    taken = [
        part["schema"]
        for _, _, operation in operations()
        for part in operation.get("requestBody", {}).get("content", {}).values()
    ]
    assert taken
    for where, part in _walk_input(taken):
        kind = part.get("type", ())
        kinds = {kind} if isinstance(kind, str) else {*kind}
        if "object" in kinds:
            assert "additionalProperties" in part, where
            assert part["additionalProperties"] is False or "maxProperties" in part, where
        if "array" in kinds:
            assert "maxItems" in part, where
        if "string" in kinds:
            assert part.keys() & {"maxLength", "enum", "format", "pattern"}, where
        if "integer" in kinds:
            assert part.keys() >= {"minimum", "maximum"}, where
        assert "number" not in kinds, where


def _walk_input(part: Any, where: str = "#") -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(part, list):
        for index, inner in enumerate(part):
            yield from _walk_input(inner, f"{where}/{index}")
    elif isinstance(part, dict):
        if "$ref" in part:
            name = part["$ref"].rsplit("/", 1)[1]
            yield from _walk_input(document()["components"]["schemas"][name], name)
            return
        yield where, part
        for key, inner in part.items():
            if key not in ("default", "enum", "required", "type"):
                yield from _walk_input(inner, f"{where}/{key}")


# -- whatever comes ---------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def api() -> Any:
    """The document, bound to the application."""
    schema = schemathesis.openapi.from_wsgi("/api/v1/schema", get_wsgi_application())
    schema.config.generation.update(with_security_parameters=False)
    return schema


@pytest.mark.parametrize("fits", [True, False], ids=["fits", "does not fit"])
@pytest.mark.parametrize("row", OPERATIONS)
def test_whatever_comes_gets_an_answer_that_fits(area: Area, scene: Scene, api: Any, row: str, fits: bool) -> None:
    method, path = row.split()
    mode = schemathesis.GenerationMode.POSITIVE if fits else schemathesis.GenerationMode.NEGATIVE
    signed_in = [who for who in area.everybody if who not in area.columns["none"]]
    who, places = st.sampled_from(signed_in), st.sampled_from([None, scene.given, scene.elsewhere or None])

    @FEW
    @given(case=api[path][method].as_strategy(generation_mode=mode), who=who, place=places)
    def ask(case: Any, who: str, place: dict[str, str] | None) -> None:
        if place is not None and fits:  # what is really there; else there is nothing behind most paths
            case.path_parameters = {name: place[name] for name in case.path_parameters or ()}
        limits._local.clear()
        with undone():
            response = case.call(headers={"Authorization": scene.tokens[who]})
        case.validate_response(response, checks=CHECKS)
        headers = {name.title(): values[0] for name, values in response.headers.items()}
        check_response(method, path, status=response.status_code, headers=headers, body=response.content)

    try:
        ask()
    except Unsatisfiable:
        assert not fits, "nothing fits"
        assert "{" not in path, "there is nothing that could be wrong with it"
