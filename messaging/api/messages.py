"""Messages of one conversation."""

from __future__ import annotations

import re
import time
from typing import Any
from uuid import UUID

import orjson
from asgiref.sync import sync_to_async
from django.db import close_old_connections, connection
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.accounts.api.authentication import known_session
from backend.core.errors import DomainError, Invalid, TooMany
from backend.core.http.body import to_json
from backend.core.http.pages import DEFAULT, MOST
from backend.core.http.quick import Ask, Quick, Reply
from backend.core.http.serializers import StrictSerializer, Text, Uuid, Whole
from backend.core.http.views import DomainView
from backend.core.streams.item import MOST_SEQ
from backend.core.text import normalise_body
from backend.core.vocabulary import Reaction
from messaging import payloads
from messaging.accepting.batch import Accepted, Send, ToHold
from messaging.actions import messages as actions
from messaging.actions.held import hold_message
from messaging.api import shapes
from messaging.api.held import HeldMessageSerializer
from messaging.models import HeldMessage
from messaging.process import current
from messaging.queries.held import own_held_shown
from messaging.queries.messages import history, message_seen

SEQ = OpenApiParameter("seq", {"type": "integer", "minimum": 1, "maximum": MOST_SEQ}, OpenApiParameter.PATH)
REACTION = OpenApiParameter("key", {"type": "string", "enum": [key.value for key in Reaction]}, OpenApiParameter.PATH)
DONE = {204: OpenApiResponse(description="Done, or it was so already.")}


class MessageNewSerializer(StrictSerializer):
    """A message to send; the same `client_id` makes a repeat safe."""

    client_id = Uuid()
    body = Text(multiline=True)
    reply_to = Whole(min=1, max=MOST_SEQ, required=False, allow_null=True, default=None)


class MessageChangeSerializer(StrictSerializer):
    """Another text for a message."""

    body = Text(multiline=True)


class ReadMarkSerializer(StrictSerializer):
    """How far the caller has read."""

    seq = Whole(min=0, max=MOST_SEQ)


class MessagesView(DomainView):
    """`GET/POST /conversations/{id}/messages`; POST goes through `messages` below."""

    repeatable = False  # it has its own key, `client_id`
    parameters = ("before_seq", "after_seq", "limit")

    @extend_schema(
        operation_id="read_history",
        parameters=[
            OpenApiParameter("before_seq", {"type": "integer", "minimum": 0, "maximum": MOST_SEQ}),
            OpenApiParameter("after_seq", {"type": "integer", "minimum": 0, "maximum": MOST_SEQ}),
            OpenApiParameter("limit", {"type": "integer", "minimum": 1, "maximum": MOST, "default": DEFAULT}),
        ],
        responses=shapes.HistorySerializer,
    )
    def get(self, request: Request, conversation: UUID) -> Response:
        """The newest messages, or those before or after a seq."""
        before, after = self._number("before_seq", MOST_SEQ), self._number("after_seq", MOST_SEQ)
        limit = self._number("limit", MOST)
        if limit == 0 or (before is not None and after is not None):
            raise Invalid("parameter_invalid")
        page = history(by=self.by, conversation=conversation, before=before, after=after, limit=limit or DEFAULT)
        return Response({"seq": page.seq, "items": page.items, "prev": page.prev, "next": page.next})

    @extend_schema(
        operation_id="send_message",
        request=MessageNewSerializer,
        responses={
            201: shapes.MessageSeenSerializer,
            200: shapes.MessageSeenSerializer,
            202: HeldMessageSerializer,
        },
    )
    def post(self, request: Request, conversation: UUID) -> None:
        """Send a message. 200 and the message as it is now if it had been accepted before; 202 if it waits first."""

    def compose(self, request: HttpRequest, conversation: UUID) -> Send:
        """Everything before the writer: who asks, limits, the body."""
        self.setup(request, conversation=conversation)
        self.request = self.initialize_request(request, conversation=conversation)
        self.initial(self.request, conversation=conversation)
        data = self.read(MessageNewSerializer)
        if not connection.in_atomic_block:  # tests are
            close_old_connections()  # others need the pool while this one waits for the writer
        return Send(account=self.by.id, session=self.session.id, conversation=conversation, **data)

    def _number(self, name: str, most: int) -> int | None:
        given = self.request.query_params.get(name)
        if given is None:
            return None
        if not (given.isascii() and given.isdigit() and len(given) <= 16 and int(given) <= most):
            raise Invalid("parameter_invalid")
        return int(given)


_other_methods = sync_to_async(MessagesView.as_view())


async def messages(request: HttpRequest, conversation: UUID) -> HttpResponseBase:
    """The route of `MessagesView`: a send waits for the writer of this process, without a connection of its own."""
    if request.method != "POST":
        return await _other_methods(request, conversation=conversation)
    view = MessagesView()
    send = await sync_to_async(view.compose)(request, conversation)
    accepted = await _accept(view, send)
    if isinstance(accepted, HeldMessage):
        told, status = await sync_to_async(_tell_held)(accepted), 202
    elif accepted.again:
        told, status = await sync_to_async(message_seen)(by=view.by, conversation=conversation, seq=accepted.seq), 200
    else:
        told, status = _tell(send, accepted), 201
    return HttpResponse(to_json(told), status=status, content_type="application/json")


