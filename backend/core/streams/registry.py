"""What each app brings: renderers of event kinds, and who may see which stream."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from uuid import UUID

from backend.core.streams.item import Item, View
from backend.core.streams.models import Event

Renderer = Callable[[Sequence[Event]], Iterable[Item]]
"""Renders events of one kind, in any number of streams, with a fixed number of queries; one item per event."""

_renderers: dict[str, Renderer] = {}
_views: list[Callable[[UUID, UUID | None], Mapping[UUID, View]]] = []


def register_renderer(*, kinds: Iterable[str], renderer: Renderer) -> None:
    """Called once per app at `ready()`; a kind has exactly one renderer."""
    for kind in kinds:
        if _renderers.get(kind, renderer) is not renderer:
            raise RuntimeError(f"two renderers for {kind}")
        _renderers[kind] = renderer


def register_views(views: Callable[[UUID, UUID | None], Mapping[UUID, View]]) -> None:
    """`views(account, stream | None)` → the streams that the account follows (or only that one)."""
    if views not in _views:
        _views.append(views)


def kinds() -> frozenset[str]:
    """Every kind that can be rendered."""
    return frozenset(_renderers)


def render(events: Sequence[Event]) -> list[Item]:
    """The events as items, in the order given; each kind is rendered in one go."""
    by_kind: dict[str, list[Event]] = {}
    for event in events:
        by_kind.setdefault(event.kind, []).append(event)
    items: dict[tuple[UUID, int], Item] = {}
    for kind, some in by_kind.items():
        for event, item in zip(some, _renderers[kind](some), strict=True):
            items[(event.stream_id, event.seq)] = item
    return [items[(event.stream_id, event.seq)] for event in events]


def views_of(account: UUID, *, stream: UUID | None = None) -> dict[UUID, View]:
    """Every stream that the account follows, with what it may see there."""
    found: dict[UUID, View] = {}
    for views in _views:
        found.update(views(account, stream))
    return found
