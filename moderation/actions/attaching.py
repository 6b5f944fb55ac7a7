"""A notice from outside says in words what it is about; who handles it finds that, so that something can follow."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.db import write
from backend.core.text import normalise_line
from moderation import access, errors, events
from moderation.actions.cases import call_again
from moderation.actions.evidence import take_entry, take_one, take_person
from moderation.models import Case, Report
from moderation.queries.naming import Named, named
from moderation.queries.people import is_tied

MAX_WHAT = 300  # characters
ABOUT = ("subject", "conversation", "membership", "entry")


@write
def attach(*, by: Account, case: UUID, what: str, now: datetime) -> Case:
    """Say what the notice is about, by what it names; again, before it is decided: what it is about instead.

    The evidence is taken at once. Whom that ties to the case gives it back in the same write. Raises as
    `claimed_case`, `NoticeOnly`, `CaseDecided`, `NothingNamed`, `SeveralNamed`, and what the text's form refuses.
    """
    role, there = access.claimed_case(by=by, case=case, now=now)
    if not there.reports.filter(target=Report.Target.NOTICE).exists():
        raise errors.NoticeOnly
    if there.state != "open":
        raise errors.CaseDecided
    found = named(what=normalise_line(text=what, limit=MAX_WHAT))
    there.evidence.all().delete()
    there.exhibits.all().delete()
    _set(there, found)
    tied = is_tied(role=role, case=there)
    if tied:
        there.claimed_by = there.claimed_until = None
        call_again(there, now=now)
    there.version += 1
    there.save(update_fields=[*ABOUT, "claimed_by", "claimed_until", "version"])
    _take(there, found, now=now)
    told = {"case": str(there.id), "kind": found.kind, "given_back": tied}
    audit(action="case.attached", at=now, by=by.id, subject=there.subject_id, data=told)
    events.tell_moderators(now=now)
    return there


def _set(case: Case, found: Named) -> None:
    somebody = found.membership
    case.subject = somebody.person if somebody is not None else None
    case.membership = somebody
    case.conversation_id = somebody.conversation_id if somebody is not None else None
    if found.group is not None:
        case.conversation_id = found.group.pk
    case.entry = found.entry.id if found.entry is not None else None


def _take(case: Case, found: Named, *, now: datetime) -> None:
    if found.entry is not None:
        take_entry(case=case, entry=found.entry, now=now)
    elif found.seq is not None:
        take_one(case=case, seq=found.seq, now=now)
    elif found.membership is not None:
        take_person(case=case, now=now)
