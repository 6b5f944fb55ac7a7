"""Enrolment: two codes and a passphrase, then the second factor; the sign-in name and recovery codes are shown once."""

from __future__ import annotations

import segno
from django.http import HttpResponse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from backend.core.console.visits import Visit, page, refusal_text, show, to
from backend.core.errors import Invalid
from backend.core.staff import errors, factors, queries
from backend.core.staff.actions import enrolment
from backend.core.staff.actions.enrolment import Enrolled
from backend.core.staff.models import Enrolment
from backend.core.staff.passphrases import SHORTEST


@page(kinds=None, methods=("GET", "POST"))
def enrol(visit: Visit) -> HttpResponse:
    """The code of the operator, the own access code, a passphrase."""
    given = {"title": _("Set up your sign-in"), "shortest": SHORTEST, "code": visit.typed("code", most=80)}
    if visit.request.method != "POST":
        return show(visit, "enrol", given)
    try:
        token = enrolment.prove_enrolment(
            code=visit.typed("code", most=80),
            access_code=visit.typed("access_code", most=300),
            passphrase=visit.typed("passphrase"),
            network=visit.network,
            now=visit.now,
        )
    except (errors.EnrolmentFailed, Invalid) as refusal:
        return show(visit, "enrol", {**given, "fault": refusal_text(refusal)}, status=refusal.status)
    visit.take_token(token)
    return to("enrol_second")


@page(kinds=None, methods=("GET", "POST"))
def enrol_second(visit: Visit) -> HttpResponse:
    """A security key or an authenticator app."""
    there = queries.enrolment_by_token(token=visit.token, at=visit.now)
    if there is None:
        return to("enrol")
    fault, status = "", 200
    if visit.request.method == "POST":
        try:
            made = _finish(visit, there)
        except errors.SecondFactorFailed as refusal:
            fault, status = refusal_text(refusal), refusal.status
        else:
            visit.drop_token()
            return show(visit, "enrolled", {"title": _("Keep this"), "name": made.name, "codes": made.recovery_codes})
    secret = factors.open_totp(account=there.account_id, sealed=bytes(there.totp or b""))
    told = {
        "title": _("Second step"),
        "fault": fault,
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "qr": draw(factors.totp_address(secret=secret)),
        "key_options": enrolment.ask_first_key(enrolment=there, site=visit.site),
    }
    return show(visit, "enrol_second", told, status=status)


def _finish(visit: Visit, there: Enrolment) -> Enrolled:
    if answer := visit.typed("key", most=8000):
        return enrolment.finish_with_key(enrolment=there, answer=answer, site=visit.site, now=visit.now)
    return enrolment.finish_with_totp(enrolment=there, code=visit.typed("code", most=80), now=visit.now)


def draw(text: str) -> str:
    """A QR code as SVG, drawn here: nothing but digits and letters of ours goes into it."""
    drawn = segno.make(text, error="m").svg_inline(scale=4, border=3, dark="#000", light="#fff", omitsize=True)
    return mark_safe(drawn)
