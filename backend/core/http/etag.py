"""Versions of things as entity tags: a change names the version that it is based on."""

from __future__ import annotations

import re
from collections.abc import Mapping
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