vars(messages).update(cls=MessagesView, initkwargs={})  # where drf-spectacular looks


async def answer_send(ask: Ask, conversation: str) -> Reply | None:
    """The plain case of the route above: a new message, accepted. The writer checks the session again."""
    process = current()
    known = await known_session(ask.headers.get(b"authorization", b""))
    if process is None or known is None or ask.headers.get(b"content-type") != b"application/json":
        return None
    told = orjson.loads(ask.body)
    if not told.keys() <= {"client_id", "body", "reply_to"} or type(told["body"]) is not str:
        return None
    reply_to = told.get("reply_to")
    if reply_to is not None and (type(reply_to) is not int or not 1 <= reply_to <= MOST_SEQ):
        return None
    send = Send(
        account=known.account,
        session=known.session,
        conversation=UUID(conversation),
        client_id=UUID(told["client_id"]) if len(told["client_id"]) == 36 else NO_ID,
        body=normalise_body(text=told["body"]),
        reply_to=reply_to,
    )
    if send.client_id == NO_ID or process.pace_of(send.session).send(now=time.monotonic()):
        return None
    outcome = await process.writer.put(send)
    return Reply(201, _tell(send, outcome)) if isinstance(outcome, Accepted) and not outcome.again else None


NO_ID = UUID(int=0)
UUID_PART = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
QUICK = Quick(
    re.compile(f"/api/v1/conversations/(?P<conversation>{UUID_PART})/messages"),
    "api/v1/conversations/<uuid:conversation>/messages",
    answer_send,
)


async def _accept(view: MessagesView, send: Send) -> Accepted | HeldMessage:
    process = current()
    if process is None:
        return await sync_to_async(actions.send_or_hold)(send=send, now=view.now)
    wait = process.pace_of(send.session).send(now=time.monotonic())
    if wait:
        raise TooMany(retry_after=wait)
    outcome = await process.writer.put(send)
    if isinstance(outcome, DomainError):
        raise outcome
    if isinstance(outcome, ToHold):
        return await sync_to_async(hold_message)(send=send, now=view.now)
    return outcome


def _tell_held(there: HeldMessage) -> dict[str, Any]:
    return own_held_shown([there])[0]


def _tell(send: Send, accepted: Accepted) -> dict[str, Any]:
    """The message that was accepted just now: nobody can have changed it yet, so nothing is read."""
    told = payloads.message(
        seq=accepted.seq,
        message_id=accepted.id,
        conversation=send.conversation,
        sender=accepted.sender,
        body=send.body,
        sent_at=accepted.sent_at,
        reply_to=send.reply_to,
    )
    return {**told, "reactions": []}


class MessageView(DomainView):
    """`PATCH/DELETE /conversations/{id}/messages/{seq}`"""

    @extend_schema(
        operation_id="edit_message",
        parameters=[SEQ],
        request=MessageChangeSerializer,
        responses=shapes.MessageSeenSerializer,
    )
    def patch(self, request: Request, conversation: UUID, seq: int) -> Response:
        """Give one's own message another text; it carries a mark from then on."""
        body = self.read(MessageChangeSerializer)["body"]
        actions.edit_message(by=self.by, conversation=conversation, seq=seq, body=body, now=self.now)
        return Response(message_seen(by=self.by, conversation=conversation, seq=seq))

    @extend_schema(operation_id="retract_message", parameters=[SEQ], request=None, responses=DONE)
    def delete(self, request: Request, conversation: UUID, seq: int) -> HttpResponse:
        """Take back one's own message."""
        actions.retract_message(by=self.by, conversation=conversation, seq=seq, now=self.now)
        return HttpResponse(status=204)


class ReactionView(DomainView):
    """`PUT/DELETE /conversations/{id}/messages/{seq}/reactions/{key}`"""

    @extend_schema(operation_id="react", parameters=[SEQ, REACTION], request=None, responses=DONE)
    def put(self, request: Request, conversation: UUID, seq: int, key: str) -> HttpResponse:
        """React to a message."""
        self.read(StrictSerializer)
        actions.react(by=self.by, conversation=conversation, seq=seq, key=key, now=self.now)
        return HttpResponse(status=204)

    @extend_schema(operation_id="unreact", parameters=[SEQ, REACTION], request=None, responses=DONE)
    def delete(self, request: Request, conversation: UUID, seq: int, key: str) -> HttpResponse:
        """Take a reaction back."""
        actions.unreact(by=self.by, conversation=conversation, seq=seq, key=key, now=self.now)
        return HttpResponse(status=204)


class ReadMarkView(DomainView):
    """`PUT /conversations/{id}/read`"""

    @extend_schema(operation_id="mark_read", request=ReadMarkSerializer, responses=DONE)
    def put(self, request: Request, conversation: UUID) -> HttpResponse:
        """Note how far the caller has read. Private; only forwards."""
        seq = self.read(ReadMarkSerializer)["seq"]
        moved = actions.mark_read(by=self.by.id, conversation=conversation, seq=seq, now=self.now)
        if moved and (process := current()) is not None:
            told = {"op": "read.moved", "conversation": str(conversation), "seq": seq}
            process.tell_devices(self.by.id, told)
        return HttpResponse(status=204)
