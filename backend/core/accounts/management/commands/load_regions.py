"""`manage.py load_regions`: after `backend/core/data/regions.json` was changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from backend.core.accounts.actions.organisations import load_regions


class Command(BaseCommand):
    help = "Bring the regions in line with their file."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{load_regions()} regions")
