"""Handling a case: claimed, released, handed on, noted on, a question to who reported it, decided."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse

from backend.core.accounts.models import Role
from backend.core.console.forms import attempt, sent
from backend.core.console.visits import Visit, to
from backend.core.errors import NotFound
from backend.core.staff.errors import ConfirmFirst
from moderation import access
from moderation.actions import cases
from moderation.actions.attaching import attach
from moderation.actions.decisions import decide as decide_case
from moderation.actions.reports import ask_reporter
from moderation.console.deciding import DecideForm, begun
from moderation.console.frame import moderators, need_recent
from moderation.console.views.case import case_page, decide_form, opened
from moderation.console.words import AskForm, AttachForm, NoteForm
from moderation.models import Case
from moderation.policy import needs_second
from moderation.queries.reading import Told


@moderators(methods=("POST",))
def claim(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """Take it, or keep it for another half hour."""
    cases.claim(by=visit.by, case=access.seen_case(by=visit.by, case=case, now=visit.now)[1].id, now=visit.now)
    return to("case", case)


@moderators(methods=("POST",))
def release(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """Let others take it."""
    cases.release(by=visit.by, case=case, now=visit.now)
    visit.tell("case_released")
    return to("queue")


@moderators(methods=("POST",))
def note(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """A note on the case; with `hand_on` it is left to somebody else."""
    role, there = access.seen_case(by=visit.by, case=case, now=visit.now)
    form, hands_on = NoteForm(sent(visit)), bool(visit.typed("hand_on", most=1))
    act = cases.hand_on if hands_on else cases.note
    if attempt(form, lambda given: act(by=visit.by, case=case, now=visit.now, **given)):
        visit.tell("case_released" if hands_on else "saved")
        return to("queue") if hands_on else to("case", case)
    return case_page(visit, role, there, form, note_form=form, told=still_open(visit, there))


@moderators(methods=("POST",))
def attach_case(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """Say what a notice is about. Whom that ties finds the case no more."""
    role, there = access.seen_case(by=visit.by, case=case, now=visit.now)
    form = AttachForm(sent(visit))
    if attempt(form, lambda given: attach(by=visit.by, case=case, now=visit.now, **given)):
        given_back = Case.objects.get(id=case).holder(at=visit.now) is None
        visit.tell("case_given_back" if given_back else "saved")
        return to("queue") if given_back else to("case", case)
    return case_page(visit, role, there, form, attach_form=form, told=still_open(visit, there))


@moderators(methods=("POST",))
def ask(visit: Visit, role: Role, case: UUID, report: UUID) -> HttpResponse:
    """A question to a reporter, without learning who that is."""
    role, there = access.seen_case(by=visit.by, case=case, now=visit.now)
    form = AskForm(sent(visit))
    if attempt(form, lambda given: ask_reporter(by=visit.by, case=case, report=report, now=visit.now, **given)):
        visit.tell("asked")
        return to("case", case)
    return case_page(visit, role, there, form, ask_form=form, told=still_open(visit, there))


@moderators(methods=("POST",))
def decide(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """Decide; with `fill` only the first words for the chosen rule are put into the form."""
    role, there = access.seen_case(by=visit.by, case=case, now=visit.now)
    if there.kind != Case.Kind.RULE:
        raise NotFound
    if visit.typed("fill", most=1):
        asked = decide_form(role, there)
        language = there.subject.locale if there.subject is not None else "en"
        form = decide_form(role, there, initial=begun(asked, visit.request.POST, language=language))
        return case_page(visit, role, there, told=still_open(visit, there), form=form)
    form = decide_form(role, there, sent(visit))
    if form.is_valid() and needs_second(frozenset(measure.kind for measure in form.proposed(now=visit.now))):
        need_recent(visit, there.id, form.cleaned_data["facts"])
    if attempt(form, lambda given: _decide(visit, there, form, given)):
        return to("case", case)
    return case_page(visit, role, there, form, told=still_open(visit, there), form=form)


def _decide(visit: Visit, case: Case, form: DecideForm, given: dict[str, Any]) -> None:
    made = decide_case(
        by=visit.by,
        case=case.id,
        rule=given["rule"],
        facts=given["facts"],
        measures=form.proposed(now=visit.now),
        at_once=given.get("at_once", False),
        now=visit.now,
    )
    visit.tell("waits_for_second" if made.state == "asked" else "decided")


def still_open(visit: Visit, case: Case) -> Told | None:
    """What was open when the form was sent, opened again beside what was refused; unless it may no longer be."""
    role = access.moderator(by=visit.by)
    if case.holder(at=visit.now) != role:
        return None
    try:
        return opened(visit, case)
    except ConfirmFirst:
        return None
