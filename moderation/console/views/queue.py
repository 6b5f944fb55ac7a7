"""The queue: all that waits, the most urgent first."""

from __future__ import annotations

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.forms import one_page
from backend.core.console.visits import Visit, show
from backend.core.vocabulary import LANGUAGE_NAMES
from moderation.console import names
from moderation.console.frame import moderators
from moderation.console.shown import place_of
from moderation.queries.waiting import CLAIMED, KEY, Waiting, kinds_for, waiting

PAGES = {"appeal": "console:appeal", "second": "console:decision", "review": "console:decision"}


@moderators()
def show_queue(visit: Visit, role: Role) -> HttpResponse:
    """What waits for somebody; `kind` and `language` narrow it."""
    known = kinds_for(visit.kinds)
    kind, language = (visit.request.GET.get(name, "") for name in ("kind", "language"))
    kinds = (kind,) if kind in known else known
    language = language if language in LANGUAGE_NAMES else ""
    rows = one_page(
        visit,
        waiting(role=role, kinds=kinds, at=visit.now, language=language),
        KEY,
        lambda found: [_shown(visit, role, row) for row in found],
    )
    told = {
        "title": _("Cases"),
        "rows": rows,
        "kind": kind,
        "language_chosen": language,
        "kinds": [(key, names.WAITING[key]) for key in known],
        "languages": LANGUAGE_NAMES.items(),
    }
    return show(visit, "moderators/queue", told)


def _shown(visit: Visit, role: Role, row: Waiting) -> dict[str, Any]:
    case = row.case
    holder = case.holder(at=visit.now) if row.kind in ("report", "care") else None
    return {
        "kind": names.WAITING[row.kind],
        "reason": names.name(names.REASONS, case.reason),
        "priority": case.priority,
        "priority_name": names.PRIORITIES[case.priority],
        "language": LANGUAGE_NAMES.get(case.language, case.language),
        "place": place_of(case),
        "due_at": row.due_at,
        "tied": row.tied,
        "late": row.due_at <= visit.now,
        "case": case,
        "holder": names.name(names.ROLES, holder.kind) if holder else "",
        "own": holder == role if holder else False,
        "free": holder is None and row.kind in CLAIMED,
        "url": reverse(PAGES.get(row.kind, "console:case"), args=[row.id if row.kind in PAGES else case.id]),
    }
