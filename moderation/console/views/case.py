"""One case: first what is known without opening anything that somebody wrote; then, asked for, the words."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse

from backend.core.accounts.models import Role
from backend.core.console.forms import show_form
from backend.core.console.visits import Visit, to
from moderation import access
from moderation.console import names
from moderation.console.caring import care_facts
from moderation.console.deciding import DecideForm
from moderation.console.frame import moderators
from moderation.console.shown import aside_facts, case_facts, decision_facts, told_facts
from moderation.console.words import AskForm, AttachForm, NoteForm, SayForm
from moderation.models import Case, Report
from moderation.queries.asides import asides_of
from moderation.queries.people import is_tied
from moderation.queries.reading import Told, read_claimed
from moderation.queries.waiting import next_case
from moderation.rules import RULES, VERSION


@moderators(methods=("GET", "POST"))
def show_case(visit: Visit, role: Role, case: UUID) -> HttpResponse:
    """The case page; POST opens evidence or words, which is an entry that the member sees."""
    role, there = access.seen_case(by=visit.by, case=case, now=visit.now)
    return case_page(visit, role, there, told=opened(visit, there))


@moderators(methods=("POST",))
def show_next(visit: Visit, role: Role) -> HttpResponse:
    """On to what is most urgent and nobody is looking at."""
    found = next_case(role=role, at=visit.now, after=visit.typed("after", most=40))
    return to("case", found) if found else to("queue")


def opened(visit: Visit, case: Case) -> Told | None:
    """What the form asks to see, or showed before it was sent. Raises `ConfirmFirst`, and as `read_claimed`."""
    asked = visit.typed("reveal", most=10)
    if asked not in ("evidence", "words"):
        return None
    visit.need_recent()
    return read_claimed(by=visit.by, case=case.id, evidence=asked == "evidence", now=visit.now)


def decide_form(role: Role, case: Case, data: Any = None, **more: Any) -> DecideForm:
    """The form of a decision about this case, by somebody in this role."""
    seqs = theirs(case)
    return DecideForm(data, case=case, seqs=seqs, tied=is_tied(role=role, case=case), **more)


def theirs(case: Case) -> list[int]:
    """The messages of the person concerned that there is evidence of."""
    if case.membership_id is None:
        return []
    found = case.evidence.filter(membership_id=case.membership_id).order_by("seq")
    return list(found.values_list("seq", flat=True).distinct())


def _is_notice(case: Case) -> bool:
    return case.state == "open" and case.reports.filter(target=Report.Target.NOTICE).exists()


def case_page(
    visit: Visit,
    role: Role,
    case: Case,
    *used: forms.Form,
    told: Told | None = None,
    form: DecideForm | None = None,
    note_form: NoteForm | None = None,
    ask_form: AskForm | None = None,
    say_form: SayForm | None = None,
    attach_form: AttachForm | None = None,
) -> HttpResponse:
    """The page, with what was opened and the forms as they were typed."""
    facts = case_facts(visit, role, case)
    # A form that was refused stays, also when the claim is over: what was typed can be kept.
    can_decide = (facts["own"] or form is not None) and case.state == "open" and case.kind == Case.Kind.RULE
    given = {
        **facts,
        "told": told_facts(told, case) if told else None,
        "reveal": ("evidence" if told.proofs is not None else "words") if told else "",
        "form": (form or decide_form(role, case)) if can_decide else None,
        "note_form": note_form or NoteForm(),
        "can_note": facts["own"] or note_form is not None,
        "ask_form": ask_form or AskForm(),
        "attach_form": (attach_form or AttachForm()) if facts["own"] and _is_notice(case) else None,
        "tied": is_tied(role=role, case=case),
        "made": [decision_facts(made) for made in case.decisions.prefetch_related("measures").order_by("made_at")],
        "beside": [aside_facts(made) for made in asides_of(case)],
        "can_aside": facts["own"] and case.state != "decided",
        "rules": [(names.RULE_NAMES[key], text) for key, text in RULES.items()],
        "version": VERSION,
        "care": care_facts(visit, role, case, say_form) if case.kind == Case.Kind.CARE else None,
    }
    return show_form(visit, "moderators/case", given, *used)
