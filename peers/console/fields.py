"""Fields that several forms have."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.utils.functional import Promise

from backend.core.accounts.queries import regions

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise

MOMENT = "%Y-%m-%dT%H:%M"
Choice = tuple[str, str | Promise]


def label(text: str | Promise) -> Any:
    """A text of the product as what forms take for one."""
    return cast("Any", text)


def many(label: str | _StrPromise, choices: Iterable[Choice] = ()) -> forms.MultipleChoiceField:
    """Some of these, or none."""
    return forms.MultipleChoiceField(
        label=label, choices=list(choices), required=False, widget=forms.CheckboxSelectMultiple
    )


def moment(label: str | _StrPromise, *, required: bool = True) -> forms.DateTimeField:
    """A day and a time, on the clock of the organisations."""
    return forms.DateTimeField(
        label=label,
        required=required,
        input_formats=[MOMENT],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format=MOMENT),
    )


def day(label: str | _StrPromise) -> forms.DateField:
    """A day."""
    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    return forms.DateField(label=label, input_formats=["%Y-%m-%d"], widget=widget)


def region_choices() -> list[Choice]:
    """Every region by its key."""
    return [(region.key, region.name) for region in regions().order_by("name")]
