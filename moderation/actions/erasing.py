"""What is erased of moderation. Cases about the person go on without them; evidence stays until nobody can appeal.

What they themselves reported stays a report of the case, and nobody's. Their decisions as moderators stay, by nobody.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.erasure.registry import BY_STEP, WITH_ACCOUNT, Part, kept
from backend.core.streams.append import append
from moderation import events
from moderation.actions import retention
from moderation.models import (
    Agreement,
    AppealLine,
    Aside,
    CareAsk,
    CareTalk,
    CareWish,
    Case,
    Decision,
    Report,
    ReportLine,
    ReportSource,
)
from moderation.sources import hashes_of

FIGURES = "for the figures of a year, and about nobody any more"


def stop(account: Account, at: datetime) -> None:
    """From now on these cases are about nobody: no measure falls on an account, and nobody is told or talked to."""
    cases = Case.objects.filter(subject=account)
    asks = CareAsk.objects.filter(case__subject=account, membership__isnull=False)
    asked = asks.filter(contact__isnull=False).order_by("id")
    for ask, inbox in asked.values_list("id", "contact__account__inbox"):
        append(stream=inbox, kind=events.CARE_ASKED, ref=ask, at=at)
    asks.update(membership=None)
    CareTalk.objects.filter(member=account).delete()
    decisions = Decision.objects.filter(subject=account)
    AppealLine.objects.filter(appeal__decision__subject=account).update(for_subject=b"")
    decisions.update(subject=None, facts_for_subject=None)
    if cases.exclude(state="decided").exists():
        events.tell_moderators(now=at)
    retention.detach(cases.filter(dropped_at__isnull=False))
    cases.update(subject=None)


@write
def clear(account: UUID, at: datetime) -> None:
    """Nobody can tell any more what they reported, nor ask them."""
    Agreement.objects.filter(account=account).delete()
    CareWish.objects.filter(account=account).delete()
    asides = Aside.objects.filter(account_hash__in=hashes_of(account))
    decisions = list(asides.values_list("decision", flat=True))
    AppealLine.objects.filter(appeal__decision__in=decisions).update(for_subject=b"")
    Decision.objects.filter(id__in=decisions).update(facts_for_subject=None)
    asides.update(account_hash=None)
    reports = list(ReportSource.objects.filter(account_hash__in=hashes_of(account)).values_list("report", flat=True))
    ReportLine.objects.filter(report__in=reports).update(for_reporter=b"")
    Report.objects.filter(id__in=reports).update(may_contact=False)
    ReportSource.objects.filter(report__in=reports).delete()
    there = Account.objects.filter(id=account).first()
    if there is not None:
        stop(there, at)  # what was opened while it began


PART = Part(
    name="moderation",
    order=35,
    models={
        "Agreement": WITH_ACCOUNT,
        "Appeal": kept(FIGURES),
        "AppealLine": BY_STEP,
        "Aside": BY_STEP,
        "CareAsk": kept(FIGURES),
        "CareLine": WITH_ACCOUNT,
        "CareLook": WITH_ACCOUNT,
        "CareTalk": WITH_ACCOUNT,
        "CareWish": WITH_ACCOUNT,
        "Case": kept(FIGURES),
        "CaseHold": kept("a place in a talk, until the case is decided"),
        "CaseNote": kept("until nobody can appeal"),
        "Debrief": WITH_ACCOUNT,
        "Decision": kept(FIGURES),
        "Declined": WITH_ACCOUNT,
        "Evidence": kept("until nobody can appeal"),
        "Exhibit": kept("until nobody can appeal"),
        "Exposure": WITH_ACCOUNT,
        "LongerHold": kept("until nobody can appeal"),
        "Measure": kept(FIGURES),
        "Notice": kept("by somebody without an account"),
        "Report": kept(FIGURES),
        "ReportLine": BY_STEP,
        "ReportSource": BY_STEP,
        "Watch": kept("goes with the case's waiting"),
    },
    stop=stop,
    clear=clear,
)
