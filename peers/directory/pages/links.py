"""Pages of other apps in the frame of these: each is linked at the end of every page."""

from __future__ import annotations

from django.utils.functional import Promise

_links: list[tuple[str, str | Promise]] = []


def register_link(*, route: str, title: str | Promise) -> None:
    """Called by apps at `ready()`; `route` is the name of a page without arguments."""
    _links.append((route, title))


def links() -> list[tuple[str, str | Promise]]:
    """Route names and titles, as they were registered."""
    return list(_links)
