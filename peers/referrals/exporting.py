"""What a member takes along of warm referrals: what they sent, to which organisation, and what came of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.core.exports.registry import Asking, Row, register_part, rows_of
from peers.referrals.models import Referral
from peers.referrals.queries import person_of, read_kept, referrals_of


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="referrals",
        says="What one sent to an organisation; `person`, whom it has named for one.",
        read=rows_of(lambda account: referrals_of(account=account), _referrals, by=("sent_at", "id")),
        models=(Referral,),
    )


def _referrals(found: Sequence[Referral], asking: Asking) -> Iterable[Row]:
    for there, lines in zip(found, read_kept(found, by=asking.account, now=asking.now), strict=True):
        yield {
            "organisation": there.organisation.name,
            "lines": lines,
            "state": there.state,
            "sent_at": there.sent_at,
            "expires_at": there.expires_at,
            "answered_at": there.answered_at,
            "person": person_of(there),
            "first_on": there.first_on,
            "ended_at": there.ended_at,
        }
