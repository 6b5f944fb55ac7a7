"""Sign-in, the second factor, confirming, sign-out."""

from __future__ import annotations

import re

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import Resolver404, resolve, reverse
from django.utils.translation import gettext as _

from backend.core.console.visits import Visit, page, refusal_text, show, to
from backend.core.errors import DomainError, SignInNeeded
from backend.core.staff import errors
from backend.core.staff.actions import signing
from backend.core.staff.actions.sessions import end_session
from backend.core.staff.models import StaffSession
from backend.core.staff.queries import browser_is_known

# What is typed wrongly is told on the form itself; anything else is a page of its own.
TYPED = (errors.StaffSignInFailed, errors.SecondFactorFailed)


@page(kinds=None, methods=("GET", "POST"))
def sign_in(visit: Visit) -> HttpResponse:
    """Name and passphrase; only the passphrase where the second factor came first."""
    if visit.is_open:
        return to("start")
    session = visit.session
    waits = session is not None and session.second_at is not None and session.passphrase_at is None
    given = {"title": _("Sign in"), "waits": waits, "name": visit.typed("name", most=80)}
    if visit.request.method != "POST":
        return show(visit, "sign_in", given)
    try:
        if waits and session is not None:
            begun = signing.prove_passphrase(session=session, passphrase=visit.typed("passphrase"), now=visit.now)
            return _go_on(visit, begun)
        begun = signing.begin_sign_in(
            name=visit.typed("name", most=80),
            passphrase=visit.typed("passphrase"),
            browser=visit.browser,
            network=visit.network,
            now=visit.now,
        )
    except TYPED as refusal:
        return show(visit, "sign_in", {**given, "fault": refusal_text(refusal)}, status=refusal.status)
    visit.take_token(begun.token)
    return to("second")


@page(kinds=None, methods=("GET", "POST"))
def show_second(visit: Visit) -> HttpResponse:
    """A code of the authenticator app, a security key, or a recovery code."""
    session = visit.session
    if session is None or session.is_open or session.second_at is not None:
        return to("start")
    fault, status = "", 200
    if visit.request.method == "POST":
        try:
            return _go_on(visit, _prove(visit, session))
        except TYPED as refusal:
            fault, status = refusal_text(refusal), refusal.status
            if session.tries + 1 >= signing.TRIES:
                return to("sign_in")
    first = session.passphrase_at is None
    given = {"title": _("Second step"), "fault": fault, "first": first, "with_codes": not first, "action": "second"}
    return show(visit, "second", {**given, **_key(visit, session)}, status=status)


@page(methods=("GET", "POST"))
def confirm(visit: Visit) -> HttpResponse:
    """The second factor again, before a grave act; then on to `next`."""
    session = visit.session
    if session is None:
        raise SignInNeeded
    target = _own_page(visit.typed("next") or visit.request.GET.get("next", ""))
    fault, status = "", 200
    if visit.request.method == "POST":
        try:
            visit.take_token(_prove(visit, session).token)
            return _see_other(target)
        except TYPED as refusal:
            fault, status = refusal_text(refusal), refusal.status
            if session.tries + 1 >= signing.TRIES:
                return to("sign_in")
    given = {"title": _("Please confirm"), "fault": fault, "with_codes": True, "action": "confirm", "next": target}
    return show(visit, "second", {**given, **_key(visit, session)}, status=status)


@page(kinds=None, methods=("POST",))
def sign_out(visit: Visit) -> HttpResponse:
    """End this session."""
    if visit.session is not None:
        end_session(session=visit.session, now=visit.now)
    visit.drop_token()
    return to("sign_in")


def _prove(visit: Visit, session: StaffSession) -> signing.Begun:
    if answer := visit.typed("key", most=8000):
        return signing.prove_key(session=session, answer=answer, site=visit.site, now=visit.now)
    code = visit.typed("code", most=80)
    if re.sub(r"[\s-]", "", code).isdecimal():
        return signing.prove_totp(session=session, code=code, now=visit.now)
    return signing.prove_recovery(session=session, code=code, now=visit.now)


def _go_on(visit: Visit, begun: signing.Begun) -> HttpResponse:
    visit.take_token(begun.token)
    if not begun.session.is_open or begun.session.staff is None:
        return to("sign_in")
    staff = begun.session.staff
    if not (visit.browser and browser_is_known(staff=staff, token=visit.browser, at=visit.now)):
        visit.know_browser(signing.remember_browser(staff=staff, now=visit.now))
    return to("start")


def _key(visit: Visit, session: StaffSession) -> dict[str, str]:
    return {"key_options": signing.ask_key(session=session, site=visit.site)}


def _own_page(path: str) -> str:
    """The path if it is one of the console's pages, else the first page's."""
    try:
        match = resolve(path)
    except (Resolver404, DomainError):
        return reverse("console:start")
    known = match.namespaces[:1] == ["console"] and match.url_name != "nothing"
    return path if known else reverse("console:start")


def _see_other(path: str) -> HttpResponse:
    response = HttpResponseRedirect(path)
    response.status_code = 303
    return response
