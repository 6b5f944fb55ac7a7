"""Refusals at the console's sign-in, by their stable codes."""

from __future__ import annotations

from backend.core.errors import DomainError, Forbidden, Invalid


class StaffRoleNeeded(Invalid):
    """The account has no role that the console is for."""

    code = "staff_role_needed"


class EnrolmentFailed(DomainError):
    """The two codes do not belong together, or the enrolment is over. Says the same of all of these."""

    status = 401
    code = "enrolment_failed"


class StaffSignInFailed(DomainError):
    """No such name, or not its passphrase. Says the same of both."""

    status = 401
    code = "staff_sign_in_failed"


class SecondFactorFailed(DomainError):
    """Not the code, key or recovery code of this person, or used before."""

    status = 401
    code = "second_factor_failed"


class PassphraseTooShort(Invalid):
    """Length is what makes a passphrase strong."""

    code = "passphrase_too_short"


class PassphraseTooPlain(Invalid):
    """A few letters over and over, or the person's own access code."""

    code = "passphrase_too_plain"


class ConfirmFirst(Forbidden):
    """The act asks for the second factor again."""

    code = "confirm_first"
