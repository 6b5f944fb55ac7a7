"""The two people who answer for an organisation: its coordinator and a deputy."""

from __future__ import annotations

from datetime import datetime

from backend.core.accounts import access, errors
from backend.core.accounts.models import Account, Organisation, Role
from backend.core.audit import audit
from backend.core.db import write


@write
def name_coordinators(
    *, organisation: Organisation, coordinator: Role, deputy: Role, by: Account | None, now: datetime
) -> Organisation:
    """Say who coordinates an organisation and who stands in; the first time opens it. Again changes nothing.

    Raises `OrganisationClosed`, and `CoordinatorsUnfit` unless they are two people who coordinate it now.
    """
    there = access.organisations(ids=[organisation.id])[organisation.id]
    if there.closed_at is not None:
        raise errors.OrganisationClosed
    if (there.coordinator_id, there.deputy_id) == (coordinator.id, deputy.id):
        return there
    first, second = sorted((coordinator.id, deputy.id))
    _check([access.role_by_id(role=first, lock=True), access.role_by_id(role=second, lock=True)], there)
    there.coordinator_id, there.deputy_id = coordinator.id, deputy.id
    there.opened_at = there.opened_at or now
    there.save(update_fields=["coordinator", "deputy", "opened_at"])
    told = {"coordinator": str(coordinator.id), "deputy": str(deputy.id)}
    audit(action="organisation.coordinators_named", at=now, by=by.id if by else None, subject=there.id, data=told)
    return there


@write
def follow(*, organisation: Organisation, role: Role, instead: Role | None, by: Account | None, now: datetime) -> None:
    """Put `instead` in the place of a role that ends; the caller has locked the organisation and that role.

    Raises `CoordinatorNeeded` when nobody follows, `CoordinatorsUnfit`.
    """
    if instead is None:
        raise errors.CoordinatorNeeded
    places = (organisation.coordinator_id, organisation.deputy_id)
    coordinator, deputy = (instead if place == role.id else access.role_by_id(role=place) for place in places if place)
    name_coordinators(organisation=organisation, coordinator=coordinator, deputy=deputy, by=by, now=now)


def _check(roles: list[Role], organisation: Organisation) -> None:
    fit = all(
        role.kind == Role.Kind.COORDINATOR and role.ended_at is None and role.organisation_id == organisation.id
        for role in roles
    )
    if not fit or roles[0].account_id == roles[1].account_id:
        raise errors.CoordinatorsUnfit
