"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, Forbidden, Invalid


class CheckinsConsentNeeded(Forbidden):
    """Nobody is asked how they are without the consent for it."""

    code = "checkins_consent_needed"


class SharingConsentNeeded(Forbidden):
    """Nothing is shared without the consent for it."""

    code = "sharing_consent_needed"


class WindowRefused(Invalid):
    """The window leaves no hour to ask in."""

    code = "window_empty"


class ZoneUnknown(Invalid):
    """No time zone has this name."""

    code = "zone_unknown"


class PauseTooLong(Invalid):
    """A pause ends some day: in the past or too far ahead it is none."""

    code = "pause_refused"


class RhythmIncomplete(Invalid):
    """An own rhythm says every how many days; the others do not."""

    code = "rhythm_incomplete"


class SnoozedEnough(Conflict):
    """It was put off often enough; it may stay unanswered."""

    code = "snoozed_enough"


class AnsweredOtherwise(Conflict):
    """It has an answer already, and another one."""

    code = "answered_otherwise"


class QuestionNotAsked(Invalid):
    """The answer is to a question that this check-in does not ask."""

    code = "question_not_asked"


class NobodyBeside(Conflict):
    """There is no contact person to ask or to share with."""

    code = "nobody_beside"


class GreetedByOthers(Conflict):
    """This coordinator and the member do not talk with each other; a colleague greets them."""

    code = "greeted_by_others"


class RequestWaits(Conflict):
    """A wish for contact waits already."""

    code = "request_waits"
