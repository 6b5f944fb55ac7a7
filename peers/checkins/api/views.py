"""The member's plan, check-ins, shares and wishes for contact."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.utils import translation
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from backend.core.errors import Invalid
from backend.core.http import pages
from backend.core.http.etag import check_if_match, tagged
from backend.core.http.schema import IF_MATCH, page_of
from backend.core.http.serializers import StrictSerializer
from backend.core.http.views import DomainView
from backend.core.limits import Limit, Rate
from backend.core.sealing import vault
from peers.checkins import access, picture, queries
from peers.checkins.actions import answers, plans, safety, sharing
from peers.checkins.api import plan_shapes as plan_told
from peers.checkins.api import serializers as told
from peers.checkins.models import Checkin, Plan
from peers.checkins.models.checkin import STATES
from peers.checkins.questions import SETS, VERSION

DRAWN = Limit(name="picture drawn", rate=Rate(count=60, per_s=3600, burst=20), fails="open")
OPENED = sorted(STATES.all - {"planned"})


class PlanView(DomainView):
    """`GET/PUT/DELETE /me/checkin-plan`"""

    @extend_schema(operation_id="read_checkin_plan", responses=plan_told.PlanSerializer)
    def get(self, request: Request) -> Response:
        """The own plan, with its `ETag`, and when one is asked next."""
        return self._tell(queries.plan_of(account=self.by))

    @extend_schema(
        operation_id="set_checkin_plan",
        parameters=[IF_MATCH],
        request=plan_told.PlanNewSerializer,
        responses=plan_told.PlanSerializer,
    )
    def put(self, request: Request) -> Response:
        """Begin or change it. A pause loses nothing."""
        wishes = plan_told.wishes_of(self.read(plan_told.PlanNewSerializer))
        check = partial(check_if_match, request)
        return self._tell(plans.set_plan(by=self.by, wishes=wishes, check=check, now=self.now))

    @extend_schema(operation_id="stop_checkin_plan", request=None, responses={204: None})
    def delete(self, request: Request) -> HttpResponse:
        """Stop being asked. Only oneself can do this."""
        plans.stop_plan(by=self.by, now=self.now)
        return HttpResponse(status=204)

    def _tell(self, plan: Plan | None) -> Response:
        return tell_plan(self, plan)


def tell_plan(view: DomainView, plan: Plan | None) -> Response:
    """The plan with the words of its way back, for its member."""
    words = None
    if plan is not None and plan.way_back_words is not None:
        sealed = [(bytes(plan.way_back_words), plan.way_back_aad)]
        words = vault.open_own(account=view.by.id, sealed=sealed, now=view.now)[0].decode()
    shown = plan_told.plan_shown(plan, words=words, next_at=queries.next_at(account=view.by))
    return tagged(shown, version=plan.version if plan else 0)


class ChangingView(DomainView):
    """`POST /me/checkin-plan/changing`"""

    @extend_schema(operation_id="begin_checkins_anew", request=StrictSerializer, responses=plan_told.PlanSerializer)
    def post(self, request: Request) -> Response:
        """Something is changing: be asked more often again for a while."""
        self.read(StrictSerializer)
        return tell_plan(self, plans.begin_anew(by=self.by, now=self.now))


class CheckinsView(DomainView):
    """`GET /checkins`"""

    parameters = ("state", *pages.PARAMETERS)

    @extend_schema(
        operation_id="list_checkins",
        parameters=[OpenApiParameter("state", {"type": "string", "enum": OPENED})],
        responses=page_of(told.CheckinSerializer),
    )
    def get(self, request: Request) -> Response:
        """The own check-ins that have opened, the newest first."""
        found = queries.checkins_of(account=self.by)
        if (state := request.query_params.get("state")) is not None:
            if state not in OPENED:
                raise Invalid("parameter_invalid")
            found = found.filter(state=state)

        def render(checkins: list[Checkin]) -> list[Any]:
            said = queries.read_answers(checkins, by=self.by, now=self.now)
            return [told.checkin_shown(one, said.get(one.id)) for one in checkins]

        return Response(pages.page_of_many(found, ("-opened_at", "-id"), request, render))


class CheckinView(DomainView):
    """`GET /checkins/{checkin}`"""

    @extend_schema(operation_id="read_checkin", responses=told.CheckinWholeSerializer)
    def get(self, request: Request, checkin: UUID) -> Response:
        """One of the own."""
        there = access.checkin(by=self.by, checkin=checkin)
        said = answers.read_answer(there, by=self.by, now=self.now)
        return Response(told.whole_checkin_shown(there, said, at=self.now))


class AnswerView(DomainView):
    """`POST /checkins/{checkin}/answer`"""

    @extend_schema(operation_id="answer_checkin", request=told.AnswerNewSerializer, responses=told.AnsweredSerializer)
    def post(self, request: Request, checkin: UUID) -> Response:
        """Answer. Nobody else sees it, whatever it says."""
        given = {"wish": "no", "note": "", **self.read(told.AnswerNewSerializer)}
        done = answers.answer_checkin(by=self.by, checkin=checkin, **given, now=self.now)
        said = answers.read_answer(done.checkin, by=self.by, now=self.now)
        return Response(told.answered_shown(done, said, at=self.now))


class SnoozeView(DomainView):
    """`POST /checkins/{checkin}/snooze`"""

    @extend_schema(operation_id="snooze_checkin", request=told.SnoozeSerializer, responses=told.CheckinSerializer)
    def post(self, request: Request, checkin: UUID) -> Response:
        """Put it off."""
        there = answers.snooze_checkin(by=self.by, checkin=checkin, **self.read(told.SnoozeSerializer), now=self.now)
        return Response(told.checkin_shown(there, None))


class SharesView(DomainView):
    """`POST /checkins/{answered}/shares`"""

    @extend_schema(
        operation_id="share_answer", request=told.ShareNewSerializer, responses={201: told.OwnShareSerializer}
    )
    def post(self, request: Request, answered: UUID) -> Response:
        """Show one answer to somebody beside one."""
        return share(self, answered, self.read(told.ShareNewSerializer))


class SafetySharesView(DomainView):
    """`POST /me/safety-plan/shares`"""

    @extend_schema(
        operation_id="share_safety_plan", request=told.SafetyShareSerializer, responses={201: told.OwnShareSerializer}
    )
    def post(self, request: Request) -> Response:
        """Show the safety plan to somebody beside one."""
        return share(self, None, {"answer": sharing.SAFETY_PLAN, **self.read(told.SafetyShareSerializer)})


def share(view: DomainView, checkin: UUID | None, given: dict[str, Any]) -> Response:
    """Share it; how long in seconds."""
    expires_in = timedelta(seconds=given.get("expires_in") or sharing.USUAL.total_seconds())
    made = sharing.share_answer(
        by=view.by, checkin=checkin, item=given["answer"], to=given["with"], expires_in=expires_in, now=view.now
    )
    return Response(told.OwnShareSerializer(made).data, status=201)


class OwnSharesView(DomainView):
    """`GET /me/shares`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_own_shares", responses=page_of(told.OwnShareSerializer))
    def get(self, request: Request) -> Response:
        """What one has shared, the newest first."""
        found = queries.shares_of(account=self.by)
        return Response(
            pages.page(found, ("-shared_at", "-id"), request, lambda one: told.OwnShareSerializer(one).data)
        )


