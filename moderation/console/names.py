"""What is shown for the keys of reasons, rules, measures and states."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core.accounts.models import Role
from messaging.models import Conversation
from moderation.reasons import Priority, Reason

Names = Mapping[str, str | Promise]

REASONS: Names = MappingProxyType(
    {
        Reason.DANGER: _("Danger to a life"),
        Reason.IDENTITY: _("Tells or asks who somebody is"),
        Reason.MINOR: _("A minor"),
        Reason.RECRUITING: _("Recruiting"),
        Reason.THREATS: _("Threats or pressure"),
        Reason.CLIENT_APPROACH: _("As or for a client"),
        Reason.CONTEMPT: _("Contempt"),
        Reason.SPAM: _("Advertising or floods"),
        Reason.OTHER: _("Something else"),
        Reason.WORRIED: _("Worried about somebody"),
    }
)
RULE_NAMES: Names = MappingProxyType(
    {
        "respect": _("Without contempt"),
        "identity": _("What is told here stays here"),
        "safety": _("No threats"),
        "recruiting": _("No recruiting"),
        "clients": _("No clients"),
        "minors": _("18 and older"),
        "spam": _("No advertising"),
        "group": _("The group's own rules"),
        "role": _("Keeping to one's role"),
    }
)
MEASURE_NAMES: Names = MappingProxyType(
    {
        "hide": _("Hide the message"),
        "warn": _("Warn"),
        "withdraw_entry": _("Take the entry out of the directory"),
        "slow": _("Slow the group down"),
        "mute": _("Mute in this place"),
        "remove": _("Remove from this place"),
        "unverify": _("Take the role of peer expert"),
        "suspend": _("Suspend the account"),
        "exclude": _("Exclude for good"),
        "close_group": _("Close the group"),
        "pause_inviter": _("Let the invites of who invited them rest"),
        "unseal_identity": _("Unseal who somebody is"),
        "disclose": _("Tell an authority"),
    }
)
BASES: Names = MappingProxyType(
    {
        "dsa_18": _("A threat to a life (DSA, article 18)"),
        "gdpr_vital": _("To protect somebody's life (GDPR, articles 6 and 9)"),
    }
)
HOLDS: Mapping[int, str | Promise] = MappingProxyType(
    {
        0: _("now"),
        24: _("after 1 day at the latest"),
        72: _("after 3 days at the latest"),
        168: _("after 7 days at the latest"),
        720: _("after 30 days at the latest"),
    }
)
MEASURE_STATES: Names = MappingProxyType(
    {
        "asked": _("waits for a second person"),
        "applied": _("in force"),
        "dropped": _("never took hold"),
        "undone": _("undone"),
        "over": _("over"),
    }
)
PRIORITIES: Names = MappingProxyType(
    {Priority.HIGH: _("high"), Priority.MEDIUM: _("medium"), Priority.LOW: _("low")},
)
CASE_STATES: Names = MappingProxyType(
    {
        "open": _("open"),
        "waiting": _("waits for a second person"),
        "second_look": _("waits for a second look"),
        "decided": _("decided"),
    }
)
DECISION_STATES: Names = MappingProxyType(
    {
        "asked": _("waits for a second person"),
        "in_force": _("in force"),
        "refused": _("the second person did not agree"),
        "lapsed": _("no second person answered in time"),
        "undone": _("undone"),
    }
)
PLACES: Names = MappingProxyType(
    {
        Conversation.Kind.GROUP: _("a group"),
        Conversation.Kind.DIRECT: _("a direct talk"),
        Conversation.Kind.INTRODUCTION: _("an introduction"),
        "entry": _("the directory"),
        "peer": _("as a peer expert"),
    }
)
WAITING: Names = MappingProxyType(
    {
        "report": _("Report"),
        "care": _("Care"),
        "ask": _("May the contact person be asked?"),
        "appeal": _("Appeal"),
        "second": _("Second approval"),
        "review": _("Second look at what was done at once"),
    }
)
ASK_STATES: Names = MappingProxyType(
    {
        "asked": _("waits for a second person"),
        "refused": _("the second person did not agree"),
        "open": _("asked, no answer yet"),
        "in_touch": _("is in touch"),
        "cannot": _("cannot now"),
    }
)
BACKLOG: Names = MappingProxyType(
    {
        Priority.HIGH: _("Urgent: within an hour"),
        Priority.MEDIUM: _("Within a day"),
        Priority.LOW: _("Within three days"),
        "appeal": _("Appeals"),
        "second": _("For another person to agree to"),
    }
)
ROLES: Names = MappingProxyType(
    {Role.Kind.MODERATOR: _("a moderator"), Role.Kind.SECOND_APPROVER: _("a second approver")},
)


def name(names: Names, key: str) -> str:
    """What is shown for a key; the key itself if it has no name yet."""
    return str(names.get(key, key))
