"""Handovers: asked, answered by all three, and confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.serializers import StrictSerializer, Text, Uuid
from backend.core.http.views import EVERY_VIEW, DomainView
from backend.core.limits import Limit, Rate
from backend.core.streams import store
from peers.contacts import access, queries, shown
from peers.contacts.actions import handovers as actions
from peers.contacts.api import shapes
from peers.contacts.models import Handover

HANDOVERS_ASKED = Limit(name="handovers asked", rate=Rate(count=60, per_s=86_400, burst=20), fails="open")


class HandoverNewSerializer(StrictSerializer):
    """Whom (their membership in the direct talk), to which peer expert, and a note that only the member reads."""

    member = Uuid()
    to = Uuid()
    note = Text(max_length=actions.MAX_NOTE, multiline=True, required=False, allow_null=True, default=None)


class ConsentSerializer(StrictSerializer):
    """What goes on to who receives, as the member wrote or approved it; left out, nothing does."""

    note = Text(max_length=actions.MAX_NOTE, multiline=True, required=False, allow_null=True, default=None)


class HandoversView(DomainView):
    """`GET/POST /handovers`"""

    parameters = pages.PARAMETERS

    @property
    def limit(self) -> Limit:  # type: ignore[override]
        return HANDOVERS_ASKED if self.request.method == "POST" else EVERY_VIEW

    @extend_schema(operation_id="list_handovers", responses=shapes.HandoversSerializer)
    def get(self, request: Request) -> Response:
        """The handovers that the caller takes part in, the newest first."""
        head = store.heads_of([self.by.inbox])[self.by.inbox]
        found = queries.handovers_of(account=self.by)
        return Response({"seq": head, **pages.page(found, ("-asked_at", "id"), request, self._tell)})

    @extend_schema(
        operation_id="ask_handover", request=HandoverNewSerializer, responses={201: shapes.HandoverSerializer}
    )
    def post(self, request: Request) -> Response:
        """Ask to give somebody, whom one is beside, into another peer expert's care. Asking is the first yes."""
        there = actions.ask_handover(by=self.by, **self.read(HandoverNewSerializer), now=self.now)
        return Response(self._tell(there), status=201)

    def _tell(self, there: Handover) -> dict[str, Any]:
        return tell(there, self)


class HandoverView(DomainView):
    """`GET /handovers/{id}`"""

    @extend_schema(operation_id="read_handover", responses=shapes.HandoverSerializer)
    def get(self, request: Request, handover: UUID) -> Response:
        """One handover, as the caller's side may see it."""
        return Response(tell(access.handover(by=self.by, handover=handover), self))


class AnswerView(DomainView):
    """What one side says to a handover."""

    act: ClassVar[Callable[..., Handover]]

    def answer(self, handover: UUID, **given: Any) -> Response:
        there = type(self).act(by=self.by, handover=handover, now=self.now, **given)
        return Response(tell(there, self))


class AcceptView(AnswerView):
    """`POST /handovers/{id}/accept`"""

    act = actions.accept_handover

    @extend_schema(operation_id="accept_handover", request=None, responses=shapes.HandoverSerializer)
    def post(self, request: Request, handover: UUID) -> Response:
        """The yes of who receives."""
        self.read(StrictSerializer)
        return self.answer(handover)


class DeclineView(AnswerView):
    """`POST /handovers/{id}/decline`"""

    act = actions.decline_handover

    @extend_schema(operation_id="decline_handover", request=None, responses=shapes.HandoverSerializer)
    def post(self, request: Request, handover: UUID) -> Response:
        """The no of who receives."""
        self.read(StrictSerializer)
        return self.answer(handover)


class ConsentView(AnswerView):
    """`POST /handovers/{id}/consent`"""

    act = actions.consent_handover

    @extend_schema(operation_id="consent_handover", request=ConsentSerializer, responses=shapes.HandoverSerializer)
    def post(self, request: Request, handover: UUID) -> Response:
        """The member's yes to being introduced."""
        return self.answer(handover, note=self.read(ConsentSerializer)["note"])


class RefuseView(AnswerView):
    """`POST /handovers/{id}/refuse`"""

    act = actions.refuse_handover

    @extend_schema(operation_id="refuse_handover", request=None, responses=shapes.HandoverSerializer)
    def post(self, request: Request, handover: UUID) -> Response:
        """The member's no."""
        self.read(StrictSerializer)
        return self.answer(handover)


class WithdrawView(AnswerView):
    """`POST /handovers/{id}/withdraw`"""

    act = actions.withdraw_handover

    @extend_schema(operation_id="withdraw_handover", request=None, responses=shapes.HandoverSerializer)
    def post(self, request: Request, handover: UUID) -> Response:
        """Who gives takes it back, and stays."""
        self.read(StrictSerializer)
        return self.answer(handover)


class ConfirmView(AnswerView):
    """`POST /handovers/{id}/confirm`"""

    act = actions.confirm_handover

    @extend_schema(operation_id="confirm_handover", request=None, responses=shapes.HandoverSerializer)
    def post(self, request: Request, handover: UUID) -> Response:
        """The member, introduced, takes the new contact person."""
        self.read(StrictSerializer)
        return self.answer(handover)


class RedirectView(AnswerView):
    """`POST /handovers/{id}/redirect`"""

    act = actions.redirect_handover

    @extend_schema(operation_id="redirect_handover", request=None, responses=shapes.HandoverSerializer)
    def post(self, request: Request, handover: UUID) -> Response:
        """The member, introduced, wishes for somebody else."""
        self.read(StrictSerializer)
        return self.answer(handover)


def tell(there: Handover, view: DomainView) -> dict[str, Any]:
    """A handover as the caller's side may see it."""
    (side,) = access.sides_of(there, view.by)
    return shown.handover_shown(there, by=view.by, note=actions.note_for(there, side=side))
