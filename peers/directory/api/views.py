"""The public directory: no account, no cookie; every reply may be kept, and says by its ETag which edition it is of."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core import limits
from backend.core.accounts import queries as accounts
from backend.core.accounts.api.serializers import RegionSerializer
from backend.core.errors import Invalid
from backend.core.http import pages
from backend.core.http.etag import kept
from backend.core.http.schema import page_of
from backend.core.http.views import DomainView
from backend.core.vocabulary import SPOKEN_LANGUAGES, Direction, Domain
from peers.directory import access, queries
from peers.directory.actions.gaps import count_gap
from peers.directory.actions.letters import ask_question, report_problem, takes_questions
from peers.directory.api import serializers as forms
from peers.directory.api import told
from peers.directory.hsds_export import export
from peers.directory.models import Entry, Gap
from peers.directory.vocabulary import UNLISTED, Kind, Stance

KEPT_S = 300
KNOWN: Mapping[str, list[str]] = {
    "language": [*SPOKEN_LANGUAGES],
    "domain": [str(domain) for domain in Domain],
    "direction": [str(direction) for direction in Direction],
    "stance": [str(stance) for stance in Stance],
    "without": [str(stance) for stance in Stance],
    "kind": [str(kind) for kind in Kind],
}


class PublicView(DomainView):
    """Who asks is not even looked at."""

    authentication_classes = []
    permission_classes = [AllowAny]

    @property
    def today(self) -> date:
        """The day of the request, UTC: what is assured until a day changes with it."""
        return self.now.date()

    def kept(self, request: Request, make: Callable[[], Mapping[str, Any]]) -> Response:
        """The reply, or 304 to who has this edition of this day; only then `make` is called."""
        return kept(request, f"{queries.edition()}-{self.today:%Y%m%d}", make, max_age_s=KEPT_S)


class DirectoryView(PublicView):
    """`GET /directory`"""

    parameters: ClassVar[tuple[str, ...]] = (*pages.PARAMETERS, "region", *KNOWN)

    @extend_schema(
        operation_id="search_directory",
        parameters=[
            OpenApiParameter("region", str, description=f"A region's key; `{UNLISTED}`: one that is not among them."),
            *(OpenApiParameter(name, str, enum=values) for name, values in KNOWN.items()),
        ],
        responses={200: page_of(forms.DirectoryEntrySerializer), 304: None},
    )
    def get(self, request: Request) -> Response:
        """Organisations and offers that fit; what is made for people who do or did sex work comes first.

        `without`: a stance that is not wanted. A search that finds nothing is counted, without who made it.
        """
        search = read_search(request.query_params)
        return self.kept(request, lambda: self._find(request, search))

    def _find(self, request: Request, search: queries.Search) -> dict[str, Any]:
        def render(rows: list[Entry]) -> list[Any]:
            return [told.tell_entry(row, on=self.today) for row in rows]

        found = pages.page_of_many(queries.search(search, on=self.today), queries.ORDER, request, render)
        if not found["items"] and not {"before", "after"} & request.query_params.keys():
            count_gap(search=search, network=limits.coarse_network(request), now=self.now)
        return found


class EntryView(PublicView):
    """`GET /directory/{entry}`"""

    @extend_schema(operation_id="read_directory_entry", responses={200: forms.WholeDirectoryEntrySerializer, 304: None})
    def get(self, request: Request, entry: UUID) -> Response:
        """One entry, with its offers and the answers to questions."""
        there = access.entry(entry=entry)
        return self.kept(request, lambda: tell_whole(there, on=self.today))


class SnapshotView(PublicView):
    """`GET /directory/snapshot`"""

    @extend_schema(operation_id="read_directory", responses={200: forms.SnapshotSerializer, 304: None})
    def get(self, request: Request) -> Response:
        """Everything at once, for clients that show it without a network; ask again with its ETag."""
        return self.kept(request, self._tell)

    def _tell(self) -> dict[str, Any]:
        return {
            "edition": queries.edition(),
            "made_on": self.today,
            "regions": RegionSerializer(accounts.regions(), many=True).data,
            "regions_expected": accounts.REGIONS_EXPECTED,
            "helplines": [told.tell_helpline(line, on=self.today) for line in queries.helplines()],
            "entries": [
                told.tell_entry(row, on=self.today) for row in queries.shown(on=self.today).order_by(*queries.ORDER)
            ],
        }


class ExportView(PublicView):
    """`GET /directory/export`"""

    @extend_schema(operation_id="export_directory", responses={200: forms.HsdsSerializer, 304: None})
    def get(self, request: Request) -> Response:
        """The directory in the form of Open Referral's HSDS 3, for other systems."""
        return self.kept(request, lambda: export(on=self.today))


