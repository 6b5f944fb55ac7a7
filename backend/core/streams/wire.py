"""WebSocket frames as bytes (RFC 6455): texts made once for many sockets, and plain texts of clients read at once.

Plain: whole, not compressed, of less than 64 KiB. Everything else is left to the parser of `websockets`.
"""

from __future__ import annotations

from websockets.frames import apply_mask  # type: ignore[attr-defined]  # in C where that is built

TEXT, CONTROL = 0x81, 0x88  # FIN and the opcode, nothing reserved; control frames have its highest bit
MASKED, SHORT, MEDIUM = 0x80, 126, 127  # a size below SHORT stands here, SHORT means two bytes more, MEDIUM eight


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


def read_texts(data: bytes) -> tuple[list[bytes], int]:
    """The payloads of the client's plain text frames that `data` begins with, and where the first other byte is."""
    texts, at = [], 0
    while len(data) - at >= 6 and data[at] == TEXT:
        start, end = _payload(data, at)
        if not start or end > len(data):
            break
        texts.append(apply_mask(data[start:end], data[start - 4 : start]))
        at = end
    return texts, at


def is_part_of_text(data: bytes, at: int) -> bool:
    """Whether a plain text frame begins at `at` and is not whole yet."""
    if data[at] != TEXT:
        return False
    if len(data) - at < 8:
        return len(data) - at < 2 or (data[at + 1] & MASKED != 0 and data[at + 1] & 0x7F < MEDIUM)
    start, end = _payload(data, at)
    return bool(start) and end > len(data)


def is_control(data: bytes, at: int) -> bool:
    """Whether the rest is one whole control frame: what comes behind it begins a frame."""
    return data[at] & CONTROL == CONTROL and len(data) - at >= 6 and _payload(data, at)[1] == len(data)


def _payload(data: bytes, at: int) -> tuple[int, int]:
    """Where the masked payload of the frame at `at` starts and ends; (0, 0) if it is not masked or too large for us."""
    size = data[at + 1]
    if size < MASKED or size & 0x7F == MEDIUM:
        return 0, 0
    size &= 0x7F
    if size < SHORT:
        return at + 6, at + 6 + size
    start = at + 8
    return start, start + int.from_bytes(data[at + 2 : at + 4], "big")
