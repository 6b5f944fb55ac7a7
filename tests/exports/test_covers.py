"""Nothing about a member is forgotten: every model of the house is in a part of the file, or left out with a reason."""

from __future__ import annotations

from pathlib import Path

from django.apps import apps
from django.db.models import ForeignKey, Model

from backend.core.accounts.models import Account, Organisation, Role
from backend.core.exports import registry

HOUSE = ("backend", "messaging", "moderation", "peers")
PAGE = Path(__file__).resolve().parents[2] / "docs" / "export.md"


def models() -> list[type[Model]]:
    """All of the house's own."""
    return [model for model in apps.get_models() if model.__module__.split(".")[0] in HOUSE]


def test_every_model_is_in_a_part_or_left_out_with_a_reason() -> None:
    forgotten = set(models()) - registry.covered().keys()
    assert not {model.__name__ for model in forgotten}, "register_part or leave_out, in the app's exporting.py"


def test_what_is_no_more_is_not_named() -> None:
    assert registry.covered().keys() <= set(models())


def test_what_is_said_to_be_about_nobody_names_nobody() -> None:
    for model, why in registry.covered().items():
        if why.startswith("left out: about nobody") and model is not Organisation:  # its two seats are in `roles`
            fields = [field for field in model._meta.get_fields() if isinstance(field, ForeignKey)]
            assert not [field.name for field in fields if field.related_model in (Account, Role)], model


def test_every_reason_is_one() -> None:
    for model, why in registry.covered().items():
        assert not why.startswith("left out") or len(why) > len("left out: ") + 3, model


def test_every_part_is_on_the_page() -> None:
    page = PAGE.read_text()
    assert not [part.name for part in registry.parts() if f"`{part.name}`" not in page]
    for part in registry.parts():
        assert part.says.endswith("."), part.name
