"""`manage.py end_role <account> <kind>`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.management.people import add_account, find_account, refusals
from backend.core.accounts.models import Role


class Command(BaseCommand):
    help = "End a role of an account."

    def add_arguments(self, parser: CommandParser) -> None:
        add_account(parser)
        parser.add_argument("kind", choices=Role.Kind.values)

    def handle(self, *args: Any, account: UUID, kind: str, **options: Any) -> None:
        person = find_account(account)
        with refusals():
            end_role(account=person, kind=kind, by=None, now=timezone.now())
        self.stdout.write(f"{kind}: ended")
