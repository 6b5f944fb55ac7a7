"""What tests of peer experts share: somebody vetted the way people are."""

from __future__ import annotations

from datetime import datetime

from backend.core.accounts.models import Role
from peers.experts import queries
from peers.experts.actions.vettings import set_checklist, sign_vetting, start_vetting
from peers.experts.models import Expert, Vetting
from tests.cast import Person, utc_now

ITEMS = ["Spoken with twice", "Knows the rules of the house"]


def vet(role: Role, *, by: Person, second: Person, now: datetime | None = None) -> Expert:
    """Let two coordinators sign for a peer expert."""
    now = now or utc_now()
    assert role.organisation_id
    if queries.checklist_of(organisation=role.organisation_id) is None:
        set_checklist(by=by.account, items=ITEMS, now=now)
    asked = start_vetting(by=by.account, peer=role.id, now=now)
    for person in (by, second):
        sign(asked, by=person, now=now)
    return Expert.objects.get(role=role)


def sign(vetting: Vetting, *, by: Person, now: datetime | None = None) -> Vetting:
    """Sign for all that the checklist asks."""
    places = range(len(vetting.checklist.items))
    return sign_vetting(by=by.account, vetting=vetting.id, items=list(places), now=now or utc_now())
