"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "access_code_malformed": _("This does not look like an access code."),
    "access_code_wrong": _("This is not your access code."),
    "account_suspended": _("A decision has suspended your account. You can read it and appeal."),
    "adult_needed": _("Naast is for people of 18 and older."),
    "alias_needed": _("An alias and an avatar are needed."),
    "alias_not_wanted": _("This role has no alias."),
    "consent_needed": _("Without this consent there can be no account."),
    "consent_purpose_unknown": _("Nothing is asked for under this name."),
    "consent_version_unknown": _("This version of the consent is not known."),
    "coordinator_needed": _("Name somebody else first: an organisation needs a coordinator and a deputy."),
    "coordinators_unfit": _("An organisation needs two people who coordinate it."),
    "duty_taken": _("Somebody is on duty then already."),
    "duty_time_unfit": _("A duty ends after it begins, lasts two weeks at most, and is not over yet."),
    "duty_unfit": _("Choose two different people of your organisation who have the same role."),
    "erase_instead": _("To withdraw this consent, erase the account."),
    "helpers_unfit": _("Name two people who are peer experts or coordinators."),
    "invite_invalid": _("This invite does not work. Ask for a new one."),
    "invite_used": _("This invite has been used."),
    "invites_open": _("Many of your invites are still open. Withdraw one, or wait until one is used."),
    "invites_paused": _("You cannot invite anybody for now. Talk to your coordinator."),
    "locale_unknown": _("There are no texts in this language."),
    "may_not_invite": _("You cannot invite anybody for this."),
    "objection_failed": _("This code does not stop this recovery."),
    "organisation_closed": _("This organisation does not take part any more."),
    "organisation_exists": _("An organisation of this name takes part already."),
    "organisation_needed": _("An organisation is needed."),
    "phrase_too_short": _("Choose a phrase of at least three words."),
    "region_unknown": _("This region is not known."),
    "reviewed_by_others": _("Somebody else has to look at this."),
    "role_given": _("The account has this role already."),
    "role_kind_unknown": _("There is no such role."),
    "successor_needed": _("Another organisation has to take over first."),
    "support_unknown": _("This kind of support is not known."),
    "sign_in_failed": _("This access code does not open an account."),
}
# What somebody reads who is locked out, or agrees to something.
SAFETY = (
    "access_code_wrong",
    "account_suspended",
    "adult_needed",
    "consent_needed",
    "erase_instead",
    "helpers_unfit",
    "invite_invalid",
    "objection_failed",
    "phrase_too_short",
    "sign_in_failed",
)
