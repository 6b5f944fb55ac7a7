"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "beside_oneself": _("Nobody can be their own contact person."),
    "caseload_full": _("This person cannot be there for anybody else at the moment."),
    "contact_in_talk": _("This is the talk with your contact person. Change or end the contact first."),
    "handover_open": _("A handover of this contact is under way already."),
    "no_contact": _("You have no contact person at the moment."),
    "peer_unavailable": _("This person cannot be a contact person at the moment."),
    "place_taken": _("There is somebody in this place already."),
    "primary_needed": _("There must be a contact person before there is a backup."),
}
SAFETY = ("contact_in_talk", "no_contact")
