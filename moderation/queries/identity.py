"""Who stands behind: the little there is that helps to reach somebody. No name: nobody here has one.

Not their aliases, what they say about themselves, their groups or their answers: none of it leads to them.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from uuid import UUID

from django.utils import translation
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core.accounts.models import Account, Organisation
from backend.core.db import write
from backend.core.sealing import vault
from backend.core.vocabulary import LANGUAGE_NAMES
from moderation import access
from moderation.models import Decision
from moderation.queries.people import concerned
from peers.contacts.models import Contact
from peers.contacts.queries import contacts_of
from peers.profiles.models import Profile

FACTS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "languages": _("Languages"),
        "region": _("Region"),
        "beside": _("Who is beside them"),
        "organisation": _("Organisation"),
    }
)


def facts_of(account: Account) -> dict[str, str]:
    """By the keys of `FACTS`, as far as something is known."""
    profile = Profile.objects.select_related("region").filter(account=account).first()
    languages = profile.languages if profile is not None and profile.languages else [account.locale]
    contacts = [there for there in contacts_of(member=account) if there.holder is not None]
    organisations = {there.organisation for there in contacts if there.organisation is not None}
    region = profile.region if profile is not None else None
    if not organisations and region is not None:
        active = Organisation.objects.filter(opened_at__isnull=False, closed_at=None)
        organisations = set(active.filter(regions=region))
    found = {
        "languages": ", ".join(LANGUAGE_NAMES.get(key, key) for key in languages),
        "region": region.name if region is not None else "",
        "beside": ", ".join(_beside(there) for there in contacts),
        "organisation": ", ".join(sorted(there.name for there in organisations)),
    }
    return {key: text for key, text in found.items() if text}


@write
def look_at_identity(*, by: Account, decision: UUID, now: datetime) -> tuple[Decision, dict[str, str]]:
    """What is known of who was unsealed, for who has claimed the case, as long as it is open to them.

    Each look is an entry that the person sees, once they are told. Raises `ModeratorNeeded`, `NotFound`, `NotClaimed`,
    `Tied`.
    """
    role, made = access.unsealed(by=by, decision=decision, now=now)
    person = concerned(made)
    found = facts_of(person) if person is not None else {}
    why = vault.Opening(
        reason=vault.Reason.CASE,
        by=by.id,
        of=person.id if person is not None else made.case_id,
        what="identity",
        ref=made.id,
        role=role.id,
        role_kind=role.kind,
    )
    vault.note_look(why, count=len(found), now=now)
    return made, found


def named(facts: Mapping[str, str]) -> list[tuple[str, str]]:
    """Each fact with what it is called, in the reader's language."""
    return [(str(label), facts[key]) for key, label in FACTS.items() if key in facts]


def named_in_english(facts: Mapping[str, str]) -> dict[str, str]:
    """The same for an authority, whose language nobody here knows."""
    with translation.override("en"):
        return dict(named(facts))


def _beside(there: Contact) -> str:
    holder = there.holder
    assert holder is not None
    return f"{holder.alias} ({there.organisation.name})" if there.organisation is not None else holder.alias
