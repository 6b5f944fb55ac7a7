"""`manage.py replay_erasures --from FILE`: after a restore, before anything starts: nobody comes back by a backup."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.core.erasure import outside
from backend.core.erasure.actions.running import erase_at_once
from backend.core.erasure.models import Erasure
from backend.core.errors import DomainError


class Command(BaseCommand):
    """The replay."""

    help = "Erase again, at once, what the ledger names. Run it after each restore, before anything starts."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--from", dest="file", type=Path, help="the file that NAAST_ERASURES names, or a copy of it"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = datetime.now(UTC)
        named = [
            outside.Line(account=row.account, at=row.begun_at or now)
            for row in Erasure.objects.exclude(state="grace").order_by("begun_at")
        ]
        if options["file"] is not None:
            try:
                with options["file"].open("rb") as file:
                    named += outside.read(file)
            except ValueError as fault:
                raise CommandError(f"Nothing was erased: the file holds {fault}.") from fault
        found, refused = 0, 0
        for line in {line.account: line for line in named}.values():
            try:
                found += erase_at_once(account=line.account, at=line.at, now=now)
            except DomainError as refusal:
                refused += 1
                self.stderr.write(f"One account cannot be erased yet: {refusal.code}.")
        self.stdout.write(f"{len(named)} in the ledger, {found} had come back and are erased again.")
        if refused:
            raise CommandError(f"{refused} are left. Name other coordinators, then run this again.")
