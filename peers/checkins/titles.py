"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "answered_otherwise": _("You have answered this already."),
    "checkins_consent_needed": _("For this you must agree to check-ins first."),
    "greeted_by_others": _("Somebody else of your organisation has to greet this member."),
    "nobody_beside": _("You have no contact person yet."),
    "pause_refused": _("A pause can last up to five years."),
    "question_not_asked": _("This was not asked here."),
    "request_waits": _("Your wish for contact is waiting already."),
    "rhythm_incomplete": _("For a rhythm of your own, say every how many days."),
    "snoozed_enough": _("This has been put off often enough. You do not have to answer."),
    "window_empty": _("Within these days and hours there is no time left to ask."),
    "zone_unknown": _("This time zone is not known."),
}
SAFETY = ("checkins_consent_needed", "nobody_beside", "request_waits")
