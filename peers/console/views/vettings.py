"""Vetting: the organisation's checklist, and two people who sign item by item."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts import queries as accounts
from backend.core.accounts.models import Organisation, Role
from backend.core.console.visits import Visit, to
from peers.console.frame import Form, attempt, coordinators, organisation_of, sent, show_form
from peers.experts import access, queries
from peers.experts.actions import vettings
from peers.experts.models import Vetting
from peers.experts.models.checklist import MAX_ITEM, MAX_ITEMS
from peers.experts.models.vetting import RUNNING


class ChecklistForm(Form):
    """One item a line."""

    items = forms.CharField(
        label=gettext_lazy("What you look at, one item on each line"),
        max_length=MAX_ITEMS * (MAX_ITEM + 2),
        widget=forms.Textarea(attrs={"rows": 12}),
    )


class VettingForm(Form):
    """Who else may sign."""

    partner = forms.TypedChoiceField(
        label=gettext_lazy("Another organisation that may sign, too"), required=False, empty_value=None, coerce=UUID
    )

    def __init__(self, data: Any = None, *, organisation: Organisation) -> None:
        super().__init__(data)
        others = accounts.active_organisations().exclude(id=organisation.id)
        none = ("", _("None: two people of this organisation sign"))
        self.offer("partner", [none, *((str(there.id), there.name) for there in others)])


class SignForm(Form):
    """Every item that was looked at."""

    items = forms.TypedMultipleChoiceField(
        label=gettext_lazy("I have looked at each of these, and it holds"),
        widget=forms.CheckboxSelectMultiple,
        coerce=int,
    )

    def __init__(self, data: Any = None, *, items: Collection[str]) -> None:
        super().__init__(data)
        self.offer("items", list(enumerate(items)))


def running_of(roles: Collection[UUID]) -> dict[UUID, Vetting]:
    """The running vettings by peer id."""
    return {there.expert_id: there for there in Vetting.objects.filter(expert__in=roles, state__in=RUNNING)}


@coordinators(methods=("GET", "POST"))
def change_checklist(visit: Visit, role: Role) -> HttpResponse:
    """The organisation's checklist, as a new version."""
    present = queries.checklist_of(organisation=organisation_of(role).id)
    form = ChecklistForm(sent(visit), initial={"items": "\n".join(present.items) if present else ""})

    def act(given: dict[str, str]) -> object:
        items = [line for line in given["items"].splitlines() if line.strip()]
        return vettings.set_checklist(by=visit.by, items=items, now=visit.now)

    if attempt(form, act):
        visit.tell("saved")
        return to("peers")
    return show_form(visit, "checklist", {"title": _("Checklist"), "form": form, "present": present}, form)


@coordinators(methods=("GET", "POST"))
def start(visit: Visit, role: Role, peer: UUID) -> HttpResponse:
    """Ask for two signatures."""
    expert = access.led_expert(by=visit.by, peer=peer)
    form = VettingForm(sent(visit), organisation=organisation_of(role))
    if attempt(form, lambda given: vettings.start_vetting(by=visit.by, peer=peer, now=visit.now, **given)):
        visit.tell("vetting_asked")
        return to("peer", peer)
    return show_form(visit, "vetting_start", {"title": _("Vetting"), "form": form, "expert": expert}, form)


@coordinators(methods=("GET", "POST"))
def sign(visit: Visit, role: Role, vetting: UUID) -> HttpResponse:
    """Look at every item, and sign; for a partner's coordinators, too."""
    there = access.vetting(by=visit.by, vetting=vetting)
    form = SignForm(sent(visit), items=there.checklist.items)
    if attempt(form, lambda given: vettings.sign_vetting(by=visit.by, vetting=vetting, now=visit.now, **given)):
        visit.tell("vetting_signed")
        return to("peers")
    before = Role.objects.filter(id=there.first_by_id).first() if there.first_by_id else None
    told = {
        "title": _("Vetting"),
        "vetting": there,
        "before": before,
        "runs": there.state in RUNNING,
        "may_sign": there.state in RUNNING
        and visit.by.id not in (there.expert.role.account_id, before.account_id if before else None),
        "form": form,
        "ours": there.expert.role.organisation_id == role.organisation_id,
    }
    return show_form(visit, "vetting", told, form)


@coordinators(methods=("POST",))
def drop(visit: Visit, role: Role, vetting: UUID) -> HttpResponse:
    """End it without a result."""
    vettings.drop_vetting(by=visit.by, vetting=vetting, now=visit.now)
    visit.tell("vetting_dropped")
    return to("peers")
