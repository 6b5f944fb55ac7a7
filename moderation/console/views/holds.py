"""Messages that wait before they are posted, once nobody in the group has looked as promised."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts.models import Role
from backend.core.console.forms import Form, attempt, one_page, sent, show_form
from backend.core.console.visits import Visit, show, to
from messaging.actions.held import MAX_WORD
from messaging.models import HeldMessage
from moderation.actions import holds
from moderation.console.frame import moderators
from moderation.queries.holds import hold_for, holds_for


class ReleaseForm(Form):
    """The version of the text that was read."""

    version = forms.IntegerField(min_value=1, widget=forms.HiddenInput)


class ReturnForm(ReleaseForm):
    """With a word to whoever wrote it."""

    word = forms.CharField(
        label=gettext_lazy("A word to whoever wrote it"), max_length=MAX_WORD, widget=forms.Textarea(attrs={"rows": 3})
    )


@moderators()
def show_holds(visit: Visit, role: Role) -> HttpResponse:
    """What waits, the longest first; no word of it."""
    rows = one_page(visit, holds_for(role=role), ("due_at", "id"))
    return show(visit, "moderators/holds", {"title": _("Before it is posted"), "rows": rows})


@moderators(methods=("GET", "POST"))
def show_hold(visit: Visit, role: Role, held: UUID) -> HttpResponse:
    """One of them; `act` opens the text, posts it or gives it back."""
    there = hold_for(role=role, held=held)
    act = visit.typed("act", most=10)
    release, back = ReleaseForm(), ReturnForm()
    given: dict[str, Any] = {"by": visit.by, "held": held, "now": visit.now}
    if act == "release":
        release = ReleaseForm(sent(visit))
        if attempt(release, lambda typed: holds.release_hold(**given, **typed)):
            visit.tell("hold_released")
            return to("holds")
    elif act == "return":
        back = ReturnForm(sent(visit))
        if attempt(back, lambda typed: holds.return_hold(**given, **typed)):
            visit.tell("hold_returned")
            return to("holds")
    told = None
    if act:  # opened, and shown again beside what was refused
        told = holds.read_hold(**given)
        for form in (release, back):
            if not form.is_bound:
                form.initial["version"] = told["version"]
    return show_form(visit, "moderators/hold", _facts(visit, there, told, release, back), release, back)


def _facts(
    visit: Visit, there: HeldMessage, told: Mapping[str, Any] | None, release: Form, back: Form
) -> dict[str, Any]:
    return {
        "title": _("Before it is posted"),
        "held": there,
        "late": there.due_at <= visit.now,
        "told": told,
        "found": [(told["body"][hit["start"] : hit["end"]], hit["why"]) for hit in told["hits"]] if told else [],
        "release_form": release,
        "return_form": back,
    }
