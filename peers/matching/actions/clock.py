"""What comes by itself: proposals lapse, somebody is looked for again, an organisation is told that somebody waits."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from backend.core.db import write
from backend.core.push.actions.waking import deliver
from backend.core.push.vocabulary import Kind
from backend.core.streams.append import append
from messaging.actions.locks import hold_accounts
from peers.matching.actions.requests import TRIED_AGAIN, close, propose, tell_organisation
from peers.matching.events import MATCH_CHANGED
from peers.matching.models import Match, Request
from peers.matching.wishes import wishes_of

BATCH = 100
KEPT = timedelta(days=30)  # how long a closed request counts against paging through peer experts
DECLINED_KEPT = timedelta(days=365)


def advance_due(*, now: datetime) -> int:
    """Go on with every request that is due, each in a write of its own; → how many."""
    due = Request.objects.filter(due_at__lte=now).order_by("due_at").values_list("id", "member")[:BATCH]
    for request, member in list(due):
        advance(request=request, member=member, now=now)
    return len(due)


@write
def advance(*, request: UUID, member: UUID, now: datetime) -> None:
    """Lapse what was proposed, or look again for who waits; as it is true now."""
    held = hold_accounts(member).get(member)
    rows = Request.objects.select_related("organisation").select_for_update(no_key=True, of=("self",))
    there = rows.filter(id=request, due_at__lte=now).first()
    if held is None or there is None:
        return
    wishes = wishes_of(there)
    if there.state == "proposed" or wishes is None:
        close(there, to="lapsed" if there.state == "proposed" else "withdrawn", matches="lapsed", now=now)
        changed = True
    else:
        changed = propose(there, held, wishes, now=now) or tell_organisation(there, wishes, now=now)
        if there.state == "waiting":
            there.due_at = now + TRIED_AGAIN
            there.save(update_fields=["due_at"])
    if changed:
        append(stream=held.inbox, kind=MATCH_CHANGED, at=now)
        deliver(account=held, kind=Kind.CONTACTS, now=now)


@write
def drop_closed(*, now: datetime) -> int:
    """Forget closed requests; who was declined is remembered for a year, so that they are not proposed again."""
    old = Match.objects.filter(request__closed_at__lte=now - KEPT)
    gone = old.exclude(state="declined") | old.filter(decided_at__lte=now - DECLINED_KEPT)
    count = Match.objects.filter(id__in=list(gone.values_list("id", flat=True)[:1000])).delete()[0]
    empty = Request.objects.filter(closed_at__lte=now - KEPT, matches=None)
    return count + Request.objects.filter(id__in=list(empty.values_list("id", flat=True)[:1000])).delete()[0]
