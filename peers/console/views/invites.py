"""Invites: made, shown once, taken back; and people whose invites rest until somebody has talked with them."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.accounts import queries
from backend.core.accounts.actions import invite_pauses, invites
from backend.core.accounts.models import Invite, InvitePause, Role
from backend.core.console.visits import Visit, show, to
from peers.console.frame import Form, attempt, coordinators, one_page, sent, show_form

KINDS = {
    Invite.Kind.MEMBER: gettext_lazy("A member"),
    Invite.Kind.PEER_EXPERT: gettext_lazy("A peer expert"),
    Invite.Kind.COORDINATOR: gettext_lazy("A coordinator"),
}
STATES = {
    "open": gettext_lazy("open"),
    "used": gettext_lazy("used"),
    "withdrawn": gettext_lazy("taken back"),
    "expired": gettext_lazy("over"),
}


class InviteForm(Form):
    """For whom, and for how long."""

    kind = forms.ChoiceField(label=gettext_lazy("For whom"), choices=KINDS.items())
    days = forms.IntegerField(
        label=gettext_lazy("Works for how many days"), min_value=1, max_value=invites.MAX_DAYS, initial=14
    )


@coordinators(methods=("GET", "POST"))
def show_invites(visit: Visit, role: Role) -> HttpResponse:
    """The own invites; a new one's code is shown in reply, and never again."""
    form = InviteForm(sent(visit))
    made: list[invites.NewInvite] = []
    if attempt(form, lambda given: made.append(invites.make_invite(by=visit.by, now=visit.now, **given))):
        told = {"title": _("Keep this"), "invite": made[0].invite, "code": made[0].code}
        return show(visit, "coordination/invite_made", {**told, "kind": KINDS[Invite.Kind(made[0].invite.kind)]})
    rows = queries.invites_of(account=visit.by).select_related("inviter").order_by("-created_at", "id")
    found, next_page = one_page(visit, rows)
    shown = [
        {
            "invite": there,
            "kind": KINDS[Invite.Kind(there.kind)],
            "state": STATES[there.state(at=visit.now)],
            "open": there.state(at=visit.now) == "open",
            "used": invites.day_of_use(there),
        }
        for there in found
    ]
    told = {
        "title": _("Invites"),
        "form": form,
        "rows": shown,
        "next_page": next_page,
        "pauses": _pauses(visit, role),
    }
    return show_form(visit, "invites", told, form)


@coordinators(methods=("POST",))
def withdraw(visit: Visit, role: Role, invite: UUID) -> HttpResponse:
    """Take one back."""
    invites.withdraw_invite(by=visit.by, invite=invite, now=visit.now)
    visit.tell("invite_withdrawn")
    return to("invites")


@coordinators(methods=("POST",))
def review(visit: Visit, role: Role, pause: UUID) -> HttpResponse:
    """Somebody has talked with the person: they may invite again."""
    invite_pauses.review_pause(pause=pause, by=visit.by, now=visit.now)
    visit.tell("pause_reviewed")
    return to("invites")


def _pauses(visit: Visit, role: Role) -> list[tuple[InvitePause, str]]:
    """Whose invites rest, by the name that they have at the organisation."""
    found = list(queries.open_pauses(coordinator=visit.by).order_by("paused_on", "id")[:50])
    names = Role.objects.filter(
        account__in=[pause.inviter_id for pause in found], organisation=role.organisation_id, ended_at=None
    ).values_list("account", "alias")
    called = dict(names)
    return [(pause, called.get(pause.inviter_id, "")) for pause in found]
