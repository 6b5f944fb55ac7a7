"""How much somebody has met since they last talked about it, within a shift; and when that is enough."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from backend.core.accounts.models import Role
from moderation.models import Case, Debrief, Declined, Exposure
from moderation.queries.people import moderators
from moderation.reasons import PRIORITIES, Priority, Reason

SHIFT = timedelta(hours=12)
MOST_GRAVE = 6  # of the most urgent kinds: lives, identities, minors, recruiting, threats
MOST = 25  # of all kinds


@dataclass(frozen=True, slots=True)
class Load:
    """What one role has met, by kind of harm. No figure of it leaves the page of the person, but that it is enough."""

    met: Counter[str]

    @property
    def grave(self) -> int:
        """Of the most urgent kinds."""
        return sum(count for reason, count in self.met.items() if PRIORITIES[Reason(reason)] == Priority.HIGH)

    @property
    def is_full(self) -> bool:
        """Whether somebody talks with them before they take more."""
        return self.grave >= MOST_GRAVE or self.met.total() >= MOST


def loads_of(*, roles: Iterable[UUID], at: datetime) -> dict[UUID, Load]:
    """Each role's load. Two queries, however many there are."""
    wanted = list(roles)
    talked = dict(Debrief.objects.filter(role__in=wanted).values_list("role").annotate(at=Max("talked_at")))
    found: dict[UUID, Counter[str]] = {role: Counter() for role in wanted}
    rows = Exposure.objects.filter(role__in=wanted, met_at__gt=at - SHIFT).values_list("role", "reason", "met_at")
    for role, reason, met_at in rows:
        if role not in talked or met_at > talked[role]:
            found[role][reason] += 1
    return {role: Load(met) for role, met in found.items()}


def load_of(*, role: Role, at: datetime) -> Load:
    """One role's load."""
    return loads_of(roles=[role.id], at=at)[role.id]


def declined_by(*, role: Role) -> set[str]:
    """The kinds of harm that somebody does not want to be given."""
    return set(Declined.objects.filter(role=role).values_list("reason", flat=True))


def resting(*, besides: Role, at: datetime) -> list[Role]:
    """Who moderates and has met enough: somebody talks with them. Not oneself."""
    people = list(moderators().exclude(account=besides.account_id).order_by("given_at", "id"))
    loads = loads_of(roles=[role.id for role in people], at=at)
    return [role for role in people if loads[role.id].is_full]


def has_room(*, roles: list[Role], case: Case, at: datetime) -> list[Role]:
    """Those who can be called for a case: not who has met enough, nor who does not want its kind."""
    ids = [role.id for role in roles]
    loads = loads_of(roles=ids, at=at)
    declined = set(Declined.objects.filter(role__in=ids, reason=case.reason).values_list("role", flat=True))
    return [role for role in roles if not loads[role.id].is_full and role.id not in declined]
