"""`manage.py lock_account <account>`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.management.people import add_account, find_account


class Command(BaseCommand):
    help = "Lock an account: all its sessions end, its sockets close."

    def add_arguments(self, parser: CommandParser) -> None:
        add_account(parser)

    def handle(self, *args: Any, account: UUID, **options: Any) -> None:
        lock_account(account=find_account(account), by=None, now=timezone.now())
        self.stdout.write("locked")
