"""Wishes and reasons as they are kept: sealed for the member's account."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict
from typing import Any
from uuid import UUID

import orjson

from backend.core.sealing import datakeys, seal
from peers.matching.models import Match, Request
from peers.matching.ranking import Reason, Wishes


def seal_wishes(request: Request, wishes: Wishes) -> bytes:
    """The wishes, for `Request.wishes`."""
    told = asdict(wishes) | {"not_with": sorted(str(peer) for peer in wishes.not_with)}
    return _seal(request, told, _wishes_aad(request))


def wishes_of(request: Request) -> Wishes | None:
    """What the member asked for; None once it is forgotten."""
    if request.wishes is None:
        return None
    told = _open(request, bytes(request.wishes), _wishes_aad(request))
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list)}
    return Wishes(**{**told, **lists, "not_with": frozenset(UUID(peer) for peer in told["not_with"])})


def seal_reasons(match: Match, reasons: Iterable[Reason]) -> bytes:
    """The reasons, for `Match.reasons`."""
    return _seal(match.request, [asdict(reason) for reason in reasons], _reasons_aad(match))


def reasons_of(match: Match) -> list[Reason]:
    """Why somebody was proposed; nothing once it is forgotten."""
    if match.reasons is None:
        return []
    told = _open(match.request, bytes(match.reasons), _reasons_aad(match))
    return [Reason(code=reason["code"], values=tuple(reason["values"])) for reason in told]


def _seal(request: Request, told: Any, aad: bytes) -> bytes:
    return seal.seal(key=datakeys.key_of(request.member_id), text=orjson.dumps(told), aad=aad)


def _open(request: Request, sealed: bytes, aad: bytes) -> Any:
    return orjson.loads(seal.unseal(key=datakeys.key_of(request.member_id), sealed=sealed, aad=aad))


def _wishes_aad(request: Request) -> bytes:
    return seal.aad("match_request", request.id, "wishes", 1)


def _reasons_aad(match: Match) -> bytes:
    return seal.aad("match", match.id, "reasons", 1)
