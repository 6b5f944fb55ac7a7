"""The few bytes of HTTP and websocket that the load client needs, and the marker it counts."""

import socket

MARK = b"@t=" + b"0" * 19 + b"." + b"0" * 5 + b"." + b"0" * 9 + b"@"
CID = b"00000000-0000-4000-8000-000000000000"
TEXT, CLOSE = 1, 8
SMALL, MEDIUM = 126, 1 << 16


def body_of(size: int) -> bytes:
    """A message body of `size` bytes that starts with the marker."""
    return MARK + b" " + b"x" * (size - len(MARK) - 1)


def mask_frame(payload: bytes, opcode: int = TEXT) -> bytes:
    """A client's websocket frame. The mask is four zero bytes: the server unmasks as always,
    and the load client can rewrite the marker in place."""
    n = len(payload)
    if n < SMALL:
        size = bytes([0x80 | n])
    elif n < MEDIUM:
        size = bytes([0x80 | 126]) + n.to_bytes(2, "big")
    else:
        size = bytes([0x80 | 127]) + n.to_bytes(8, "big")
    return bytes([0x80 | opcode]) + size + b"\0\0\0\0" + payload


def read_until(sock: socket.socket, *tokens: bytes) -> bytes:
    """Read until one of `tokens` has come; raises ConnectionError when the peer closes first."""
    got = b""
    while not any(token in got for token in tokens):
        data = sock.recv(65536)
        if not data:
            raise ConnectionError(f"closed while waiting for {tokens!r}: {got[-300:]!r}")
        got += data
    return got


def open_socket(port: int, timeout_s: float = 30) -> socket.socket:
    """A TCP socket to a port on loopback, without Nagle."""
    sock = socket.create_connection(("127.0.0.1", port), timeout_s)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def open_websocket(port: int, path: str, protocols: str = "", timeout_s: float = 30) -> socket.socket:
    """A socket after the websocket handshake. Nothing behind the 101 is read away: the reply is
    taken byte-exact up to its empty line."""
    sock = open_socket(port, timeout_s)
    offer = f"Sec-WebSocket-Protocol: {protocols}\r\n" if protocols else ""
    sock.sendall(
        f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n{offer}\r\n".encode()
    )
    head = b""
    while b"\r\n\r\n" not in head:
        seen = sock.recv(4096, socket.MSG_PEEK)
        if not seen:
            raise ConnectionError(f"closed in the handshake: {head[:300]!r}")
        end = (head + seen).find(b"\r\n\r\n")
        head += sock.recv(len(seen) if end < 0 else end + 4 - len(head))
    if b" 101 " not in head[:20]:
        raise ConnectionError(f"no websocket: {head[:300]!r}")
    return sock


def read_exactly(sock: socket.socket, size: int) -> bytes:
    """Just `size` bytes, so that the next frame starts where the next reader begins."""
    got = b""
    while len(got) < size:
        data = sock.recv(size - len(got))
        if not data:
            raise ConnectionError(f"closed after {len(got)} of {size} bytes")
        got += data
    return got


def read_frame(sock: socket.socket) -> bytes:
    """The payload of the server's next whole frame; ConnectionError when it is a close."""
    head = read_exactly(sock, 2)
    size = head[1] & 127
    if size >= SMALL:
        size = int.from_bytes(read_exactly(sock, 2 if size == SMALL else 8), "big")
    payload = read_exactly(sock, size)
    if head[0] & 15 == CLOSE:
        raise ConnectionError(f"closed with {int.from_bytes(payload[:2], 'big')}")
    return payload
