"""Two who moderate: one has met enough, the other may talk with them. For the pages in a browser."""

from __future__ import annotations

import json
from datetime import timedelta

from backend.core.accounts.actions.roles import give_role
from moderation.actions.cases import claim
from moderation.models import Case
from moderation.queries.load import MOST_GRAVE
from tests.cast import new_person, utc_now


def fill() -> None:
    """Make them, and print account and code of the one who signs in."""
    now = utc_now()
    mia, max_ = new_person(), new_person()
    for person in (mia, max_):
        give_role(account=person.account, kind="moderator", by=None, now=now)
    for number in range(MOST_GRAVE + 2):
        case = Case.objects.create(
            kind="rule",
            about=f"rule:{number}",
            reason="identity",
            priority="high",
            language="nl",
            opened_at=now - timedelta(minutes=20),
            due_at=now + timedelta(minutes=40),
        )
        claimer = max_ if number < MOST_GRAVE else mia
        claim(by=claimer.account, case=case.id, now=now)
    Case.objects.filter(claimed_by=None).update(due_at=now - timedelta(minutes=1))
    print(json.dumps([str(mia.account.id), mia.code]))
