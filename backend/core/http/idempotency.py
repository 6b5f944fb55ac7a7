"""`Idempotency-Key`: the same request sent again gets the first reply, and is not done again.

The handler and the kept reply are one write: either both are there or none, whenever the process dies. A lock on the
key, which falls with its connection, tells that the first request still runs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import orjson
from django.db import connection
from django.http import HttpResponse
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.db import write
from backend.core.errors import Conflict, DomainError, Invalid
from backend.core.http.body import JsonRenderer
from backend.core.http.problems import problem_response, read_exception
from backend.core.models import KeptReply
from backend.core.sealing import datakeys, seal

KEPT = timedelta(hours=24)
LONGEST = 200  # characters of a key
SWEPT = 1_000  # rows at a time
HEADERS = ("ETag", "Location", "Retry-After")

Handler = Callable[[], Response | HttpResponse]


class KeyInvalid(Invalid):
    """Empty, or longer than 200 characters."""

    code = "idempotency_key_invalid"


class KeyUsed(DomainError):
    """The key came with another request before."""

    status = 422
    code = "idempotency_key_used"


class RequestRunning(Conflict):
    """The first request with this key has not ended yet."""

    code = "request_running"

    def __init__(self) -> None:
        super().__init__(retry_after=1)


class _KeptMeanwhile(Exception):
    """Somebody else kept a reply first: undo, and give theirs."""


def run_once(*, request: Request, account: UUID, now: datetime, run: Handler) -> Response | HttpResponse:
    """Run a handler, or give the reply it gave before. Without the header it just runs.

    Replies are kept for 24 h per account, but not those of faults (5xx) and limits (429).
    """
    given = request.headers.get("Idempotency-Key")
    if given is None:
        return run()
    if not 1 <= len(given) <= LONGEST:
        raise KeyInvalid
    place = _Place(account=account, key=given, request=request, now=now)
    try:
        return place.run(run)
    except _KeptMeanwhile:
        return place.kept() or place.run(run)
    except Exception as fault:
        error = read_exception(fault)
        if error is not None and _is_kept(error.status) and not isinstance(error, KeyUsed | RequestRunning):
            place.keep(problem_response(None, error))
        raise


def _is_kept(status: int) -> bool:
    return status < 500 and status != 429


class _Place:
    """Where the reply of one key of one account is kept."""

    def __init__(self, *, account: UUID, key: str, request: Request, now: datetime) -> None:
        self.account = account
        self.now = now
        self.key = hashlib.sha256(key.encode()).digest()
        told = "\0".join((str(request.method), request.get_full_path())).encode() + b"\0" + request.body
        self.request = hashlib.sha256(told).digest()

    @write
    def run(self, run: Handler) -> Response | HttpResponse:
        """Under the key's lock: the kept reply, or that of the handler, kept in the same write."""
        lock = int.from_bytes(
            hashlib.sha256(b"kept_reply" + self.account.bytes + self.key).digest()[:8], "big", signed=True
        )
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [lock])
            if cursor.fetchone() != (True,):
                raise RequestRunning
        if kept := self.kept():
            return kept
        response = run()
        if _is_kept(response.status_code) and not self.keep(response):
            raise _KeptMeanwhile
        return response

    def kept(self) -> HttpResponse | None:
        """The reply that is kept, or None. Raises `KeyUsed`."""
        row = KeptReply.objects.filter(account=self.account, key=self.key, expires_at__gt=self.now).first()
        if row is None:
            return None
        if bytes(row.request) != self.request:
            raise KeyUsed
        opened = seal.unseal(key=datakeys.key_of(self.account), sealed=bytes(row.reply), aad=self._aad)
        head, _, body = opened.partition(b"\n")
        headers = orjson.loads(head)
        return HttpResponse(body, status=row.status, headers={**headers, "Idempotency-Replayed": "true"})

    def keep(self, response: Response | HttpResponse) -> bool:
        """Keep a reply, over one that has expired; False if there is one already."""
        if isinstance(response, Response):  # DRF renders it later, in the same words
            body, kind = JsonRenderer().render(response.data), JsonRenderer.media_type
        else:
            body, kind = response.content, response.get("Content-Type", "")
        headers = {name: response[name] for name in HEADERS if name in response} | {"Content-Type": kind}
        sealed = seal.seal(key=datakeys.key_of(self.account), text=orjson.dumps(headers) + b"\n" + body, aad=self._aad)
        with connection.cursor() as cursor:
            cursor.execute(
                _KEEP, [self.account, self.key, self.request, response.status_code, sealed, self.now + KEPT, self.now]
            )
            kept: bool = cursor.rowcount == 1
            return kept

    @property
    def _aad(self) -> bytes:
        return seal.aad("kept_reply", self.account, self.key.hex())


_KEEP = """
INSERT INTO core_keptreply (account, key, request, status, reply, expires_at) VALUES (%s, %s, %s, %s, %s, %s)
ON CONFLICT (account, key) DO UPDATE SET request = excluded.request, status = excluded.status,
    reply = excluded.reply, expires_at = excluded.expires_at
WHERE core_keptreply.expires_at <= %s
"""


def sweep(now: datetime) -> int:
    """Drop replies whose time is over; → how many, 0 when there are no more."""
    over = KeptReply.objects.filter(expires_at__lte=now).values("id")[:SWEPT]
    return KeptReply.objects.filter(id__in=over).delete()[0]
