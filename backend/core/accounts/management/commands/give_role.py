"""`manage.py give_role <account> peer_expert --organisation "…" --alias "…" --avatar leaf-teal`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandParser
from django.utils import timezone

from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.management.people import add_account, find_account, find_organisation, refusals
from backend.core.accounts.models import Role


class Command(BaseCommand):
    help = "Give an account a role."

    def add_arguments(self, parser: CommandParser) -> None:
        add_account(parser)
        parser.add_argument("kind", choices=Role.Kind.values)
        parser.add_argument("--organisation", help="its name; peer experts and coordinators need one")
        parser.add_argument("--alias", default="", help="what a peer expert or coordinator is called")
        parser.add_argument("--avatar", default="", help="a preset avatar, for the same")

    def handle(
        self,
        *args: Any,
        account: UUID,
        kind: str,
        organisation: str | None,
        alias: str,
        avatar: str,
        **options: Any,
    ) -> None:
        person = find_account(account)
        with refusals():
            role = give_role(
                account=person,
                kind=kind,
                organisation=find_organisation(organisation) if organisation else None,
                alias=alias,
                avatar_key=avatar,
                by=None,
                now=timezone.now(),
            )
        self.stdout.write(f"{role.kind}: {role.id}")
