"""What coordinators find in the console's menu, and what a page says after something was done."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core.accounts.models import Role
from backend.core.console.sections import Section

WHO = (Role.Kind.COORDINATOR,)
SECTIONS = (
    Section("waiting", _("Who waits"), "console:waiting", WHO, _("Members, wishes, greetings, referrals"), 10),
    Section("peers", _("Peer experts"), "console:peers", WHO, _("How many people they are there for, and vetting"), 20),
    Section("invites", _("Invites"), "console:invites", WHO, _("For members, peer experts and coordinators"), 30),
    Section("entries", _("Directory"), "console:entries", WHO, _("Your entries, letters, and what is missing"), 40),
    Section("duty", _("Duty"), "console:duty", WHO, _("Who is on duty, and who stands in"), 50),
    Section(
        "organisation", _("Organisation"), "console:organisation", WHO, _("Who answers for it, where and with what"), 60
    ),
)
NOTICES: dict[str, str | Promise] = {
    "peer_paused": _("Nobody new comes to this peer expert for now."),
    "peer_unpaused": _("Somebody new may come to this peer expert again."),
    "peer_ended": _("The role has ended. Whoever this peer expert was there for has you or a colleague now."),
    "vetting_asked": _("The vetting has begun. Two people sign."),
    "vetting_signed": _("You have signed."),
    "vetting_dropped": _("The vetting has ended without a result."),
    "invite_withdrawn": _("The invite does not work any more."),
    "pause_reviewed": _("This person may invite again."),
    "talk_opened": _("The talk with this member is in the app now. Write to them there."),
    "greeted": _("Done. They are on this list again only after another silence."),
    "wish_taken_on": _("You have taken it on. The talk with this member is in the app: write to them there."),
    "wish_passed_on": _("It is the next person's turn now."),
    "wish_closed": _("Done. The member sees it too."),
    "referral_accepted": _("The member sees who will be there, and when."),
    "referral_returned": _("It is the member's again. You cannot read it any more."),
    "entry_assured": _("Your organisation answers for this entry now."),
    "entry_withdrawn": _("The entry is not in the directory any more."),
    "letter_done": _("Done. The letter has been deleted."),
    "duty_dropped": _("The duty is not on the roster any more."),
}
