"""What tests of contacts share: another peer expert, another organisation, and what is true of a member."""

from __future__ import annotations

from django.db import connection

from backend.core.accounts.models import Organisation, Role
from peers.contacts.models import Contact
from tests.cast import Cast, Person, new_organisation, new_peer, new_person


def another_peer(cast: Cast, *, alias: str = "Noor", organisation: Organisation | None = None) -> tuple[Person, Role]:
    """A new peer expert, of ben's organisation if none is named."""
    person = new_person()
    role = new_peer(person, organisation=organisation or cast.organisation, alias=alias, avatar_key="leaf-moss")
    return person, role


def another_house(name: str = "Huis aan zee", *, regions: tuple[str, ...] = ("utrecht",)) -> tuple[Organisation, Role]:
    """Another active organisation, and its coordinator's role."""
    there, first, _ = new_organisation(new_person(), new_person(), name=name, regions=regions)
    return there, first


def primary_of(person: Person) -> Contact:
    """Who is responsible for this member now."""
    return Contact.objects.select_related("holder__account", "conversation").get(
        member=person.account, part="primary", state="active"
    )


def backup_of(person: Person) -> Contact | None:
    """The member's backup."""
    return Contact.objects.filter(member=person.account, part="backup", state="active").first()


def asked_at_commit() -> None:
    """What the database asks at every commit, in a test that does not commit."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
