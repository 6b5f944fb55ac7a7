"""The first page, and the one that is not there."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.console.visits import Visit, page, show
from backend.core.errors import NotFound


@page()
def show_start(visit: Visit) -> HttpResponse:
    """What there is for this person."""
    return show(visit, "start", {"title": _("Overview")})


@page(kinds=None)
def show_nothing(visit: Visit) -> HttpResponse:
    """Any other address."""
    raise NotFound
