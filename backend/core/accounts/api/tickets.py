"""`POST /realtime/tickets`: without DRF, because all clients of a server that restarts come back at once."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime

from asgiref.sync import sync_to_async
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from drf_spectacular.utils import extend_schema

from backend.core import limits
from backend.core.accounts.actions.tickets import issue_ticket
from backend.core.accounts.api.authentication import read_token
from backend.core.accounts.api.serializers import TicketSerializer
from backend.core.errors import Invalid, SignInNeeded
from backend.core.http.body import to_json
from backend.core.http.problems import NotHere
from backend.core.http.quick import Ask, Quick, Reply
from backend.core.http.views import DomainView
from backend.core.limits import Rate

AT_ONCE = 8  # in the database; the others wait here, where it costs nothing
PER_SESSION = Rate(count=60, per_s=60, burst=20)

_turn = asyncio.Semaphore(AT_ONCE)


async def tickets(request: HttpRequest) -> HttpResponse:
    """A ticket for one socket: 30 s, one use, bound to the session."""
    if request.method != "POST":
        raise NotHere(allow="POST")
    token = read_token(request)
    if token is None:
        raise SignInNeeded
    if request.GET:
        raise Invalid("parameter_unknown")
    if request.body.strip() not in (b"", b"{}"):
        raise Invalid("unknown_field")
    now = timezone.now()
    limits.take_local(name="tickets", key=token, rate=PER_SESSION, now=now)
    async with _turn:
        ticket = await sync_to_async(issue_ticket)(token=token, now=now)
    return HttpResponse(to_json({"ticket": ticket}), status=201, content_type="application/json")


async def answer_ticket(ask: Ask) -> Reply | None:
    """The plain case of the route above."""
    scheme, _, token = ask.headers.get(b"authorization", b"").decode("latin-1").partition(" ")
    if scheme != "Bearer" or ask.body not in (b"", b"{}"):
        return None
    now = timezone.now()
    limits.take_local(name="tickets", key=token, rate=PER_SESSION, now=now)
    async with _turn:
        ticket = await sync_to_async(_issue, thread_sensitive=False)(token, now)
    return Reply(201, {"ticket": ticket})


def _issue(token: str, now: datetime) -> str:
    try:
        return issue_ticket(token=token, now=now)
    finally:
        connection.close()  # to the pool


QUICK = Quick(re.compile("/api/v1/realtime/tickets"), "api/v1/realtime/tickets", answer_ticket)


class TicketsView(DomainView):
    """What the schema says of it; never called."""

    shows_secret = True

    @extend_schema(operation_id="issue_ticket", request=None, responses={201: TicketSerializer})
    def post(self) -> None:
        """A ticket for one socket: 30 s, one use, bound to the session."""


# Where drf-spectacular looks.
vars(tickets).update(cls=TicketsView, initkwargs={})
