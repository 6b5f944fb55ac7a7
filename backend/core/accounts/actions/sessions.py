"""Sessions: opened with an access code, ended by the account's owner or by a lock."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID, uuid4

from backend.core import limits
from backend.core.accounts import access, errors, events, queries, standing, tokens
from backend.core.accounts import access_code as codes
from backend.core.accounts.models import Account, Session
from backend.core.audit import audit
from backend.core.db import write
from backend.core.limits import Rate
from backend.core.sealing import datakeys, seal
from backend.core.sealing.keyring import keyring
from backend.core.streams.append import append

SHARED_DEVICE = timedelta(hours=12)
# Guessing is hopeless anyway; these keep it from costing us anything. Both fail closed.
PER_PREFIX = Rate(count=20, per_s=3600, burst=10)
PER_NETWORK = Rate(count=120, per_s=3600, burst=30)  # a whole network of a phone company may stand behind one
PREFIX = 6  # letters: about the first word
MAX_DEVICE_NAME = 60  # characters


@dataclass(frozen=True, slots=True)
class OpenedSession:
    """What the device is told, once."""

    account: Account
    session: Session
    token: str = field(repr=False)


def sign_in(
    *, access_code: str, device_name: str | None, shared_device: bool, network: bytes, now: datetime
) -> OpenedSession:
    """Open a session for whoever knows the code. `network` is the caller's coarse network, hashed.

    Raises `SignInFailed` alike for an unknown code and for a locked account (one that a decision has suspended may come
    in to read it and to appeal), `CodeMalformed`, `TooMany` and, when the
    limits cannot be read, `Unavailable`.
    """
    prefix = codes.normalise(text=access_code)[:PREFIX]
    limits.take(name="sign-in network", key=network, rate=PER_NETWORK, now=now)
    limits.take(name="sign-in prefix", key=prefix, rate=PER_PREFIX, now=now)
    hashes = {codes.hash_code(code=access_code, pepper=pepper): version for version, pepper in keyring().pepper.items()}
    return _sign_in(hashes=hashes, device_name=device_name, shared_device=shared_device, now=now)


@write
def _sign_in(*, hashes: dict[bytes, int], device_name: str | None, shared_device: bool, now: datetime) -> OpenedSession:
    # Locked, so that a session is never opened with a code that is being replaced.
    account = Account.objects.select_for_update(no_key=True).filter(code_hash__in=list(hashes)).first()
    if account is None or (account.is_locked and not account.is_suspended):
        raise errors.SignInFailed
    present = keyring().pepper_version
    if account.code_pepper != present:  # the one moment at which the code is at hand
        account.code_hash = next(hashed for hashed, version in hashes.items() if version == present)
        account.code_pepper = present
        account.save(update_fields=["code_hash", "code_pepper"])
    return open_session(account=account, device_name=device_name, shared_device=shared_device, now=now)


@write
def open_session(*, account: Account, device_name: str | None, shared_device: bool, now: datetime) -> OpenedSession:
    """Open a session without asking for anything: the caller has made sure who it is."""
    token, session_id = tokens.new_token(), uuid4()
    session = Session.objects.create(
        id=session_id,
        account=account,
        token_hash=tokens.hash_token(token=token),
        device_name=_seal_name(account.id, session_id, device_name) if device_name else None,
        shared_device=shared_device,
        created_at=now,
        seen_on=now.date(),
        expires_at=now + SHARED_DEVICE if shared_device else None,
    )
    if queries.is_staff(account=account):
        audit(action="session.opened", at=now, by=account.id, subject=session.id)
    return OpenedSession(account=account, session=session, token=token)


def device_name_of(session: Session) -> str | None:
    """What the member called the device."""
    if session.device_name is None:
        return None
    key = datakeys.key_of(session.account_id)
    place = _name_aad(session.account_id, session.id)
    return seal.unseal(key=key, sealed=bytes(session.device_name), aad=place).decode()


def mark_seen(*, session: Session, now: datetime) -> None:
    """Note the day on which the session is used; writes once a day."""
    if session.seen_on != now.date():
        Session.objects.filter(id=session.id).update(seen_on=now.date())


@write
def revoke_session(*, by: Account, session: UUID, now: datetime) -> None:
    """End one of the caller's sessions; its sockets close. Ending it again changes nothing."""
    there = access.session(by=by, session=session, lock=True)
    end_sessions(account=by, sessions=[there], by=by, now=now)


@write
def revoke_other_sessions(*, by: Account, keep: Session, now: datetime) -> None:
    """End all of the caller's sessions but the one at hand."""
    account = access.account(account=by.id, lock=True)  # nobody signs in meanwhile
    end_all_sessions(account=account, keep=keep, by=by, now=now)


@write
def end_all_sessions(*, account: Account, keep: Session | None, by: Account | None, now: datetime) -> None:
    """End all sessions of an account that the caller has locked, but for `keep`."""
    sessions = Session.objects.select_for_update(no_key=True).filter(account=account, revoked_at=None)
    if keep is not None:
        sessions = sessions.exclude(id=keep.id)
    end_sessions(account=account, sessions=sessions, by=by, now=now)


@write
def end_sessions(*, account: Account, sessions: Iterable[Session], by: Account | None, now: datetime) -> None:
    """End these sessions of one account, which the caller has locked; the inbox tells each of them."""
    ending = [session for session in sessions if session.revoked_at is None]
    if not ending:
        return
    ids = sorted(session.id for session in ending)
    Session.objects.filter(id__in=ids).update(revoked_at=now)
    standing.tell_sessions_ended(sessions=ids, at=now)
    if queries.is_staff(account=account):
        for session in ending:
            audit(action="session.revoked", at=now, by=by.id if by else None, subject=session.id)
    for session in ending:
        append(stream=account.inbox, kind=events.SESSION_REVOKED, ref=session.id, at=now)


def _seal_name(account: UUID, session: UUID, name: str) -> bytes:
    return seal.seal(key=datakeys.key_of(account), text=name.encode(), aad=_name_aad(account, session))


def _name_aad(account: UUID, session: UUID) -> bytes:
    return seal.aad("session", session, "device_name", 1, account)
