"""`manage.py confirm_helpline KEY --source URL`: somebody has tried it today."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts.management.people import refusals
from peers.directory.actions.facts import confirm_helpline


class Command(BaseCommand):
    help = "Say that a helpline was tried today: it is shown as checked for a year."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("key", help="as in backend/core/data/helplines.json")
        parser.add_argument("--source", required=True, help="the address of its own page")
        parser.add_argument("--language", action="append", help="that is spoken there")
        parser.add_argument("--hours", help="as its page says")

    def handle(
        self, *args: Any, key: str, source: str, language: list[str] | None, hours: str | None, **options: Any
    ) -> None:
        with refusals():
            line = confirm_helpline(key=key, source_url=source, languages=language, hours=hours, now=timezone.now())
        self.stdout.write(f"{line.key}: confirmed on {line.confirmed_on}")
