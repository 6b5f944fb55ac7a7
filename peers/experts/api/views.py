"""What a peer expert says about themselves."""

from __future__ import annotations

from functools import partial

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http.etag import check_if_match, tagged
from backend.core.http.schema import IF_MATCH
from backend.core.http.views import DomainView
from peers.experts import access
from peers.experts.actions.experts import change_expert
from peers.experts.api import serializers as told
from peers.experts.models import Expert


class ExpertView(DomainView):
    """`GET/PATCH /me/expert`"""

    @extend_schema(operation_id="read_expert", responses=told.OwnExpertSerializer)
    def get(self, request: Request) -> Response:
        """What the caller is as a peer expert, with its `ETag`; 404 for everybody else."""
        return _tell(access.own_expert(by=self.by))

    @extend_schema(
        operation_id="change_expert",
        parameters=[IF_MATCH],
        request=told.ExpertChangeSerializer,
        responses=told.OwnExpertSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change the fields that are named. Alias, organisation, caseload and vetting are not changed here."""
        changes = self.read(told.ExpertChangeSerializer)
        check = partial(check_if_match, request)
        return _tell(change_expert(by=self.by, changes=changes, check=check, now=self.now))


def _tell(expert: Expert) -> Response:
    return tagged(told.OwnExpertSerializer(expert).data, version=expert.version)
