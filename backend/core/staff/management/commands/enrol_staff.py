"""`manage.py enrol_staff <account>`: prints a code with which the person sets up their sign-in to the console."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts.management.people import add_account, find_account, refusals
from backend.core.staff.actions.enrolment import ENROLMENT, make_enrolment


class Command(BaseCommand):
    help = "Let an account with a staff role set up its sign-in to the console."

    def add_arguments(self, parser: CommandParser) -> None:
        add_account(parser)

    def handle(self, *args: Any, account: UUID, **options: Any) -> None:
        person = find_account(account)
        with refusals():
            code = make_enrolment(account=person, now=timezone.now())
        hours = int(ENROLMENT.total_seconds()) // 3600
        self.stdout.write(f"{code}\nFor /console/enrol, within {hours} hours. Hand it over in person.")
