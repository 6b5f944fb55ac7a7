"""`manage.py load_directory`: helplines and organisations that public sources name."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from peers.directory.actions.facts import load_facts


class Command(BaseCommand):
    help = "Bring helplines and organisations in line with the repository's data; nothing of it counts as checked."

    def handle(self, *args: Any, **options: Any) -> None:
        lines, organisations = load_facts(now=timezone.now())
        self.stdout.write(f"{lines} helplines, {organisations} organisations")
