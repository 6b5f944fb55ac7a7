"""Invites: made by who looks after people, used once, and no trace of by whom."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

from backend.core import aliases, limits
from backend.core.accounts import access, errors, invite_code, queries
from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.models import Account, Invite, Role, Vouch
from backend.core.chance import Chance
from backend.core.db import write
from backend.core.limits import Rate
from backend.core.sealing import datakeys, seal
from backend.core.sealing.keyring import keyring

OPEN_AT_MOST = {Role.Kind.COORDINATOR: 20, Role.Kind.PEER_EXPERT: 5}  # at a time, by the role in which they invite
MAX_DAYS = 30
USUAL_DAYS = 14
# Guessing 80 bits is hopeless; these keep it from costing us anything. Both fail closed.
TRIED_BY_NETWORK = Rate(count=60, per_s=3600, burst=20)
TRIED_BY_ACCOUNT = Rate(count=20, per_s=3600, burst=10)


@dataclass(frozen=True, slots=True)
class NewInvite:
    """What the inviter is shown, once."""

    invite: Invite
    code: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Redeeming:
    """What somebody has been given, and the name for the role if it gives one; what is left out is suggested."""

    code: str = field(repr=False)
    alias: str | None = None
    avatar_key: str | None = None


@write
def make_invite(*, by: Account, kind: str, days: int = USUAL_DAYS, now: datetime, rng: Chance = secrets) -> NewInvite:
    """Make a one-time invite for a member or, as a coordinator, for a role at one's own organisation.

    Raises `MayNotInvite`, `InvitesPaused`, `InvitesOpen` when too many wait already.
    """
    account = access.account(account=by.id, lock=True)  # one at a time: they are counted
    role = _role_to_invite(account=account, kind=kind)
    if queries.invites_are_paused(account=account):
        raise errors.InvitesPaused
    if queries.open_invites(account=account, at=now).count() >= OPEN_AT_MOST[Role.Kind(role.kind)]:
        raise errors.InvitesOpen
    code = invite_code.new_code(rng=rng)
    [hashed] = _hashes(code, [keyring().pepper[keyring().pepper_version]])
    made = Invite.objects.create(
        inviter=account,
        role=role,
        kind=kind,
        code_hash=hashed,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    return NewInvite(invite=made, code=code)


@write
def withdraw_invite(*, by: Account, invite: UUID, now: datetime) -> None:
    """Take an invite back. Again, or once it has expired, changes nothing. Raises `NotFound`, `Conflict` once used."""
    there = access.invite(by=by, invite=invite, lock=True)
    if there.used_on is not None:
        raise errors.InviteUsed
    if there.withdrawn_at is None:
        there.withdrawn_at = now
        there.save(update_fields=["withdrawn_at"])


def withdraw_of_role(role: Role, at: datetime) -> None:
    """Nobody comes in any more by the invites of a role that has ended. For `standing.register_role_ended`."""
    Invite.objects.filter(role=role, used_on=None, withdrawn_at=None).update(withdrawn_at=at)


def redeem_invite(*, by: Account, redeeming: Redeeming, now: datetime) -> Role | None:
    """Use an invite with the account that one has; → the role that it gave, if it was for one.

    Raises `InviteInvalid` alike for whatever is wrong with it, `RoleGiven`, `AliasNotWanted`, and what an alias is
    refused for.
    """
    limits.take(name="invite tried by account", key=by.id.bytes, rate=TRIED_BY_ACCOUNT, now=now)
    return _redeem(by=by, redeeming=redeeming, now=now)


@write
def _redeem(*, by: Account, redeeming: Redeeming, now: datetime) -> Role | None:
    return use(account=access.account(account=by.id, lock=True), redeeming=redeeming, now=now)


def check_before_sign_up(*, redeeming: Redeeming, network: bytes, now: datetime) -> None:
    """Refuse an invite that will not do before anything is made. Raises `InviteInvalid`, `TooMany`, `Unavailable`."""
    limits.take(name="invite tried by network", key=network, rate=TRIED_BY_NETWORK, now=now)
    _check_name(_find(redeeming.code, now=now), redeeming)


def use(*, account: Account, redeeming: Redeeming, now: datetime) -> Role | None:
    """Inside the write that has locked or made the account."""
    seen = _find(redeeming.code, now=now)
    if seen.kind != Invite.Kind.MEMBER and seen.role.organisation_id is not None:
        access.organisations(ids=[seen.role.organisation_id])
    invite = _find(redeeming.code, now=now, lock=True)
    if invite.inviter_id == account.id:
        raise errors.InviteInvalid
    _check_name(invite, redeeming)
    invite.used_on = seal.seal(
        key=datakeys.key_of(invite.inviter_id), text=now.date().isoformat().encode(), aad=invite.used_aad
    )
    invite.save(update_fields=["used_on"])
    vouch = Vouch(id=uuid4(), account=account, forget_on=_first_of_month_after_a_year(now.date()))
    vouch.inviter = seal.seal(key=datakeys.key_of(account.id), text=invite.inviter_id.bytes, aad=vouch.inviter_aad)
    vouch.save(force_insert=True)
    if invite.kind == Invite.Kind.MEMBER:
        return None
    chance = secrets.SystemRandom()
    return give_role(
        account=account,
        kind=invite.kind,
        organisation=invite.role.organisation,
        alias=redeeming.alias or aliases.suggest(language=account.locale, rng=chance, taken=()),
        avatar_key=redeeming.avatar_key or aliases.suggest_avatar(rng=chance),
        by=invite.inviter,  # who answers for it: a role is no secret
        now=now,
    )


def day_of_use(invite: Invite) -> date | None:
    """The day on which it was used, for its inviter."""
    if invite.used_on is None:
        return None
    key = datakeys.key_of(invite.inviter_id)
    return date.fromisoformat(seal.unseal(key=key, sealed=bytes(invite.used_on), aad=invite.used_aad).decode())


def _role_to_invite(*, account: Account, kind: str) -> Role:
    able = (Role.Kind.COORDINATOR, *((Role.Kind.PEER_EXPERT,) if kind == Invite.Kind.MEMBER else ()))
    held = {role.kind: role for role in queries.roles_of(account=account)}
    for inviting in able:
        if inviting in held:
            return held[inviting]
    raise errors.MayNotInvite


def _find(text: str, *, now: datetime, lock: bool = False) -> Invite:
    """An open invite of somebody who may still invite. Whatever is wrong, it is the same refusal."""
    code = invite_code.normalise(text=text)
    if code is None:
        raise errors.InviteInvalid
    found = Invite.objects.select_related("inviter", "role__organisation")
    if lock:
        found = found.select_for_update(of=("self",), no_key=True)
    invite = found.filter(code_hash__in=_hashes(code, keyring().pepper.values())).first()
    if (
        invite is None
        or invite.state(at=now) != "open"
        or invite.role.ended_at is not None
        or invite.inviter.is_locked
        or queries.invites_are_paused(account=invite.inviter)
    ):
        raise errors.InviteInvalid
    return invite


def _check_name(invite: Invite, redeeming: Redeeming) -> None:
    if invite.kind == Invite.Kind.MEMBER and (redeeming.alias is not None or redeeming.avatar_key is not None):
        raise errors.AliasNotWanted


def _hashes(code: str, peppers: Iterable[bytes]) -> list[bytes]:
    normal = invite_code.normalise(text=code)
    return [invite_code.hash_code(code=normal, pepper=pepper) for pepper in peppers] if normal else []


def _first_of_month_after_a_year(day: date) -> date:
    return date(day.year + 1 + day.month // 12, day.month % 12 + 1, 1)
