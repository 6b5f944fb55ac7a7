"""What who moderates finds in the console's menu, and what a page says after something was done."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core.accounts.models import Role
from backend.core.console.sections import Section
from moderation.queries.people import MODERATING

RULED = (*MODERATING, Role.Kind.AUDITOR)
WATCHING = (*MODERATING, Role.Kind.COORDINATOR)
SECTIONS = (
    Section("backlog", _("Backlog"), "console:backlog", WATCHING, _("How much waits, and for how long"), 150),
    Section("load", _("Load"), "console:load", WATCHING, _("What one has met, and who waits for a talk"), 160),
    Section(
        "queue",
        _("Cases"),
        "console:queue",
        MODERATING,
        _("What waits for somebody, the most urgent first"),
        110,
        badge="console:waiting_cases",
    ),
    Section("holds", _("Before it is posted"), "console:holds", MODERATING, _("What nobody looked at in time"), 120),
    Section(
        "audit",
        _("Audit"),
        "console:audit",
        (Role.Kind.AUDITOR,),
        _("What was done by which role, and whether the chain holds"),
        100,
    ),
    Section("untold", _("Not told yet"), "console:untold", MODERATING, _("What people are told when it is safe"), 130),
    Section("rules", _("Rules"), "console:rules", RULED, _("What decisions are based on"), 190),
)
NOTICES: dict[str, str | Promise] = {
    "case_released": _("Somebody else can take it now."),
    "case_given_back": _("You are close to what it is about: it is given back, and somebody else takes it."),
    "asked": _("Sent. The answer comes to this case."),
    "said": _("Sent. What they answer is shown here."),
    "contact_asked": _("Their contact person is asked to be in touch."),
    "contact_proposed": _("It is asked once another person agrees."),
    "ask_refused": _("The contact person is not asked."),
    "looked_once": _("Another person looks now, within a day."),
    "closed": _("Closed. Who worried is told that somebody looked after it."),
    "open_again": _("Open again: more is to be done."),
    "decided": _("Decided. Who is concerned is told why, and who reported it that it was decided."),
    "waits_for_second": _("It takes hold once a second person agrees."),
    "aside_done": _("Done. Another person looks at it within a day."),
    "longer_asked": _("The person is told later once another agrees."),
    "text_kept": _("What you had written is kept as a note on the case."),
    "answered": _("Done. Whoever is concerned is told."),
    "hold_released": _("It is posted."),
    "hold_returned": _("It is given back, with your word."),
}
