"""`manage.py end_role <account> <kind>`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts import access
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.management.people import add_account, find_account, refusals
from backend.core.accounts.models import Role


class Command(BaseCommand):
    help = "End a role of an account."

    def add_arguments(self, parser: CommandParser) -> None:
        add_account(parser)
        parser.add_argument("kind", choices=Role.Kind.values)
        parser.add_argument("--instead", type=UUID, help="the role that follows a coordinator or deputy")

    def handle(self, *args: Any, account: UUID, kind: str, instead: UUID | None, **options: Any) -> None:
        person = find_account(account)
        with refusals():
            follower = access.role_by_id(role=instead) if instead else None
            end_role(account=person, kind=kind, instead=follower, by=None, now=timezone.now())
        self.stdout.write(f"{kind}: ended")
