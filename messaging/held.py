"""The sealed parts of what waits for a person: where they belong, how they are packed and opened."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from backend.core.sealing import seal
from messaging.accepting.batch import body_aad
from messaging.holding.find import Hit, Kind
from messaging.models import HeldMessage


@dataclass(frozen=True, slots=True)
class Opened:
    """What can be read of it. `body` is None once it is posted, withdrawn or put away."""

    body: str | None
    hits: tuple[Hit, ...]
    word: str | None


def body_place(there: HeldMessage) -> bytes:
    """That of the message which it becomes: posted, the sealed text stays as it is."""
    return body_aad(message=there.id, version=1, conversation=there.conversation_id, membership=there.membership_id)


def pack(hits: Sequence[Hit]) -> bytes:
    """What was found, to be sealed."""
    return orjson.dumps([[hit.kind, hit.start, hit.end] for hit in hits])


def opened(there: HeldMessage, *, key: AESGCM | None) -> Opened:
    """Opened with the conversation's key. Raises `Unreadable`."""
    if there.body is None:
        return Opened(None, (), None)
    if key is None or there.why is None:
        raise seal.Unreadable
    why = orjson.loads(seal.unseal(key=key, sealed=bytes(there.why), aad=there.aad("why")))
    word = None
    if there.word is not None:
        word = seal.unseal(key=key, sealed=bytes(there.word), aad=there.aad("word")).decode()
    return Opened(
        body=seal.unseal(key=key, sealed=bytes(there.body), aad=body_place(there)).decode(),
        hits=tuple(Hit(Kind(kind), start, end) for kind, start, end in why),
        word=word,
    )
