"""`manage.py import_directory FILE`: take in entries of another system, in the form of HSDS 3."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from backend.core.accounts.management.people import refusals
from backend.core.vocabulary import SPOKEN_LANGUAGES
from peers.directory import hsds
from peers.directory.actions.imports import import_entries
from peers.directory.errors import HsdsUnreadable
from peers.directory.vocabulary import Kind

MOST = 50 * 1024 * 1024  # bytes


class Command(BaseCommand):
    help = "Take in entries from a JSON file of Open Referral's HSDS 3. Nobody assures them until an organisation does."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="an organisation or service, a list of them, or a page of them")
        parser.add_argument("--source", help="where it is from, as it is shown; else the file's name")
        parser.add_argument("--language", default="en", choices=SPOKEN_LANGUAGES, help="of its texts")
        parser.add_argument(
            "--kind", action="append", default=[], choices=[str(kind) for kind in Kind],
            help="what everything in it is that does not say so itself; without it no place is taken in",
        )  # fmt: skip

    def handle(
        self, *args: Any, file: Path, source: str | None, language: str, kind: list[str], **options: Any
    ) -> None:
        with refusals():
            try:
                if file.stat().st_size > MOST:
                    raise HsdsUnreadable
                found = hsds.read(orjson.loads(file.read_bytes()), language=language, kinds=tuple(kind))
            except OSError:
                raise CommandError("This file cannot be read.") from None
            except (hsds.Unreadable, orjson.JSONDecodeError):
                raise HsdsUnreadable from None
            counts = import_entries(found=found, source=source or file.name, now=timezone.now())
        self.stdout.write(", ".join(f"{name}: {count}" for name, count in sorted(counts.items())) or "nothing")
