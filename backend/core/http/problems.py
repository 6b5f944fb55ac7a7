"""Errors as the outside sees them: RFC 9457 `application/problem+json`, a stable code and never a word of the input."""

from __future__ import annotations

import math
import sys
from collections.abc import Iterator
from contextvars import ContextVar
from typing import Any

import orjson
import structlog
from django.core.exceptions import BadRequest, DisallowedHost, RequestDataTooBig, SuspiciousOperation
from django.core.exceptions import PermissionDenied as DjangoPermissionDenied
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from rest_framework import exceptions as drf
from rest_framework.settings import api_settings

from backend.core.errors import (
    DomainError,
    FieldError,
    Forbidden,
    Invalid,
    NotFound,
    SignInNeeded,
    TooMany,
    Unavailable,
)
from backend.core.faults import describe
from backend.core.http.titles import TITLES

MEDIA_TYPE = "application/problem+json"

request_id: ContextVar[str] = ContextVar("request_id", default="")
log = structlog.stdlib.get_logger(__name__)


class NotHere(DomainError):
    """The method is none of this address's; `allow` are those that are."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, *, allow: str = "") -> None:
        super().__init__()
        self.allow = allow


class NotAcceptable(DomainError):
    """The client accepts no JSON."""

    status = 406
    code = "not_acceptable"


class TooLarge(DomainError):
    """The body is larger than anything that is asked for."""

    status = 413
    code = "body_too_large"


class NotJson(DomainError):
    """The body says to be something else than JSON."""

    status = 415
    code = "media_type_unsupported"


class Fault(DomainError):
    """Ours, not the caller's."""

    status = 500
    code = "fault"


def problem_of(error: DomainError) -> dict[str, Any]:
    """The document of a problem: `type, title, status, code, request_id` and, if there are any, `errors`."""
    told: dict[str, Any] = {
        "type": f"urn:naast:problem:{error.code}",
        "title": str(TITLES.get(error.code, TITLES["fault"])),
        "status": error.status,
        "code": error.code,
        "request_id": request_id.get(),
    }
    if error.errors:
        told["errors"] = [
            {
                "pointer": fault.pointer,
                "code": fault.code,
                "detail": fault.detail or str(TITLES.get(fault.code, TITLES["invalid"])),
            }
            for fault in error.errors
        ]
    return told


def problem_response(request: HttpRequest | None, error: DomainError) -> HttpResponse:
    """The reply that tells `error`, for any kind of view."""
    response = HttpResponse(orjson.dumps(problem_of(error)), status=error.status, content_type=MEDIA_TYPE)
    if error.retry_after is not None:
        response["Retry-After"] = str(max(1, math.ceil(error.retry_after)))
    if error.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    if isinstance(error, NotHere) and error.allow:
        response["Allow"] = error.allow
    return response


def read_exception(exc: BaseException) -> DomainError | None:
    """The refusal that an exception means, or None when it is a fault of ours."""
    match exc:
        case DomainError():
            return exc
        case drf.ValidationError():
            return Invalid(errors=tuple(flatten(exc.detail)))
        case drf.ParseError():
            return Invalid("malformed")
        case drf.NotAuthenticated() | drf.AuthenticationFailed():
            return SignInNeeded()
        case drf.PermissionDenied() | DjangoPermissionDenied():
            return Forbidden()
        case Http404() | drf.NotFound():
            return NotFound()
        case drf.MethodNotAllowed():
            return NotHere()
        case drf.NotAcceptable():
            return NotAcceptable()
        case drf.UnsupportedMediaType():
            return NotJson()
        case drf.Throttled():
            return TooMany(retry_after=getattr(exc, "wait", None) or 1)
        case RequestDataTooBig():
            return TooLarge()
        case DisallowedHost():
            return Invalid("host_unknown")
        case SuspiciousOperation() | BadRequest() | UnreadablePostError():
            return Invalid("bad_request")
        case OperationalError() | InterfaceError():
            # The database is away, or it broke off to end a deadlock: nothing is decided.
            log.warning("database away", error=type(exc.__cause__ or exc).__name__)
            return Unavailable()
    return None


def exception_handler(exc: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """For DRF: the reply to an exception; None for faults, which Django hands to `reply_500`."""
    error = read_exception(exc)
    return None if error is None else problem_response(None, error)


def flatten(detail: Any, pointer: str = "") -> Iterator[FieldError]:
    """DRF's nested lists and dicts of details as one fault each.

    Its texts are left out: some repeat the input. Only that of an unknown field is ours, and names the known ones.
    """
    if isinstance(detail, dict):
        for name, inner in detail.items():
            same = name == api_settings.NON_FIELD_ERRORS_KEY
            yield from flatten(inner, pointer if same else f"{pointer}/{escape(str(name))}")
    elif isinstance(detail, list):
        for index, inner in enumerate(detail):
            # A list holds faults of one place, or the inner faults of each item.
            yield from flatten(inner, f"{pointer}/{index}" if isinstance(inner, dict | list) else pointer)
    else:
        code = read_code(getattr(detail, "code", ""))
        yield FieldError(pointer, code, str(detail) if code == "unknown_field" else "")


_DRF_CODES: dict[str, str] = {
    "blank": "text_empty",
    "empty": "too_few_items",
    "invalid_choice": "not_choice",
    "max_length": "text_too_long",
    "max_string_length": "too_large",
    "max_value": "too_large",
    "min_value": "too_small",
    "not_a_dict": "not_object",
    "not_a_list": "not_list",
    "null": "not_null",
}


def read_code(code: str) -> str:
    """One of our codes for one of DRF's or ours; `invalid` for what we have no word for."""
    code = _DRF_CODES.get(code, code)
    return code if code in TITLES else "invalid"


def escape(name: str) -> str:
    """A name as a step of a JSON pointer."""
    return name.replace("~", "~0").replace("/", "~1")


def log_fault(exc: BaseException | None) -> None:
    """Log where it went wrong: kind and places, not the message, which may hold people's words."""
    if exc is None:
        return
    log.error("fault", **describe(exc))


def reply_400(request: HttpRequest, exception: Exception) -> HttpResponse:
    """What Django itself refuses."""
    return problem_response(request, read_exception(exception) or Invalid("bad_request"))


def reply_403(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`PermissionDenied` outside DRF."""
    return problem_response(request, Forbidden())


def reply_404(request: HttpRequest, exception: Exception) -> HttpResponse:
    """No such route."""
    return problem_response(request, NotFound())


def reply_500(request: HttpRequest) -> HttpResponse:
    """A fault: logged without what the caller sent."""
    log_fault(sys.exception() if hasattr(sys, "exception") else sys.exc_info()[1])
    return problem_response(request, Fault())
