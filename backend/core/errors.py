"""Errors that the people and programs outside see: a stable code and an HTTP-like status, never the input."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True, slots=True)
class FieldError:
    """One fault in one place of the input; `pointer` is a JSON pointer such as `/body`."""

    pointer: str
    code: str
    detail: str = ""


class DomainError(Exception):
    """Base of all expected refusals. Subclasses fix `status`; `code` is stable and is what clients translate."""

    status: ClassVar[int] = 400
    code: str = "invalid"

    def __init__(
        self, code: str | None = None, *, errors: tuple[FieldError, ...] = (), retry_after: float | None = None
    ) -> None:
        self.code = code or type(self).code
        self.errors = errors
        self.retry_after = retry_after  # seconds
        super().__init__(self.code)


class Invalid(DomainError):
    """The input is not acceptable."""

    status = 400
    code = "invalid"


class SignInNeeded(DomainError):
    """No valid session came with the request."""

    status = 401
    code = "sign_in_needed"


class Forbidden(DomainError):
    """The caller may know the thing, but not do this with it."""

    status = 403
    code = "forbidden"


class NotFound(DomainError):
    """It does not exist, or the caller may not know that it does."""

    status = 404
    code = "not_found"


class Conflict(DomainError):
    """It does not fit the present state."""

    status = 409
    code = "conflict"


class Stale(DomainError):
    """`If-Match` names another version than the present one."""

    status = 412
    code = "stale"


class PreconditionNeeded(DomainError):
    """The change needs an `If-Match`."""

    status = 428
    code = "if_match_needed"


class TooMany(DomainError):
    """A limit is reached; `retry_after` says when to come back."""

    status = 429
    code = "too_many"


class Unavailable(DomainError):
    """Not now, nothing is decided; the same call may be made again."""

    status = 503
    code = "unavailable"

    def __init__(self, code: str | None = None, *, retry_after: float = 1.0) -> None:
        super().__init__(code, retry_after=retry_after)
