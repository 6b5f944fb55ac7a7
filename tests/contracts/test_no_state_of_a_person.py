"""No field anywhere says where somebody stands in their life: not in the database, and not in what clients are told.

Work change is not linear, and coming back to something is usual. So a talk, a request or a check-in may have a state; a
member, their journey and their goals have none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from django.apps import apps
from django.db import models

from backend.core.http.schema import document
from backend.core.vocabulary import Direction

OURS = ("backend", "messaging", "peers", "moderation")
# Words of a person's state, as names of fields and as values.
STATES = re.compile(
    r"(^|_)(exit(ed|ing)?|stopp?ed_work(ing)?|still_work(ing|s)?|left_(work|the_work|branch)|relaps\w*|sober|clean"
    r"|in_the_work|working|recover(ed|ing)|reintegrat\w*|rehabilitat\w*|success(ful)?|achieved?|accomplish\w*|failed?"
    r"|progress|phase|stage|step_of|streak|score|rank|level|rating|risk|motivat\w*|compliance|adherence|dropout)(_|$)"
)
# Of these a person is the only subject, so here no field may even be called a state.
ABOUT_PEOPLE = ("profiles", "journeys")
STATE_NAMES = re.compile(
    r"(^|_)(status|state|active|inactive|done|ended|closed|completed?|finished|archived|reached)(_|$)"
)
# Whose state these words are is said here; none of them is a person's.
# Of the API; the order of entries in the directory; a file with one's data that could not be made.
ALLOWED = {"api_level", "directory.Entry.rank", "exports.Export.state", "failed"}


def our_models() -> Iterator[type[models.Model]]:
    for model in apps.get_models():
        if model.__module__.split(".")[0] in OURS:
            yield model


def names_and_values(told: Any) -> Iterator[str]:
    """Names of properties, and the values that a text may have."""
    if isinstance(told, dict):
        for name, part in told.items():
            if name == "properties" and isinstance(part, dict):
                yield from part
            if name in ("enum", "const"):
                yield from (str(value) for value in (part if isinstance(part, list) else [part]))
            else:
                yield from names_and_values(part)
    elif isinstance(told, list):
        for part in told:
            yield from names_and_values(part)


@pytest.mark.parametrize("word", ["exited", "has_exited", "relapsed_at", "still_working", "progress", "goal_achieved"])
def test_such_words_are_found(word: str) -> None:
    assert STATES.search(word)


def test_no_field_of_the_database_says_where_somebody_stands() -> None:
    found = []
    for model in our_models():
        for field in model._meta.get_fields():
            values = [str(value) for value, _ in getattr(field, "choices", None) or ()]
            found += [f"{model._meta.label}.{field.name}" for word in (field.name, *values) if STATES.search(word)]
    assert sorted(set(found) - ALLOWED) == []


def test_no_name_or_value_of_the_api_does() -> None:
    words = set(names_and_values(orjson.loads(document()))) - ALLOWED
    assert {"directions", "inside", "outside"} <= words
    assert sorted(word for word in words if STATES.search(word)) == []


@pytest.mark.parametrize("label", ABOUT_PEOPLE)
def test_a_journey_has_no_state_and_no_end(label: str) -> None:
    for model in apps.get_app_config(label).get_models():
        for field in model._meta.get_fields():
            assert not STATE_NAMES.search(field.name), f"{model._meta.label}.{field.name}"
            assert not isinstance(field, models.BooleanField), f"{model._meta.label}.{field.name}"
            assert not getattr(field, "choices", None), f"{model._meta.label}.{field.name}"


def test_of_the_directions_none_is_first_or_last() -> None:
    """Four keys without a number: nothing can be counted up or down."""
    assert set(Direction) == {"outside", "inside", "combining", "unsure"}
