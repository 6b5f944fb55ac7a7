"""Who is beside one, and whom one is beside."""

from __future__ import annotations

from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.http import pages
from backend.core.http.serializers import Choice, Flag, StrictSerializer
from backend.core.http.views import EVERY_VIEW, DomainView
from backend.core.limits import Limit, Rate
from backend.core.streams import store
from messaging.api.groups import DONE
from peers.contacts import queries, shown
from peers.contacts.actions import contacts as actions
from peers.contacts.actions.stepping_back import step_back
from peers.contacts.api import shapes
from peers.contacts.models import Contact

CHANGES = Limit(name="contacts changed", rate=Rate(count=20, per_s=86_400, burst=10), fails="open")


class ChangeSerializer(StrictSerializer):
    """Why; may be left out. Never shown to whom it is about."""

    reason_code = Choice(actions.REASONS, required=False, allow_null=True, default=None)


class StepBackSerializer(StrictSerializer):
    """Whether to stop being a peer expert altogether; left out: one stays one, with nobody to be there for."""

    leave_role = Flag(required=False, default=False)


class OwnContactView(DomainView):
    """`GET/DELETE /me/contact`"""

    @extend_schema(operation_id="read_own_contact", responses=shapes.OwnContactSerializer)
    def get(self, request: Request) -> Response:
        """The own contact person and backup, and when each can next read."""
        return self._tell()

    @extend_schema(operation_id="end_contact", request=None, responses=DONE)
    def delete(self, request: Request) -> HttpResponse:
        """Wish for nobody beside one. Contact person and backup end; a new match begins anew."""
        actions.end_contact(by=self.by, now=self.now)
        return HttpResponse(status=204)

    def _tell(self, status: int = 200) -> Response:
        head = store.heads_of([self.by.inbox])[self.by.inbox]  # first: what changes later comes as an event
        return Response({"seq": head, **shown.own_contact_shown(by=self.by, at=self.now)}, status=status)


class BackupView(DomainView):
    """`DELETE /me/contact/backup`"""

    @extend_schema(operation_id="end_backup", request=None, responses=DONE)
    def delete(self, request: Request) -> HttpResponse:
        """Wish for no backup."""
        actions.end_backup(by=self.by, now=self.now)
        return HttpResponse(status=204)


class ChangesView(OwnContactView):
    """`POST/DELETE /me/contact/change-requests`"""

    http_method_names = ["post", "delete", "options"]

    @property
    def limit(self) -> Limit:  # type: ignore[override]
        return CHANGES if self.request.method == "POST" else EVERY_VIEW

    @extend_schema(
        operation_id="change_contact", request=ChangeSerializer, responses={201: shapes.OwnContactSerializer}
    )
    def post(self, request: Request) -> Response:
        """Wish for another contact person: somebody steps in at once. The other side sees only a change."""
        actions.change_contact(by=self.by, reason_code=self.read(ChangeSerializer)["reason_code"], now=self.now)
        return self._tell(201)

    @extend_schema(operation_id="withdraw_change", request=None, responses=DONE)
    def delete(self, request: Request) -> HttpResponse:
        """Stay with who has stepped in."""
        actions.withdraw_change(by=self.by, now=self.now)
        return HttpResponse(status=204)


class PauseView(OwnContactView):
    """`POST /me/contact/pause`"""

    http_method_names = ["post", "options"]

    @extend_schema(operation_id="pause_contact", request=None, responses=shapes.OwnContactSerializer)
    def post(self, request: Request) -> Response:
        """Wish to be left alone for a while. Nothing is lost."""
        self.read(StrictSerializer)
        actions.pause_contact(by=self.by, now=self.now)
        return self._tell()


class ResumeView(OwnContactView):
    """`POST /me/contact/resume`"""

    http_method_names = ["post", "options"]

    @extend_schema(operation_id="resume_contact", request=None, responses=shapes.OwnContactSerializer)
    def post(self, request: Request) -> Response:
        """Go on as it was."""
        self.read(StrictSerializer)
        actions.resume_contact(by=self.by, now=self.now)
        return self._tell()


class HeldView(DomainView):
    """`GET /contact/members`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_members_beside", responses=shapes.HeldPageSerializer)
    def get(self, request: Request) -> Response:
        """The members whom the caller is beside, each as they are in their talk with the caller."""
        head = store.heads_of([self.by.inbox])[self.by.inbox]
        found = queries.contacts_held(by=self.by)
        return Response({"seq": head, **pages.page_of_many(found, ("begun_at", "id"), request, self._tell)})

    def _tell(self, found: list[Contact]) -> list[object]:
        return [*shown.members_shown(found, by=self.by)]


class StepBackView(DomainView):
    """`POST /me/expert/step-back`"""

    @extend_schema(operation_id="step_back", request=StepBackSerializer, responses=DONE)
    def post(self, request: Request) -> HttpResponse:
        """Stop at once: for each member somebody steps in, in the same moment. Never refused."""
        step_back(by=self.by, leave_role=self.read(StepBackSerializer)["leave_role"], now=self.now)
        return HttpResponse(status=204)
