"""`manage.py pause_inviter <account>`: of somebody who was invited and did harm."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts.actions.invite_pauses import pause_inviter
from backend.core.accounts.management.people import add_account, find_account


class Command(BaseCommand):
    help = "Let the invites rest of whoever invited this account. Nobody is told who it is."

    def add_arguments(self, parser: CommandParser) -> None:
        add_account(parser)

    def handle(self, *args: Any, account: UUID, **options: Any) -> None:
        pause_inviter(account=find_account(account), by=None, now=timezone.now())
        self.stdout.write("done")
