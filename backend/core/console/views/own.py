"""What people change about their own sign-in; each asks for the second factor again."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.console.visits import Visit, page, refusal_text, show, to
from backend.core.errors import Invalid, SignInNeeded
from backend.core.staff import errors, queries
from backend.core.staff.actions import own
from backend.core.staff.models import StaffSession
from backend.core.staff.passphrases import SHORTEST


@page()
def show_own(visit: Visit) -> HttpResponse:
    """What there is."""
    staff = visit.staff
    told = {
        "title": _("Your sign-in"),
        "name": staff.name,
        "has_app": staff.totp is not None,
        "keys": list(staff.keys.order_by("created_at")),
        "codes_left": queries.recovery_codes_left(staff=staff),
        "roles": visit.roles,
    }
    return show(visit, "own", told)


@page(methods=("GET", "POST"), grave=True)
def make_codes(visit: Visit) -> HttpResponse:
    """New recovery codes."""
    if visit.request.method != "POST":
        return show(visit, "own_codes", {"title": _("New recovery codes")})
    codes = own.make_codes(staff=visit.staff, now=visit.now)
    return show(visit, "enrolled", {"title": _("Keep this"), "name": visit.staff.name, "codes": codes})


@page(methods=("GET", "POST"), grave=True)
def add_key(visit: Visit) -> HttpResponse:
    """One more security key."""
    session = _session(visit)
    fault, status = "", 200
    if visit.request.method == "POST":
        try:
            own.keep_key(session=session, answer=visit.typed("key", most=8000), site=visit.site, now=visit.now)
        except errors.SecondFactorFailed as refusal:
            fault, status = refusal_text(refusal), refusal.status
        else:
            visit.tell("key_added")
            return to("own")
    options = own.ask_another_key(session=session, staff=visit.staff, site=visit.site)
    return show(
        visit, "own_key", {"title": _("Add a security key"), "fault": fault, "key_options": options}, status=status
    )


@page(methods=("GET", "POST"), grave=True)
def change_passphrase(visit: Visit) -> HttpResponse:
    """Another passphrase."""
    given = {"title": _("Change your passphrase"), "shortest": SHORTEST}
    if visit.request.method != "POST":
        return show(visit, "own_passphrase", given)
    try:
        own.change_passphrase(session=_session(visit), passphrase=visit.typed("passphrase"), now=visit.now)
    except Invalid as refusal:
        return show(visit, "own_passphrase", {**given, "fault": refusal_text(refusal)}, status=refusal.status)
    visit.tell("passphrase_changed")
    return to("own")


def _session(visit: Visit) -> StaffSession:
    if visit.session is None:
        raise SignInNeeded
    return visit.session
