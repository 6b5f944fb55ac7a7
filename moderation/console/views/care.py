"""The steps of a care case: said to the member, their contact person asked, looked at by two people."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.http import HttpResponse

from backend.core.accounts.models import Role
from backend.core.console.forms import Form, attempt, sent
from backend.core.console.visits import Visit, to
from backend.core.errors import NotFound
from moderation import access
from moderation.actions import care
from moderation.console.frame import moderators
from moderation.console.views.case import case_page
from moderation.console.views.handling import still_open
from moderation.console.words import SayForm
from moderation.models import CareAsk, Case

BOTH = ("GET", "POST")  # GET: who had to show the second factor again comes back here


@moderators(methods=BOTH)
def say(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """Say something to the member."""
    role, there = _care_case(visit, case)
    if visit.request.method != "POST":
        return to("case", case)
    form = SayForm(sent(visit))
    if attempt(form, lambda given: care.reach_out(by=visit.by, case=case, now=visit.now, **given)):
        visit.tell("said")
        return to("case", case)
    return case_page(visit, role, there, form, told=still_open(visit, there), say_form=form)


@moderators(methods=BOTH)
def ask(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """Ask whoever is beside the member to be in touch, or propose it."""

    def act(there: Case) -> str:
        made = care.ask_contact(by=visit.by, case=there.id, now=visit.now)
        return "contact_proposed" if made.state == "asked" else "contact_asked"

    return _step(visit, case, act)


@moderators(methods=BOTH)
def answer(visit: Visit, role: Role, case: UUID, ask: UUID) -> HttpResponse:
    """As the second of two people, agree that the contact person is asked, or not."""
    agrees = visit.typed("act", most=3) == "yes"
    if visit.request.method == "POST":
        visit.need_recent()

    def act(there: Case) -> str:
        _check_ask(there, ask)
        care.answer_ask(by=visit.by, ask=ask, agrees=agrees, now=visit.now)
        return "contact_asked" if agrees else "ask_refused"

    return _step(visit, case, act)


@moderators(methods=BOTH)
def look(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """Find that it is enough (`act` is `enough`), or, as the second who looks, that it is not."""

    def act(there: Case) -> str:
        if visit.typed("act", most=10) == "enough":
            done = care.find_enough(by=visit.by, case=there.id, now=visit.now)
            return "closed" if done.state == "decided" else "looked_once"
        care.find_not_enough(by=visit.by, case=there.id, now=visit.now)
        return "open_again"

    return _step(visit, case, act)


def _step(visit: Visit, case: UUID, act: Callable[[Case], str]) -> HttpResponse:
    """One step by a button; what is refused is told on the page."""
    role, there = _care_case(visit, case)
    if visit.request.method != "POST":
        return to("case", case)
    form = Form(sent(visit))
    if attempt(form, lambda _given: visit.tell(act(there))):
        return to("case", case)
    return case_page(visit, role, there, form, told=still_open(visit, there))


def _check_ask(case: Case, ask: UUID) -> None:
    if not CareAsk.objects.filter(id=ask, case=case).exists():
        raise NotFound


def _care_case(visit: Visit, case: UUID) -> tuple[Role, Case]:
    role, there = access.seen_case(by=visit.by, case=case, now=visit.now)
    if there.kind != Case.Kind.CARE:
        raise NotFound
    return role, there
