"""`manage.py name_coordinators "…" <coordinator's role> <deputy's role>`: the first time opens the organisation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts import access
from backend.core.accounts.actions.coordinators import name_coordinators
from backend.core.accounts.management.people import find_organisation, refusals


class Command(BaseCommand):
    help = "Say who coordinates an organisation and who stands in for them; the first time opens it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("organisation", help="its name")
        parser.add_argument("coordinator", type=UUID, help="the id of the role, as give_role prints it")
        parser.add_argument("deputy", type=UUID, help="the id of the deputy's coordinator role")

    def handle(self, *args: Any, organisation: str, coordinator: UUID, deputy: UUID, **options: Any) -> None:
        with refusals():
            there = name_coordinators(
                organisation=find_organisation(organisation),
                coordinator=access.role_by_id(role=coordinator),
                deputy=access.role_by_id(role=deputy),
                by=None,
                now=timezone.now(),
            )
        self.stdout.write(f"{there.name}: open")
