"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "address_not_wanted": _("A safe place has no address here, only a contact."),
    "assured_too_long": _("Choose a day to come, within a year."),
    "contact_needed": _("An entry needs a contact first."),
    "hsds_unreadable": _("This file is not in the HSDS 3 form."),
    "municipality_needed": _("The municipality is needed."),
    "no_questions": _("Questions cannot be sent here."),
    "offer_needs_organisation": _("An offer belongs to an organisation's entry."),
    "offers_left": _("Withdraw its offers first."),
    "time_needed": _("Begin and end are needed."),
}
