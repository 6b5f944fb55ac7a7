"""The contract to read in a browser: Swagger UI from the sidecar's wheel, without any other host."""

from __future__ import annotations

import functools
from importlib import resources

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from backend.core.errors import NotFound
from backend.core.http.plain import read_only

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "connect-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)
ASSETS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Naast: the API</title>
<link rel="icon" href="{root}/favicon-32x32.png">
<link rel="stylesheet" href="{root}/swagger-ui.css">
<div id="ui"></div>
<script src="{root}/swagger-ui-bundle.js"></script>
<script src="{root}/start.js"></script>
"""
START = """SwaggerUIBundle({{url: "{schema}", dom_id: "#ui", deepLinking: true, validatorUrl: null}});
"""


@read_only
def show_docs(request: HttpRequest) -> HttpResponse:
    """The page."""
    page = PAGE.format(root=reverse("docs"))
    return HttpResponse(page, headers={"Content-Security-Policy": POLICY})


@read_only
def send_asset(request: HttpRequest, name: str) -> HttpResponse:
    """One of the few files that the page needs."""
    if name == "start.js":
        return HttpResponse(START.format(schema=reverse("schema")), content_type=ASSETS["swagger-ui-bundle.js"])
    if name not in ASSETS:
        raise NotFound
    return HttpResponse(_read_asset(name), content_type=ASSETS[name], headers={"Cache-Control": "public, max-age=3600"})


@functools.cache
def _read_asset(name: str) -> bytes:
    folder = resources.files("drf_spectacular_sidecar") / "static" / "drf_spectacular_sidecar" / "swagger-ui-dist"
    return (folder / name).read_bytes()
