"""The view that every endpoint of the API is: input in, one action, output out."""

from __future__ import annotations

import functools
from datetime import datetime
from typing import Any, ClassVar, cast

from django.http import HttpResponse
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from backend.core import limits
from backend.core.accounts.models import Account, Session
from backend.core.errors import Invalid, NotFound
from backend.core.http import idempotency
from backend.core.http.body import JsonParser, JsonRenderer
from backend.core.http.problems import NotHere
from backend.core.http.serializers import StrictSerializer
from backend.core.limits import Limit, Rate

EVERY_VIEW = Limit(name="view", rate=Rate(count=1200, per_s=60, burst=400), fails="open", local=True)


class DomainView(APIView):
    """`self.by`, `self.session` and `self.now` come from here; `self.read()` gives the input.

    `repeatable`: its POST honours `Idempotency-Key`. It then runs inside one write together with keeping the reply: a
    view that reads only, has its own key (`client_id`) or waits for the message writer sets it to False.
    `shows_secret`: the reply holds a secret that is shown once, so it is never kept.
    `limit`: taken per account, or per coarse network by who is not signed in.
    `parameters`: the names that may stand in the query string.
    `while_suspended`: also for an account that a decision has suspended.
    """

    repeatable: ClassVar[bool] = True
    shows_secret: ClassVar[bool] = False
    limit: ClassVar[Limit] = EVERY_VIEW
    parameters: ClassVar[tuple[str, ...]] = ()
    while_suspended: ClassVar[bool] = False

    parser_classes = [JsonParser]
    renderer_classes = [JsonRenderer]
    request: Request
    post: Any  # stays undefined where there is none

    @property
    def is_signed_in(self) -> bool:
        """Whether the request came with a session."""
        return isinstance(self.request.user, Account)

    @property
    def by(self) -> Account:
        """Who asks; only where the permissions ask for a session."""
        return cast(Account, self.request.user)

    @property
    def session(self) -> Session:
        """The session that the request came with."""
        return cast(Session, self.request.auth)

    @functools.cached_property
    def now(self) -> datetime:
        """One time for the whole request, aware."""
        return timezone.now()

    def read(self, serializer_class: type[StrictSerializer], *, partial: bool = False) -> dict[str, Any]:
        """The body, checked. Raises a ValidationError, which the reply tells by pointers and codes."""
        serializer = serializer_class(data=self.request.data, partial=partial, context={"now": self.now})
        serializer.is_valid(raise_exception=True)
        return cast("dict[str, Any]", serializer.validated_data)

    def take_limits(self) -> None:
        """Before the handler. Override to take more; a limit that guards a secret is taken by its action."""
        key = self.by.id.bytes if self.is_signed_in else limits.coarse_network(self.request)
        if self.limit.local:
            limits.take_local(name=self.limit.name, key=key, rate=self.limit.rate, now=self.now)
        else:
            limits.take(name=self.limit.name, key=key, rate=self.limit.rate, now=self.now, fails=self.limit.fails)

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        _ = request.body  # here the size is limited
        known = self.parameters if request.method in ("GET", "HEAD", "OPTIONS", "DELETE") else ()
        if request.query_params.keys() - set(known):
            raise Invalid("parameter_unknown")
        # PostgreSQL has no text with a NUL in it.
        if any("\0" in value for _, values in request.query_params.lists() for value in values):
            raise Invalid("parameter_invalid")
        if any("\0" in part for part in kwargs.values() if isinstance(part, str)):
            raise NotFound
        if (
            request.method == "POST"
            and self.is_signed_in
            and self.repeatable
            and not self.shows_secret
            and hasattr(self, "post")
        ):
            self.post = functools.partial(self._run_once, self.post)

    def check_throttles(self, request: Request) -> None:
        self.take_limits()

    def options(self, request: Any, *args: Any, **kwargs: Any) -> Any:
        """What can be done here, and nothing else."""
        return HttpResponse(status=204)

    def http_method_not_allowed(self, request: Any, *args: Any, **kwargs: Any) -> Response:
        raise NotHere

    def _run_once(self, handler: Any, request: Request, *args: Any, **kwargs: Any) -> Response | HttpResponse:
        run = functools.partial(handler, request, *args, **kwargs)
        return idempotency.run_once(request=request, account=self.by.id, now=self.now, run=run)
