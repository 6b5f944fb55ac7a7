"""`POST /sync`: the socket's events for whoever cannot keep a socket open."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import orjson
from django.urls import path
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http.serializers import StrictSerializer
from backend.core.http.views import DomainView
from backend.core.streams.item import INBOX, MOST_SEQ
from backend.core.streams.sync import Range, read_events

MOST_CURSORS = 2_000
_SEQ = {"type": "integer", "minimum": 0, "maximum": MOST_SEQ}


@extend_schema_field({"type": "object", "additionalProperties": _SEQ, "maxProperties": MOST_CURSORS})
class Cursors(serializers.Field[dict[str, int], Any, Any, Any]):
    """A stream's name → the seq up to which the client has everything. Faults do not name the stream: it is input."""

    default_error_messages = {"not_object": "", "not_whole": "", "too_many_items": ""}

    def to_internal_value(self, data: Any) -> dict[str, int]:
        if not isinstance(data, dict):
            self.fail("not_object")
        if len(data) > MOST_CURSORS:
            self.fail("too_many_items")
        if any(type(seq) is not int or not 0 <= seq <= MOST_SEQ for seq in data.values()):
            self.fail("not_whole")
        return data


class SyncSerializer(StrictSerializer):
    """Where the client is."""

    cursors = Cursors()


class RangeSerializer(serializers.Serializer[Any]):
    """Everything for the caller in (after, to] of one stream; below `head`, ask again from `to`."""

    after = serializers.IntegerField(min_value=0)
    to = serializers.IntegerField(min_value=0)
    head = serializers.IntegerField(min_value=0)
    events = serializers.ListField(child=serializers.DictField(), help_text="As in the AsyncAPI document.")
    resync = serializers.BooleanField(
        required=False, help_text="Too far behind: read the snapshot, which names its seq, and go on from there."
    )


class SyncAnswerSerializer(serializers.Serializer[Any]):
    """A stream that is not the caller's is not in the answer, whether it exists or not."""

    heads = serializers.DictField(child=serializers.IntegerField(), help_text="Of all the caller's streams.")
    streams = serializers.DictField(child=RangeSerializer())


class SyncView(DomainView):
    """`POST /sync`"""

    repeatable = False  # it only reads

    @extend_schema(operation_id="sync", request=SyncSerializer, responses=SyncAnswerSerializer)
    def post(self, request: Request) -> Response:
        """The events behind each cursor, the same as on the socket."""
        inbox = self.by.inbox
        asked = {}
        for name, seq in self.read(SyncSerializer)["cursors"].items():
            stream = inbox if name == INBOX else _stream(name)
            if stream is not None and (stream != inbox or name == INBOX):
                asked[stream] = seq
        found = read_events(account=self.by.id, cursors=asked)
        names = {stream: INBOX if stream == inbox else str(stream) for stream in found.heads}
        return Response(
            {
                "heads": {names[stream]: head for stream, head in found.heads.items()},
                "streams": {names[stream]: _tell(part) for stream, part in found.ranges.items()},
            }
        )


def _stream(name: str) -> UUID | None:
    """A conversation's stream, by its id in the usual form."""
    try:
        return UUID(name) if len(name) == 36 else None
    except ValueError:
        return None


def _tell(part: Range) -> dict[str, Any]:
    told = {
        "after": part.after,
        "to": part.to,
        "head": part.head,
        "events": [orjson.Fragment(item.data) for item in part.items],
    }
    return {**told, "resync": True} if part.resync else told


urlpatterns = [path("sync", SyncView.as_view())]
