"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "away_in_past": _("This time is over already."),
    "caseload_out_of_bounds": _("The number of people must be between 0 and 30."),
    "checklist_empty": _("A checklist needs between 1 and 30 items."),
    "checklist_incomplete": _("Look at every item of the checklist before you sign."),
    "checklist_needed": _("The organisation needs a checklist first."),
    "own_signature_needed": _("One of the two who sign must be of the peer expert's own organisation."),
    "own_vetting": _("You cannot decide about yourself."),
    "partner_unfit": _("The partner must be another organisation that takes part."),
    "signed_already": _("Two different people must sign."),
    "vetting_running": _("This peer expert is being vetted already."),
}
