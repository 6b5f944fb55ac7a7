"""Refusals about accounts, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, DomainError, FieldError, Forbidden, Invalid


class SignInFailed(DomainError):
    """No account opens with this code now. Says the same of an unknown code and of a locked account."""

    status = 401
    code = "sign_in_failed"


class AccessCodeWrong(Forbidden):
    """The access code that was asked for again is not this account's."""

    code = "access_code_wrong"


class AdultNeeded(Invalid):
    """Only who says to be 18 or older gets an account."""

    code = "adult_needed"


class LocaleUnknown(Invalid):
    """There are no texts in this language."""

    code = "locale_unknown"


class ConsentNeeded(Invalid):
    """There is no account without the consent for it."""

    code = "consent_needed"


class ConsentPurposeUnknown(Invalid):
    """Nothing is asked for under this name."""

    code = "consent_purpose_unknown"


class ConsentVersionUnknown(Invalid):
    """The version is neither the present text's nor the one agreed to before."""

    code = "consent_version_unknown"


class EraseInstead(Conflict):
    """Withdrawing the consent for the account itself is erasing it."""

    code = "erase_instead"


class RoleGiven(Conflict):
    """The account has this role already."""

    code = "role_given"


class RoleKindUnknown(Invalid):
    """There is no such role."""

    code = "role_kind_unknown"


class OrganisationNeeded(Invalid):
    """Peer experts and coordinators stand for an organisation."""

    code = "organisation_needed"


class AliasNeeded(Invalid):
    """Peer experts and coordinators are known by an alias and one of the preset avatars."""

    code = "alias_needed"


class AliasNotWanted(Invalid):
    """Only peer experts and coordinators have an alias in their role."""

    code = "alias_not_wanted"


class OrganisationExists(Conflict):
    """An organisation of this name takes part already."""

    code = "organisation_exists"


class OrganisationClosed(Conflict):
    """The organisation takes part no more."""

    code = "organisation_closed"


class CoordinatorNeeded(Conflict):
    """An active organisation would be without its coordinator or deputy: somebody else has to be named."""

    code = "coordinator_needed"


class CoordinatorsUnfit(Invalid):
    """It takes two people who coordinate this very organisation now."""

    code = "coordinators_unfit"


class SuccessorNeeded(Conflict):
    """An active organisation hands over what it looks after to another active one."""

    code = "successor_needed"


class SupportUnknown(Invalid):
    """There is no such kind of support."""

    code = "support_unknown"


class MayNotInvite(Forbidden):
    """Peer experts and coordinators invite members; coordinators also for the roles at their organisation."""

    code = "may_not_invite"


class InvitesPaused(Conflict):
    """The account's invites rest until somebody has talked with its owner."""

    code = "invites_paused"


class InvitesOpen(Conflict):
    """Too many invites of the account wait to be used."""

    code = "invites_open"


class InviteUsed(Conflict):
    """Somebody has come in by it already."""

    code = "invite_used"


class InviteInvalid(Invalid):
    """Nobody comes in by this. Says the same of what never was, was used, was withdrawn, has expired or is paused."""

    code = "invite_invalid"

    def __init__(self) -> None:
        super().__init__(errors=(FieldError("/invite", "invite_invalid"),))


class ReviewedByOthers(Forbidden):
    """Nobody looks at their own invites."""

    code = "reviewed_by_others"


class HelpersUnfit(Invalid):
    """It takes two other people who are peer experts or coordinators now. Does not say which one does not fit."""

    code = "helpers_unfit"


class ObjectionFailed(DomainError):
    """Says the same of an unknown code, of an unknown recovery, and of somebody else's."""

    status = 401
    code = "objection_failed"


class RegionUnknown(Invalid):
    """No region has this key."""

    code = "region_unknown"


class AccountSuspended(Forbidden):
    """A decision has suspended the account: it may read that and appeal, and nothing else."""

    code = "account_suspended"


class DutyTimeUnfit(Invalid):
    """A duty ends after it begins, within two weeks, and is neither over nor more than a year away."""

    code = "duty_time_unfit"


class DutyTaken(Conflict):
    """Somebody is on duty then already, in the same role."""

    code = "duty_taken"


class DutyUnfit(Invalid):
    """On duty and in reserve are two people of the organisation who both coordinate, or both moderate."""

    code = "duty_unfit"
