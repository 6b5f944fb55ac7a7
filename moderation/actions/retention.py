"""What a case is kept for is over: its words go. That there was one stays, for the figures of the year.

Nobody can appeal any more, and no appeal is open: then evidence, notes and reasons go, and the case's key pair, with
which all of it was sealed. The key lies in another database, so it goes after the commit, and again after a crash.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet

from backend.core.audit import audit
from backend.core.db import write
from backend.core.sealing import vault
from moderation import policy
from moderation.models import (
    Appeal,
    AppealLine,
    Aside,
    CareTalk,
    Case,
    CaseNote,
    Decision,
    Evidence,
    Exhibit,
    LongerHold,
    Measure,
    Report,
    ReportLine,
)

KEPT = policy.LONG  # without a measure nobody appeals: six months after the decision
AT_ONCE = 50


def drop_over(*, now: datetime) -> int:
    """The job; → how many cases were looked at."""
    found = list(_over(now=now).order_by("decided_at").values_list("id", flat=True)[:AT_ONCE])
    for case in found:
        _drop(case, now=now)
        vault.destroy_key(case)
        Case.objects.filter(id=case).update(shredded_at=now)
    return len(found)


def detach(cases: QuerySet[Case]) -> None:
    """Nobody's any more, and kept for nothing: no way back to a membership or role. Inside the caller's write."""
    for case in cases.filter(Q(membership__isnull=False) | Q(about__contains=":peer:")).order_by("id"):
        Measure.objects.filter(decision__case=case).update(membership_id=None)
        case.about, case.membership = f"over:{case.id}", None
        case.save(update_fields=["about", "membership"])


@write
def _drop(case: UUID, *, now: datetime) -> None:
    there = Case.objects.select_for_update().get(id=case)
    if there.dropped_at is not None or not _over(now=now).filter(id=case).exists():
        return
    Evidence.objects.filter(case=there).delete()
    Exhibit.objects.filter(case=there).delete()
    CaseNote.objects.filter(case=there).delete()
    CareTalk.objects.filter(case=there).delete()
    Report.objects.filter(case=there).update(note=None)
    ReportLine.objects.filter(report__case=there).update(for_case=b"")
    AppealLine.objects.filter(appeal__decision__case=there).update(for_case=b"")
    Decision.objects.filter(case=there).update(facts_for_case=None)
    Aside.objects.filter(decision__case=there).update(said=b"", extract=None)
    LongerHold.objects.filter(aside__decision__case=there).update(why=b"")
    there.dropped_at = now
    there.save(update_fields=["dropped_at"])
    if there.subject_id is None:
        detach(Case.objects.filter(id=there.id))
    audit(action="case.dropped", at=now, by=None, data={"case": str(there.id)})


def _over(*, now: datetime) -> QuerySet[Case]:
    """Decided, and nobody can, or does, ask for it to be looked at again."""
    made = Decision.objects.filter(case=OuterRef("pk"))
    waits = made.filter(
        Q(appeal_until__gt=now) | Q(state="asked") | Q(review_due_at__isnull=False) | Q(aside__tell_at__isnull=False)
    )
    appealed = Appeal.objects.filter(decision__case=OuterRef("pk"), state="open")
    could_appeal = made.filter(appeal_until__isnull=False)
    found = Case.objects.filter(state="decided", shredded_at=None)
    return found.filter(Exists(could_appeal) | Q(decided_at__lte=now - KEPT), ~Exists(waits), ~Exists(appealed))
