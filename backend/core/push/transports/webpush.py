"""Web push (RFC 8030, 8291, 8292), which is UnifiedPush, too. pywebpush seals and signs; the call is our own.

For the endpoint is a user's: the connection goes to the one address that was looked at, and nowhere else.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import httpx
import orjson
from cryptography.hazmat.primitives import serialization
from django.conf import settings

from backend.core.push import endpoints
from backend.core.push.transports.verdicts import COLLAPSE, TTL_S, Outcome, Push, Verdict, read_retry_after

AT_ONCE = 16
SIGNED_FOR_S = 12 * 60 * 60
PADDED = 64  # bytes of the payload; whatever it holds


def send(pushes: Sequence[Push]) -> list[Verdict]:
    """At most 50 at once."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        return list(pool.map(_send_one, pushes))


def payload(push: Push) -> bytes:
    """What the client's worker reads, and shows: nothing of why somebody is woken."""
    return orjson.dumps({"wake": 1, "text": push.text_key}).ljust(PADDED)


def public_key() -> str:
    """What a client subscribes with, as base64url."""
    from py_vapid.utils import b64urlencode

    key = _vapid(settings.VAPID_KEY).public_key
    raw = key.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)
    return str(b64urlencode(raw))


def _send_one(push: Push) -> Verdict:
    from pywebpush import WebPusher

    to = push.address
    try:
        endpoint = endpoints.read(to.address)
        ip = endpoints.resolve(endpoint)
    except endpoints.EndpointRefused:
        return Verdict(Outcome.REFUSED, why="endpoint")
    except endpoints.HostUnknown:
        return Verdict(Outcome.LATER, why="host")
    sealed = WebPusher({"endpoint": to.address, "keys": {"p256dh": to.p256dh, "auth": to.auth}}).encode(payload(push))
    claims = {"aud": endpoint.origin, "sub": settings.VAPID_SUBJECT, "exp": int(time.time()) + SIGNED_FOR_S}
    headers = {
        **_vapid(settings.VAPID_KEY).sign(claims),
        "Host": endpoint.origin.partition("//")[2],
        "Content-Encoding": "aes128gcm",
        "Content-Type": "application/octet-stream",
        "TTL": str(TTL_S),
        "Topic": COLLAPSE,
        "Urgency": "high",
    }
    written = f"[{ip}]" if ":" in ip else ip
    url = f"{endpoint.scheme}://{written}:{endpoint.port}{endpoint.target}"
    try:
        with (
            httpx.Client(timeout=settings.PUSH_TIMEOUT_S, trust_env=False, follow_redirects=False) as client,
            client.stream(
                "POST",
                url,
                content=sealed["body"],
                headers=headers,
                extensions={"sni_hostname": endpoint.host},  # and so the certificate is for this name
            ) as response,
        ):
            return _read(response)  # the status alone: a body could come for ever
    except (httpx.HTTPError, httpx.InvalidURL) as fault:
        return Verdict(Outcome.LATER, why=type(fault).__name__)


def _read(response: httpx.Response) -> Verdict:
    status, why = response.status_code, f"status {response.status_code}"
    if status in (200, 201, 202, 204):
        return Verdict(Outcome.SENT)
    if status in (404, 410):
        return Verdict(Outcome.GONE, why=why)
    if status in (401, 403):
        return Verdict(Outcome.DENIED, why=why)
    if status in (408, 425, 429) or status >= 500:
        after = read_retry_after(response.headers.get("Retry-After"), now_s=time.time())
        return Verdict(Outcome.LATER, retry_after=after, why=why)
    return Verdict(Outcome.REFUSED, why=why)  # also redirects


@cache
def _vapid(path: str) -> Any:
    from py_vapid import Vapid02

    return Vapid02.from_pem(Path(path).read_bytes())
