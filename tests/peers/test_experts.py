"""What a peer expert says about themselves as such: theirs to change, and nobody else's to read here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import end_role, give_role
from backend.core.accounts.models import Account, Role
from backend.core.errors import NotFound
from backend.core.models import AuditEntry
from peers.experts import errors, queries
from peers.experts.actions.experts import change_expert, pause_expert, said_of, set_caseload_limit, unpause_expert
from peers.experts.models import Expert
from tests.asking import API, codes_at, dump_databases, inbox_of, refused
from tests.cast import Cast, Person, new_organisation, new_peer, new_person, utc_now
from tests.peers.vetted import vet

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]

PATH = f"{API}/me/expert"
FULL: dict[str, object] = {
    "languages": ["ro", "nl"],
    "domains": ["housing"],
    "directions": ["outside", "inside", "combining", "unsure"],
    "region": "den-haag",
    "about": "I like to talk about gardens.",
    "gender": "woman",
    "backgrounds": ["migration", "window"],
    "office_hours": {"timezone": "Europe/Amsterdam", "days": {"mon": [["18:00", "22:00"]]}},
    "taking_new": False,
}


def test_it_is_made_with_the_role_and_ends_with_it(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ben)
    with django_assert_num_queries(2):
        reply = client.get(PATH)
    assert (reply.status_code, reply["ETag"]) == (200, '"1"')
    assert reply.json() == {
        "peer": str(cast.peer.id),
        "alias": "Ben",
        "avatar_key": cast.peer.avatar_key,
        "organisation": {"id": str(cast.organisation.id), "name": "Voorbeeldhuis"},
        "languages": [],
        "domains": [],
        "directions": [],
        "region": None,
        "about": None,
        "gender": None,
        "backgrounds": [],
        "office_hours": None,
        "away_until": None,
        "taking_new": True,
        "caseload_limit": 5,
        "vetted_until": None,
        "paused": False,
    }
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now())
    refused(client.get(PATH), 404, "not_found")
    refused(client.patch(PATH, {"about": "x"}, HTTP_IF_MATCH="*"), 404, "not_found")


def test_nobody_else_is_one(cast: Cast, client_of: Client) -> None:
    for person in (cast.ana, cast.max, cast.olga):
        refused(client_of(person).get(PATH), 404, "not_found")
        refused(client_of(person).patch(PATH, FULL, HTTP_IF_MATCH="*"), 404, "not_found")
    refused(APIClient().get(PATH), 401, "sign_in_needed")
    assert Expert.objects.count() == 1


def test_every_field_is_said_and_taken_back(cast: Cast, client_of: Client) -> None:
    client, before = client_of(cast.ben), len(inbox_of(cast.ben.account))
    reply = client.patch(PATH, FULL, HTTP_IF_MATCH='"1"')
    assert (reply.status_code, reply["ETag"]) == (200, '"2"')
    assert FULL.items() <= reply.json().items()
    assert client.patch(PATH, FULL, HTTP_IF_MATCH='"2"')["ETag"] == '"2"'  # again changes nothing
    refused(client.patch(PATH, {"about": None}, HTTP_IF_MATCH='"1"'), 412, "stale")
    refused(client.patch(PATH, {"about": None}), 428, "if_match_needed")
    empty: dict[str, object] = {field: [] if isinstance(value, list) else None for field, value in FULL.items()}
    empty["taking_new"] = True
    assert empty.items() <= client.patch(PATH, empty, HTTP_IF_MATCH='"2"').json().items()
    assert [event["type"] for event in inbox_of(cast.ben.account)[before:]] == ["settings.changed"] * 2
    assert Expert.objects.get().said is None


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"caseload_limit": 30}, "", "unknown_field"),
        ({"vetted_until": "2030-01-01T00:00:00Z"}, "", "unknown_field"),
        ({"alias": "Other"}, "", "unknown_field"),
        ({"languages": ["xx"]}, "/languages/0", "not_choice"),
        ({"directions": ["outside", "outside"]}, "/directions", "doubled"),
        ({"gender": "x"}, "/gender", "not_choice"),
        ({"backgrounds": ["x"]}, "/backgrounds/0", "not_choice"),
        ({"office_hours": {"timezone": "Mars/One"}}, "/office_hours/timezone", "hours_zone_unknown"),
        ({"away_until": "2020-01-01T00:00:00Z"}, "/away_until", "away_in_past"),
        ({"away_until": "soon"}, "/away_until", "not_moment"),
        ({"taking_new": 1}, "/taking_new", "not_flag"),
        ({"region": "atlantis"}, "/region", "not_choice"),
        ({"about": "\u202ehidden"}, "/about", "text_control_character"),
    ],
)
def test_change_names_what_is_wrong(
    cast: Cast, client_of: Client, body: dict[str, object], pointer: str, code: str
) -> None:
    assert codes_at(client_of(cast.ben).patch(PATH, body, HTTP_IF_MATCH='"1"'))[pointer] == code
    assert Expert.objects.get().version == 1


def test_who_they_are_is_sealed_for_them(cast: Cast, client_of: Client) -> None:
    client_of(cast.ben).patch(PATH, FULL, HTTP_IF_MATCH='"1"')
    stored = dump_databases()
    assert "gardens" not in stored
    assert b"gardens".hex() not in stored
    assert "migration,window" not in stored
    assert said_of(Expert.objects.get()).backgrounds == ("migration", "window")


def test_coordinator_limits_the_caseload(cast: Cast) -> None:
    def act(by: Person, limit: int = 2) -> Expert:
        return set_caseload_limit(by=by.account, peer=cast.peer.id, limit=limit, now=utc_now())

    assert act(cast.olga).caseload_limit == 2
    assert act(cast.olga).version == 2  # again changes nothing
    entry = AuditEntry.objects.get(action="expert.caseload_limited")
    assert (entry.by, entry.data["before"], entry.data["limit"]) == (cast.olga.account.id, 5, 2)
    for number in (-1, 31):
        with pytest.raises(errors.CaseloadOutOfBounds):
            act(cast.olga, number)
    for stranger in (cast.ana, cast.ben, cast.max, _elsewhere()):
        with pytest.raises(NotFound):
            act(stranger, 3)
    assert Expert.objects.get().caseload_limit == 2


def test_pause_stops_new_matches_only(cast: Cast) -> None:
    now = utc_now()
    vet(cast.peer, by=cast.olga, second=cast.rosa)
    assert queries.may_be_matched(role=cast.peer.id, at=now)
    for _ in range(2):
        assert pause_expert(by=cast.olga.account, peer=cast.peer.id, now=now).paused_at == now
    assert not queries.may_be_matched(role=cast.peer.id, at=now)
    with pytest.raises(NotFound):
        unpause_expert(by=_elsewhere().account, peer=cast.peer.id, now=now)
    unpause_expert(by=cast.rosa.account, peer=cast.peer.id, now=now)
    assert queries.may_be_matched(role=cast.peer.id, at=now)
    assert AuditEntry.objects.filter(action__in=["expert.paused", "expert.unpaused"]).count() == 2


def test_a_coordinator_does_not_unpause_themselves(cast: Cast) -> None:
    own = new_peer(cast.olga, organisation=cast.organisation, alias="Olga too")
    pause_expert(by=cast.rosa.account, peer=own.id, now=utc_now())
    with pytest.raises(errors.OwnVetting):
        unpause_expert(by=cast.olga.account, peer=own.id, now=utc_now())


def test_who_may_be_matched(cast: Cast) -> None:
    now = utc_now()
    assert not queries.may_be_matched(role=cast.peer.id, at=now)  # not vetted yet
    vet(cast.peer, by=cast.olga, second=cast.rosa)
    expert = Expert.objects.get()
    assert queries.may_be_matched(role=cast.peer.id, at=now)

    def change(**changes: object) -> None:
        change_expert(by=cast.ben.account, changes=changes, check=lambda version: None, now=now)

    change(taking_new=False)
    assert not queries.may_be_matched(role=cast.peer.id, at=now)
    change(taking_new=True, away_until=now + timedelta(days=3))
    assert not queries.may_be_matched(role=cast.peer.id, at=now)
    assert queries.may_be_matched(role=cast.peer.id, at=now + timedelta(days=3))
    assert expert.vetted_until
    assert not queries.may_be_matched(role=cast.peer.id, at=expert.vetted_until)
    Account.objects.filter(id=cast.ben.account.id).update(locked_at=now)
    assert not queries.may_be_matched(role=cast.peer.id, at=now + timedelta(days=3))


def test_lists_of_an_organisation(cast: Cast, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    now = utc_now()
    other = new_peer(cast.dora, organisation=cast.organisation, alias="Dora")
    vet(cast.peer, by=cast.olga, second=cast.rosa)
    with django_assert_num_queries(1):
        shown = [
            (there.role.alias, there.is_vetted(at=now)) for there in queries.experts_of(organisation=cast.organisation)
        ]
    assert shown == [("Ben", True), ("Dora", False)]
    with django_assert_num_queries(1):
        due = [there.role_id for there in queries.due_for_renewal(organisation=cast.organisation, at=now)]
    assert due == [other.id]
    later = now + timedelta(days=320)
    due = [there.role_id for there in queries.due_for_renewal(organisation=cast.organisation, at=later)]
    assert due == [cast.peer.id, other.id]


def test_the_database_bounds_the_caseload(cast: Cast) -> None:
    with pytest.raises(DatabaseError), transaction.atomic():
        Expert.objects.update(caseload_limit=31)


def test_other_roles_bring_none(cast: Cast) -> None:
    give_role(account=cast.cleo.account, kind="moderator", by=None, now=utc_now())
    assert list(Expert.objects.values_list("role", flat=True)) == [cast.peer.id]
    assert Role.objects.filter(kind="peer_expert").count() == 1


def _elsewhere() -> Person:
    """A coordinator of another organisation."""
    there, deputy = new_person(), new_person()
    new_organisation(there, deputy, name=f"Elsewhere {there.account.id}")
    return there
