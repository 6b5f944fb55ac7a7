"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, Invalid


class ValueUnknown(Invalid):
    """Not one of the values that there are."""

    code = "not_choice"


class AwayInPast(Invalid):
    """Away until a time that is over."""

    code = "away_in_past"


class CaseloadOutOfBounds(Invalid):
    """No such number of people can be looked after."""

    code = "caseload_out_of_bounds"


class ChecklistEmpty(Invalid):
    """A checklist has items, and not too many."""

    code = "checklist_empty"


class ChecklistNeeded(Conflict):
    """The organisation has no checklist yet."""

    code = "checklist_needed"


class ChecklistIncomplete(Invalid):
    """Who signs has looked at every item."""

    code = "checklist_incomplete"


class VettingRunning(Conflict):
    """The peer expert is being vetted already."""

    code = "vetting_running"


class PartnerUnfit(Invalid):
    """A partner is another organisation that is active."""

    code = "partner_unfit"


class SignedAlready(Conflict):
    """The two who sign are two people."""

    code = "signed_already"


class OwnVetting(Conflict):
    """Nobody decides about themselves."""

    code = "own_vetting"


class OwnSignatureNeeded(Conflict):
    """One of the two is of the peer expert's own organisation."""

    code = "own_signature_needed"
