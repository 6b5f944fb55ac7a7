"""Invites: making, listing, withdrawing and using them."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.accounts import invite_code, queries
from backend.core.accounts.actions import invites as actions
from backend.core.accounts.api.serializers import RoleSerializer
from backend.core.accounts.models import Invite
from backend.core.aliases import AVATAR_KEYS, MAX_ALIAS
from backend.core.http import pages
from backend.core.http.schema import page_of
from backend.core.http.serializers import Choice, StrictSerializer, Text, Whole
from backend.core.http.views import EVERY_VIEW, DomainView
from backend.core.limits import Limit, Rate

STATES = ("open", "used", "withdrawn", "expired")
MADE = Limit(name="invite made", rate=Rate(count=30, per_s=86_400, burst=20), fails="open")


class InviteNewSerializer(StrictSerializer):
    """For whom an invite is meant, and for how long."""

    kind = Choice(Invite.Kind.values)
    days = Whole(min=1, max=actions.MAX_DAYS, required=False, default=actions.USUAL_DAYS)


class RedeemSerializer(StrictSerializer):
    """The code that somebody was given; alias and avatar are for the role that it gives, suggested when left out."""

    invite = Text(max_length=invite_code.MAX_TYPED)
    alias = Text(max_length=MAX_ALIAS, required=False, allow_null=True, default=None)
    avatar_key = Choice(AVATAR_KEYS, required=False, allow_null=True, default=None)


class InviteSerializer(serializers.Serializer[Any]):
    """An invite of one's own. Nothing tells who used it."""

    id = serializers.UUIDField()
    kind = serializers.ChoiceField(choices=Invite.Kind.values)
    state = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    used_on = serializers.SerializerMethodField()

    @extend_schema_field(serializers.ChoiceField(choices=STATES))
    def get_state(self, invite: Invite) -> str:
        return invite.state(at=self.context["now"])

    @extend_schema_field(serializers.DateField(allow_null=True))
    def get_used_on(self, invite: Invite) -> Any:
        return actions.day_of_use(invite)


class NewInviteSerializer(InviteSerializer):
    """… and its code, shown this once."""

    code = serializers.SerializerMethodField()

    def get_code(self, invite: Invite) -> str:
        return str(self.context["code"])


class RedeemedSerializer(serializers.Serializer[Any]):
    """What the invite gave."""

    role = RoleSerializer(allow_null=True)


class InvitesView(DomainView):
    """`GET/POST /invites`"""

    shows_secret = True
    parameters: ClassVar[tuple[str, ...]] = pages.PARAMETERS

    @property
    def limit(self) -> Limit:  # type: ignore[override]
        return MADE if self.request.method == "POST" else EVERY_VIEW

    @extend_schema(operation_id="list_invites", responses=page_of(InviteSerializer))
    def get(self, request: Request) -> Response:
        """One's own invites, the newest first."""

        def render(rows: list[Invite]) -> list[Any]:
            return list(InviteSerializer(rows, many=True, context={"now": self.now}).data)

        found = queries.invites_of(account=self.by)
        return Response(pages.page_of_many(found, ("-created_at", "-id"), request, render))

    @extend_schema(operation_id="make_invite", request=InviteNewSerializer, responses={201: NewInviteSerializer})
    def post(self, request: Request) -> Response:
        """Make a one-time invite. Its code is shown this once."""
        made = actions.make_invite(by=self.by, **self.read(InviteNewSerializer), now=self.now)
        shown = NewInviteSerializer(made.invite, context={"now": self.now, "code": made.code})
        return Response(shown.data, status=201)


class InviteView(DomainView):
    """`DELETE /invites/{id}`"""

    @extend_schema(operation_id="withdraw_invite", responses={204: None})
    def delete(self, request: Request, invite: UUID) -> Response:
        """Take an invite back that nobody has used."""
        actions.withdraw_invite(by=self.by, invite=invite, now=self.now)
        return Response(status=204)


class RedeemView(DomainView):
    """`POST /invites/redeem`"""

    @extend_schema(operation_id="redeem_invite", request=RedeemSerializer, responses=RedeemedSerializer)
    def post(self, request: Request) -> Response:
        """Use an invite with the account that one has."""
        told = self.read(RedeemSerializer)
        redeeming = actions.Redeeming(code=told["invite"], alias=told["alias"], avatar_key=told["avatar_key"])
        role = actions.redeem_invite(by=self.by, redeeming=redeeming, now=self.now)
        return Response(RedeemedSerializer({"role": role}).data)
