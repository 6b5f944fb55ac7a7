"""What the commands about people share: an account is named by the id that its owner sees in `GET /me`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from django.core.management.base import CommandError, CommandParser

from backend.core.accounts import access
from backend.core.accounts.models import Account, Organisation
from backend.core.errors import DomainError, NotFound


def add_account(parser: CommandParser) -> None:
    """The argument `account`."""
    parser.add_argument("account", type=UUID, help="the account's id, as its owner sees it in GET /api/v1/me")


def find_account(account: UUID) -> Account:
    """The account, or an end of the command that says what is wrong."""
    try:
        return access.account(account=account)
    except NotFound:
        raise CommandError("There is no such account.") from None


def find_organisation(name: str) -> Organisation:
    """The organisation, or an end of the command that says what is wrong."""
    try:
        return access.organisation(name=name)
    except NotFound:
        raise CommandError("There is no such organisation: create_organisation makes it.") from None


@contextmanager
def refusals() -> Iterator[None]:
    """Tell a refusal by its code."""
    try:
        yield
    except DomainError as refusal:
        raise CommandError(f"Refused: {refusal.code}") from None
