"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "confirm_first": _("Please confirm with your second factor first."),
    "enrolment_failed": _("These two codes do not open an enrolment."),
    "passphrase_too_plain": _("This passphrase is too easy to guess."),
    "passphrase_too_short": _("The passphrase is too short: at least 15 characters."),
    "second_factor_failed": _("That did not work. Try again, or use something else."),
    "staff_role_needed": _("The account has no role that the console is for."),
    "staff_sign_in_failed": _("This name and passphrase do not belong together."),
}
