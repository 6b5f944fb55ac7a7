"""What the coordinators' pages share: who may see them, forms that come back with what was typed, lists in pages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec, cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from backend.core.accounts.models import Organisation, Role
from backend.core.console.visits import View, Visit, page, refusal_text, show
from backend.core.errors import Conflict, Forbidden, Invalid, NotFound, Stale, TooMany

ZONE = ZoneInfo("Europe/Amsterdam")  # of the organisations: what they type and read
SHOWN = 50  # rows on a page
REFUSED = (Invalid, Conflict, Forbidden, Stale, TooMany)
P = ParamSpec("P")


def coordinators(
    *, methods: Collection[str] = ("GET",), grave: bool = False
) -> Callable[[Callable[Concatenate[Visit, Role, P], HttpResponse]], View]:
    """A page for coordinators: gets the visit and the role in which they coordinate. Nobody else finds it."""

    def wrap(fn: Callable[Concatenate[Visit, Role, P], HttpResponse]) -> View:
        @page(kinds=(Role.Kind.COORDINATOR,), methods=methods, grave=grave)
        @functools.wraps(fn)
        def view(visit: Visit, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            with timezone.override(ZONE):
                return fn(visit, visit.role(Role.Kind.COORDINATOR), *args, **kwargs)

        return view

    return wrap


def organisation_of(role: Role) -> Organisation:
    """What they coordinate."""
    if role.organisation is None:
        raise NotFound
    return role.organisation


class Form(forms.Form):
    """A form with an id of its own for each field, also beside others on one page."""

    def __init__(self, data: Any = None, **more: Any) -> None:
        name = type(self).__name__.removesuffix("Form").lower()
        super().__init__(data, **{"label_suffix": "", "auto_id": f"{name}_%s", **more})

    def offer(self, field: str, choices: Iterable[tuple[object, object]]) -> None:
        """Say what can be chosen in a field."""
        cast("forms.ChoiceField", self.fields[field]).choices = list(choices)


def sent(visit: Visit) -> Any:
    """The fields of a form that was sent; None on the way to it."""
    return visit.request.POST if visit.request.method == "POST" else None


def attempt(form: forms.Form, act: Callable[[dict[str, Any]], object]) -> bool:
    """Do what the form asks for, if it was sent and is well; what is refused is told on the form."""
    if not form.is_valid():
        return False
    try:
        act(form.cleaned_data)
    except REFUSED as refusal:
        where = refusal.errors[0].pointer.strip("/").partition("/")[0] if refusal.errors else ""
        form.add_error(where if where in form.fields else None, refusal_text(refusal))
        return False
    return True


def show_form(visit: Visit, template: str, given: Mapping[str, Any], *used: forms.Form) -> HttpResponse:
    """A page with forms: what was sent and refused comes back as it was typed, with the reason."""
    fault = ""
    for form in used:
        if form.is_bound and form.errors:
            fault = " ".join(str(one) for one in form.non_field_errors()) or _(
                "That did not work. Look at what is marked."
            )
    return show(visit, f"coordination/{template}", {**given, "fault": fault}, status=400 if fault else 200)


def one_page(visit: Visit, rows: QuerySet[Any]) -> tuple[list[Any], int | None]:
    """The rows of the page that is asked for, and the number of the next one if there is one."""
    asked = visit.request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and 1 <= len(asked) <= 3 else 1
    start = max(0, number - 1) * SHOWN
    found: Sequence[Any] = list(rows[start : start + SHOWN + 1])
    return list(found[:SHOWN]), number + 1 if len(found) > SHOWN else None
