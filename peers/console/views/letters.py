"""What was sent without a name about the organisation's entries: what is wrong with them, and questions."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, show, to
from backend.core.sealing import datakeys
from peers.console.frame import SHOWN, Form, attempt, coordinators, organisation_of, sent, show_form
from peers.directory import access, queries, texts
from peers.directory.actions import letters
from peers.directory.vocabulary import Trouble


class AnswerForm(Form):
    """Both texts are published with the entry."""

    asked = forms.CharField(
        label=gettext_lazy("The question, in your words"), max_length=letters.MAX_LETTER, widget=forms.Textarea
    )
    answer = forms.CharField(label=gettext_lazy("Your answer"), max_length=letters.MAX_LETTER, widget=forms.Textarea)


@coordinators()
def show_letters(visit: Visit, role: Role) -> HttpResponse:
    """All that wait, the oldest first."""
    mine = organisation_of(role)
    problems = list(queries.problems_for(mine).order_by("sent_on", "id")[:SHOWN])
    questions = list(queries.questions_for(mine).order_by("sent_on", "id")[:SHOWN])
    datakeys.found_keys({*(one.entry_id for one in problems), *(one.entry_id for one in questions)})  # all at once
    told = {
        "title": _("Letters"),
        "problems": [(one, texts.TROUBLES[Trouble(one.kind)], queries.note_of(one)) for one in problems],
        "questions": [(one, queries.body_of(one)) for one in questions],
    }
    return show(visit, "coordination/letters", told)


@coordinators(methods=("POST",))
def settle(visit: Visit, role: Role, problem: UUID) -> HttpResponse:
    """It has been looked at."""
    letters.settle_problem(by=visit.by, problem=problem, now=visit.now)
    visit.tell("letter_done")
    return to("letters")


@coordinators(methods=("GET", "POST"))
def answer(visit: Visit, role: Role, question: UUID) -> HttpResponse:
    """Publish an answer, with the question said anew."""
    there = access.question(by=visit.by, question=question)
    body = queries.body_of(there)
    form = AnswerForm(sent(visit))
    if attempt(form, lambda given: letters.answer_question(by=visit.by, question=question, now=visit.now, **given)):
        visit.tell("letter_done")
        return to("letters")
    return show_form(visit, "question", {"title": _("A question"), "question": there, "body": body, "form": form}, form)


@coordinators(methods=("POST",))
def drop(visit: Visit, role: Role, question: UUID) -> HttpResponse:
    """Delete one that will not be answered."""
    letters.drop_question(by=visit.by, question=question, now=visit.now)
    visit.tell("letter_done")
    return to("letters")
