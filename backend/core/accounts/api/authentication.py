"""Who asks: `Authorization: Bearer <token>`. An unknown, ended or locked session is no session."""

from __future__ import annotations

import time
from collections import OrderedDict
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest
from django.utils import timezone
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from backend.core.accounts import errors, queries, tokens
from backend.core.accounts.actions.sessions import mark_seen
from backend.core.accounts.models import Account, Session
from backend.core.errors import SignInNeeded

if TYPE_CHECKING:  # it reads the settings that name this module
    from rest_framework.views import APIView


def read_token(request: HttpRequest | Request) -> str | None:
    """The token of the request, or None without an `Authorization`. Raises `SignInNeeded` for any other kind of it."""
    given = request.headers.get("Authorization")
    if given is None:
        return None
    scheme, _, token = given.strip().partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise SignInNeeded
    return token.strip()


class Known(NamedTuple):
    """A session that signed in a moment ago."""

    account: UUID
    session: UUID


_known: OrderedDict[bytes, tuple[float, Known]] = OrderedDict()
KNOWN_S = 30.0
KNOWN_MOST = 20_000


async def known_session(authorization: bytes) -> Known | None:
    """Whose `Authorization` this is, remembered for half a minute: only for what checks the session again by itself."""
    hashed = tokens.hash_token(token=authorization.decode("latin-1"))
    entry = _known.get(hashed)
    if entry is not None and entry[0] > time.monotonic():
        return entry[1]
    scheme, _, token = authorization.decode("latin-1").partition(" ")
    if scheme != "Bearer":
        return None
    session = await sync_to_async(_sign_in, thread_sensitive=False)(token, timezone.now())
    if session is None:
        return None
    known = Known(session.account_id, session.id)
    _known[hashed] = (time.monotonic() + KNOWN_S, known)
    while len(_known) > KNOWN_MOST:
        _known.popitem(last=False)
    return known


def _sign_in(token: str, now: datetime) -> Session | None:
    try:
        session = queries.open_session(token_hash=tokens.hash_token(token=token), at=now)
        if session is not None:
            mark_seen(session=session, now=now)
        return session
    finally:
        connection.close()  # to the pool


class TokenAuthentication(BaseAuthentication):
    """`request.user` is the account, `request.auth` the session; one query."""

    def authenticate(self, request: Request) -> tuple[Account, Session] | None:
        token = read_token(request)
        if token is None:
            return None
        now = timezone.now()
        session = queries.open_session(token_hash=tokens.hash_token(token=token), at=now, suspended=True)
        if session is None:
            raise SignInNeeded
        if session.account.is_suspended and not getattr(request.parser_context["view"], "while_suspended", False):
            raise errors.AccountSuspended
        mark_seen(session=session, now=now)
        return session.account, session

    def authenticate_header(self, request: Request) -> str:
        return "Bearer"


class SignedIn(BasePermission):
    """With an open session only."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return isinstance(request.auth, Session)


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """How the schema tells it."""

    target_class = "backend.core.accounts.api.authentication.TokenAuthentication"
    name = "session"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer", "description": "The token of a session."}
