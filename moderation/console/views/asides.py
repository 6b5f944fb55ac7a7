"""What is done beside a case for a life: asking for it, looking at who somebody is, taking away what is told, later."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.forms import Form, attempt, sent, show_form
from backend.core.console.visits import Visit, show, to
from backend.core.errors import NotFound
from moderation import access
from moderation.actions.asides import answer_longer, ask_aside, ask_longer
from moderation.actions.care import ask_contact
from moderation.actions.disclosing import export
from moderation.console.asking import DiscloseForm, LongerForm, UnsealForm
from moderation.console.frame import moderators, need_recent
from moderation.console.shown import aside_facts
from moderation.models import Case, Decision
from moderation.queries.asides import held
from moderation.queries.identity import look_at_identity, named
from moderation.queries.people import is_tied
from moderation.queries.reading import read_why_longer


@moderators(methods=("GET", "POST"))
def unseal(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """Ask to unseal who somebody is."""
    there = _own_case(visit, role, case)
    return _ask(visit, there, UnsealForm(sent(visit), case=there), _("Unseal who somebody is"))


@moderators(methods=("GET", "POST"))
def disclose(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """Ask to tell an authority."""
    there = _own_case(visit, role, case)
    return _ask(visit, there, DiscloseForm(sent(visit), case=there), _("Tell an authority"))


@moderators(methods=("GET", "POST"))
def show_identity(visit: Visit, role: Role, decision: UUID) -> HttpResponse:
    """Who somebody is, as far as it helps to reach them; looking is a button, and leaves an entry."""
    made = _made(decision, "unseal_identity")
    case = access.seen_case(by=visit.by, case=made.case_id, now=visit.now)[1]
    facts = None
    if visit.request.method == "POST":
        visit.need_recent()
        facts = look_at_identity(by=visit.by, decision=decision, now=visit.now)[1]
    told = {
        "title": _("Who somebody is"),
        "case": case,
        "decision": made,
        "facts": named(facts) if facts is not None else None,
        "of_subject": made.subject_id is not None,
        "asked": case.asks.filter(state__in=("asked", "open")).exists(),
    }
    return show(visit, "moderators/identity", told)


@moderators(methods=("POST",))
def ask_beside(visit: Visit, role: Role, decision: UUID) -> HttpResponse:
    """Ask who is beside the person to be in touch, now that it is open who that is."""
    made = _made(decision, "unseal_identity")
    ask_contact(by=visit.by, case=made.case_id, now=visit.now)
    visit.tell("contact_asked")
    return to("case", made.case_id)


@moderators(methods=("GET", "POST"))
def show_extract(visit: Visit, role: Role, decision: UUID) -> HttpResponse:
    """What an authority is told, once."""
    made = _made(decision, "disclose")
    case = access.seen_case(by=visit.by, case=made.case_id, now=visit.now)[1]
    text = ""
    if visit.request.method == "POST":
        visit.need_recent()
        text = export(by=visit.by, decision=decision, now=visit.now)
    return show(visit, "moderators/extract", {"title": _("What an authority is told"), "case": case, "text": text})


@moderators()
def show_untold(visit: Visit, role: Role) -> HttpResponse:
    """What people are not told yet, by when they are."""
    rows = [(made, aside_facts(made)) for made in held(role=role)]
    return show(visit, "moderators/untold", {"title": _("Not told yet"), "rows": rows})


@moderators(methods=("GET", "POST"))
def show_one_untold(visit: Visit, role: Role, decision: UUID) -> HttpResponse:
    """Ask that somebody is told later still, or agree to it."""
    made = access.untold(by=visit.by, decision=decision)[1]
    act = visit.typed("act", most=10)
    form, answer, why = LongerForm(), Form(sent(visit)), ""
    if act == "ask":
        form = LongerForm(sent(visit))
        if form.is_valid():
            need_recent(visit, made.case_id, form.cleaned_data["why"])
        if attempt(form, lambda given: ask_longer(by=visit.by, decision=decision, now=visit.now, **given)):
            visit.tell("longer_asked")
            return to("untold")
    elif act in ("yes", "no"):
        visit.need_recent()
        agrees = act == "yes"
        if attempt(answer, lambda _: answer_longer(by=visit.by, decision=decision, agrees=agrees, now=visit.now)):
            visit.tell("saved")
            return to("untold")
    elif act == "why":
        visit.need_recent()
        why = read_why_longer(by=visit.by, decision=decision, now=visit.now)
    open_ = made.aside.longer.filter(answered_at=None)
    told = {
        "title": _("Not told yet"),
        "asked": aside_facts(made),
        "longer": open_.first(),
        "own": open_.filter(by__account=visit.by).exists(),
        "form": form,
        "why": why,
    }
    return show_form(visit, "moderators/one_untold", told, form, answer)


def _ask(visit: Visit, case: Case, form: UnsealForm, title: str) -> HttpResponse:
    if form.is_bound and form.is_valid():
        need_recent(visit, case.id, *form.texts())
    if attempt(form, lambda _: _asked(visit, case, form)):
        return to("case", case.id)
    return show_form(visit, "moderators/aside", {"title": title, "case": case, "form": form}, form)


def _asked(visit: Visit, case: Case, form: UnsealForm) -> None:
    made = ask_aside(by=visit.by, case=case.id, wanted=form.wanted(), now=visit.now)
    visit.tell("waits_for_second" if made.state == "asked" else "aside_done")


def _own_case(visit: Visit, role: Role, case: UUID) -> Case:
    """A case that they are looking at and that is not decided. Raises `NotFound`."""
    there = access.seen_case(by=visit.by, case=case, now=visit.now)[1]
    if there.holder(at=visit.now) != role or there.state == "decided" or is_tied(role=role, case=there):
        raise NotFound
    return there


def _made(decision: UUID, kind: str) -> Decision:
    there = Decision.objects.filter(id=decision, measures__kind=kind, state="in_force").first()
    if there is None:
        raise NotFound
    return there
