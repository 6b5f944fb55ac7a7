"""The own profile."""

from __future__ import annotations

from functools import partial

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http.etag import check_if_match, tagged
from backend.core.http.schema import IF_MATCH
from backend.core.http.views import DomainView
from peers.profiles import access
from peers.profiles.actions.profiles import change_profile
from peers.profiles.api import serializers as told
from peers.profiles.models import Profile


class ProfileView(DomainView):
    """`GET/PATCH /me/profile`"""

    @extend_schema(operation_id="read_profile", responses=told.ProfileSerializer)
    def get(self, request: Request) -> Response:
        """The own profile, with its `ETag`."""
        return _tell(access.profile(by=self.by))

    @extend_schema(
        operation_id="change_profile",
        parameters=[IF_MATCH],
        request=told.ProfileChangeSerializer,
        responses=told.ProfileSerializer,
    )
    def patch(self, request: Request) -> Response:
        """Change the fields that are named; everything is optional."""
        changes = self.read(told.ProfileChangeSerializer)
        check = partial(check_if_match, request)
        return _tell(change_profile(by=self.by, changes=changes, check=check, now=self.now))


def _tell(profile: Profile) -> Response:
    return tagged(told.ProfileSerializer(profile).data, version=profile.version)
