"""Entries of the public directory that the organisation looks after, those that nobody does, and what is missing."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts.models import Role
from backend.core.accounts.queries import regions
from backend.core.console.visits import Visit, show, to
from backend.core.errors import NotFound, Stale
from backend.core.vocabulary import LANGUAGE_NAMES, UI_LANGUAGES
from peers.console.entry_form import EntryForm
from peers.console.fields import day
from peers.console.frame import Form, attempt, coordinators, one_page, organisation_of, sent, show_form
from peers.directory import access, queries, texts
from peers.directory.actions import entries
from peers.directory.models import Entry
from peers.directory.vocabulary import Part, Standing


class NewEntryForm(EntryForm):
    """Also whose offer it is."""

    of = forms.TypedChoiceField(label=gettext_lazy("What it is"), required=False, coerce=UUID, empty_value=None)
    field_order = ("of",)

    def __init__(self, data: Any = None, *, parents: list[Entry]) -> None:
        super().__init__(data)
        own = [(str(there.id), _("An offer of %(name)s") % {"name": there.name}) for there in parents]
        self.offer("of", [("", _("An organisation")), *own])


class AssureForm(Form):
    """Until when somebody answers for it."""

    until = day(gettext_lazy("True until"))


@coordinators()
def show_entries(visit: Visit, role: Role) -> HttpResponse:
    """What the organisation looks after, the entry that lapses next first."""
    return _list(visit, role, kept=True)


@coordinators()
def show_unkept(visit: Visit, role: Role) -> HttpResponse:
    """What nobody looks after yet: who assures one looks after it from then on."""
    return _list(visit, role, kept=False)


@coordinators(methods=("GET", "POST"))
def create(visit: Visit, role: Role) -> HttpResponse:
    """A new entry; nobody answers for it yet."""
    mine = access.coordinated(by=visit.by)
    parents = list(queries.entries_of(mine).filter(part=Part.ORGANISATION).order_by("name", "id")[:200])
    form = NewEntryForm(sent(visit), parents=parents)
    made: list[Entry] = []

    def act(given: dict[str, Any]) -> None:
        part = Part.OFFER if given["of"] else Part.ORGANISATION
        made.append(entries.create_entry(by=visit.by, part=part, of=given["of"], changes=form.changes(), now=visit.now))

    if attempt(form, act):
        visit.tell("saved")
        return to("entry", made[0].id)
    return show_form(visit, "entry_new", {"title": _("A new entry"), "form": form}, form)


@coordinators(methods=("GET", "POST"))
def change(visit: Visit, role: Role, entry: UUID) -> HttpResponse:
    """All that it says."""
    there = access.kept_entry(by=visit.by, entry=entry)
    form = _form(there, sent(visit))

    def check(version: int) -> None:
        if form.cleaned_data["version"] != version:
            raise Stale

    def act(_given: dict[str, Any]) -> object:
        return entries.change_entry(by=visit.by, entry=entry, changes=form.changes(), check=check, now=visit.now)

    if there.kept_by_id is None and form.is_bound:
        raise NotFound
    if attempt(form, act):
        visit.tell("saved")
        return to("entry", entry)
    return _page(visit, there, form, form)


@coordinators(methods=("POST",))
def assure(visit: Visit, role: Role, entry: UUID) -> HttpResponse:
    """Answer for it until a day."""
    there = access.kept_entry(by=visit.by, entry=entry)
    form = AssureForm(sent(visit))
    if attempt(form, lambda given: entries.assure_entry(by=visit.by, entry=entry, now=visit.now, **given)):
        visit.tell("entry_assured")
        return to("entry", entry)
    return _page(visit, there, _form(there, None), form)


@coordinators(methods=("GET", "POST"))
def withdraw(visit: Visit, role: Role, entry: UUID) -> HttpResponse:
    """Take it out for good."""
    there = access.kept_entry(by=visit.by, entry=entry)
    if there.kept_by_id is None:
        raise NotFound
    form = Form(sent(visit))
    if attempt(form, lambda _given: entries.withdraw_entry(by=visit.by, entry=entry, now=visit.now)):
        visit.tell("entry_withdrawn")
        return to("entries")
    return show_form(visit, "entry_withdraw", {"title": _("Take out of the directory"), "entry": there}, form)


@coordinators()
def show_gaps(visit: Visit, role: Role) -> HttpResponse:
    """What was looked for and not found, as it is published."""
    rows, next_page = one_page(visit, queries.gaps(on=visit.now.date()).order_by("-month", "-searches", "id"))
    names = {region.key: region.name for region in regions()}
    shown = [
        {
            "month": gap.month,
            "region": names.get(gap.region, texts.PAGE["unlisted"] if gap.region else ""),
            "language": LANGUAGE_NAMES.get(gap.language, gap.language),
            "domain": texts.DOMAINS.get(gap.domain, gap.domain),
            "searches": queries.shown_searches(gap),
        }
        for gap in rows
    ]
    told = {"title": _("What is missing"), "rows": shown, "next_page": next_page, "note": texts.PAGE["gaps_note"]}
    return show(visit, "coordination/gaps", told)


def _list(visit: Visit, role: Role, *, kept: bool) -> HttpResponse:
    mine = organisation_of(role)
    rows = queries.entries_of(mine) if kept else queries.unkept_entries()
    order = ("assured_until", "name", "id") if kept else ("rank", "name", "id")
    found, next_page = one_page(visit, rows.defer("imported", "answers", "texts", "of__imported").order_by(*order))
    today = visit.now.date()
    shown = [
        {
            "entry": there,
            "standing": texts.STANDINGS[there.standing(on=today)],
            "late": there.standing(on=today) != Standing.ASSURED,
            "kinds": [texts.KINDS[kind] for kind in there.kinds[:3]],
        }
        for there in found
    ]
    told = {
        "title": _("Directory"),
        "kept": kept,
        "rows": shown,
        "next_page": next_page,
        "organisation": mine,
        "taken_out": queries.taken_out_of(mine) if kept else [],
        "letters": queries.problems_for(mine).exists() or queries.questions_for(mine).exists(),
    }
    return show(visit, "coordination/entries", told)


def _form(there: Entry, data: Any) -> EntryForm:
    form = EntryForm(data, entry=there)
    form.kept_texts = {tag: own for tag, own in there.texts.items() if tag not in UI_LANGUAGES}
    return form


def _page(visit: Visit, there: Entry, form: EntryForm, *used: forms.Form) -> HttpResponse:
    assure_form = next((one for one in used if isinstance(one, AssureForm)), None)
    today = visit.now.date()
    told = {
        "title": there.name,
        "entry": there,
        "standing": texts.STANDINGS[there.standing(on=today)],
        "late": there.standing(on=today) != Standing.ASSURED,
        "form": form,
        "assure_form": assure_form or AssureForm(),
        "last": today + entries.ASSURED_AT_MOST,
        "ours": there.kept_by_id is not None,
        "contacts_there": bool(there.contacts),
    }
    return show_form(visit, "entry", told, *used)
