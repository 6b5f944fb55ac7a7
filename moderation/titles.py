"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "appeal_over": _("It is too late to appeal, or it has been decided."),
    "appealed_before": _("You have appealed against this decision before."),
    "care_has_two_looks": _("Two people look at this, and find that it is enough."),
    "care_only": _("This is only for somebody whom others worry about."),
    "case_decided": _("This has been decided already."),
    "claimed_by_another": _("Somebody else is looking at it."),
    "decided_by_others": _("Moderators have decided this. Somebody can appeal, or they take it back."),
    "hold_too_long": _("Nobody may be told that much later."),
    "measure_unfit": _("This measure does not fit here."),
    "moderator_needed": _("Only moderators can do this."),
    "nobody_to_ask": _("There is nobody beside them who can be asked now."),
    "not_claimed": _("Claim the case first."),
    "not_open": _("This is not open any more."),
    "others_first": _("Somebody of another organisation is asked first."),
    "report_of_oneself": _("You cannot report yourself."),
    "notice_only": _("Only what a notice is about is found by whoever handles it."),
    "nothing_named": _("There is nothing here of this name, address or id."),
    "several_named": _("Several groups have this title. Use the id of one of them."),
    "report_unfit": _("This does not go with what you report."),
    "value_unknown": _("One of these is not known here."),
    "rest_first": _("That is enough for this shift. Talk with somebody first."),
    "rule_needed": _("A measure must name the rule that was broken."),
    "rules_version_unknown": _("These are not the present rules."),
    "second_is_same": _("Another person must agree."),
    "tied": _("You are too close to this. Somebody else will look at it."),
}
SAFETY = ("appeal_over",)
