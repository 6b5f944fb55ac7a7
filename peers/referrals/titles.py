"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "date_past": _("This date is over."),
    "preview_changed": _("What you would send has changed since you saw it. Please look at it once more."),
    "referral_empty": _("There is nothing in it to send."),
    "referrals_full": _("You have several requests waiting already. You can take one back."),
    "sharing_consent_needed": _("For this you must agree to sharing first."),
}
SAFETY = ("preview_changed", "sharing_consent_needed")
