"""`manage.py verify_audit`: walks the whole chain."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backend.core.audit import first_fault
from backend.core.models import AuditEntry


class Command(BaseCommand):
    help = "Check that no audit entry was changed, removed or put in between."

    def handle(self, *args: Any, **options: Any) -> None:
        fault = first_fault(AuditEntry.objects.order_by("seq").iterator())
        if fault is not None:
            raise CommandError(f"The audit is broken at entry {fault}.")
        self.stdout.write("The audit holds.")
