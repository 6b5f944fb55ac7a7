"""Coming back: asked by anybody, confirmed by the two who know the voice, stopped by the old code, done after 72 h."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from backend.core import limits
from backend.core.accounts import access, errors, events, phrase, queries, tokens
from backend.core.accounts import access_code as codes
from backend.core.accounts.actions.accounts import NewAccount
from backend.core.accounts.actions.codes import hash_present
from backend.core.accounts.actions.recovery_settings import HELPERS, REMEMBERED, end_recoveries
from backend.core.accounts.actions.sessions import PER_NETWORK, PER_PREFIX, PREFIX, end_all_sessions, open_session
from backend.core.accounts.models import Account, Confirmation, Recovery, RecoveryHelper, Role
from backend.core.accounts.models.recovery import STATES
from backend.core.audit import audit
from backend.core.chance import Chance
from backend.core.db import claim, write
from backend.core.limits import Rate
from backend.core.sealing.keyring import keyring
from backend.core.streams.append import append

NUMBER = 12  # digits
HEARD_WITHIN = timedelta(days=7)
WAIT = timedelta(hours=72)
FETCHED_WITHIN = timedelta(days=14)
ONCE_MORE = timedelta(minutes=10)  # a reply that got lost
CONFIRMED = Rate(count=10, per_s=86_400, burst=5)  # per helper; fails closed


@dataclass(frozen=True, slots=True)
class NewRecovery:
    """What the phone is told, once: the number is spoken to the helpers, the secret stays on the phone."""

    recovery: Recovery
    secret: str = field(repr=False)


@write
def ask_recovery(*, now: datetime, rng: Chance = secrets) -> NewRecovery:
    """Begin one. It names no account, so there is nothing to find out."""
    secret = tokens.new_token()
    number = "".join(rng.choice("0123456789") for _ in range(NUMBER))
    recovery = Recovery.objects.create(
        number=number, secret_hash=tokens.hash_token(token=secret), asked_at=now, expires_at=now + HEARD_WITHIN
    )
    return NewRecovery(recovery=recovery, secret=secret)


def confirm_recovery(*, by: Account, number: str, phrase_said: str, now: datetime) -> None:
    """Note that somebody whom one knows has spoken number and phrase.

    Says nothing, whatever the number, the phrase and the caller: who may know how it stands is who holds the secret.
    Raises `TooMany`, `Unavailable`.
    """
    limits.take(name="recovery confirmed", key=by.id.bytes, rate=CONFIRMED, now=now)
    peppers = keyring().pepper.values()
    roles = list(queries.helping_roles().filter(account=by)) or [Role(id=by.id)]  # the same time for everybody
    heard = {role.id: [phrase.hash_phrase(text=phrase_said, role=role.id, pepper=p) for p in peppers] for role in roles}
    _confirm(by=by, number=number, heard=heard, now=now)


@write
def _confirm(*, by: Account, number: str, heard: dict[UUID, list[bytes]], now: datetime) -> None:
    named = [
        helper
        for role, hashes in heard.items()
        for helper in RecoveryHelper.objects.filter(role=role, role__ended_at=None, phrase_hash__in=hashes)
    ]
    held = Account.objects.select_for_update(no_key=True).filter(id__in=[helper.account_id for helper in named])
    accounts = {account.id: account for account in held.order_by("id")}
    recovery = Recovery.objects.select_for_update(no_key=True).filter(number=number).first()
    if recovery is None or recovery.state != "asked" or recovery.expires_at <= now:
        return
    known = set(Confirmation.objects.filter(recovery=recovery).values_list("helper", flat=True))
    still_named = RecoveryHelper.objects.filter(id__in=[helper.id for helper in named]).select_related("role")
    fresh = [helper for helper in still_named.order_by("id") if helper.id not in known]
    for helper in fresh:
        Confirmation.objects.create(recovery=recovery, helper=helper, confirmed_at=now)
        told = {"role": str(helper.role_id), "recovery": str(recovery.id)}
        audit(action="recovery.confirmed", at=now, by=by.id, subject=helper.account_id, data=told)
    told_by = {helper.account_id: accounts[helper.account_id] for helper in fresh}
    both = [account for account in told_by.values() if queries.confirmed(recovery=recovery, account=account) == HELPERS]
    if len(both) == 1:  # of two with the same phrase and the same helpers, neither: it must not be the other's
        recovery.state = STATES.move(present=recovery.state, to="waiting")
        recovery.account, recovery.due_at = both[0], now + WAIT
        recovery.expires_at = recovery.due_at + FETCHED_WITHIN
        recovery.save(update_fields=["state", "account", "due_at", "expires_at"])
    for account in told_by.values():
        append(stream=account.inbox, kind=events.RECOVERY_CHANGED, ref=recovery.id, at=now)


def object_to_recovery(*, number: str, access_code: str, network: bytes, now: datetime) -> Recovery:
    """Stop a recovery of one's own account, with the code, from anywhere. Again changes nothing.

    Raises `ObjectionFailed` alike for whatever does not fit, `CodeMalformed`, `TooMany`, `Unavailable`.
    """
    prefix = codes.normalise(text=access_code)[:PREFIX]
    limits.take(name="sign-in network", key=network, rate=PER_NETWORK, now=now)
    limits.take(name="sign-in prefix", key=prefix, rate=PER_PREFIX, now=now)
    hashes = [codes.hash_code(code=access_code, pepper=pepper) for pepper in keyring().pepper.values()]
    return _object(number=number, hashes=hashes, now=now)


@write
def _object(*, number: str, hashes: list[bytes], now: datetime) -> Recovery:
    account = Account.objects.select_for_update(no_key=True).filter(code_hash__in=hashes).first()
    if account is None or account.is_locked:
        raise errors.ObjectionFailed
    if queries.recoveries_of(account=account).filter(number=number).exists():
        end_recoveries(account=account, now=now)
    there = Recovery.objects.filter(number=number, account=account, state="over").first()
    if there is None:
        raise errors.ObjectionFailed
    return there


def read_recovery(*, number: str, secret: str) -> Recovery:
    """The recovery whose secret one holds. Raises `NotFound`."""
    return access.recovery(number=number, secret_hash=tokens.hash_token(token=secret))


@write
def fetch_recovery(
    *, number: str, secret: str, device_name: str | None, shared_device: bool, now: datetime
) -> NewAccount | None:
    """The new code, once both have confirmed and 72 h have passed; None before. All sessions end.

    Within ten minutes it can be fetched again: a reply may get lost. Raises `NotFound`.
    """
    seen = read_recovery(number=number, secret=secret)
    if seen.account_id is None:
        return None
    account = access.account(account=seen.account_id, lock=True)
    recovery = access.recovery(number=number, secret_hash=bytes(seen.secret_hash), lock=True)
    if account.is_locked or not _is_ready(recovery, account=account, now=now):
        return None
    helpers = sorted(str(one.helper.role_id) for one in recovery.confirmations.select_related("helper"))
    code = codes.new_code(locale=account.locale)
    account.code_hash, account.code_pepper = hash_present(code)
    account.save(update_fields=["code_hash", "code_pepper"])
    if recovery.state == "waiting":
        recovery.state = STATES.move(present=recovery.state, to="done")
        recovery.done_at, recovery.expires_at = now, now + REMEMBERED
        recovery.save(update_fields=["state", "done_at", "expires_at"])
        end_recoveries(account=account, now=now)  # others that ran beside it
        RecoveryHelper.objects.filter(account=account).delete()
    audit(action="account.recovered", at=now, by=None, subject=account.id, data={"helpers": helpers})
    end_all_sessions(account=account, keep=None, by=None, now=now)
    opened = open_session(account=account, device_name=device_name, shared_device=shared_device, now=now)
    append(stream=account.inbox, kind=events.RECOVERY_CHANGED, ref=recovery.id, at=now)
    append(stream=account.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return NewAccount(account=account, session=opened.session, access_code=code, token=opened.token)


def _is_ready(recovery: Recovery, *, account: Account, now: datetime) -> bool:
    if recovery.state == "done":
        return recovery.done_at is not None and now - recovery.done_at <= ONCE_MORE
    return (
        recovery.state == "waiting"
        and recovery.due_at is not None
        and recovery.due_at <= now < recovery.expires_at
        and queries.confirmed(recovery=recovery, account=account) == HELPERS
    )


@write
def sweep_recoveries(now: datetime) -> int:
    """Called by the worker: what nobody confirmed or fetched in time is over; what is over goes."""
    due = claim(Recovery.objects.filter(expires_at__lte=now).order_by("expires_at"))
    for recovery in due:
        if recovery.state == "waiting" and recovery.account is not None:
            recovery.state, recovery.due_at, recovery.expires_at = "over", None, now + REMEMBERED
            recovery.save(update_fields=["state", "due_at", "expires_at"])
            append(stream=recovery.account.inbox, kind=events.RECOVERY_CHANGED, ref=recovery.id, at=now)
        else:
            recovery.delete()
    return len(due)
