"""Accounts, sessions and conversations of ours in bulk: 10,000 accounts by REST would take minutes.

`python -m infra.bench.plant` reads `{"accounts": n, "conversations": [[number, first member, members], …]}`.
"""

import hashlib
import json
import os
import sys
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "infra.bench.settings")
django.setup()

from django.conf import settings  # noqa: E402  (settings come first)
from django.db import transaction  # noqa: E402

from backend.core.accounts.models import Account, Session  # noqa: E402
from backend.core.sealing import datakeys, keyring  # noqa: E402
from backend.core.streams.models import Stream  # noqa: E402
from infra.bench import names  # noqa: E402
from messaging.models import Conversation, Group, Membership  # noqa: E402

BATCH = 2_000


def plant_accounts(count: int, *, now: datetime) -> None:
    """`count` accounts with one session and one inbox each."""
    accounts = [
        Account(
            id=names.account_id(n),
            inbox=names.inbox_id(n),
            code_hash=hashlib.sha256(b"code%d" % n).digest(),
            code_pepper=1,
            locale="en",
            created_at=now,
        )
        for n in range(count)
    ]
    sessions = [
        Session(
            id=names.session_id(n),
            account_id=names.account_id(n),
            token_hash=hashlib.sha256(names.token_of(n).encode()).digest(),
            created_at=now,
            seen_on=now.date(),
        )
        for n in range(count)
    ]
    Account.objects.bulk_create(accounts, batch_size=BATCH)
    Session.objects.bulk_create(sessions, batch_size=BATCH)
    inboxes = [Stream(id=names.inbox_id(n), head=0, at=now) for n in range(count)]
    Stream.objects.bulk_create(inboxes, batch_size=BATCH)


def plant_conversations(plan: Sequence[tuple[int, int, int]], *, now: datetime) -> None:
    """Groups, each with its key, its stream and members; the first member leads."""
    ids = [names.conversation_id(number) for number, _, _ in plan]
    with transaction.atomic(using="keystore"):
        for owner in ids:
            datakeys.create_key(owner=owner, at=now)
    kind = Conversation.Kind.GROUP
    Conversation.objects.bulk_create([Conversation(id=i, kind=kind, created_at=now) for i in ids], batch_size=BATCH)
    Group.objects.bulk_create([Group(conversation_id=i, title="Bench") for i in ids], batch_size=BATCH)
    Stream.objects.bulk_create([Stream(id=i, head=0, at=now) for i in ids], batch_size=BATCH)
    Membership.objects.bulk_create(list(_memberships(plan)), batch_size=BATCH)


def _memberships(plan: Sequence[tuple[int, int, int]]) -> Iterator[Membership]:
    for number, first, members in plan:
        for place, account in enumerate(range(first, first + members)):
            yield Membership(
                id=names.membership_id(number, account),
                conversation_id=names.conversation_id(number),
                account_id=names.account_id(account),
                alias=f"Member {account}",
                alias_key=f"member {account}",
                avatar_key="leaf",
                part=Membership.Part.MEMBER if place else Membership.Part.LEAD,
            )


if __name__ == "__main__":
    keyring.create_file(Path(settings.SECRETS_FILE))
    told = json.load(sys.stdin)
    now = datetime.now(UTC)
    with transaction.atomic():
        plant_accounts(told["accounts"], now=now)
        plant_conversations(told["conversations"], now=now)
