"""What the moderators' pages share: who may see them, on which clock."""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Sequence
from typing import Concatenate, ParamSpec
from uuid import UUID

from django.http import HttpResponse
from django.utils import timezone

from backend.core.accounts.models import Role
from backend.core.console.forms import ZONE
from backend.core.console.visits import View, Visit, page
from backend.core.errors import NotFound
from backend.core.staff.errors import ConfirmFirst
from moderation.actions.cases import keep_typed
from moderation.queries.people import MODERATING

P = ParamSpec("P")


def moderators(
    *, kinds: Sequence[str] = MODERATING, methods: Collection[str] = ("GET",), **more: bool
) -> Callable[[Callable[Concatenate[Visit, Role, P], HttpResponse]], View]:
    """A page for who moderates: gets the visit and the role in which they do. Nobody else finds it.

    `more`: as of `page`.
    """

    def wrap(fn: Callable[Concatenate[Visit, Role, P], HttpResponse]) -> View:
        @page(kinds=kinds, methods=methods, **more)
        @functools.wraps(fn)
        def view(visit: Visit, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            with timezone.override(ZONE):
                return fn(visit, _role(visit, kinds), *args, **kwargs)

        return view

    return wrap


def _role(visit: Visit, kinds: Sequence[str]) -> Role:
    """The first of `kinds` that they have: the same that `access.moderator` acts in."""
    for kind in kinds:
        for role in visit.roles:
            if role.kind == kind:
                return role
    raise NotFound


def need_recent(visit: Visit, case: UUID, *texts: str) -> None:
    """As the visit's own; what was typed meanwhile is kept as a note on the case, sealed as all notes are."""
    try:
        visit.need_recent()
    except ConfirmFirst:
        keep_typed(by=visit.by, case=case, text="\n\n".join(filter(None, texts)), now=visit.now)
        visit.tell("text_kept")
        raise
