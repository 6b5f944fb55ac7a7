"""Lists in pages: `?limit=1..100&before=|after=<cursor>` → `{items, next, prev}`. Never an offset, never a total.

A cursor is the sort key of one item, sealed for its list and its reader: it tells nothing and means nothing elsewhere.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, TypeVar
from uuid import UUID

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import Q, QuerySet
from rest_framework.request import Request

from backend.core.accounts.models import Account
from backend.core.errors import FieldError, Invalid
from backend.core.sealing import seal
from backend.core.sealing.keyring import keyring

PARAMETERS = ("limit", "before", "after")
DEFAULT = 50
MOST = 100

Key = tuple[Any, ...]
T = TypeVar("T")


class CursorInvalid(Invalid):
    """Not a cursor, or not one of this list."""

    code = "cursor_invalid"


@dataclass(frozen=True, slots=True)
class Window:
    """What to read: up to `limit` items beyond `key` (None: from the end), in the list's order or against it."""

    limit: int
    key: Key | None
    backwards: bool


def page(
    source: QuerySet[Any] | Callable[[Window], Sequence[Any]],
    key_fields: Sequence[str],
    request: Request,
    render: Callable[[Any], Any],
) -> dict[str, Any]:
    """One page. `key_fields` are the sort key, with `-` for descending; together they are unique and never null.

    A callable gets a `Window` and returns up to `window.limit` items, in the order in which the window reads.
    `render` turns one item into what is shown. The view lists `PARAMETERS` among its own.
    """
    return page_of_many(source, key_fields, request, lambda items: [render(item) for item in items])


def page_of_many(
    source: QuerySet[Any] | Callable[[Window], Sequence[Any]],
    key_fields: Sequence[str],
    request: Request,
    render: Callable[[list[Any]], list[Any]],
) -> dict[str, Any]:
    """As `page`, but `render` gets all items at once."""
    limit = _read_limit(request)
    before, after = (request.query_params.get(name) for name in ("before", "after"))
    if before is not None and after is not None:
        raise Invalid("parameter_invalid", errors=(FieldError("", "parameter_invalid"),))
    place = _place(request, key_fields)
    given = before if before is not None else after
    window = Window(
        limit=limit + 1,
        key=None if given is None else open_key(given, place, len(key_fields)),
        backwards=before is not None,
    )
    found = list(source(window) if callable(source) else read(source, key_fields, window))
    more, items = len(found) > limit, found[:limit]
    if window.backwards:
        items.reverse()
    ahead = bool(items) and (window.backwards or more)
    behind = bool(items) and (more if window.backwards else window.key is not None)
    return {
        "items": render(items),
        "next": close_key(_key_of(items[-1], key_fields), place) if ahead else None,
        "prev": close_key(_key_of(items[0], key_fields), place) if behind else None,
    }


def read(rows: QuerySet[Any], key_fields: Sequence[str], window: Window) -> QuerySet[Any]:
    """The rows of a window."""
    order = [_turned(field) if window.backwards else field for field in key_fields]
    if window.key is not None:
        rows = rows.filter(_beyond(order, window.key))
    return rows.order_by(*order)[: window.limit]


def _turned(field: str) -> str:
    return field[1:] if field.startswith("-") else f"-{field}"


def _beyond(order: Sequence[str], key: Key) -> Q:
    """Whose key comes after `key` in that order. The first field alone is a bound that an index can use."""
    condition = Q()
    for field, value in zip(reversed(order), reversed(key), strict=True):
        name, sign = (field[1:], "lt") if field.startswith("-") else (field, "gt")
        beyond = Q(**{f"{name}__{sign}": value})
        condition = (
            beyond if not condition else Q(**{f"{name}__{sign}e": value}) & (beyond | (Q(**{name: value}) & condition))
        )
    return condition


def _read_limit(request: Request) -> int:
    given = request.query_params.get("limit", str(DEFAULT))
    if not (given.isascii() and given.isdigit() and len(given) <= 3 and 1 <= int(given) <= MOST):
        raise Invalid("parameter_invalid")
    return int(given)


def _key_of(item: Any, key_fields: Sequence[str]) -> Key:
    key = []
    for field in key_fields:
        value = item
        for step in field.lstrip("-").split("__"):
            value = value[step] if isinstance(value, dict) else getattr(value, step)
        key.append(value)
    return tuple(key)


def _place(request: Request, key_fields: Sequence[str]) -> bytes:
    """Which list this is and who reads it, without its page."""
    query = sorted((k, v) for k, v in request.query_params.lists() if k not in PARAMETERS)
    reader = request.user.pk if isinstance(request.user, Account) else ""
    return seal.aad("cursor", request.path, query, ",".join(key_fields), reader)


def close_key(key: Key, place: bytes) -> str:
    """Seal a few values for an address: they tell nothing there. `place` says for what and whom."""
    version = keyring().version
    sealed = seal.seal(key=_key(version), text=orjson.dumps([_tell(value) for value in key]), aad=place)
    return base64.urlsafe_b64encode(bytes((version,)) + sealed).decode().rstrip("=")


def open_key(cursor: str, place: bytes, size: int) -> Key:
    """The `size` values that were sealed for this place. Raises `CursorInvalid`."""
    try:
        told = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        if len(told) < 2 or told[0] not in keyring().kek:
            raise CursorInvalid
        key = orjson.loads(seal.unseal(key=_key(told[0]), sealed=told[1:], aad=place))
    except (seal.Unreadable, ValueError, binascii.Error):
        raise CursorInvalid from None
    if len(key) != size:
        raise CursorInvalid
    return tuple(_read(value) for value in key)


def _tell(value: Any) -> Any:
    if isinstance(value, datetime):
        return ["at", value.astimezone(UTC).isoformat()]
    if isinstance(value, UUID):
        return ["id", value.hex]
    if isinstance(value, int | str):
        return value
    raise TypeError(f"no sort key: {type(value).__name__}")


def _read(told: Any) -> Any:
    match told:
        case ["at", text]:
            return datetime.fromisoformat(text)
        case ["id", text]:
            return UUID(text)
    return told


def _key(version: int) -> AESGCM:
    return AESGCM(keyring().derived("cursor", version))
