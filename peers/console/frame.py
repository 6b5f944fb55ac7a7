"""What the coordinators' pages share: who may see them, and lists in pages."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any, Concatenate, ParamSpec

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse
from django.utils import timezone

from backend.core.accounts.models import Organisation, Role
from backend.core.console.forms import ZONE, Form, attempt, sent
from backend.core.console.forms import show_form as show_any_form
from backend.core.console.visits import View, Visit, page
from backend.core.errors import NotFound

__all__ = ["ZONE", "Form", "attempt", "coordinators", "one_page", "organisation_of", "sent", "show_form"]
SHOWN = 50  # rows on a page
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


def show_form(visit: Visit, template: str, given: Mapping[str, Any], *used: forms.Form) -> HttpResponse:
    """One of their pages with forms."""
    return show_any_form(visit, f"coordination/{template}", given, *used)


def one_page(visit: Visit, rows: QuerySet[Any]) -> tuple[list[Any], int | None]:
    """The rows of the page that is asked for, and the number of the next one if there is one."""
    asked = visit.request.GET.get("page", "1")
    number = int(asked) if asked.isascii() and asked.isdigit() and 1 <= len(asked) <= 3 else 1
    start = max(0, number - 1) * SHOWN
    found: Sequence[Any] = list(rows[start : start + SHOWN + 1])
    return list(found[:SHOWN]), number + 1 if len(found) > SHOWN else None
