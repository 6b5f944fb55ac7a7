"""`manage.py rewrap_keys`: after a new key-encryption key was added to the keyring."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from backend.core.sealing.keyring import keyring
from backend.core.sealing.rotation import rewrap_keys


class Command(BaseCommand):
    help = "Wrap all keys with the newest version of the keyring."

    def handle(self, *args: Any, **options: Any) -> None:
        count = rewrap_keys(now=timezone.now())
        self.stdout.write(f"{count} keys wrapped anew; all are under version {keyring().version}.")
