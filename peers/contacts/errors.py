"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, Invalid


class PeerUnavailable(Conflict):
    """This person cannot be anybody's contact person now: the role has ended, or the account is locked."""

    code = "peer_unavailable"


class CaseloadFull(Conflict):
    """This person is beside as many members as they can be."""

    code = "caseload_full"


class PlaceTaken(Conflict):
    """The member has a contact person, or a backup, already."""

    code = "place_taken"


class PrimaryNeeded(Conflict):
    """There is no backup without a contact person."""

    code = "primary_needed"


class BesideOneself(Invalid):
    """Nobody is their own contact person, nor introduces themselves to themselves."""

    code = "beside_oneself"


class NoContact(Conflict):
    """There is no contact person to change, to pause or to end."""

    code = "no_contact"


class ContactInTalk(Conflict):
    """This is the talk with the own contact person: it ends with the contact."""

    code = "contact_in_talk"


class HandoverOpen(Conflict):
    """There is an open handover of this contact already."""

    code = "handover_open"


class ReasonUnknown(Invalid):
    """Not one of the reasons that there are."""

    code = "not_choice"


class Over(Conflict):
    """It has been decided already."""

    code = "state_conflict"
