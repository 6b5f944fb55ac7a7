"""The member's own journey and goals."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any, ClassVar
from uuid import UUID

from django.http import HttpResponse
from django.utils.functional import Promise
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core import labels
from backend.core.http import pages
from backend.core.http.etag import check_if_match, tagged
from backend.core.http.schema import IF_MATCH, page_of
from backend.core.http.serializers import StrictSerializer
from backend.core.http.views import EVERY_VIEW, DomainView
from backend.core.limits import Limit, Rate
from peers.journeys import access, queries
from peers.journeys.actions.lines import change_line, remove_line, write_line
from peers.journeys.api import serializers as told
from peers.journeys.models import Entry, Goal, Line
from peers.journeys.prompts import PROMPTS

WRITTEN = Limit(name="lines written", rate=Rate(count=500, per_s=86_400, burst=100), fails="open")


class LinesView(DomainView):
    """A list of one kind of lines, and one more."""

    parameters = pages.PARAMETERS
    kind: ClassVar[type[Line]]
    order: ClassVar[tuple[str, ...]]
    shown: ClassVar[type[serializers.Serializer[Any]]]

    @property
    def limit(self) -> Limit:  # type: ignore[override]
        return WRITTEN if self.request.method == "POST" else EVERY_VIEW

    def tell_page(self) -> Response:
        """A page of the caller's lines."""

        def render(lines: list[Line]) -> list[Any]:
            found = queries.read_lines(lines, by=self.by, now=self.now)
            return [self.shown(told.line_shown(*one)).data for one in found]

        rows = self.kind._default_manager.filter(account=self.by)
        return Response(pages.page_of_many(rows, self.order, self.request, render))

    def write(self, form: type[StrictSerializer]) -> Response:
        """One more line."""
        line, words = write_line(self.kind, by=self.by, words=self.read(form), now=self.now)
        return tagged(self.shown(told.line_shown(line, words)).data, version=line.version, status=201)


class LineView(DomainView):
    """One line."""

    kind: ClassVar[type[Line]]
    shown: ClassVar[type[serializers.Serializer[Any]]]

    def tell(self, line: UUID) -> Response:
        """The line, with its ETag."""
        there = access.line(self.kind, by=self.by, line=line)
        ((_, words),) = queries.read_lines([there], by=self.by, now=self.now)
        return tagged(self.shown(told.line_shown(there, words)).data, version=there.version)

    def change(self, line: UUID, form: type[StrictSerializer]) -> Response:
        """What is named is different now."""
        changes = self.read(form, partial=True)
        check = partial(check_if_match, self.request)
        there, words = change_line(self.kind, by=self.by, line=line, changes=changes, check=check, now=self.now)
        return tagged(self.shown(told.line_shown(there, words)).data, version=there.version)

    def remove(self, line: UUID) -> HttpResponse:
        """It is gone for good."""
        remove_line(self.kind, by=self.by, line=line, now=self.now)
        return HttpResponse(status=204)


class JourneyView(LinesView):
    """`GET /me/journey`"""

    kind, order, shown = Entry, ("-written_at", "-id"), told.JourneyLineSerializer

    @extend_schema(operation_id="read_journey", responses=page_of(told.JourneyLineSerializer))
    def get(self, request: Request) -> Response:
        """The own lines, the newest first."""
        return self.tell_page()


class BeginningsView(DomainView):
    """`GET /me/journey/prompts`"""

    @extend_schema(operation_id="list_prompts", responses=told.BeginningsSerializer)
    def get(self, request: Request) -> Response:
        """Prompts, directions and life domains in the asked language; all of them may be left aside."""
        return Response(
            {
                "prompts": _words(PROMPTS),
                "directions": _words(labels.DIRECTIONS),
                "domains": _words(labels.DOMAINS),
            }
        )


class EntriesView(LinesView):
    """`POST /me/journey/entries`"""

    kind, order, shown = Entry, (), told.JourneyLineSerializer

    @extend_schema(
        operation_id="write_entry", request=told.JourneyLineNewSerializer, responses={201: told.JourneyLineSerializer}
    )
    def post(self, request: Request) -> Response:
        """Write a line of the journey."""
        return self.write(told.JourneyLineNewSerializer)


class EntryView(LineView):
    """`GET/PATCH/DELETE /me/journey/entries/{entry}`"""

    kind, shown = Entry, told.JourneyLineSerializer

    @extend_schema(operation_id="read_entry", responses=told.JourneyLineSerializer)
    def get(self, request: Request, entry: UUID) -> Response:
        """One line."""
        return self.tell(entry)

    @extend_schema(
        operation_id="change_entry",
        parameters=[IF_MATCH],
        request=told.JourneyLineNewSerializer(partial=True),
        responses=told.JourneyLineSerializer,
    )
    def patch(self, request: Request, entry: UUID) -> Response:
        """Change what is named."""
        return self.change(entry, told.JourneyLineNewSerializer)

    @extend_schema(operation_id="remove_entry", request=None, responses={204: None})
    def delete(self, request: Request, entry: UUID) -> HttpResponse:
        """Remove it for good."""
        return self.remove(entry)


class GoalsView(LinesView):
    """`GET/POST /me/goals`"""

    kind, order, shown = Goal, ("written_at", "id"), told.GoalSerializer

    @extend_schema(operation_id="list_goals", responses=page_of(told.GoalSerializer))
    def get(self, request: Request) -> Response:
        """The own goals, in the order in which they were written."""
        return self.tell_page()

    @extend_schema(operation_id="write_goal", request=told.GoalNewSerializer, responses={201: told.GoalSerializer})
    def post(self, request: Request) -> Response:
        """Write down one more."""
        return self.write(told.GoalNewSerializer)


class GoalView(LineView):
    """`GET/PATCH/DELETE /me/goals/{goal}`"""

    kind, shown = Goal, told.GoalSerializer

    @extend_schema(operation_id="read_goal", responses=told.GoalSerializer)
    def get(self, request: Request, goal: UUID) -> Response:
        """One goal."""
        return self.tell(goal)

    @extend_schema(
        operation_id="change_goal",
        parameters=[IF_MATCH],
        request=told.GoalNewSerializer(partial=True),
        responses=told.GoalSerializer,
    )
    def patch(self, request: Request, goal: UUID) -> Response:
        """Change what is named; a direction may change, and change back."""
        return self.change(goal, told.GoalNewSerializer)

    @extend_schema(operation_id="remove_goal", request=None, responses={204: None})
    def delete(self, request: Request, goal: UUID) -> HttpResponse:
        """Remove it for good."""
        return self.remove(goal)


def _words(texts: Mapping[str, Promise]) -> list[dict[str, str]]:
    return [{"key": str(key), "text": str(text)} for key, text in texts.items()]
