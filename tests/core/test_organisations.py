"""Organisations: made, opened by two people, never without them, closed with somebody who takes over."""

from __future__ import annotations

from datetime import datetime
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, connection, transaction

from backend.core.accounts import errors, queries, standing
from backend.core.accounts.actions.closing import close_organisation
from backend.core.accounts.actions.coordinators import name_coordinators
from backend.core.accounts.actions.organisations import create_organisation, ensure_organisation
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Organisation, Role
from backend.core.errors import Conflict
from backend.core.models import AuditEntry
from backend.core.text import TextRefused
from tests.asking import inbox_of, together
from tests.cast import Cast, Person, new_coordinator, new_organisation, new_peer, new_person, utc_now

pytestmark = pytest.mark.django_db


def name(cast: Cast, coordinator: Role, deputy: Role) -> Organisation:
    there = cast.organisation
    return name_coordinators(organisation=there, coordinator=coordinator, deputy=deputy, by=None, now=utc_now())


def end(person: Person, *, instead: Role | None = None) -> Role:
    return end_role(account=person.account, kind="coordinator", instead=instead, by=None, now=utc_now())


def close(organisation: Organisation, *, successor: Organisation | None) -> Organisation:
    return close_organisation(organisation=organisation, successor=successor, by=None, now=utc_now())


def other_house(title: str = "Ander huis") -> tuple[Organisation, Person]:
    coordinator = new_person()
    return new_organisation(coordinator, new_person(), name=title)[0], coordinator


def is_refused(change: str = "SELECT 1", *given: UUID, pause_s: float = 0) -> bool:
    """Whether the database refuses a change that no action has looked at."""
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(change, given)
            cursor.execute("SELECT pg_sleep(%s)", [pause_s])
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    except IntegrityError:
        return True
    return False


def test_operator_creates_an_organisation() -> None:
    out = StringIO()
    told = ("Thuis", "--region", "utrecht", "--language", "ro", "--kind", "money", "--kind", "housing")
    call_command("create_organisation", *told, stdout=out)
    there = Organisation.objects.get(name="Thuis")
    assert str(there.id) in out.getvalue()
    assert [region.key for region in there.regions.all()] == ["utrecht"]
    assert (there.languages, there.kinds, there.is_active) == (["ro"], ["money", "housing"], False)
    with pytest.raises(CommandError, match="Refused: organisation_exists"):
        call_command("create_organisation", "Thuis")


def test_an_organisation_needs_what_there_is() -> None:
    with pytest.raises(errors.RegionUnknown):
        create_organisation(name="A", regions=["atlantis"], now=utc_now())
    with pytest.raises(errors.LocaleUnknown):
        create_organisation(name="A", languages=["xx"], now=utc_now())
    with pytest.raises(errors.SupportUnknown):
        create_organisation(name="A", kinds=["magic"], now=utc_now())
    with pytest.raises(TextRefused):
        create_organisation(name="\n", now=utc_now())
    assert not Organisation.objects.exists()


def test_seeds_may_run_again() -> None:
    first = ensure_organisation(name="Thuis", regions=["utrecht", "utrecht"], now=utc_now())
    assert ensure_organisation(name=" Thuis ", regions=["utrecht"], now=utc_now()) == first


def test_operator_opens_and_closes_one(cast: Cast) -> None:
    out = StringIO()
    call_command("create_organisation", "Thuis", stdout=out)
    thuis = Organisation.objects.get(name="Thuis")
    roles = [str(new_coordinator(new_person(), organisation=thuis, alias=alias).id) for alias in ("Jo", "Kim")]
    with pytest.raises(CommandError, match="Refused: coordinators_unfit"):
        call_command("name_coordinators", "Thuis", roles[0], roles[0])
    with pytest.raises(CommandError, match="Refused: not_found"):
        call_command("name_coordinators", "Thuis", roles[0], str(uuid4()))
    with pytest.raises(CommandError, match="no such organisation"):
        call_command("name_coordinators", "Nowhere", *roles)
    call_command("name_coordinators", "Thuis", *roles, stdout=out)
    thuis.refresh_from_db()
    assert thuis.is_active
    with pytest.raises(CommandError, match="Refused: successor_needed"):
        call_command("close_organisation", "Thuis")
    call_command("close_organisation", "Thuis", "--successor", "Voorbeeldhuis", stdout=out)
    assert Organisation.objects.get(name="Thuis").closed_at is not None
    third = new_coordinator(new_person(), organisation=cast.organisation, alias="Third")
    with pytest.raises(CommandError, match="Refused: coordinator_needed"):
        call_command("end_role", str(cast.olga.account.id), "coordinator")
    call_command("end_role", str(cast.olga.account.id), "coordinator", "--instead", str(third.id), stdout=out)


def test_naming_opens_and_is_in_the_audit(cast: Cast) -> None:
    there = cast.organisation
    assert there.is_active
    entry = AuditEntry.objects.get(action="organisation.coordinators_named")
    assert entry.subject == there.id
    assert entry.data == {"coordinator": str(cast.coordinator.id), "deputy": str(cast.deputy.id)}
    opened_at = there.opened_at
    name(cast, cast.coordinator, cast.deputy)  # again changes nothing
    assert AuditEntry.objects.filter(action="organisation.coordinators_named").count() == 1
    assert name(cast, cast.deputy, cast.coordinator).opened_at == opened_at


def test_it_takes_two_people_who_coordinate_it_now(cast: Cast) -> None:
    elsewhere = Role.objects.get(account=other_house()[1].account)
    spare = new_person()
    ended = new_coordinator(spare, organisation=cast.organisation, alias="Spare")
    end(spare)
    for unfit in (cast.coordinator, cast.peer, elsewhere, ended):
        with pytest.raises(errors.CoordinatorsUnfit):
            name(cast, cast.coordinator, unfit)
    assert Organisation.objects.get(id=cast.organisation.id).deputy_id == cast.deputy.id


