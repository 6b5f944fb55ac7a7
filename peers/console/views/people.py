"""Peer experts of the organisation: for how many people each is there, and whether somebody new may come."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, show, to
from backend.core.vocabulary import LANGUAGE_NAMES
from peers.console.frame import Form, attempt, coordinators, one_page, organisation_of, sent, show_form
from peers.console.views.vettings import VettingForm, running_of
from peers.contacts import queries as contacts
from peers.experts import access, queries
from peers.experts.actions import experts
from peers.experts.models import Expert
from peers.experts.models.expert import MOST_CASELOAD


class LimitForm(Form):
    """For how many people somebody is there at most."""

    limit = forms.IntegerField(label=gettext_lazy("For how many people at most"), min_value=0, max_value=MOST_CASELOAD)


@coordinators()
def show_peers(visit: Visit, role: Role) -> HttpResponse:
    """All of them, with load and vetting; above, what waits for a signature."""
    organisation = organisation_of(role)
    found, next_page = one_page(visit, queries.experts_of(organisation=organisation))
    ids = [expert.role_id for expert in found]
    loads, running = contacts.caseloads_of(ids), running_of(ids)
    due = set(queries.due_for_renewal(organisation=organisation, at=visit.now).values_list("role", flat=True))
    rows = [
        {
            "expert": expert,
            "load": loads.get(expert.role_id, 0),
            "vetting": running.get(expert.role_id),
            "vetted": expert.is_vetted(at=visit.now),
            "due": expert.role_id in due,
            "away": expert.is_away(at=visit.now),
        }
        for expert in found
    ]
    told = {
        "title": _("Peer experts"),
        "rows": rows,
        "next_page": next_page,
        "to_sign": list(queries.vettings_to_sign(role=role)[:50]),
    }
    return show(visit, "coordination/peers", told)


@coordinators()
def show_peer(visit: Visit, role: Role, peer: UUID) -> HttpResponse:
    """One peer expert, and what a coordinator can do."""
    return _page(visit, role, access.led_expert(by=visit.by, peer=peer))


@coordinators(methods=("POST",))
def limit(visit: Visit, role: Role, peer: UUID) -> HttpResponse:
    """Say for how many people they are there at most."""
    expert = access.led_expert(by=visit.by, peer=peer)
    form = LimitForm(sent(visit))
    if attempt(form, lambda given: experts.set_caseload_limit(by=visit.by, peer=peer, now=visit.now, **given)):
        visit.tell("saved")
        return to("peer", peer)
    return _page(visit, role, expert, limit_form=form)


@coordinators(methods=("POST",))
def pause(visit: Visit, role: Role, peer: UUID) -> HttpResponse:
    """Let nobody new come for now (`paused` 1), or again (0)."""
    expert = access.led_expert(by=visit.by, peer=peer)
    paused = visit.typed("paused", most=1) == "1"
    act = experts.pause_expert if paused else experts.unpause_expert
    form = Form(sent(visit))
    if attempt(form, lambda _given: act(by=visit.by, peer=peer, now=visit.now)):
        visit.tell("peer_paused" if paused else "peer_unpaused")
        return to("peer", peer)
    return _page(visit, role, expert, other=form)


@coordinators(methods=("GET", "POST"), grave=True)
def end(visit: Visit, role: Role, peer: UUID) -> HttpResponse:
    """End somebody's role as a peer expert; what they are as a member stays."""
    expert = access.led_expert(by=visit.by, peer=peer)
    account = expert.role.account
    form = Form(sent(visit))
    kind = Role.Kind.PEER_EXPERT
    if attempt(form, lambda _given: end_role(account=account, kind=kind, by=visit.by, now=visit.now)):
        visit.tell("peer_ended")
        return to("peers")
    told = {"title": _("End the role"), "expert": expert, "load": contacts.caseload_of(expert.role)}
    return show_form(visit, "peer_end", told, form)


def _page(
    visit: Visit, role: Role, expert: Expert, *, limit_form: forms.Form | None = None, other: forms.Form | None = None
) -> HttpResponse:
    forms_ = [limit_form or LimitForm(initial={"limit": expert.caseload_limit}), *([other] if other else [])]
    told = {
        "title": expert.role.alias,
        "expert": expert,
        "load": contacts.caseload_of(expert.role),
        "away": expert.is_away(at=visit.now),
        "vetted": expert.is_vetted(at=visit.now),
        "vetting": running_of([expert.role_id]).get(expert.role_id),
        "languages": ", ".join(LANGUAGE_NAMES[tag] for tag in expert.languages),
        "limit_form": forms_[0],
        "vetting_form": VettingForm(organisation=organisation_of(role)),
        "checklist": queries.checklist_of(organisation=organisation_of(role).id),
        "own": expert.role.account_id == visit.by.id,
    }
    return show_form(visit, "peer", told, *forms_)
