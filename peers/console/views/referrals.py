"""A referral: opened (the member sees that), taken on with a person and a first date, or given back."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, to
from backend.core.errors import NotFound
from peers.console.fields import day
from peers.console.frame import Form, attempt, coordinators, sent, show_form
from peers.referrals import queries
from peers.referrals.actions import receiving
from peers.referrals.lines import Shown, show_lines
from peers.referrals.models import Referral


class AcceptForm(Form):
    """Who will be there, and when."""

    person = forms.CharField(
        label=gettext_lazy("Who will be there, as the member may call them"), max_length=receiving.MAX_PERSON
    )
    first_on = day(gettext_lazy("The first date"))


@coordinators(methods=("GET", "POST"))
def show_referral(visit: Visit, role: Role, referral: UUID) -> HttpResponse:
    """What one may know without a look; POST looks, and is an entry that the member sees."""
    there = _one(role, referral)
    lines: list[Shown] | None = None
    if visit.request.method == "POST":
        there, sent_lines = receiving.open_referral(role=role, referral=referral, now=visit.now)
        lines = show_lines(sent_lines)
    return _page(visit, there, AcceptForm(), lines=lines)


@coordinators(methods=("POST",))
def accept(visit: Visit, role: Role, referral: UUID) -> HttpResponse:
    """Take it on."""
    there = _one(role, referral)
    form = AcceptForm(sent(visit))
    if attempt(form, lambda given: receiving.accept_referral(role=role, referral=referral, now=visit.now, **given)):
        visit.tell("referral_accepted")
        return to("referral", referral)
    return _page(visit, there, form)


@coordinators(methods=("POST",))
def give_back(visit: Visit, role: Role, referral: UUID) -> HttpResponse:
    """Say that nobody can take it on."""
    receiving.return_referral(role=role, referral=referral, now=visit.now)
    visit.tell("referral_returned")
    return to("waiting")


def _one(role: Role, referral: UUID) -> Referral:
    there = queries.open_referrals_to(role=role).filter(id=referral).first()
    if there is None:
        raise NotFound
    return there


def _page(visit: Visit, there: Referral, form: AcceptForm, *, lines: list[Shown] | None = None) -> HttpResponse:
    accepted = there.state == "accepted"
    told = {
        "title": _("A referral"),
        "referral": there,
        "accepted": accepted,
        "person": queries.person_of(there) if accepted else None,
        "lines": lines,
        "form": form,
    }
    return show_form(visit, "referral", told, form)
