"""A peer expert stops at once: for everybody whom they are beside, somebody steps in."""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q

from backend.core.accounts import access as accounts
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.models import Account, Role
from backend.core.db import write
from peers.contacts.actions.stopping import call_off_to, stop
from peers.contacts.models import Contact
from peers.contacts.queries import contacts_held
from peers.experts.actions.experts import change_expert


@write
def step_back(*, by: Account, leave_role: bool, now: datetime) -> None:
    """Be beside nobody from now on, and take nobody new; with `leave_role` be no peer expert any more.

    What they are as a member stays. A second time changes nothing. Raises `NotFound` for who is no peer expert.
    """
    there = accounts.account_with_beside(account=by.id)
    role = accounts.role(account=there, kind=Role.Kind.PEER_EXPERT)
    if leave_role:
        end_role(account=there, kind=role.kind, by=by, now=now)
        return
    held = contacts_held(by=by).select_related("organisation").filter(holder=role)
    stop(held, why=Contact.Why.STOPPED, besides={by.id}, now=now)
    call_off_to(Q(receiving=role), now=now)
    change_expert(by=by, changes={"taking_new": False}, check=lambda version: None, now=now)
