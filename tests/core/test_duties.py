"""The roster: who is on duty, who takes over when a role ends, and what an organisation says of itself."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest

from backend.core.accounts import errors, queries
from backend.core.accounts.actions.duties import KEPT, add_duty, drop_duty, forget_duties
from backend.core.accounts.actions.organisations import change_organisation
from backend.core.accounts.actions.roles import end_role, give_role
from backend.core.accounts.models import Duty, Role
from backend.core.errors import NotFound
from backend.core.models import AuditEntry
from tests.cast import Cast, new_coordinator, new_person, utc_now

pytestmark = pytest.mark.django_db
HOUR = timedelta(hours=1)


def duty(cast: Cast, role: Role, *, reserve: UUID | None = None, begins: datetime, hours: int = 8) -> Duty:
    """Olga puts somebody on duty."""
    ends = begins + hours * HOUR
    return add_duty(by=cast.olga.account, role=role.id, reserve=reserve, begins_at=begins, ends_at=ends, now=utc_now())


def test_who_is_on_duty(cast: Cast) -> None:
    now = utc_now()
    there = duty(cast, cast.coordinator, reserve=cast.deputy.id, begins=now - HOUR)
    duty(cast, cast.deputy, begins=now + 7 * HOUR)
    assert list(queries.on_duty(at=now)) == [there]
    assert queries.on_duty(at=now + 8 * HOUR).get().role == cast.deputy
    assert not queries.on_duty(at=now - 2 * HOUR).exists()
    assert list(AuditEntry.objects.values_list("action", flat=True)).count("duty.added") == 2


def test_a_moderator_of_the_organisation_is_on_duty_too(cast: Cast) -> None:
    person = new_person()
    role = give_role(account=person.account, kind="moderator", organisation=cast.organisation, by=None, now=utc_now())
    assert duty(cast, role, begins=utc_now()).role == role


def test_who_moderates_and_who_coordinates_are_on_duty_side_by_side(cast: Cast) -> None:
    now = utc_now()
    one, other = (
        give_role(account=new_person().account, kind="moderator", organisation=cast.organisation, by=None, now=now)
        for _ in range(2)
    )
    beside = duty(cast, cast.coordinator, reserve=cast.deputy.id, begins=now)
    called = duty(cast, one, reserve=other.id, begins=now)
    assert set(queries.on_duty(at=now)) == {beside, called}
    assert list(queries.on_duty(at=now, kinds=("moderator",))) == [called]
    with pytest.raises(errors.DutyTaken):
        duty(cast, other, begins=now + 2 * HOUR)
    for role, reserve in ((one, cast.coordinator), (cast.coordinator, one)):  # nobody stands in who cannot do it
        with pytest.raises(errors.DutyUnfit):
            duty(cast, role, reserve=reserve.id, begins=now + 20 * HOUR)


@pytest.mark.parametrize(("begins", "hours"), [(0, 0), (2, -1), (-9, 8), (0, 24 * 15), (24 * 366, 8)])
def test_times_that_cannot_be(cast: Cast, begins: int, hours: int) -> None:
    with pytest.raises(errors.DutyTimeUnfit):
        duty(cast, cast.coordinator, begins=utc_now() + begins * HOUR, hours=hours)


def test_people_who_cannot_be(cast: Cast) -> None:
    now = utc_now()
    strange = give_role(account=new_person().account, kind="moderator", by=None, now=now)
    for role, reserve in ((cast.peer, None), (strange, None), (cast.coordinator, cast.coordinator.id)):
        with pytest.raises(errors.DutyUnfit):
            duty(cast, role, reserve=reserve, begins=now)
    with pytest.raises(NotFound):
        add_duty(
            by=cast.ana.account, role=cast.coordinator.id, reserve=None, begins_at=now, ends_at=now + HOUR, now=now
        )


def test_two_duties_do_not_overlap_and_may_touch(cast: Cast) -> None:
    now = utc_now()
    duty(cast, cast.coordinator, begins=now)
    with pytest.raises(errors.DutyTaken):
        duty(cast, cast.deputy, begins=now + 7 * HOUR)
    duty(cast, cast.deputy, begins=now + 8 * HOUR)


def test_the_reserve_takes_over_when_a_role_ends(cast: Cast) -> None:
    now, third = utc_now(), new_person()
    role = new_coordinator(third, organisation=cast.organisation, alias="Tess")
    taken = duty(cast, role, reserve=cast.deputy.id, begins=now)
    lost = duty(cast, role, begins=now + 9 * HOUR)
    kept = duty(cast, cast.coordinator, reserve=role.id, begins=now + 18 * HOUR)
    end_role(account=third.account, kind="coordinator", by=None, now=now)
    taken.refresh_from_db()
    kept.refresh_from_db()
    assert (taken.role, taken.reserve) == (cast.deputy, None)
    assert (kept.role, kept.reserve) == (cast.coordinator, None)
    assert not Duty.objects.filter(id=lost.id).exists()


def test_taken_off_and_forgotten(cast: Cast) -> None:
    there = duty(cast, cast.coordinator, begins=utc_now())
    with pytest.raises(NotFound):
        drop_duty(by=cast.ana.account, duty=there.id, now=utc_now())
    drop_duty(by=cast.olga.account, duty=there.id, now=utc_now())
    old = duty(cast, cast.coordinator, begins=utc_now())
    assert forget_duties(old.ends_at + KEPT) == 0
    assert forget_duties(old.ends_at + KEPT + HOUR) == 1


def test_an_organisation_says_where_and_with_what(cast: Cast) -> None:
    given = {"regions": ["utrecht"], "languages": ["nl", "ro"], "kinds": ["talk", "papers"]}
    for _ in range(2):  # again changes nothing
        there = change_organisation(by=cast.rosa.account, **given, now=utc_now())
    assert (there.languages, there.kinds) == (["nl", "ro"], ["talk", "papers"])
    assert AuditEntry.objects.filter(action="organisation.changed").count() == 1
    for field, wrong in (("regions", errors.RegionUnknown), ("languages", errors.LocaleUnknown)):
        with pytest.raises(wrong):
            change_organisation(by=cast.rosa.account, **(given | {field: ["atlantis"]}), now=utc_now())
    with pytest.raises(NotFound):
        change_organisation(by=cast.ben.account, **given, now=utc_now())
