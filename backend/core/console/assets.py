"""The console's own style and script, under names that change with their content."""

from __future__ import annotations

import functools
import hashlib
from pathlib import Path

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from backend.core.errors import NotFound
from backend.core.http.plain import read_only

FOLDER = Path(__file__).parent / "assets"
KINDS = {"console.css": "text/css; charset=utf-8", "console.js": "text/javascript; charset=utf-8"}


@functools.cache
def read(name: str) -> bytes:
    """A file's content."""
    return (FOLDER / name).read_bytes()


@functools.cache
def version(name: str) -> str:
    """Eight signs of its hash."""
    return hashlib.sha256(read(name)).hexdigest()[:8]


def address(name: str) -> str:
    """Where a browser gets it."""
    return reverse("console:asset", args=[version(name), name])


@read_only
def send_asset(request: HttpRequest, tag: str, name: str) -> HttpResponse:
    """One of the two files."""
    if name not in KINDS or tag != version(name):
        raise NotFound
    cached = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(read(name), content_type=KINDS[name], headers=cached)
