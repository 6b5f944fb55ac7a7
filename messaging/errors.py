"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, Forbidden, Invalid, NotFound, TooMany


class Muted(Forbidden):
    """A lead has muted the sender for a while."""

    code = "muted"


class GroupClosedNow(Forbidden):
    """Outside the group's opening hours."""

    code = "group_closed_now"


class RulesFirst(Forbidden):
    """The community's rules, as they are now, wait for the caller's yes (`PUT /me/rules`)."""

    code = "rules_first"


class GroupPaused(Forbidden):
    """All who lead the group are away; it opens when one is back."""

    code = "group_paused"


class GroupUnwatched(Forbidden):
    """Nobody who leads the group is there at this hour, and nobody on duty can look; it opens when somebody can."""

    code = "group_unwatched"


class ConversationEnded(Forbidden):
    """The conversation takes no more messages."""

    code = "conversation_ended"


class SlowMode(TooMany):
    """The group asks for a pause between two messages."""

    code = "slow_mode"


class ClientIdUsed(Conflict):
    """The `client_id` was used for another message."""

    code = "client_id_used"


class ReplyUnknown(Invalid):
    """`reply_to` names no message that the sender can see."""

    code = "reply_unknown"


class SeqUnknown(Invalid):
    """The conversation has not come to this seq yet."""

    code = "seq_unknown"


class MessageRetracted(Conflict):
    """The message was retracted; nothing more can be done with it."""

    code = "message_retracted"


class EditsUsedUp(Conflict):
    """The message has been edited as often as a message can be."""

    code = "edits_used_up"


class ReactionsUsedUp(Conflict):
    """One member's reactions on one message are limited."""

    code = "reactions_used_up"


class AliasTaken(Conflict):
    """Somebody in this conversation already has this alias, or one that looks like it."""

    code = "alias_taken"


class AliasUsedElsewhere(Conflict):
    """The same alias in two places would show that both are the same person."""

    code = "alias_used_elsewhere"


class AliasFromRole(Invalid):
    """Who comes as a peer expert comes under the alias of that role."""

    code = "alias_from_role"


class ValueUnknown(Invalid):
    """Not one of the values that there are."""

    code = "not_choice"


class UntilPast(Invalid):
    """The time until which something should hold is over."""

    code = "until_past"


class PeerExpertNeeded(Forbidden):
    """Only peer experts lead, and only in that role."""

    code = "peer_expert_needed"


class WasRemoved(Forbidden):
    """Who was removed from a group does not come back by asking."""

    code = "was_removed"


class AlreadyAsked(Conflict):
    """There is an open request already."""

    code = "already_asked"


class IsLead(Conflict):
    """Who leads is neither muted nor removed; they stop leading first."""

    code = "is_lead"


class NotMember(Conflict):
    """They do not belong to it any more."""

    code = "not_member"


class BlockOfOneself(Invalid):
    """Nobody can be hidden from themselves."""

    code = "block_of_oneself"


class AlreadyMember(Conflict):
    """The account already belongs to the conversation."""

    code = "already_member"


class LeadNeeded(Conflict):
    """A group cannot be without a lead."""

    code = "lead_needed"


class GroupHasLead(Conflict):
    """Somebody leads the group; leads make others lead."""

    code = "group_has_lead"


class NoSuchConversation(NotFound):
    """Unknown, or not the caller's."""

    code = "not_found"


class MessageHidden(Conflict):
    """The message is hidden by a decision; it can be taken back, and nothing else."""

    code = "message_hidden"


class TooManyHeld(TooMany):
    """So many of the sender's messages wait for a person that no more can."""

    code = "too_many_held"


class WouldBeHeld(Conflict):
    """With this text it would wait for a person, and what is posted already cannot."""

    code = "would_be_held"


class HeldChanged(Conflict):
    """Its author has changed it meanwhile: what was read is not what would be posted."""

    code = "held_changed"


class HeldDecided(Conflict):
    """Somebody has decided on it, or its author has taken it back."""

    code = "held_decided"
