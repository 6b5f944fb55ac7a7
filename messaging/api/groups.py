"""Groups: found by everybody, made and kept by peer experts."""

from __future__ import annotations

import re
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.errors import Invalid
from backend.core.http import pages
from backend.core.http.etag import check_if_match, tagged
from backend.core.http.schema import IF_MATCH, page_of
from backend.core.http.serializers import Choice, Flag, ListOf, StrictSerializer, Text, Whole
from backend.core.http.views import EVERY_VIEW, DomainView
from backend.core.limits import Limit, Rate
from backend.core.vocabulary import SPOKEN_LANGUAGES, Domain
from messaging import access
from messaging.actions import groups as actions
from messaging.api.group_shapes import GroupSerializer
from messaging.hours import DAYS, MAX_WINDOWS, MAX_ZONE, HoursInvalid, parse_hours
from messaging.models import Group
from messaging.queries.groups import group_shown, groups_for

GROUPS_MADE = Limit(name="groups made", rate=Rate(count=20, per_s=86_400, burst=10), fails="open")
MAX_REGION = 40  # characters
DONE = {204: OpenApiResponse(description="Done, or it was so already.")}
_KEY = re.compile(r"[a-z0-9-]{1,40}")
_TIME = {"type": "string", "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$"}
_WINDOWS = {
    "type": "array",
    "maxItems": MAX_WINDOWS,
    "items": {"type": "array", "minItems": 2, "maxItems": 2, "items": _TIME},
}


@extend_schema_field(
    {
        "type": "object",
        "description": "Windows by the clock of the zone; one that ends before it starts ends on the next day.",
        "additionalProperties": False,
        "properties": {
            "timezone": {"type": "string", "maxLength": MAX_ZONE, "description": "IANA"},
            "days": {
                "type": "object",
                "additionalProperties": False,
                "properties": dict.fromkeys(DAYS, _WINDOWS),
            },
        },
    }
)
class Hours(serializers.Field[Any, Any, Any, Any]):
    """Opening hours, as `messaging.hours` reads them; {} and null mean always open."""

    def to_internal_value(self, data: Any) -> Any:
        try:
            parse_hours(data=data)
        except HoursInvalid as refused:
            fault: Any = [ErrorDetail("", refused.code)]
            for name in reversed(refused.errors[0].pointer.split("/")[1:]):
                fault = {name: fault}
            raise ValidationError(fault) from None
        return data or None


class PremoderationSerializer(StrictSerializer):
    """What waits for a person before it is posted."""

    first_messages = Whole(min=0, max=actions.MOST_FIRST, help_text="So many of a newcomer.")
    words = Flag(
        help_text="What looks like a phone number, mail, link, address, payment, or an offer to or by clients."
    )


class GroupNewSerializer(StrictSerializer):
    """What a new group is about; everything but the title may wait."""

    title = Text(max_length=actions.MAX_TITLE)
    about = Text(max_length=actions.MAX_ABOUT, multiline=True, required=False, allow_blank=True)
    rules = Text(max_length=actions.MAX_RULES, multiline=True, required=False, allow_blank=True)
    asks = Text(max_length=actions.MAX_ASKS, multiline=True, required=False, allow_blank=True)
    languages = ListOf(Choice(SPOKEN_LANGUAGES), max_length=len(SPOKEN_LANGUAGES), unique=True, required=False)
    domains = ListOf(Choice(Domain), max_length=len(Domain), unique=True, required=False)
    region = Text(max_length=MAX_REGION, required=False, allow_null=True)
    slow_mode_s = Whole(min=0, max=actions.MAX_SLOW_MODE_S, required=False)
    opening_hours = Hours(required=False, allow_null=True)
    premoderation = PremoderationSerializer(required=False)
    shows_earlier = Flag(required=False, help_text="Whether newcomers see what was said before they came.")


class GroupChangeSerializer(GroupNewSerializer):
    """The fields to set."""

    title = Text(max_length=actions.MAX_TITLE, required=False)


class GroupsView(DomainView):
    """`GET/POST /groups`"""

    parameters = ("language", "domain", "region", *pages.PARAMETERS)

    @property
    def limit(self) -> Limit:  # type: ignore[override]
        return GROUPS_MADE if self.request.method == "POST" else EVERY_VIEW

    @extend_schema(
        operation_id="list_groups",
        parameters=[
            OpenApiParameter("language", str, enum=list(SPOKEN_LANGUAGES)),
            OpenApiParameter("domain", str, enum=[domain.value for domain in Domain]),
            OpenApiParameter("region", str, description="The key of a region."),
        ],
        responses=page_of(GroupSerializer),
    )
    def get(self, request: Request) -> Response:
        """The groups that one can ask to join, by title."""
        wanted = {name: self._given(name) for name in ("language", "domain", "region")}
        return Response(pages.page(groups_for(**wanted), ("title", "conversation_id"), request, group_shown))

    @extend_schema(operation_id="create_group", request=GroupNewSerializer, responses={201: GroupSerializer})
    def post(self, request: Request) -> Response:
        """Make a group that one leads, as a peer expert."""
        group = actions.create_group(by=self.by, **self.read(GroupNewSerializer), now=self.now)
        return _tell(group, status=201)

    def _given(self, name: str) -> str | None:
        given = self.request.query_params.get(name)
        known = {"language": SPOKEN_LANGUAGES, "domain": list(Domain)}.get(name)
        if given is not None and not (_KEY.fullmatch(given) if known is None else given in known):
            raise Invalid("parameter_invalid")
        return given


class GroupView(DomainView):
    """`GET/PATCH/DELETE /groups/{id}`"""

    @extend_schema(operation_id="read_group", responses=GroupSerializer)
    def get(self, request: Request, group: UUID) -> Response:
        """A group, with its `ETag`."""
        return _tell(access.group(by=self.by, group=group))

    @extend_schema(
        operation_id="change_group", parameters=[IF_MATCH], request=GroupChangeSerializer, responses=GroupSerializer
    )
    def patch(self, request: Request, group: UUID) -> Response:
        """Change the fields that are named, as one who leads."""
        changes = self.read(GroupChangeSerializer)
        check = partial(check_if_match, request)
        return _tell(actions.edit_group(by=self.by, group=group, changes=changes, check=check, now=self.now))

    @extend_schema(operation_id="close_group", request=None, responses=DONE)
    def delete(self, request: Request, group: UUID) -> HttpResponse:
        """Close a group for good, as one who leads. Its members can still read."""
        actions.close_group(by=self.by, group=group, now=self.now)
        return HttpResponse(status=204)


def _tell(group: Group, *, status: int = 200) -> Response:
    return tagged(group_shown(group), version=group.version, status=status)