class GapsView(PublicView):
    """`GET /directory/gaps`"""

    parameters: ClassVar[tuple[str, ...]] = pages.PARAMETERS

    @extend_schema(operation_id="list_coverage_gaps", responses={200: page_of(forms.GapSerializer), 304: None})
    def get(self, request: Request) -> Response:
        """What was looked for and not found, by month; months that are not over and small figures are left out."""

        def render(rows: list[Gap]) -> list[Any]:
            return [told.tell_gap(row) for row in rows]

        order = ("-month", "region", "language", "domain")
        return self.kept(request, lambda: pages.page_of_many(queries.gaps(on=self.today), order, request, render))


class HelplinesView(PublicView):
    """`GET /helplines`"""

    @extend_schema(operation_id="list_helplines", responses={200: forms.HelplinesSerializer, 304: None})
    def get(self, request: Request) -> Response:
        """Helplines in the order in which they are to be shown: who listens, danger right now, the police."""

        def make() -> dict[str, Any]:
            return {"items": [told.tell_helpline(line, on=self.today) for line in queries.helplines()]}

        return self.kept(request, make)


class ProblemsView(PublicView):
    """`POST /directory/{entry}/problems`"""

    @extend_schema(operation_id="report_entry", request=forms.ProblemReportSerializer, responses={204: None})
    def post(self, request: Request, entry: UUID) -> Response:
        """Say that an entry is wrong. Nobody is told who said it; it is limited by coarse network."""
        given = self.read(forms.ProblemReportSerializer)
        network = limits.coarse_network(request)
        report_problem(entry=entry, kind=given["kind"], note=given.get("note"), network=network, now=self.now)
        return Response(status=204)


class QuestionsView(PublicView):
    """`POST /directory/{entry}/questions`"""

    @extend_schema(operation_id="ask_organisers", request=forms.MeetingQuestionSerializer, responses={204: None})
    def post(self, request: Request, entry: UUID) -> Response:
        """Ask the organisers of a meeting something, without a name; they answer with the entry, for everybody."""
        given = self.read(forms.MeetingQuestionSerializer)
        network = limits.coarse_network(request)
        ask_question(entry=entry, body=given["body"], network=network, now=self.now)
        return Response(status=204)


def read_search(given: Mapping[str, str]) -> queries.Search:
    """A search from query parameters. Raises `Invalid` for what is not known."""
    asked = {name: given.get(name, "") for name in ("region", *KNOWN)}
    for name, known in KNOWN.items():
        if asked[name] and asked[name] not in known:
            raise Invalid("parameter_invalid")
    if asked["region"] and not queries.region_exists(asked["region"]):
        raise Invalid("parameter_invalid")
    return queries.Search(**asked)


def tell_whole(entry: Entry, *, on: date) -> dict[str, Any]:
    """An entry with everything around it."""
    return {
        **told.tell_entry(entry, on=on),
        "offers": [told.tell_entry(row, on=on) for row in queries.offers_of(entry, on=on)],
        "answers": entry.answers,
        "takes_questions": takes_questions(entry),
    }
