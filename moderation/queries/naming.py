"""What a notice from outside is about, by what it names: an address or id, or the title of a group."""

from __future__ import annotations

import re
from dataclasses import dataclass
from uuid import UUID

from messaging.models import Group, Membership, Message
from moderation import errors
from peers.directory.models import Entry

# An id, alone or in an address; a number behind it, that of a message there.
_ID = re.compile(r"([0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12})(?:\D+([0-9]{1,15}))?", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Named:
    """One of these; a message is its writer's membership and the number."""

    entry: Entry | None = None
    group: Group | None = None
    membership: Membership | None = None
    seq: int | None = None

    @property
    def kind(self) -> str:
        """What it is, for the audit."""
        if self.entry is not None:
            return "entry"
        if self.group is not None:
            return "group"
        return "person" if self.seq is None else "message"


def named(*, what: str) -> Named:
    """What these words name. Raises `NothingNamed`, `SeveralNamed` (groups of one title)."""
    found = _ID.search(what)
    if found is not None:
        there = _by_id(UUID(found.group(1)), int(found.group(2)) if found.group(2) else None)
        if there is None:
            raise errors.NothingNamed
        return there
    groups = list(Group.objects.select_related("conversation").filter(title__iexact=what.strip())[:2])
    if len(groups) > 1:
        raise errors.SeveralNamed
    if not groups:
        raise errors.NothingNamed
    return Named(group=groups[0])


def _by_id(there: UUID, seq: int | None) -> Named | None:
    if seq is not None:
        message = Message.objects.select_related("membership__account").filter(conversation_id=there, seq=seq).first()
        return Named(membership=message.membership, seq=seq) if message is not None else None
    entry = Entry.objects.filter(id=there, withdrawn_at=None).first()
    if entry is not None:
        return Named(entry=entry)
    group = Group.objects.select_related("conversation").filter(conversation=there).first()
    if group is not None:
        return Named(group=group)
    somebody = Membership.objects.select_related("account").filter(id=there).first()
    return Named(membership=somebody) if somebody is not None else None
