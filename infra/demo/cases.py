"""Two reports that wait in the moderators' queue, of people whom nobody else in the demo knows."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from backend.core.accounts.actions.accounts import NewAccount, create_account
from backend.core.accounts.consents import ACCOUNT, CONSENTS
from backend.core.accounts.models import Account
from messaging.actions.admissions import accept_request, ask_admission
from messaging.actions.groups import create_group
from messaging.actions.messages import send_message
from moderation.access import Target
from moderation.actions.agreements import agree
from moderation.actions.reports import report
from moderation.rules import VERSION

CASES = Path(__file__).with_name("cases.json")


def seed_cases(*, leads: dict[str, Account], later: Callable[[], datetime]) -> None:
    """A group, what was said in it, and what was reported of it just now."""
    told: dict[str, Any] = json.loads(CASES.read_text(encoding="utf-8"))
    described = dict(told["group"])
    lead = leads[described.pop("lead")]
    group = create_group(by=lead, **described, now=later())
    people: dict[str, NewAccount] = {}
    for name in told["people"]:
        new = people[name] = create_account(
            locale="nl",
            adult=True,
            consents={ACCOUNT: CONSENTS[ACCOUNT]},
            device_name=None,
            shared_device=False,
            now=later(),
        )
        agree(by=new.account, version=VERSION, now=later())
        request = ask_admission(by=new.account, group=group.pk, alias=None, answer=None, now=later())
        accept_request(by=lead, request=request.id, now=later())
    seqs = []
    for name, body in told["talk"]:
        by = people[name]
        sent = send_message(
            by=by.account,
            session=by.session,
            conversation=group.pk,
            client_id=uuid4(),
            body=body,
            reply_to=None,
            now=later(),
        )
        seqs.append(sent.seq)
    for name, line, reason, note in told["reports"]:
        target = Target(conversation=group.pk, seq=seqs[line - 1])
        now = datetime.now(later().tzinfo)  # promised times begin when somebody looks at the demo
        report(by=people[name].account, target=target, reason=reason, note=note, may_contact=True, now=now)
