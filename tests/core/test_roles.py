"""Roles: given, ended, and told to whom they concern."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from io import StringIO
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from rest_framework.test import APIClient

from backend.core.accounts import errors, queries, standing
from backend.core.accounts.actions.roles import end_role, give_role
from backend.core.accounts.models import Account, Role
from backend.core.errors import Conflict, NotFound
from backend.core.text import TextRefused
from tests.asking import API, inbox_of, together
from tests.cast import Cast, Person, new_peer, utc_now

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


def kinds_of(person: Person) -> list[str]:
    return [role.kind for role in queries.roles_of(account=person.account)]


def test_a_role_is_given_and_told(cast: Cast, client_of: Client) -> None:
    role = new_peer(cast.ana, organisation=cast.organisation, alias="  Warm   Wind ")
    assert role.alias == "Warm Wind"
    assert kinds_of(cast.ana) == ["peer_expert"]
    assert [event["type"] for event in inbox_of(cast.ana.account)] == ["settings.changed"]
    assert client_of(cast.ana).get(f"{API}/me").json()["roles"][0]["id"] == str(role.id)
    assert role.id not in (cast.ana.account.id, cast.ana.account.inbox)


def test_a_role_ends_and_can_be_given_anew(cast: Cast) -> None:
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    assert kinds_of(cast.ben) == []
    with pytest.raises(NotFound):
        end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    again = new_peer(cast.ben, organisation=cast.organisation, alias="Ben")
    assert again.id != cast.peer.id


def test_a_coordinator_is_known_by_a_peer_id_too(cast: Cast, client_of: Client) -> None:
    told = client_of(cast.olga).get(f"{API}/me").json()["roles"][0]
    assert told == {
        "id": str(cast.coordinator.id),
        "kind": "coordinator",
        "organisation": {"id": str(cast.organisation.id), "name": "Voorbeeldhuis"},
        "alias": "Olga",
        "avatar_key": "hill-moss",
    }


def test_the_end_of_a_role_is_told_to_who_listens(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[tuple[Role, datetime]] = []
    monkeypatch.setattr(standing, "_role_ended", [lambda role, at: heard.append((role, at))])
    now = utc_now()
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=now)
    assert heard == [(cast.peer, now)]
    assert heard[0][0].ended_at == now


def test_who_listens_may_refuse_the_end(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(role: Role, at: datetime) -> None:
        raise Conflict

    monkeypatch.setattr(standing, "_role_ended", [refuse])
    with pytest.raises(Conflict):
        end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())


def test_a_role_is_given_once(cast: Cast) -> None:
    with pytest.raises(errors.RoleGiven):
        new_peer(cast.ben, organisation=cast.organisation, alias="Other")
    assert kinds_of(cast.ben) == ["peer_expert"]


@pytest.mark.django_db(transaction=True)
def test_a_role_is_given_once_by_many_at_once(cast: Cast) -> None:
    results = together(*[lambda: new_peer(cast.ana, organisation=cast.organisation, alias="Ana")] * 4)
    assert sum(isinstance(result, Role) for result in results) == 1
    assert sum(isinstance(result, errors.RoleGiven) for result in results) == 3


PEER = {"kind": "peer_expert", "alias": "Ana", "avatar_key": "wave-sand"}


@pytest.mark.parametrize(
    ("given", "refusal"),
    [
        ({"kind": "member"}, errors.RoleKindUnknown),
        (PEER | {"organisation": None}, errors.OrganisationNeeded),
        ({"kind": "coordinator", "organisation": None}, errors.OrganisationNeeded),
        (PEER | {"alias": ""}, errors.AliasNeeded),
        (PEER | {"avatar_key": ""}, errors.AliasNeeded),
        (PEER | {"avatar_key": "my-photo"}, errors.AliasNeeded),
        (PEER | {"alias": "A\x00"}, TextRefused),
        (PEER | {"alias": "A" * 33}, TextRefused),
        ({"kind": "coordinator"}, errors.AliasNeeded),
        ({"kind": "coordinator", "alias": "Ana"}, errors.AliasNeeded),
        ({"kind": "moderator", "alias": "Boss"}, errors.AliasNotWanted),
    ],
)
def test_a_role_needs_what_it_needs(cast: Cast, given: dict[str, object], refusal: type[Exception]) -> None:
    told = {"organisation": cast.organisation, "account": cast.ana.account, "by": None, "now": utc_now()} | given
    with pytest.raises(refusal):
        give_role(**told)  # type: ignore[arg-type]
    assert kinds_of(cast.ana) == []


def test_staff_are_moderators_and_coordinators(cast: Cast) -> None:
    staff = {name for name in ("ana", "ben", "max", "olga") if queries.is_staff(account=getattr(cast, name).account)}
    assert staff == {"max", "olga"}
    end_role(account=cast.max.account, kind="moderator", by=None, now=utc_now())
    assert not queries.is_staff(account=cast.max.account)


def test_operator_gives_and_ends_roles(cast: Cast) -> None:
    out, ana = StringIO(), str(cast.ana.account.id)
    house = ["--organisation", "Voorbeeldhuis"]
    call_command("give_role", ana, "peer_expert", *house, "--alias", "Ana", "--avatar", "leaf-teal", stdout=out)
    assert str(queries.roles_of(account=cast.ana.account)[0].id) in out.getvalue()
    with pytest.raises(CommandError, match="Refused: role_given"):
        call_command("give_role", ana, "peer_expert", *house, "--alias", "Ana", "--avatar", "leaf-teal")
    call_command("end_role", ana, "peer_expert", stdout=out)
    assert kinds_of(cast.ana) == []
    with pytest.raises(CommandError, match="Refused: not_found"):
        call_command("end_role", ana, "peer_expert")
    with pytest.raises(CommandError, match="no such organisation"):
        call_command("give_role", ana, "coordinator", "--organisation", "Nowhere")
    with pytest.raises(CommandError, match="no such account"):
        call_command("give_role", str(uuid4()), "moderator")
