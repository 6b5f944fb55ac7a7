"""`manage.py export_directory`: the directory in the form of HSDS 3, on standard output."""

from __future__ import annotations

from typing import Any

import orjson
from django.core.management.base import BaseCommand
from django.utils import timezone

from peers.directory.hsds_export import export


class Command(BaseCommand):
    help = "Write the directory as JSON of Open Referral's HSDS 3."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(orjson.dumps(export(on=timezone.now().date()), option=orjson.OPT_INDENT_2).decode())
