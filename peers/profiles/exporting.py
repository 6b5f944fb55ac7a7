"""What a member takes along of their profile."""

from __future__ import annotations

from backend.core.exports.registry import Row, each, register_part, rows_of
from peers.profiles.actions.profiles import about_of
from peers.profiles.models import Profile


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="profile",
        says="What one says about oneself.",
        read=rows_of(lambda account: Profile.objects.filter(account=account), each(_shown), by=("account_id",)),
        models=(Profile,),
    )


def _shown(there: Profile) -> Row:
    return {
        "alias": there.alias,
        "avatar_key": there.avatar_key,
        "languages": there.languages,
        "domains": there.domains,
        "directions": there.directions,
        "region": there.region_id,
        "about": about_of(there),
    }
