"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, Invalid


class AddressNotWanted(Invalid):
    """An entry about a home where somebody may be looked for has a contact and never a place."""

    code = "address_not_wanted"


class MunicipalityNeeded(Invalid):
    """A scheme for housing urgency is a municipality's."""

    code = "municipality_needed"


class TimeNeeded(Invalid):
    """An agenda entry says when it begins and ends, in this order."""

    code = "time_needed"


class OfferNeedsOrganisation(Invalid):
    """An offer is of an organisation's entry, of the same keeper; an organisation is of nothing."""

    code = "offer_needs_organisation"


class AssuredTooLong(Invalid):
    """An entry is assured until a day that is to come, and for a year at most."""

    code = "assured_too_long"


class ContactNeeded(Conflict):
    """Nobody can answer for an entry that cannot be reached."""

    code = "contact_needed"


class OffersLeft(Conflict):
    """An organisation's entry is withdrawn after its offers."""

    code = "offers_left"


class NoQuestions(Conflict):
    """This entry takes no questions: it is no meeting, or nobody looks after it."""

    code = "no_questions"


class HsdsUnreadable(Invalid):
    """The file is not in the HSDS 3 form."""

    code = "hsds_unreadable"
