"""What the script asks for: how much waits, for the menu; and whether single keys do something."""

from __future__ import annotations

from django.http import HttpResponse
from django.utils.translation import gettext as _

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit, to
from moderation.console.frame import moderators
from moderation.queries.waiting import count_waiting, kinds_for

MOST = 50  # what is counted: beyond that it is "more than"


@moderators(by_itself=True)
def say_waiting(visit: Visit, role: Role) -> HttpResponse:
    """A few words as plain text, nothing if nothing waits. It does not keep the session open."""
    count = count_waiting(role=role, kinds=kinds_for(visit.kinds), most=MOST, at=visit.now)
    text = _("more than %(count)s wait") if count > MOST else _("%(count)s wait")
    return HttpResponse(text % {"count": min(count, MOST)} if count else "", content_type="text/plain; charset=utf-8")


@moderators(methods=("POST",))
def switch(visit: Visit, role: Role) -> HttpResponse:
    """Switch single keys on (`on` 1) or off (0) in this browser."""
    visit.switch_keys(on=visit.typed("on", most=1) == "1")
    visit.tell("saved")
    return to("queue")
