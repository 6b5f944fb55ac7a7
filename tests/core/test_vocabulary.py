"""The keys of the vocabulary are a promise to clients: they change only on purpose."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

import backend.core
from backend.core.vocabulary import (
    LANGUAGE_NAMES,
    SPOKEN_LANGUAGES,
    UI_LANGUAGES,
    Direction,
    Domain,
    Reaction,
    RoleKind,
    Support,
    match_ui_language,
)

DATA = Path(backend.core.__file__).parent / "data"


def test_the_keys_are_these() -> None:
    assert [*Domain] == ["work", "money", "housing", "health", "mind", "people", "safety", "papers"]
    assert [*Direction] == ["outside", "inside", "combining", "unsure"]
    assert [*RoleKind] == ["member", "peer_expert", "moderator", "coordinator", "second_approver", "auditor"]
    told = (
        "talk money housing temporary_home work education language job_coaching addiction papers health legal meeting"
    )
    assert [*Support] == told.split()
    assert [*Reaction] == ["heart", "thanks", "strength", "hug", "laugh", "sad", "yes", "no"]
    assert UI_LANGUAGES == ("nl", "en", "es", "ro", "bg", "hu")


def test_languages_are_distinct_tags_with_a_name_and_hold_the_six() -> None:
    assert SPOKEN_LANGUAGES[:6] == UI_LANGUAGES
    assert {"pl", "pt", "ru", "uk", "th", "zh-hans", "tr", "ar"} <= set(SPOKEN_LANGUAGES)
    assert all(re.fullmatch(r"[a-z]{2,3}(-[a-z]{4})?", tag) for tag in SPOKEN_LANGUAGES)
    assert len(set(LANGUAGE_NAMES.values())) == len(SPOKEN_LANGUAGES)
    assert all(name and not name[0].islower() for name in LANGUAGE_NAMES.values())


@pytest.mark.parametrize(
    ("tag", "language"),
    [("nl", "nl"), ("nl-BE", "nl"), ("ES_mx", "es"), ("de", "en"), ("", "en"), ("hun", "en")],
)
def test_a_tag_finds_its_ui_language(tag: str, language: str) -> None:
    assert match_ui_language(tag=tag) == language


def test_regions_and_organisations_say_how_sure_they_are() -> None:
    regions = json.loads((DATA / "regions.json").read_text(encoding="utf-8"))["regions"]
    organisations = json.loads((DATA / "organisations.json").read_text(encoding="utf-8"))["organisations"]
    assert len({region["key"] for region in regions}) == len(regions) > 0
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", region["key"]) and region["name"] for region in regions)
    assert len({one["name"] for one in organisations}) == len(organisations) > 0
    assert all(row["status"] for row in [*regions, *organisations])