class ShareView(DomainView):
    """`GET/DELETE /shares/{share}`"""

    @extend_schema(operation_id="read_share", responses=told.SharedReadSerializer)
    def get(self, request: Request, share: UUID) -> Response:
        """What was shared with one; the member sees each look."""
        return Response(told.shared_read(*sharing.read_share(by=self.by, share=share, now=self.now)))

    @extend_schema(operation_id="revoke_share", request=None, responses={204: None})
    def delete(self, request: Request, share: UUID) -> HttpResponse:
        """Take it back: nobody reads it from now on."""
        sharing.revoke_share(by=self.by, share=share, now=self.now)
        return HttpResponse(status=204)


class SharedView(DomainView):
    """`GET /contact/shares`"""

    parameters = pages.PARAMETERS

    @extend_schema(operation_id="list_shared", responses=page_of(told.SharedSerializer))
    def get(self, request: Request) -> Response:
        """What is shared with one now, the newest first."""

        def render(found: list[Any]) -> list[Any]:
            talks = queries.talks_of(found)
            for one in found:
                one.conversation = talks[one.id]
            return [told.SharedSerializer(one).data for one in found]

        found = access.readable_shares(by=self.by, at=self.now)
        return Response(pages.page_of_many(found, ("-shared_at", "-id"), request, render))


class SafetyPlanView(DomainView):
    """`GET/PUT /me/safety-plan`"""

    @extend_schema(operation_id="read_safety_plan", responses=told.SafetyPlanSerializer)
    def get(self, request: Request) -> Response:
        """The own safety plan."""
        return self._tell()

    @extend_schema(
        operation_id="set_safety_plan",
        parameters=[IF_MATCH],
        request=told.SafetyNewSerializer,
        responses=told.SafetyPlanSerializer,
    )
    def put(self, request: Request) -> Response:
        """Write it, whole."""
        texts = self.read(told.SafetyNewSerializer)
        safety.set_safety_plan(by=self.by, texts=texts, check=partial(check_if_match, request), now=self.now)
        return self._tell()

    def _tell(self) -> Response:
        version, texts = safety.read_safety_plan(by=self.by, now=self.now)
        reminder = _("Naast does not know where you are and cannot send anybody. In danger, call a number yourself.")
        return tagged({**texts, "reminder": reminder}, version=version)


class YearsView(DomainView):
    """`GET /me/years`"""

    limit = DRAWN

    @extend_schema(operation_id="read_years", responses=told.YearsSerializer)
    def get(self, request: Request) -> Response:
        """Every own answer of all years with own goals and words, and the same in words."""
        years = queries.years_of(by=self.by, now=self.now)
        words = picture.tell(years, rows=queries.rows_shown(), steps=steps_shown())
        return Response(told.YearsSerializer({"marks": years.marks, "own": years.own, "words": words}).data)


class PictureView(DomainView):
    """`GET /me/years.svg`"""

    limit = DRAWN

    @extend_schema(operation_id="draw_years", responses={(200, "image/svg+xml"): OpenApiTypes.STR})
    def get(self, request: Request) -> HttpResponse:
        """The same as a picture that reads without colour."""
        drawn = picture.draw(
            queries.years_of(by=self.by, now=self.now),
            rows=queries.rows_shown(),
            steps=steps_shown(),
            title=_("Your years"),
            nothing=_("There are no answers yet."),
            language=translation.get_language() or "en",
        )
        return HttpResponse(drawn, content_type="image/svg+xml")


def steps_shown() -> dict[str, str]:
    """The steps in the language that is asked for now."""
    return {key: str(text) for key, text in SETS[VERSION].steps.items()}
