"""What pages with forms share: forms that come back with what was typed, and lists in pages by sealed cursors."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.db.models import QuerySet
from django.http import HttpResponse, QueryDict
from django.utils.translation import gettext as _
from rest_framework.request import Request

from backend.core.accounts.models import Account
from backend.core.console.visits import Visit, refusal_text, show
from backend.core.errors import Conflict, Forbidden, Invalid, Stale, TooMany
from backend.core.http import pages

ZONE = ZoneInfo("Europe/Amsterdam")  # of the organisations: what they type and read
REFUSED = (Invalid, Conflict, Forbidden, Stale, TooMany)


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
    return show(visit, template, {**given, "fault": fault}, status=400 if fault else 200)


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a list in pages is asked for: as the API's lists are."""

    query_params: QueryDict
    path: str
    user: Account


def one_page(
    visit: Visit,
    source: QuerySet[Any] | Callable[[pages.Window], Sequence[Any]],
    key_fields: Sequence[str],
    render: Callable[[list[Any]], list[Any]] = list,
) -> dict[str, Any]:
    """A page of a list: `items`, and where the pages beside it are (`next`, `prev`: a query, or empty)."""
    asked = _Asked(visit.request.GET, visit.request.path, visit.by)
    found = pages.page_of_many(source, key_fields, cast("Request", asked), render)
    kept = visit.request.GET.copy()
    for name in pages.PARAMETERS:
        kept.pop(name, None)
    for name, word in (("next", "after"), ("prev", "before")):
        if found[name]:
            there = kept.copy()
            there[word] = found[name]
            found[name] = f"?{there.urlencode()}"
    return found
