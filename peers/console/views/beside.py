"""Members who would like somebody to be in touch: after a long silence, as they chose, or now. Talks are in the app."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, to
from backend.core.errors import NotFound
from peers.checkins import queries
from peers.checkins.actions import requests, safety
from peers.checkins.models import WayBack
from peers.console.frame import Form, attempt, coordinators, sent, show_form


@coordinators(methods=("GET", "POST"))
def show_way_back(visit: Visit, role: Role, way_back: UUID) -> HttpResponse:
    """Since when it waits; POST reads the member's words, and is an entry that the member sees."""
    there = _way_back(role, way_back)
    words = None
    if visit.request.method == "POST":
        words = safety.read_way_back(role=role, way_back=way_back, now=visit.now)
    return _page(visit, there, Form(), words=words)


@coordinators(methods=("POST",))
def open_talk(visit: Visit, role: Role, way_back: UUID) -> HttpResponse:
    """Begin the talk in which the member is greeted."""
    there = _way_back(role, way_back)
    form = Form(sent(visit))
    if attempt(form, lambda _given: safety.open_way_back_talk(role=role, way_back=way_back, now=visit.now)):
        visit.tell("talk_opened")
        return to("way_back", way_back)
    return _page(visit, there, form)


@coordinators(methods=("POST",))
def greeted(visit: Visit, role: Role, way_back: UUID) -> HttpResponse:
    """Say that they have been greeted."""
    safety.mark_greeted(role=role, way_back=way_back, now=visit.now)
    visit.tell("greeted")
    return to("waiting")


@coordinators(methods=("POST",))
def take_on(visit: Visit, role: Role, wish: UUID) -> HttpResponse:
    """Take on a wish for contact; the talk with the member is in the app then."""
    _wish(role, wish)
    requests.acknowledge_request(by=visit.by, request=wish, now=visit.now)
    requests.open_talk(by=visit.by, request=wish, now=visit.now)
    visit.tell("wish_taken_on")
    return to("waiting")


@coordinators(methods=("POST",))
def pass_on(visit: Visit, role: Role, wish: UUID) -> HttpResponse:
    """Give it to the next, without a reason."""
    _wish(role, wish)
    requests.pass_on_request(by=visit.by, request=wish, now=visit.now)
    visit.tell("wish_passed_on")
    return to("waiting")


@coordinators(methods=("POST",))
def close(visit: Visit, role: Role, wish: UUID) -> HttpResponse:
    """They have been in touch."""
    _wish(role, wish)
    requests.close_request(by=visit.by, request=wish, now=visit.now)
    visit.tell("wish_closed")
    return to("waiting")


def _way_back(role: Role, way_back: UUID) -> WayBack:
    there = queries.ways_back_to(role=role).filter(id=way_back).first()
    if there is None:
        raise NotFound
    return there


def _wish(role: Role, wish: UUID) -> None:
    """Only what waits for them in this role."""
    if not queries.requests_for(by=role.account).filter(id=wish, holder=role).exists():
        raise NotFound


def _page(visit: Visit, there: WayBack, form: Form, *, words: str | None = None) -> HttpResponse:
    return show_form(visit, "way_back", {"title": _("Greet somebody"), "way_back": there, "words": words}, form)
