"""Versions of things as entity tags: a change names the version that it is based on."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from django.http import HttpRequest
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.errors import PreconditionNeeded, Stale

_TAGS = re.compile(r'(W/)?"([^"]*)"')


def etag_of(version: int | str) -> str:
    """A strong entity tag."""
    return f'"{version}"'


def check_if_match(request: Request | HttpRequest, version: int | str) -> None:
    """Raises `PreconditionNeeded` without an `If-Match`, `Stale` when it names another version."""
    given = request.headers.get("If-Match", "").strip()
    if not given:
        raise PreconditionNeeded
    # A weak tag never matches here (RFC 9110, 13.1.1).
    if given != "*" and str(version) not in {tag for weak, tag in _TAGS.findall(given) if not weak}:
        raise Stale


def tagged(data: Mapping[str, Any], *, version: int | str, status: int = 200) -> Response:
    """A reply that carries its version."""
    return Response(data, status=status, headers={"ETag": etag_of(version)})


def kept(request: Request, tag: str, make: Callable[[], Mapping[str, Any]], *, max_age_s: int) -> Response:
    """A public reply that anybody may keep: 304 without a body when the client has this version already.

    The tag is weak: two replies of one version say the same, but cursors in them are made anew each time.
    """
    headers = {"ETag": f'W/"{tag}"', "Cache-Control": f"public, max-age={max_age_s}"}
    given = request.headers.get("If-None-Match", "").strip()
    if given == "*" or tag in {known for _, known in _TAGS.findall(given)}:
        return Response(status=304, headers=headers)
    return Response(make(), headers=headers)
