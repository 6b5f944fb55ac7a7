"""The roster of the organisation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts import queries
from backend.core.accounts.actions import duties
from backend.core.accounts.models import Organisation, Role
from backend.core.console.visits import Visit, to
from peers.console.fields import moment
from peers.console.frame import Form, attempt, coordinators, one_page, organisation_of, sent, show_form


class DutyForm(Form):
    """Who, from when until when."""

    role = forms.TypedChoiceField(
        label=gettext_lazy("On duty"),
        coerce=UUID,
        help_text=gettext_lazy(
            "Who moderates is called for cases. Who coordinates is there for the members that they are beside."
        ),
    )
    reserve = forms.TypedChoiceField(label=gettext_lazy("In reserve"), coerce=UUID, required=False, empty_value=None)
    begins_at = moment(gettext_lazy("From"))
    ends_at = moment(gettext_lazy("Until"))

    def __init__(self, data: Any = None, *, organisation: Organisation) -> None:
        super().__init__(data)
        people = [(str(role.id), called(role)) for role in queries.duty_roles(organisation=organisation)]
        self.offer("role", people)
        self.offer("reserve", [("", _("Nobody")), *people])


def called(role: Role | None) -> str:
    """What somebody on the roster is called: moderators have no name in their role."""
    if role is None:
        return ""
    return role.alias or _("A moderator (%(id)s)") % {"id": str(role.id)[:4]}


@coordinators(methods=("GET", "POST"))
def show_duty(visit: Visit, role: Role) -> HttpResponse:
    """Who is on duty from when until when, and a form for more."""
    organisation = organisation_of(role)
    form = DutyForm(sent(visit), organisation=organisation)
    if attempt(form, lambda given: duties.add_duty(by=visit.by, now=visit.now, **given)):
        visit.tell("saved")
        return to("duty")
    found, next_page = one_page(visit, queries.duties_of(organisation=organisation, at=visit.now))
    rows = [(duty, called(duty.role), called(duty.reserve), duty.begins_at <= visit.now) for duty in found]
    told = {
        "title": _("Duty"),
        "form": form,
        "rows": rows,
        "next_page": next_page,
        "called": queries.on_duty(at=visit.now, organisation=organisation, kinds=(Role.Kind.MODERATOR,)).exists(),
    }
    return show_form(visit, "duty", told, form)


@coordinators(methods=("POST",))
def drop(visit: Visit, role: Role, duty: UUID) -> HttpResponse:
    """Take one off the roster."""
    duties.drop_duty(by=visit.by, duty=duty, now=visit.now)
    visit.tell("duty_dropped")
    return to("duty")
