"""Under which name somebody comes into a conversation: it leads nowhere else, and looks like nobody else's there."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from backend.core import aliases
from backend.core.accounts.models import Account, Role
from backend.core.aliases import AVATAR_KEYS, MAX_ALIAS
from backend.core.chance import Chance
from backend.core.errors import FieldError
from backend.core.text import fold, normalise_line
from messaging import errors
from messaging.models import AdmissionRequest, Membership

MAX_KEY = 64  # characters


@dataclass(frozen=True, slots=True)
class Name:
    """What the others see of somebody; `peer` where it is a peer expert in that role."""

    alias: str
    key: str
    avatar_key: str
    peer: Role | None = None


def key_of(alias: str) -> str:
    """Equal for aliases that look alike. One sign can stand for many: a long key is hashed to fit."""
    key = fold(text=alias)
    return key if len(key) < MAX_KEY else hashlib.sha256(key.encode()).hexdigest()


def choose_name(
    *,
    account: Account,
    conversation: UUID,
    alias: str | None,
    avatar_key: str | None,
    beside: Iterable[Role] = (),
    rng: Chance = secrets,
) -> Name:
    """The account's name in a conversation, suggested as far as it was not chosen. `beside`: who will be there too.

    The caller holds the account and the conversation. Raises `AliasTaken`, `AliasUsedElsewhere`, `ValueUnknown` and
    what `normalise_line` refuses.
    """
    used, avatars = _used_elsewhere(account, conversation)
    taken = _taken_here(account.id, conversation) | {key_of(role.alias) for role in beside}
    if avatar_key is None:
        free = [key for key in AVATAR_KEYS if key not in avatars]
        avatar_key = rng.choice(free or AVATAR_KEYS)
    elif avatar_key not in AVATAR_KEYS:
        raise errors.ValueUnknown(errors=(FieldError("/avatar_key", errors.ValueUnknown.code),))
    if alias is None:
        alias = aliases.suggest(language=account.locale, rng=rng, taken=used | taken)
    alias = normalise_line(text=alias, limit=MAX_ALIAS)
    key = key_of(alias)
    if key in used:
        raise errors.AliasUsedElsewhere
    if key in taken:
        raise errors.AliasTaken
    return Name(alias=alias, key=key, avatar_key=avatar_key)


def name_of_peer(*, role: Role, conversation: UUID) -> Name:
    """A peer expert's name in that role, the same everywhere. Raises `AliasTaken` where somebody else has it."""
    key = key_of(role.alias)
    if key in _taken_here(role.account_id, conversation):
        raise errors.AliasTaken
    return Name(alias=role.alias, key=key, avatar_key=role.avatar_key, peer=role)


def _used_elsewhere(account: Account, conversation: UUID) -> tuple[set[str], set[str]]:
    """The keys and avatars that others know, or knew, this person by in other places."""
    mine = Membership.objects.filter(account=account).exclude(conversation=conversation)
    asked = AdmissionRequest.objects.filter(account=account).exclude(group=conversation)
    roles = Role.objects.filter(account=account).exclude(alias="")
    shown = list(mine.values_list("alias_key", "avatar_key").union(asked.values_list("alias_key", "avatar_key")))
    shown += [(key_of(alias), avatar) for alias, avatar in roles.values_list("alias", "avatar_key")]
    return {key for key, _ in shown}, {avatar for _, avatar in shown}


def _taken_here(account: UUID, conversation: UUID) -> set[str]:
    """The keys of everybody else who belongs here, has belonged (what they said stays) or asks to."""
    theirs = Membership.objects.filter(conversation=conversation).exclude(account=account)
    asking = AdmissionRequest.objects.filter(group=conversation, state="asked").exclude(account=account)
    return set(theirs.values_list("alias_key", flat=True).union(asking.values_list("alias_key", flat=True)))
