"""The people of the tests, the same everywhere, made the way people come to Naast: through the actions.

ana is a member and ben her contact peer (a peer expert); dora is another member whom ben knows, cleo a stranger to all.
max moderates, lea is the second approver, olga coordinates ben's organisation and rosa is her deputy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from rest_framework.test import APIClient

from backend.core import limits
from backend.core.accounts.actions.accounts import create_account
from backend.core.accounts.actions.coordinators import name_coordinators
from backend.core.accounts.actions.organisations import ensure_organisation
from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.actions.sessions import open_session
from backend.core.accounts.consents import ACCOUNT, CONSENTS
from backend.core.accounts.models import Account, Organisation, Role, Session
from moderation.models import Agreement
from moderation.rules import VERSION


@dataclass(frozen=True, slots=True)
class Person:
    """An account, what opens it, and its first session."""

    account: Account
    code: str
    token: str
    session: Session


@dataclass(frozen=True, slots=True)
class Cast:
    """Everybody, and the roles by whose ids ben, olga and rosa are known."""

    ana: Person
    ben: Person
    cleo: Person
    dora: Person
    max: Person
    lea: Person
    olga: Person
    rosa: Person
    organisation: Organisation
    peer: Role
    coordinator: Role
    deputy: Role


def utc_now() -> datetime:
    """The clock of the tests' edge."""
    return datetime.now(UTC)


def new_person(*, locale: str = "en", device_name: str | None = None, shared_device: bool = False) -> Person:
    """Somebody who signs up now."""
    made = create_account(
        locale=locale,
        adult=True,
        consents={ACCOUNT: CONSENTS[ACCOUNT]},
        device_name=device_name,
        shared_device=shared_device,
        now=utc_now(),
    )
    # Has agreed to the rules, before anything is in the inbox that the tests look into.
    Agreement.objects.create(account=made.account, version=VERSION, agreed_at=utc_now())
    made.account.rules_due = False
    made.account.save(update_fields=["rules_due"])
    return Person(account=made.account, code=made.access_code, token=made.token, session=made.session)


def new_session(account: Account) -> tuple[Session, str]:
    """Another device of the account, and its token."""
    opened = open_session(account=account, device_name=None, shared_device=False, now=utc_now())
    return opened.session, opened.token


def new_peer(person: Person, *, organisation: Organisation, alias: str, avatar_key: str = "wave-sand") -> Role:
    """Make somebody a peer expert."""
    return give_role(
        account=person.account,
        kind="peer_expert",
        organisation=organisation,
        alias=alias,
        avatar_key=avatar_key,
        by=None,
        now=utc_now(),
    )


def new_coordinator(person: Person, *, organisation: Organisation, alias: str, avatar_key: str = "hill-moss") -> Role:
    """Make somebody a coordinator."""
    return give_role(
        account=person.account,
        kind="coordinator",
        organisation=organisation,
        alias=alias,
        avatar_key=avatar_key,
        by=None,
        now=utc_now(),
    )


def new_organisation(
    coordinator: Person, deputy: Person, *, name: str, regions: Iterable[str] = ("utrecht",)
) -> tuple[Organisation, Role, Role]:
    """An active organisation, and the roles of the two who answer for it."""
    there = ensure_organisation(name=name, regions=regions, languages=["nl"], now=utc_now())
    first = new_coordinator(coordinator, organisation=there, alias="Olga")
    second = new_coordinator(deputy, organisation=there, alias="Rosa")
    there = name_coordinators(organisation=there, coordinator=first, deputy=second, by=None, now=utc_now())
    return there, first, second


def client_with(token: str) -> APIClient:
    """A client that speaks JSON with this token."""
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return client


@pytest.fixture(autouse=True)
def fresh_limits() -> None:
    """What one process counts by itself starts anew with each test: they all come from one address."""
    limits._local.clear()


@pytest.fixture
def cast(db: None) -> Cast:
    """Everybody, signed up and with their roles."""
    ana, ben, cleo, dora, max_, lea, olga, rosa = (new_person() for _ in range(8))
    organisation, coordinator, deputy = new_organisation(olga, rosa, name="Voorbeeldhuis")
    peer = new_peer(ben, organisation=organisation, alias="Ben")
    for person in (max_, lea):
        give_role(account=person.account, kind="moderator", by=None, now=utc_now())
    return Cast(ana, ben, cleo, dora, max_, lea, olga, rosa, organisation, peer, coordinator, deputy)


@pytest.fixture
def client_of() -> Callable[[Person | Account], APIClient]:
    """`client_of(cast.ana)`: a client with a real token of theirs."""

    def client(who: Person | Account) -> APIClient:
        return client_with(who.token if isinstance(who, Person) else new_session(who)[1])

    return client
