"""`manage.py close_organisation "…" --successor "…"`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts.actions.closing import close_organisation
from backend.core.accounts.management.people import find_organisation, refusals


class Command(BaseCommand):
    help = "Close an organisation for good; what it looks after goes to its successor."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its name")
        parser.add_argument("--successor", help="the name of the one that takes over")

    def handle(self, *args: Any, organisation: str, successor: str | None, **options: Any) -> None:
        with refusals():
            there = close_organisation(
                organisation=find_organisation(organisation),
                successor=find_organisation(successor) if successor else None,
                by=None,
                now=timezone.now(),
            )
        self.stdout.write(f"{there.name}: closed")
