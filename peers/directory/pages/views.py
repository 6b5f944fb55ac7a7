"""The directory as pages: no account, no cookie, no third party, and all of it works without a script.

Pages are not kept by the browser, and say nothing in their title and path: the phone may be watched.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from rest_framework.request import Request

from backend.core import limits
from backend.core.accounts import queries as accounts
from backend.core.errors import DomainError, Invalid, NotFound
from backend.core.http import pages
from backend.core.http.problems import NotHere
from backend.core.http.views import EVERY_VIEW
from backend.core.vocabulary import LANGUAGE_NAMES, UI_LANGUAGES
from peers.directory import access, queries, texts
from peers.directory.actions.gaps import count_gap
from peers.directory.actions.letters import ask_question, report_problem, takes_questions
from peers.directory.api.views import KNOWN, read_search
from peers.directory.pages import shown
from peers.directory.pages.links import links
from peers.directory.texts import PAGE
from peers.directory.vocabulary import UNLISTED, Line

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src data:; form-action 'self'; "
    "frame-ancestors 'none'; base-uri 'none'"
)
SHOWN = 20  # entries on a page
NAMES: dict[str, texts.Names] = {
    "kind": texts.KINDS,
    "language": dict(LANGUAGE_NAMES),
    "domain": texts.DOMAINS,
    "direction": texts.DIRECTIONS,
    "stance": texts.STANCES,
    "without": texts.STANCES,
}
View = Callable[..., HttpResponse]


def page(*methods: str) -> Callable[[View], View]:
    """A page for these methods, in the language that its link names or the browser asks for; refusals are pages too."""

    def wrap(view: View) -> View:
        @wraps(view)
        def run(request: HttpRequest, **kwargs: Any) -> HttpResponse:
            if request.method not in methods:
                raise NotHere(allow=", ".join(methods))
            if (wanted := request.GET.get("in")) in UI_LANGUAGES:
                translation.activate(wanted)
            try:
                network = limits.coarse_network(request)
                limits.take_local(name=EVERY_VIEW.name, key=network, rate=EVERY_VIEW.rate, now=timezone.now())
                return view(request, **kwargs)
            except DomainError as refusal:
                said = PAGE["missing"] if isinstance(refusal, NotFound) else PAGE["not_sent"]
                return render(request, "said", {"said": said}, status=refusal.status)

        return run

    return wrap


@page("GET", "HEAD")
def show_search(request: HttpRequest) -> HttpResponse:
    """What is looked for, and what fits. What an address says wrongly is as if it did not say it."""
    now = timezone.now()
    regions = {region.key: region.name for region in accounts.regions()}
    given = {name: str(value) for name, value in request.GET.items() if name in ("region", *KNOWN)}
    try:
        search = read_search(given)
    except Invalid:
        given, search = {}, queries.Search()
    # A cursor is of one search, whatever else its address says.
    asked = {**{name: value for name, value in given.items() if value}, "limit": str(SHOWN)}
    if "after" in request.GET:
        asked["after"] = request.GET["after"]
    request.GET = QueryDict(urlencode(asked))
    rows = queries.search(search, on=now.date())
    found = pages.page_of_many(rows, queries.ORDER, Request(request), lambda items: items)
    if not found["items"] and "after" not in request.GET and any(given.values()):
        count_gap(search=search, network=limits.coarse_network(request), now=now)
    language = translation.get_language()
    more = urlencode({**given, "in": language, "after": found["next"]}) if found["next"] else ""
    choices = {"region": {**regions, UNLISTED: PAGE["unlisted"]}, **NAMES}
    told = {
        "fields": [
            {"name": name, "label": PAGE[name], "choices": known.items(), "chosen": given.get(name, "")}
            for name, known in choices.items()
        ],
        "entries": [shown.show(row, regions=regions, language=language, on=now.date()) for row in found["items"]],
        "regions_missing": str(PAGE["regions_missing"]) % {"known": len(regions), "all": accounts.REGIONS_EXPECTED},
        "more": more,
    }
    return render(request, "search", told)


@page("GET", "HEAD")
def show_entry(request: HttpRequest, entry: UUID) -> HttpResponse:
    """An entry, with forms to say that it is wrong and, for a meeting, to ask the organisers."""
    there, on, language = access.entry(entry=entry), timezone.now().date(), translation.get_language()
    regions = {region.key: region.name for region in accounts.regions()}
    offers = queries.offers_of(there, on=on)
    told = {
        "entry": shown.show(there, regions=regions, language=language, on=on),
        "offers": [shown.show(row, regions=regions, language=language, on=on) for row in offers],
        "answers": there.answers,
        "takes_questions": takes_questions(there),
        "troubles": texts.TROUBLES.items(),
    }
    return render(request, "entry", told)


@page("GET", "HEAD")
def show_numbers(request: HttpRequest) -> HttpResponse:
    """Helplines in their order, the police last."""
    on, lines = timezone.now().date(), queries.helplines()
    groups = [
        (texts.LINES[kind], [shown.show_line(line, on=on) for line in lines if line.kind == kind]) for kind in Line
    ]
    return render(request, "numbers", {"groups": groups})


@page("GET", "HEAD")
def show_gaps(request: HttpRequest) -> HttpResponse:
    """What was looked for and not found."""
    regions = {region.key: region.name for region in accounts.regions()}
    rows = queries.gaps(on=timezone.now().date()).order_by("-month", "-searches", "region", "language", "domain")
    return render(request, "gaps", {"cells": [shown.show_gap(row, regions=regions) for row in rows[:200]]})


@page("GET", "HEAD")
def show_thanks(request: HttpRequest) -> HttpResponse:
    """It was sent."""
    return render(request, "said", {"said": PAGE["thanks"]})


@page("POST")
def take_problem(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Somebody says that an entry is wrong."""
    network, now = limits.coarse_network(request), timezone.now()
    kind, note = request.POST.get("kind", ""), request.POST.get("note", "").strip()
    report_problem(entry=entry, kind=kind, note=note or None, network=network, now=now)
    return _thank()


@page("POST")
def take_question(request: HttpRequest, entry: UUID) -> HttpResponse:
    """Somebody asks the organisers."""
    network, now = limits.coarse_network(request), timezone.now()
    ask_question(entry=entry, body=request.POST.get("body", ""), network=network, now=now)
    return _thank()


def _thank() -> HttpResponse:
    response = HttpResponseRedirect(f"{reverse('info_thanks')}?in={translation.get_language()}")
    response.status_code = 303
    return response


def render(request: HttpRequest, name: str, told: dict[str, Any], *, status: int = 200) -> HttpResponse:
    """A page, of another app if its name has a folder. Django's own `render` would look for cookies to set.

    `once`: what it shows is not there again, so nothing on it leads to the same page in another language.
    """
    kept = {key: value for key, value in request.GET.items() if key in ("region", *KNOWN)}
    around = {
        "t": PAGE,
        "language": translation.get_language(),
        "direction": "rtl" if translation.get_language_bidi() else "ltr",
        "languages": [(key, LANGUAGE_NAMES[key]) for key in UI_LANGUAGES],
        "without_language": f"{urlencode(kept)}&" if kept else "",
        "leave_to": settings.LEAVE_TO,
        "links": links(),
    }
    text = render_to_string(f"{name}.html" if "/" in name else f"directory/{name}.html", {**around, **told})
    return HttpResponse(text, status=status, headers={"Content-Security-Policy": POLICY})
