"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "alias_from_role": _("As a peer expert you come under the alias of that role."),
    "alias_taken": _("Somebody here already has this alias, or one that looks like it."),
    "alias_used_elsewhere": _("You use this alias in another place. Another one keeps the two apart."),
    "already_asked": _("There is an open request already."),
    "already_member": _("You belong to it already."),
    "block_of_oneself": _("Nobody can be hidden from themselves."),
    "client_id_used": _("This client_id was used for another message."),
    "edits_used_up": _("The message cannot be edited any more."),
    "message_hidden": _("The message is hidden. You can take it back, or appeal."),
    "message_retracted": _("The message was taken back."),
    "reaction_unknown": _("There is no such reaction."),
    "reactions_used_up": _("You have reacted to this message as often as you can."),
    "seq_unknown": _("The talk has not come this far."),
    "conversation_ended": _("This talk has ended."),
    "group_closed_now": _("The group is closed at this hour."),
    "group_paused": _("The group rests until somebody who leads it is back."),
    "group_unwatched": _("The group rests: nobody is there now who could help if something goes wrong."),
    "held_changed": _("The message was changed meanwhile. Read it again."),
    "held_decided": _("This message does not wait any more."),
    "too_many_held": _("Many of your messages wait already. Wait until somebody has looked at them."),
    "would_be_held": _("With this text the message would have to wait for a person. Send it as a new one."),
    "group_has_lead": _("The group has a lead."),
    "hours_day_unknown": _("One of the days is not a day of the week."),
    "hours_malformed": _("These are not opening hours."),
    "hours_time_malformed": _("This is not a time of day."),
    "hours_too_many": _("There are too many opening hours on one day."),
    "hours_window_empty": _("Opening hours must end at another time than they start."),
    "hours_zone_unknown": _("This time zone is not known."),
    "is_lead": _("Who leads the group must stop leading first."),
    "lead_needed": _("The group cannot be without a lead."),
    "muted": _("You cannot write here for a while."),
    "not_member": _("They do not belong to it any more."),
    "peer_expert_needed": _("Only peer experts can do this."),
    "reply_unknown": _("The message that this replies to is not there."),
    "rules_first": _("Read the rules of Naast and agree to them first. They are new, or have changed."),
    "slow_mode": _("This group asks for a pause between two messages."),
    "until_past": _("This time is over."),
    "was_removed": _("It is not possible to come back to this group by asking."),
}
SAFETY = ("alias_used_elsewhere", "group_paused", "group_unwatched", "muted")
