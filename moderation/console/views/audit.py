"""The audit for who audits: does it hold, and what was done, by which role, to which case. Nothing that anybody wrote.

What is searched for stands in no address: a form sends it, and the page after it carries it sealed for its reader.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts.models import Role
from backend.core.audit_check import standing
from backend.core.console.forms import Form, one_page, sent, show_form
from backend.core.console.visits import Visit
from backend.core.http import pages
from backend.core.models import AuditEntry
from backend.core.sealing import seal
from moderation.actions import audits
from moderation.console.acts import ACTS, WHO
from moderation.console.frame import moderators
from moderation.console.names import MEASURE_NAMES, name
from moderation.queries import audit

AUDITING = (Role.Kind.AUDITOR,)
ONLY = "only"  # the parameter with what was searched for, sealed


class FindForm(Form):
    """Which entries: of one kind, of one thing, or both."""

    action = forms.ChoiceField(label=gettext_lazy("What was done"), required=False)
    of = forms.UUIDField(
        label=gettext_lazy("The id of a case, a decision, an account or a role"),
        required=False,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        named = sorted(((key, str(text)) for key, text in ACTS.items()), key=lambda one: one[1])
        self.offer("action", [("", _("Everything")), *named])


@moderators(kinds=AUDITING, methods=("GET", "POST"))
def show_audit(visit: Visit, role: Role) -> HttpResponse:
    """The chain, the newest first; POST searches."""
    form = FindForm(sent(visit))
    if form.is_bound and form.is_valid():
        return _searched(visit, form.cleaned_data["action"], form.cleaned_data["of"])
    audits.note_reading(by=visit.by, now=visit.now)
    action, of = _asked(visit)
    if not form.is_bound:
        form = FindForm(initial={"action": action, "of": of})
    told = {
        "title": _("Audit"),
        "find_form": form,
        "standing": standing(at=visit.now),
        "narrowed": bool(action or of),
        "rows": one_page(visit, audit.entries(action=action, of=of), audit.KEY, _shown),
    }
    return show_form(visit, "moderators/audit", told, form)


def _searched(visit: Visit, action: str, of: UUID | None) -> HttpResponse:
    if of is not None:
        audits.note_search(by=visit.by, of=of, now=visit.now)
    there = reverse("console:audit")
    if action or of is not None:
        there = f"{there}?{ONLY}={pages.close_key((action, str(of or '')), _place(visit))}"
    return HttpResponse(status=303, headers={"Location": there})


def _asked(visit: Visit) -> tuple[str, UUID | None]:
    """What the address carries. Raises `CursorInvalid`."""
    given = visit.request.GET.get(ONLY)
    if given is None:
        return "", None
    action, of = pages.open_key(given, _place(visit), 2)
    return action, UUID(of) if of else None


def _place(visit: Visit) -> bytes:
    return seal.aad("audit", visit.by.id)


def _shown(rows: list[AuditEntry]) -> list[dict[str, Any]]:
    roles = audit.acting(rows)
    return [
        {
            "entry": row,
            "what": name(ACTS, row.action),
            "who": ", ".join(name(WHO, kind) for kind in roles[row.seq]),
            "measures": ", ".join(name(MEASURE_NAMES, kind) for kind in row.data.get("measures", ())),
            "case": _case(row),
            "decision": row.data.get("decision", ""),
            "hash": bytes(row.hash).hex()[:12],
        }
        for row in rows
    ]


def _case(row: AuditEntry) -> str:
    told = row.data
    return str(
        told.get("case") or (told.get("ref") if told.get("reason") == "case" and told.get("what") != "held" else "")
    )
