"""What a peer expert takes along of what they are as such."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.core.exports.registry import Asking, Row, each, leave_out, register_part, rows_of
from peers.experts.actions.experts import saids_of
from peers.experts.models import Checklist, Expert, Vetting


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="peer_expert",
        says="What one offers as a peer expert, and what was decided about new people.",
        read=rows_of(
            lambda account: Expert.objects.filter(role__account=account).select_related("role"),
            _experts,
            by=("role_id",),
        ),
        models=(Expert,),
    )
    register_part(
        name="vettings",
        says="When one was vetted as a peer expert, and until when that is good; not by whom.",
        read=rows_of(
            lambda account: Vetting.objects.filter(expert__role__account=account), each(_vetting), by=("asked_at", "id")
        ),
        models=(Vetting,),
    )
    leave_out(Checklist, why="about nobody")


def _experts(found: Sequence[Expert], asking: Asking) -> Iterable[Row]:
    saids = saids_of(found)
    for there in found:
        said = saids[there.role_id]
        yield {
            "languages": there.languages,
            "domains": there.domains,
            "directions": there.directions,
            "region": there.region_id,
            "about": said.about,
            "gender": said.gender,
            "backgrounds": said.backgrounds,
            "office_hours": there.office_hours,
            "away_until": there.away_until,
            "taking_new": there.taking_new,
            "caseload_limit": there.caseload_limit,
            "vetted_until": there.vetted_until,
            "paused_at": there.paused_at,
        }


def _vetting(there: Vetting) -> Row:
    return {
        "state": there.state,
        "asked_at": there.asked_at,
        "signed_at": [at for at in (there.first_at, there.second_at) if at],
        "valid_until": there.valid_until,
    }
