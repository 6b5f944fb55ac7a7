"""`manage.py review_inviter <peer id>`: after somebody has talked with them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts import access
from backend.core.accounts.actions.invite_pauses import review_pause
from backend.core.accounts.management.people import refusals
from backend.core.accounts.models import InvitePause


class Command(BaseCommand):
    help = "Let a peer expert or coordinator invite again."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("role", type=UUID, help="their peer id")

    def handle(self, *args: Any, role: UUID, **options: Any) -> None:
        with refusals():
            inviter = access.role_by_id(role=role).account_id
            for pause in InvitePause.objects.filter(inviter=inviter, reviewed_at=None):
                review_pause(pause=pause.id, by=None, now=timezone.now())
        self.stdout.write("done")
