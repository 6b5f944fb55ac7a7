"""WebSocket text frames as bytes (RFC 6455, server side: unmasked), made once and written to many sockets."""

from __future__ import annotations


def text_frame(payload: bytes) -> bytes:
    """The payload as one final text frame."""
    size = len(payload)
    if size < 126:
        return b"\x81" + bytes((size,)) + payload
    if size < 65536:
        return b"\x81\x7e" + size.to_bytes(2, "big") + payload
    return b"\x81\x7f" + size.to_bytes(8, "big") + payload


def payload_of(frame: bytes) -> bytes:
    """The payload of a frame made by `text_frame`."""
    return frame[{126: 4, 127: 10}.get(frame[1], 2) :]
