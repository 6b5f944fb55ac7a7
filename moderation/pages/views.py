"""Rules, notices and figures for everybody: no account, no cookie, no script needed, nothing of it in an address."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backend.core import limits
from backend.core.console.forms import ZONE
from backend.core.errors import DomainError
from backend.core.vocabulary import DEFAULT_LANGUAGE
from moderation.actions import notices
from moderation.console.names import MEASURE_NAMES, REASONS, RULE_NAMES, Names, name
from moderation.pages.forms import NoticeForm, ReferenceForm, tell
from moderation.queries import figures
from moderation.rules import RULES, VERSION
from peers.directory.pages.views import page, render


@page("GET", "HEAD")
def show_rules(request: HttpRequest) -> HttpResponse:
    """The community's rules, with their version."""
    rules = [(RULE_NAMES[key], text) for key, text in RULES.items()]
    return render(request, "info/rules", {"rules": rules, "version": VERSION})


@page("GET", "HEAD")
def show_figures(request: HttpRequest) -> HttpResponse:
    """What was reported and decided in whole years, as `GET /transparency`."""
    years = [_year(told) for told in figures.transparency(at=timezone.now())]
    return render(request, "info/figures", {"years": years, "least": figures.LEAST, "round": figures.ROUND})


@page("GET", "HEAD", "POST")
def give_notice(request: HttpRequest) -> HttpResponse:
    """The form; sent, its receipt. It is the answer itself: an address to go on to would have to hold the reference."""
    form = NoticeForm(request.POST if request.method == "POST" else None)
    status = 200
    if form.is_bound and form.is_valid():
        given = {key: value for key, value in form.cleaned_data.items() if key != "in_good_faith"}
        try:
            made = notices.give_notice(
                network=limits.coarse_network(request),
                language=translation.get_language() or DEFAULT_LANGUAGE,
                **{**given, "contact": given["contact"] or None},
                now=timezone.now(),
            )
        except DomainError as refusal:
            tell(form, refusal)
            status = refusal.status
        else:
            shown = {"reference": _in_fours(made.reference), "day": _day(made.report.received_at), "once": True}
            return render(request, "info/received", shown, status=201)
    return _form(request, "info/notice", form, {}, status)


@page("GET", "HEAD", "POST")
def look_up(request: HttpRequest) -> HttpResponse:
    """What has become of a notice: the reference is sent by a form."""
    form = ReferenceForm(request.POST if request.method == "POST" else None)
    status, told = 200, None
    if form.is_bound and form.is_valid():
        try:
            network = limits.coarse_network(request)
            told = notices.look_up(network=network, reference=form.cleaned_data["reference"], now=timezone.now())
        except DomainError as refusal:
            if refusal.status == 404:
                form.add_error("reference", _("No notice has this reference."))
            else:
                tell(form, refusal)
            status = refusal.status
    return _form(
        request,
        "info/look_up",
        form,
        {"told": told, "day": _day(told["received_at"]) if told else "", "once": told is not None},
        status,
    )


def _form(request: HttpRequest, template: str, form: forms.Form, told: dict[str, Any], status: int) -> HttpResponse:
    if form.is_bound and form.errors and status == 200:
        status = 400
    return render(request, template, {"form": form, **told}, status=status)


def _year(told: dict[str, Any]) -> dict[str, Any]:
    return {
        "year": told["year"],
        "tables": [
            (_("Reports"), _("Why"), _rows(REASONS, told["reports"])),
            (_("Measures"), _("What"), _rows(MEASURE_NAMES, told["measures"])),
        ],
        "hours": told["median_hours_to_decision"],
        "appeals": told["appeals"],
        "overturned": told["overturned"],
    }


def _rows(names: Names, counts: dict[str, int | None]) -> list[tuple[str, int | None]]:
    return [(name(names, key), count) for key, count in counts.items()]


def _day(at: datetime) -> str:
    return date_format(at.astimezone(ZONE), "DATE_FORMAT").rstrip(".")  # Hungarian ends a date as a sentence ends


def _in_fours(reference: str) -> str:
    return "-".join(reference[start : start + 4] for start in range(0, len(reference), 4))
