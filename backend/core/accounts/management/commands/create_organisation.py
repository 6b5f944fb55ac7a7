"""`manage.py create_organisation "…" --region den-haag --language nl`."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts.actions.organisations import create_organisation
from backend.core.accounts.management.people import refusals
from backend.core.vocabulary import Support


class Command(BaseCommand):
    help = "Add an organisation."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--region", action="append", default=[], dest="regions", help="a region's key")
        parser.add_argument("--language", action="append", default=[], dest="languages", help="a BCP 47 tag")
        parser.add_argument(
            "--kind",
            action="append",
            default=[],
            dest="kinds",
            choices=list(Support),
            help="of support",
        )

    def handle(
        self, *args: Any, name: str, regions: list[str], languages: list[str], kinds: list[str], **options: Any
    ) -> None:
        with refusals():
            there = create_organisation(
                name=name, regions=regions, languages=languages, kinds=kinds, now=timezone.now()
            )
        self.stdout.write(f"{there.name}: {there.id}")
