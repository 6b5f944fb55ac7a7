"""Whom a case calls: who is on duty and can take it, who stands in, other organisations. Never who is tied to it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q, QuerySet

from backend.core.accounts import queries as accounts
from backend.core.accounts.models import Duty, Role
from moderation.models import Case, Decision
from moderation.queries.load import has_room, loads_of
from moderation.queries.people import MODERATING, acting_first, are_of_one_house, is_tied, moderators


def called(*, case: Case, step: str, at: datetime) -> tuple[str, list[Role]]:
    """Who is called at a step, each account once; where that is nobody, at the next one that calls somebody.

    Only who moderates is on duty for cases. A case's own organisations are those that speak its language; if none on
    duty does, all are. A case belongs to no organisation, so a partner is any other active one: who is on duty there,
    and where nobody is, who moderates anywhere and who answers for an organisation.
    """
    on_duty = list(accounts.on_duty(at=at, kinds=MODERATING))
    own = [duty for duty in on_duty if case.language in duty.organisation.languages] or on_duty
    others = [duty for duty in on_duty if duty not in own]
    steps = {
        "duty": lambda: _able((duty.role for duty in own), case),
        "reserves": lambda: _able(_reserves(own), case),
        "partners": lambda: _able(_all_of(others), case) or _able(_everybody(), case),
        "overdue": lambda: _able([*_all_of(on_duty), *_everybody()], case),
    }
    for key in list(steps)[list(steps).index(step) :]:
        people = has_room(roles=steps[key](), case=case, at=at)
        if people:
            return key, people
    return "overdue", steps["overdue"]()  # however much they have met: there is nobody else


def seconds_for(*, made: Decision) -> list[Role]:
    """Who may be the second of two: not who has proposed it; as long as others come first, those."""
    found = _others_than(made, moderators().filter(kind=Role.Kind.SECOND_APPROVER))
    return others_first(made=made, people=found) if made.others_until is not None else found


def reviewers_for(*, made: Decision) -> list[Role]:
    """Who may look again at what was done at once."""
    return _others_than(made, moderators())


def others_first(*, made: Decision, people: list[Role]) -> list[Role]:
    """Those of them who are of another organisation than who decided."""
    if made.by is None:
        return people
    by = made.by.account_id
    return [role for role in people if not are_of_one_house(one=role.account_id, other=by)]


def _others_than(made: Decision, rows: QuerySet[Role]) -> list[Role]:
    by = made.by.account_id if made.by is not None else None
    return _able(rows.exclude(account=by).select_related("account").order_by("id"), made.case)


def is_watched(at: datetime) -> bool:
    """Whether somebody who is on duty or stands in can take a case now: not locked, and not past their load."""
    people = _all_of(list(accounts.on_duty(at=at, kinds=MODERATING)))
    loads = loads_of(roles=[role.id for role in people], at=at)
    return any(_may_act(role) and not loads[role.id].is_full for role in people)


def _able(roles: Iterable[Role], case: Case) -> list[Role]:
    found: dict[object, Role] = {}
    for role in roles:
        if _may_act(role) and not is_tied(role=role, case=case):
            found.setdefault(role.account_id, role)
    return list(found.values())


def _may_act(role: Role) -> bool:
    return role.ended_at is None and not role.account.is_locked


def _reserves(duties: Iterable[Duty]) -> list[Role]:
    return [duty.reserve for duty in duties if duty.reserve is not None]


def _all_of(duties: list[Duty]) -> list[Role]:
    return [*(duty.role for duty in duties), *_reserves(duties)]


def _everybody() -> list[Role]:
    """Who moderates, and who answers for an active organisation."""
    active = Q(organisation__opened_at__isnull=False, organisation__closed_at=None)
    seats = Role.objects.filter(active, kind=Role.Kind.COORDINATOR, ended_at=None).select_related("account")
    people = moderators().select_related("account").order_by(acting_first(MODERATING), "id")
    return [*people, *seats.order_by("id")]
