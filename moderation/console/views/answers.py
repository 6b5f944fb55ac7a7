"""Looking again as another person: at a decision that needs a second one, at what was done at once, at an appeal."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.forms import Form, attempt, sent, show_form
from backend.core.console.visits import Visit, to
from backend.core.errors import NotFound
from moderation import access
from moderation.actions import appeals
from moderation.actions.decisions import answer_second, review
from moderation.console.frame import moderators, need_recent
from moderation.console.shown import aside_facts, case_facts, decision_facts, told_facts
from moderation.console.words import AnswerForm, LetterForm
from moderation.models import Appeal, Decision
from moderation.policy import needs_second
from moderation.queries.reading import Told, read_to_answer


@moderators(methods=("GET", "POST"))
def show_decision(visit: Visit, role: Role, decision: UUID) -> HttpResponse:
    """What somebody decided, for a second person or a review; `act` is what they answer, `reveal` opens words."""
    role, made = access.decision_to_answer(by=visit.by, decision=decision, at=visit.now)
    if made.state != "asked" and made.review_due_at is None:
        raise NotFound
    answer, form = visit.typed("act", most=10), Form(sent(visit))
    if answer in ("yes", "tell", "no"):
        visit.need_recent()
        agrees, tells = answer in ("yes", "tell"), answer == "tell"
        if made.state == "asked":
            done = attempt(form, lambda _: answer_second(by=visit.by, decision=decision, agrees=agrees, now=visit.now))
        else:
            given: dict[str, Any] = {"by": visit.by, "decision": decision, "stands": agrees, "tells": tells}
            done = attempt(form, lambda _: review(**given, now=visit.now))
        if done:
            visit.tell("answered")
            return to("queue")
    title = _("Second approval") if made.state == "asked" else _("Second look")
    return _page(visit, "decision", role, made, {"title": title}, form)


@moderators(methods=("GET", "POST"))
def show_appeal(visit: Visit, role: Role, appeal: UUID) -> HttpResponse:
    """An appeal: what was decided and what the person says; `act` answers or asks, `reveal` opens words."""
    there = Appeal.objects.filter(id=appeal, state="open").first()
    if there is None:
        raise NotFound
    role, made = access.decision_to_answer(by=visit.by, decision=there.decision_id, at=visit.now)
    act = visit.typed("act", most=10)
    answer, letter = AnswerForm(), LetterForm()
    if act in ("upheld", "rejected"):
        answer = AnswerForm(sent(visit))
        if answer.is_valid() and needs_second(frozenset(measure.kind for measure in made.measures.all())):
            need_recent(visit, made.case_id, answer.cleaned_data["text"])
        upholds = act == "upheld"
        given: dict[str, Any] = {"by": visit.by, "appeal": appeal, "now": visit.now}
        if attempt(answer, lambda typed: appeals.answer_appeal(**given, upholds=upholds, **typed)):
            visit.tell("answered")
            return to("queue")
    elif act == "ask":
        letter = LetterForm(sent(visit))
        if attempt(
            letter,
            lambda typed: appeals.ask_about_appeal(by=visit.by, appeal=appeal, now=visit.now, **typed),
        ):
            visit.tell("asked")
            return to("appeal", appeal)
    told = {"title": _("Appeal"), "appeal": there, "answer_form": answer, "letter_form": letter}
    return _page(visit, "appeal", role, made, told, answer, letter)


def _page(
    visit: Visit, template: str, role: Role, made: Decision, given: Mapping[str, Any], *used: forms.Form
) -> HttpResponse:
    asked = visit.typed("reveal", most=10)
    told: Told | None = None
    # A form that was refused comes back also when what was open may no longer be shown.
    if asked in ("evidence", "words") and (not any(form.is_bound for form in used) or visit.is_recent):
        visit.need_recent()
        told = read_to_answer(by=visit.by, decision=made.id, evidence=asked == "evidence", now=visit.now)
    facts = {
        **case_facts(visit, role, made.case),
        "one": decision_facts(made),
        "asked": aside_facts(made),
        "told": told_facts(told, made.case) if told else None,
        "reveal": asked if told else "",
        **given,
    }
    return show_form(visit, f"moderators/{template}", facts, *used)
