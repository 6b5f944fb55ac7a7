"""What a member takes along of asking for somebody: the wishes while they are kept, and who was proposed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict

from backend.core.accounts.models import Role
from backend.core.exports.registry import Asking, Row, each, register_part, rows_of
from peers.matching.models import Match, Request
from peers.matching.wishes import reasons_of, wishes_of


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="match_requests",
        says="When one asked for somebody; what for is forgotten once the request is closed.",
        read=rows_of(lambda account: Request.objects.filter(member=account), _requests, by=("asked_at", "id")),
        models=(Request,),
    )
    register_part(
        name="matches",
        says="Who was proposed, why, and what one said.",
        read=rows_of(
            lambda account: Match.objects.filter(request__member=account).select_related("request", "peer"),
            each(_match),
            by=("proposed_at", "id"),
        ),
        models=(Match,),
    )


def _requests(found: Sequence[Request], asking: Asking) -> Iterable[Row]:
    wishes = {there.id: wishes_of(there) for there in found}
    apart = {peer for wished in wishes.values() if wished for peer in wished.not_with}
    aliases = dict(Role.objects.filter(id__in=apart).values_list("id", "alias"))
    for there in found:
        wished = wishes[there.id]
        told = wished and asdict(wished) | {"not_with": sorted(aliases.get(peer, "") for peer in wished.not_with)}
        yield {
            "state": there.state,
            "wishes": told,
            "asked_at": there.asked_at,
            "waiting_since": there.waiting_since,
            "closed_at": there.closed_at,
        }


def _match(there: Match) -> Row:
    return {
        "who": there.peer.alias,
        "reasons": [asdict(reason) for reason in reasons_of(there)],
        "state": there.state,
        "proposed_at": there.proposed_at,
        "decided_at": there.decided_at,
    }
