"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, Forbidden, Invalid


class ModeratorNeeded(Forbidden):
    """Only who moderates can do this."""

    code = "moderator_needed"


class Tied(Forbidden):
    """They belong to the place, are somebody's contact, reported it, or decided it before: somebody else must."""

    code = "tied"


class NotClaimed(Conflict):
    """Whoever acts on a case has claimed it first, and the claim is not over."""

    code = "not_claimed"


class ClaimedByAnother(Conflict):
    """Somebody else is looking at it."""

    code = "claimed_by_another"


class CaseDecided(Conflict):
    """There is nothing left to decide."""

    code = "case_decided"


class MeasureUnfit(Invalid):
    """This measure does not fit what the case is about, or lacks its end."""

    code = "measure_unfit"


class RuleNeeded(Invalid):
    """A measure names the rule that was broken; care names none."""

    code = "rule_needed"


class ReportOfOneself(Invalid):
    """Nobody reports themselves."""

    code = "report_of_oneself"


class ReportUnfit(Invalid):
    """This cannot be asked of what is reported: nobody can be hidden from an entry, or worried about one."""

    code = "report_unfit"


class NoticeOnly(Conflict):
    """What a report is about was said with it; only a notice says it in words."""

    code = "notice_only"


class NothingNamed(Invalid):
    """This names nothing that is here."""

    code = "nothing_named"


class SeveralNamed(Invalid):
    """Several groups have this title."""

    code = "several_named"


class AppealOver(Conflict):
    """The time to appeal is over."""

    code = "appeal_over"


class AppealedBefore(Conflict):
    """This decision was appealed against before."""

    code = "appealed_before"


class SecondIsSame(Forbidden):
    """Who agrees is another person than who decided."""

    code = "second_is_same"


class HoldTooLong(Invalid):
    """Nobody may be told that much later."""

    code = "hold_too_long"


class NotOpen(Conflict):
    """It is not open to look at any more, or it was taken once already."""

    code = "not_open"


class OthersFirst(Forbidden):
    """For the first hours somebody of another organisation is asked, as there are some who can."""

    code = "others_first"


class DecidedByOthers(Forbidden):
    """Who leads a group does not take back what moderators have decided."""

    code = "decided_by_others"


class RulesVersionUnknown(Invalid):
    """Not the present version of the rules."""

    code = "rules_version_unknown"


class CareOnly(Conflict):
    """This is done for somebody whom others worry about; a case about a rule is decided."""

    code = "care_only"


class CareHasTwoLooks(Conflict):
    """Care is not decided: two people look, and find that it is enough."""

    code = "care_has_two_looks"


class NobodyToAsk(Conflict):
    """They have no contact person, or whoever is beside them is away or was asked already."""

    code = "nobody_to_ask"


class RestFirst(Conflict):
    """Somebody has met enough in this shift: they talk with somebody first."""

    code = "rest_first"
