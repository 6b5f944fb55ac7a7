"""One's own load: what one met in this shift, what one would rather not meet, and who waits for a talk."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, show, to
from moderation.actions import load
from moderation.console.frame import moderators
from moderation.console.menu import WATCHING
from moderation.console.names import REASONS, name
from moderation.queries import load as queries
from moderation.queries.people import MODERATING
from moderation.reasons import Reason


@moderators(kinds=WATCHING)
def show_load(visit: Visit, role: Role) -> HttpResponse:
    """For who moderates, what they have met by kind; for everybody here, who has met enough."""
    moderates = role.kind in MODERATING
    mine = queries.load_of(role=role, at=visit.now)
    declined = queries.declined_by(role=role)
    told = {
        "title": _("Load"),
        "moderates": moderates,
        "met": [(name(REASONS, reason), count) for reason, count in sorted(mine.met.items())],
        "full": mine.is_full,
        "kinds": [(reason.value, name(REASONS, reason), reason.value in declined) for reason in Reason],
        "resting": [(one.id, str(one.id)[:4]) for one in queries.resting(besides=role, at=visit.now)],
    }
    return show(visit, "moderators/load", told)


@moderators(methods=("POST",))
def decline(visit: Visit, role: Role) -> HttpResponse:
    """Keep which kinds one does not want."""
    load.decline(by=visit.by, reasons=visit.request.POST.getlist("reasons"), now=visit.now)
    visit.tell("saved")
    return to("load")


@moderators(kinds=WATCHING, methods=("POST",))
def talked(visit: Visit, role: Role, moderator: UUID) -> HttpResponse:
    """Note that one has talked with somebody."""
    load.debrief(by=visit.by, role=moderator, now=visit.now)
    visit.tell("saved")
    return to("load")
