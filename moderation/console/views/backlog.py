"""How much waits, and for how long: no content, no place, no name; for who answers that somebody is there."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, show
from moderation.console.frame import moderators
from moderation.console.menu import WATCHING
from moderation.console.names import BACKLOG, name
from moderation.queries import backlog
from moderation.queries.duty import is_watched


@moderators(kinds=WATCHING)
def show_backlog(visit: Visit, role: Role) -> HttpResponse:
    """What waits by how urgent it is, how much of it is late, and whether somebody is on duty."""
    rows = [(name(BACKLOG, row.kind), row) for row in backlog.backlog(at=visit.now)]
    told = {
        "title": _("Backlog"),
        "rows": rows,
        "escalated": backlog.escalated(),
        "on_duty": is_watched(visit.now),
    }
    return show(visit, "moderators/backlog", told)