def test_neither_of_the_two_leaves_alone(cast: Cast) -> None:
    for person in (cast.olga, cast.rosa):
        with pytest.raises(errors.CoordinatorNeeded):
            end(person)
    with pytest.raises(errors.CoordinatorsUnfit):
        end(cast.olga, instead=cast.deputy)  # one person in both places
    third = new_coordinator(new_person(), organisation=cast.organisation, alias="Third")
    end(cast.olga, instead=third)
    there = Organisation.objects.get(id=cast.organisation.id)
    assert (there.coordinator_id, there.deputy_id) == (third.id, cast.deputy.id)
    assert not is_refused()


def test_other_coordinators_come_and_go(cast: Cast) -> None:
    third = new_person()
    new_coordinator(third, organisation=cast.organisation, alias="Third")
    assert end(third).ended_at is not None


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE accounts_organisation SET deputy_id = NULL",
        "UPDATE accounts_organisation SET deputy_id = coordinator_id",
        "UPDATE accounts_role SET ended_at = given_at WHERE alias = 'Rosa'",
        "UPDATE accounts_role SET account_id = (SELECT account_id FROM accounts_role WHERE alias = 'Olga'), ended_at ="
        " NULL WHERE alias = 'Rosa'",
        "UPDATE accounts_role SET kind = 'moderator' WHERE alias = 'Rosa'",
    ],
)
def test_the_database_itself_holds_the_two(cast: Cast, change: str) -> None:
    assert is_refused(change)
    assert not is_refused()


@pytest.mark.django_db(transaction=True)
def test_one_is_named_while_their_role_ends(cast: Cast) -> None:
    """Whichever comes first: the organisation has two running coordinators afterwards."""
    for _ in range(8):
        third = new_person()
        role = new_coordinator(third, organisation=cast.organisation, alias="Third")
        results = together(lambda: name(cast, cast.coordinator, role), lambda: end(third))  # noqa: B023
        refused = [result for result in results if isinstance(result, Exception)]
        assert len(refused) == 1
        assert isinstance(refused[0], errors.CoordinatorsUnfit | errors.CoordinatorNeeded)
        name(cast, cast.coordinator, cast.deputy)


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_the_second_of_two_blind_writes(cast: Cast) -> None:
    third = new_coordinator(new_person(), organisation=cast.organisation, alias="Third")

    name_third = "UPDATE accounts_organisation SET deputy_id = %s WHERE id = %s"
    end_third = "UPDATE accounts_role SET ended_at = now() WHERE id = %s"
    results = together(
        lambda: is_refused(name_third, third.id, cast.organisation.id, pause_s=0.2),
        lambda: is_refused(end_third, third.id, pause_s=0.2),
    )
    assert results.count(True) == 1


def test_closing_hands_over_and_tells(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    successor, _ = other_house()
    ended: list[Role] = []
    heard: list[tuple[Organisation, Organisation | None]] = []

    def hear(organisation: Organisation, to: Organisation | None, at: datetime) -> None:
        assert not ended  # interim contacts are handed over while their holders are still there
        assert Role.objects.get(id=cast.peer.id).organisation == to
        heard.append((organisation, to))

    monkeypatch.setattr(standing, "_organisation_closed", [hear])
    monkeypatch.setattr(standing, "_role_ended", [lambda role, at: ended.append(role)])
    there = close(cast.organisation, successor=successor)
    assert heard == [(there, successor)]
    assert not there.is_active
    assert {role.id for role in ended} == {cast.coordinator.id, cast.deputy.id}
    assert queries.roles_of(account=cast.olga.account) == []
    [peer] = queries.roles_of(account=cast.ben.account)
    assert (peer.id, peer.organisation, peer.alias) == (cast.peer.id, successor, "Ben")
    assert inbox_of(cast.ben.account)[-1]["type"] == "settings.changed"
    entry = AuditEntry.objects.get(action="organisation.closed")
    assert entry.data == {"successor": str(successor.id), "peers": [str(cast.peer.id)]}
    assert not is_refused()
    close(cast.organisation, successor=None)  # again changes nothing
    assert AuditEntry.objects.filter(action="organisation.closed").count() == 1


def test_what_is_closed_gives_no_roles_and_names_nobody(cast: Cast) -> None:
    close(cast.organisation, successor=other_house()[0])
    with pytest.raises(errors.OrganisationClosed):
        new_peer(cast.ana, organisation=cast.organisation, alias="Ana")
    with pytest.raises(errors.OrganisationClosed):
        name(cast, cast.coordinator, cast.deputy)


def test_an_active_one_needs_an_active_successor(cast: Cast) -> None:
    unopened = ensure_organisation(name="Thuis", now=utc_now())
    for successor in (None, unopened, cast.organisation):
        with pytest.raises(errors.SuccessorNeeded):
            close(cast.organisation, successor=successor)
    new_peer(cast.ana, organisation=unopened, alias="Ana")
    with pytest.raises(errors.SuccessorNeeded):  # somebody stands for it
        close(unopened, successor=None)


def test_what_was_never_open_needs_no_successor(cast: Cast) -> None:
    assert close(ensure_organisation(name="Thuis", now=utc_now()), successor=None).closed_at is not None


def test_who_listens_may_refuse_the_closing(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(organisation: Organisation, successor: Organisation | None, at: datetime) -> None:
        raise Conflict

    monkeypatch.setattr(standing, "_organisation_closed", [refuse])
    with pytest.raises(Conflict):
        close(cast.organisation, successor=other_house()[0])
