"""Push services on loopback that speak the real protocols, and phones that can open what comes."""

from __future__ import annotations

import base64
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import parse_qs

import http_ece
import jwt
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec, rsa

GOOGLE = "https://oauth2.googleapis.com/token"

Answer = tuple[int, dict[str, str], Any]  # status, headers, body; status 0: cut; -1: never


@dataclass
class Service:
    """What a push service has got, and what it answers: `answers[address]` in turn, then that it took it."""

    url: str = ""
    got: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)  # path, headers, body
    raw: list[bytes] = field(default_factory=list)  # everything that came, as it came
    answers: dict[str, list[Answer]] = field(default_factory=dict)
    tokens: list[dict[str, Any]] = field(default_factory=list)  # of the OAuth exchange
    deny_tokens: bool = False
    public_key: Any = None
    lock: Any = field(default_factory=threading.Lock)
    stop: threading.Event = field(default_factory=threading.Event)
    slow_s: float = 0.0  # how long it takes to answer
    heard: Callable[[str], None] | None = None  # told the address of each push that has come

    def messages(self) -> list[dict[str, Any]]:
        """What FCM was asked to send."""
        return [json.loads(body)["message"] for path, _, body in self.got if path.startswith("/v1/")]

    def answer_for(self, address: str) -> Answer:
        """The next answer for this address."""
        if self.heard is not None:
            self.heard(address)
        self.stop.wait(self.slow_s)
        with self.lock:
            waiting = self.answers.get(address)
            return waiting.pop(0) if waiting else (200, {}, None)


class Handler(BaseHTTPRequestHandler):
    """One request; what it means is for the subclass."""

    protocol_version = "HTTP/1.1"
    service: ClassVar[Service]

    def log_message(self, *args: Any) -> None:
        """Nothing."""

    def do_POST(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        if len(body) < length:  # who asked died over it: nothing has come
            self.close_connection = True
            return
        service = self.service
        head = f"{self.requestline}\r\n{self.headers}".encode()
        with service.lock:
            service.raw.append(head + body)
        status, headers, told = self.reply(body)
        if status == 0:
            self.close_connection = True
            self.connection.close()
            return
        if status == -1:
            service.stop.wait(20)
            self.close_connection = True
            return
        out = b"" if told is None else json.dumps(told).encode()
        with suppress(ConnectionError):  # whoever asked may be dead
            self.send_response(status)
            for name, value in {"Content-Type": "application/json", **headers, "Content-Length": str(len(out))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(out)

    def reply(self, body: bytes) -> Answer:
        """What to answer."""
        raise NotImplementedError


class FcmHandler(Handler):
    """Google's token endpoint and FCM's HTTP v1."""

    def reply(self, body: bytes) -> Answer:
        service = self.service
        if self.path == "/token":
            assertion = parse_qs(body.decode())["assertion"][0]
            # The library names Google as the one it speaks to, wherever the account's file sends it.
            claims = jwt.decode(assertion, service.public_key, algorithms=["RS256"], audience=GOOGLE)
            service.tokens.append(claims)
            if service.deny_tokens:
                return 400, {}, {"error": "invalid_grant", "error_description": "no such account"}
            return 200, {}, {"access_token": "of-the-stub", "expires_in": 3600, "token_type": "Bearer"}
        assert self.headers["Authorization"] == "Bearer of-the-stub"
        with service.lock:
            service.got.append((self.path, dict(self.headers.items()), body))
        message = json.loads(body)["message"]
        status, headers, told = service.answer_for(message.get("token") or message.get("fid"))
        return status, headers, {"name": "projects/demo/messages/1"} if status == 200 else told


class WebPushHandler(Handler):
    """RFC 8030."""

    def reply(self, body: bytes) -> Answer:
        with self.service.lock:
            self.service.got.append((self.path, {k.lower(): v for k, v in self.headers.items()}, body))
        status, headers, told = self.service.answer_for(self.path)
        return (201, {"Location": "/m/1"}, None) if status == 200 else (status, headers, told)


class Server(ThreadingHTTPServer):
    """Takes as many at once as a worker sends."""

    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever asks may die over it, which is nobody's fault here."""
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


@contextmanager
def serve(handler: type[Handler]) -> Iterator[Service]:
    """Run a service until the end of the block."""
    service = Service()
    bound = type("Bound", (handler,), {"service": service})
    server = Server(("127.0.0.1", 0), bound)
    service.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield service
    finally:
        service.stop.set()
        server.shutdown()
        server.server_close()
        thread.join()


def fcm_error(status: int, code: str, *, fcm: str = "", field_: str = "", after: str = "") -> Answer:
    """An error in the form of HTTP v1."""
    details: list[dict[str, Any]] = []
    if fcm:
        details.append({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": fcm})
    if field_:
        violations = [{"field": field_, "description": "x"}]
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": violations})
    headers = {"Retry-After": after} if after else {}
    return status, headers, {"error": {"code": status, "status": code, "message": "x", "details": details}}


def write_service_account(folder: Path, service: Service) -> str:
    """A service account of one's own, whose tokens the stub gives; → its file."""
    key = rsa.generate_private_key(65537, 2048)
    service.public_key = key.public_key()
    pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()).decode()
    path = folder / "fcm.json"
    told = {
        "type": "service_account",
        "project_id": "demo",
        "private_key": pem,
        "private_key_id": "k",
        "client_email": "push@demo.iam.gserviceaccount.com",
        "token_uri": f"{service.url}/token",
    }
    path.write_text(json.dumps(told))
    return str(path)


def write_vapid_key(folder: Path) -> str:
    """A key of one's own; → its file."""
    key = ec.generate_private_key(ec.SECP256R1())
    path = folder / "vapid.pem"
    path.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
    return str(path)


def b64(raw: bytes) -> str:
    """base64url without padding, as browsers write it."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


@dataclass
class Browser:
    """Somebody's subscription, with the keys that open what comes."""

    endpoint: str
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    secret: bytes = field(default_factory=lambda: os.urandom(16))

    @property
    def given(self) -> dict[str, Any]:
        """As the client gives it to us."""
        point = self.key.public_key().public_bytes(form.Encoding.X962, form.PublicFormat.UncompressedPoint)
        keys = {"p256dh": b64(point), "auth": b64(self.secret)}
        return {"transport": "webpush", "address": self.endpoint, "keys": keys}

    def read(self, body: bytes) -> bytes:
        """RFC 8291."""
        return bytes(http_ece.decrypt(body, private_key=self.key, auth_secret=self.secret, version="aes128gcm"))
