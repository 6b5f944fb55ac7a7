"""`manage.py audit verify [--checkpoints FILE]`: walks the whole chain, and holds it against what was signed of it.

`manage.py audit keys` prints what verifies those signatures, for who keeps the checkpoints.
"""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backend.core import checkpoints
from backend.core.audit import first_fault
from backend.core.models import AuditEntry


class Command(BaseCommand):
    """`verify` and `keys`."""

    help = "Check that no audit entry was changed, removed or put in between; print what verifies its checkpoints."

    def add_arguments(self, parser: CommandParser) -> None:
        parts = parser.add_subparsers(dest="part", required=True)
        verify = parts.add_parser("verify", help="walk the whole chain; with checkpoints also find a tail that was cut")
        verify.add_argument("--checkpoints", type=Path, help="the file that NAAST_CHECKPOINTS names, or a copy of it")
        parts.add_parser("keys", help="print what verifies the checkpoints' signatures")

    def handle(self, *args: Any, part: str, **options: Any) -> None:
        if part == "keys":
            for version, public in checkpoints.public_keys().items():
                self.stdout.write(f"{version} {base64.b64encode(public).decode()}")
            return
        fault = first_fault(AuditEntry.objects.order_by("seq").iterator())
        if fault is not None:
            raise CommandError(f"The audit is broken at entry {fault}.")
        if options["checkpoints"] is None:
            self.stdout.write("The audit holds. Whether its end was cut off, only checkpoints can tell.")
            return
        self._hold_against(options["checkpoints"])

    def _hold_against(self, kept: Path) -> None:
        with kept.open("rb") as file:
            try:
                found = checkpoints.read(file)
            except ValueError as fault_in_file:
                raise CommandError("The file holds something that is not a checkpoint.") from fault_in_file
        if not found:
            raise CommandError("The file holds no checkpoint.")
        fault = checkpoints.first_fault(found, hashes=checkpoints.hashes_of(found))
        if fault is not None:
            raise CommandError(f"The audit does not bear out the checkpoint of entry {fault}.")
        self.stdout.write(f"The audit holds, up to entry {found[-1].seq} by {len(found)} checkpoints.")
