"""What is erased of check-ins: nobody is asked any more, nothing is shared, nobody waits; then all of it goes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts.models import Account
from backend.core.db import write
from backend.core.erasure.registry import WITH_ACCOUNT, Part
from peers.checkins.actions.plans import stop as stop_plan
from peers.checkins.actions.requests import end_requests
from peers.checkins.actions.sharing import end_shares
from peers.checkins.models import CaringMessage, ContactRequest, Plan, SafetyPlan, Share, WayBack


def stop(account: Account, at: datetime) -> None:
    """Who was shown something, or was asked to be in touch, is told that it is over."""
    plan = Plan.objects.select_for_update(no_key=True).filter(account=account, stopped_at=None).first()
    if plan is not None:
        stop_plan(plan, inbox=account.inbox, now=at)
    end_shares(account=account, now=at)
    end_requests(account=account, now=at)


@write
def clear(account: UUID, at: datetime) -> None:
    """Answers, plans and what was asked."""
    for mine in (Share, Plan, SafetyPlan, CaringMessage, WayBack, ContactRequest):
        mine.objects.filter(account=account).delete()


PART = Part(
    name="checkins",
    order=30,
    models={
        "Plan": WITH_ACCOUNT,
        "CaringMessage": WITH_ACCOUNT,
        "CaringSignature": WITH_ACCOUNT,
        "WayBack": WITH_ACCOUNT,
        "Checkin": WITH_ACCOUNT,
        "Share": WITH_ACCOUNT,
        "ContactRequest": WITH_ACCOUNT,
        "RequestStep": WITH_ACCOUNT,
        "SafetyPlan": WITH_ACCOUNT,
    },
    stop=stop,
    clear=clear,
)
