"""The two small files of the pages."""

from __future__ import annotations

import functools
from pathlib import Path

from django.http import HttpRequest, HttpResponse

from backend.core.errors import NotFound
from backend.core.http.plain import read_only

FOLDER = Path(__file__).parent / "files"
KINDS = {"look.css": "text/css; charset=utf-8", "leave.js": "text/javascript; charset=utf-8"}


@read_only
def send_asset(request: HttpRequest, name: str) -> HttpResponse:
    """One of them."""
    if name not in KINDS:
        raise NotFound
    return HttpResponse(_read(name), content_type=KINDS[name], headers={"Cache-Control": "public, max-age=3600"})


@functools.cache
def _read(name: str) -> bytes:
    return (FOLDER / name).read_bytes()
