"""Every table says how it is erased. A new model fails here until its app's part of the erasure names it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models

from backend.core.accounts.models import Account
from backend.core.erasure import registry

MODELS = [model for model in apps.get_models() if not model._meta.proxy]
HOLDS_PEOPLE = (Account,)
# Plain columns that name an account, a membership or a key's owner, beside foreign keys.
PLAIN = (models.UUIDField, models.BinaryField)


def told() -> dict[str, str]:
    """Label of each model → how it is erased, as its app's part says."""
    return {f"{part.name}.{name}": how for part in registry.parts() for name, how in part.models.items()}


def label(model: type[models.Model]) -> str:
    return f"{model._meta.app_label}.{model.__name__}"


def foreign(model: type[models.Model]) -> Iterator[models.ForeignKey[models.Model, models.Model]]:
    return (field for field in model._meta.get_fields() if isinstance(field, models.ForeignKey))


def paths(model: type[models.Model], *, cascading: bool, seen: frozenset[type] = frozenset()) -> bool:
    """Whether foreign keys lead to an account; `cascading`: so that the row goes with it."""
    if model is Account:
        return True
    for field in foreign(model):
        there = field.remote_field.model
        if there in seen or (cascading and field.remote_field.on_delete is not models.CASCADE):
            continue
        if paths(there, cascading=cascading, seen=seen | {model}):
            return True
    return False


def test_every_model_is_declared_once_and_no_other() -> None:
    assert {label(model) for model in apps.get_models(include_auto_created=True)} == set(told())


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_what_goes_with_the_account_really_does(model: type[models.Model]) -> None:
    if told()[label(model)] == registry.WITH_ACCOUNT:
        assert paths(model, cascading=True)


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_what_holds_nothing_has_no_way_to_anybody(model: type[models.Model]) -> None:
    """Neither by a foreign key nor by an id or sealed value in a plain column, but for its own."""
    if told()[label(model)] != registry.NOTHING:
        return
    assert not paths(model, cascading=False)
    plain = {field.name for field in model._meta.concrete_fields if isinstance(field, PLAIN) and not field.primary_key}
    assert plain <= {"hash"}  # the audit's


@pytest.mark.parametrize("model", MODELS, ids=label)
def test_what_is_protected_from_going_is_let_go_by_a_step(model: type[models.Model]) -> None:
    """A foreign key that refuses the account's or a role's end is undone before; else an erasure never ends."""
    held = [
        field.name
        for field in foreign(model)
        if field.remote_field.on_delete in (models.PROTECT, models.RESTRICT)
        and paths(field.remote_field.model, cascading=True)
    ]
    assert set(held) <= LET_GO.get(label(model), set()), held


LET_GO = {
    "accounts.Organisation": {"coordinator", "deputy"},  # followed when the role ends, or the erasure is refused
    "messaging.Membership": {"account"},  # piece by piece
    "experts.Vetting": {"first_by", "second_by"},
    "contacts.Change": {"about"},
    "contacts.Contact": {"holder"},
    "contacts.Handover": {"giving", "receiving"},
    "referrals.Referral": {"answered_by"},
}


def test_what_is_kept_says_why() -> None:
    for name, how in told().items():
        assert how in (registry.WITH_ACCOUNT, registry.BY_STEP, registry.NOTHING) or how.startswith("kept: "), name


def test_keys_are_destroyed_by_whom_they_belong_to() -> None:
    """The two tables of keys have no foreign key at all: nothing cascades there."""
    for model in apps.get_app_config("sealing").get_models():
        assert told()[label(model)] == registry.BY_STEP
        assert not list(foreign(model))
