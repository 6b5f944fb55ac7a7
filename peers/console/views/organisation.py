"""The organisation itself: who answers for it, where and with what it works, and how it ends."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts import queries
from backend.core.accounts.actions.closing import close_organisation
from backend.core.accounts.actions.coordinators import name_coordinators
from backend.core.accounts.actions.organisations import change_organisation
from backend.core.accounts.models import Organisation, Role
from backend.core.console.visits import Visit, to
from backend.core.vocabulary import LANGUAGE_NAMES, Support
from peers.console.fields import many, region_choices
from peers.console.frame import Form, attempt, coordinators, organisation_of, sent, show_form
from peers.directory.texts import KINDS


class OrganisationForm(Form):
    """Where, in which languages, and with what it helps."""

    kinds = many(gettext_lazy("What you help with"), [(key.value, KINDS[key.value]) for key in Support])
    languages = many(gettext_lazy("Languages that are spoken"), LANGUAGE_NAMES.items())
    regions = many(gettext_lazy("Regions"))

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.offer("regions", region_choices())


class SeatsForm(Form):
    """The two who answer for it."""

    coordinator = forms.TypedChoiceField(label=gettext_lazy("Coordinator"), coerce=UUID)
    deputy = forms.TypedChoiceField(label=gettext_lazy("Deputy"), coerce=UUID)

    def __init__(self, data: Any = None, *, people: dict[UUID, Role], **more: Any) -> None:
        super().__init__(data, **more)
        for name in ("coordinator", "deputy"):
            self.offer(name, [(str(role.id), role.alias) for role in people.values()])


class CloseForm(Form):
    """Who takes over, and that it is meant."""

    successor = forms.TypedChoiceField(label=gettext_lazy("Who takes over"), coerce=UUID)
    name = forms.CharField(label=gettext_lazy("Type the name of your organisation"), max_length=120)

    def __init__(self, data: Any = None, *, organisation: Organisation) -> None:
        super().__init__(data)
        self.organisation = organisation
        others = queries.active_organisations().exclude(id=organisation.id)
        self.offer("successor", [(str(there.id), there.name) for there in others])

    def clean_name(self) -> str:
        typed = str(self.cleaned_data["name"])
        if typed.strip().casefold() != self.organisation.name.casefold():
            raise forms.ValidationError(_("This is not the name."))
        return typed


@coordinators(methods=("GET", "POST"))
def show_organisation(visit: Visit, role: Role) -> HttpResponse:
    """What there is, and where it works."""
    there = organisation_of(role)
    initial = {
        "kinds": there.kinds,
        "languages": there.languages,
        "regions": list(there.regions.values_list("key", flat=True)),
    }
    form = OrganisationForm(sent(visit), initial=initial)
    if attempt(form, lambda given: change_organisation(by=visit.by, now=visit.now, **given)):
        visit.tell("saved")
        return to("organisation")
    people = list(queries.coordinators_of(organisation=there))
    seats = {there.coordinator_id: _("Coordinator"), there.deputy_id: _("Deputy")}
    told = {"title": there.name, "organisation": there, "form": form}
    told["people"] = [(person, seats.get(person.id, "")) for person in people]
    return show_form(visit, "organisation", told, form)


@coordinators(methods=("GET", "POST"), grave=True)
def name_seats(visit: Visit, role: Role) -> HttpResponse:
    """Say who coordinates, and who stands in."""
    there = organisation_of(role)
    people = {person.id: person for person in queries.coordinators_of(organisation=there)}
    initial = {"coordinator": there.coordinator_id, "deputy": there.deputy_id}
    form = SeatsForm(sent(visit), people=people, initial=initial)

    def act(given: dict[str, UUID]) -> object:
        first, second = people[given["coordinator"]], people[given["deputy"]]
        return name_coordinators(organisation=there, coordinator=first, deputy=second, by=visit.by, now=visit.now)

    if attempt(form, act):
        visit.tell("saved")
        return to("organisation")
    return show_form(visit, "seats", {"title": _("Who answers for it"), "form": form}, form)


@coordinators(methods=("GET", "POST"), grave=True)
def close(visit: Visit, role: Role) -> HttpResponse:
    """Close the organisation for good; another takes over all that it looks after."""
    there = organisation_of(role)
    form = CloseForm(sent(visit), organisation=there)

    def act(given: dict[str, Any]) -> object:
        successor = queries.active_organisations().filter(id=given["successor"]).first()
        return close_organisation(organisation=there, successor=successor, by=visit.by, now=visit.now)

    if attempt(form, act):
        return to("start")
    return show_form(visit, "close", {"title": _("Close the organisation"), "organisation": there, "form": form}, form)
