"""What a member takes along of push: what they want, and which devices are pushed to; no address and no key."""

from __future__ import annotations

from collections.abc import Iterable

from backend.core.exports.registry import Asking, Row, at_once, leave_out, register_part
from backend.core.push import queries
from backend.core.push.actions.notifications import wanted_by
from backend.core.push.models import Cursor, Delivery, Device, Notifications, Wish


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="notifications",
        says="What one wants to be woken for, in which words, when not, and how many devices are pushed to.",
        read=at_once(_shown),
        models=(Notifications, Device),
    )
    leave_out(Wish, Delivery, why="a push that is on its way says the same for everybody")
    leave_out(Cursor, why="about nobody")


def _shown(asking: Asking) -> Iterable[Row]:
    wanted = wanted_by([asking.account.id])[asking.account.id]
    quiet = wanted.quiet
    yield {
        "kinds": sorted(str(kind) for kind in wanted.kinds),
        "text": wanted.text_key,
        "quiet_hours": quiet
        and {"timezone": quiet.zone.key, "start": quiet.start.strftime("%H:%M"), "end": quiet.end.strftime("%H:%M")},
        "devices": [{"seen_on": device.seen_on} for device in queries.pushed_to(account=asking.account, at=asking.now)],
    }
