"""Accounts: made with a consent and nothing else, opened by one code, locked and unlocked by people."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID, uuid4

from django.conf import settings

from backend.core import limits
from backend.core.accounts import access, errors, events, standing
from backend.core.accounts import access_code as codes
from backend.core.accounts import consents as texts
from backend.core.accounts.actions.codes import CODE_ASKED, check_code, hash_present
from backend.core.accounts.actions.invites import Redeeming, check_before_sign_up, use
from backend.core.accounts.actions.recovery_settings import end_recoveries
from backend.core.accounts.actions.sessions import end_all_sessions, open_session
from backend.core.accounts.models import Account, Consent, Session
from backend.core.audit import audit
from backend.core.db import write
from backend.core.sealing import datakeys
from backend.core.streams import store
from backend.core.streams.append import append


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What the person is shown, once."""

    account: Account
    session: Session
    access_code: str = field(repr=False)
    token: str = field(repr=False)


def create_account(
    *,
    locale: str,
    adult: bool,
    consents: Mapping[str, str],
    device_name: str | None,
    shared_device: bool,
    invite: Redeeming | None = None,
    network: bytes = b"",
    now: datetime,
) -> NewAccount:
    """Make an account with its first session; `consents` is purpose → version.

    An invite is used with it; `network` is the caller's coarse network, hashed. Raises `AdultNeeded`, `LocaleUnknown`,
    `ConsentNeeded`, `ConsentPurposeUnknown`, `ConsentVersionUnknown` or what `invites.use` does.
    """
    if adult is not True:
        raise errors.AdultNeeded
    _check_locale(locale)
    if texts.ACCOUNT not in consents:
        raise errors.ConsentNeeded
    texts.check_versions(versions=consents, held={})
    if invite is not None:
        check_before_sign_up(redeeming=invite, network=network, now=now)
    account_id = uuid4()
    datakeys.create_key(owner=account_id, at=now)
    return _create_account(
        account_id=account_id,
        locale=locale,
        consents=consents,
        device_name=device_name,
        shared_device=shared_device,
        invite=invite,
        now=now,
    )


@write
def _create_account(
    *,
    account_id: UUID,
    locale: str,
    consents: Mapping[str, str],
    device_name: str | None,
    shared_device: bool,
    invite: Redeeming | None,
    now: datetime,
) -> NewAccount:
    code = codes.new_code(locale=locale)
    hashed, version = hash_present(code)
    account = Account.objects.create(
        id=account_id,
        locale=locale,
        code_hash=hashed,
        code_pepper=version,
        rules_due=True,
        created_at=now,
    )
    store.create_stream(stream=account.inbox, at=now)
    Consent.objects.bulk_create(
        Consent(account=account, purpose=purpose, version=agreed, given_at=now) for purpose, agreed in consents.items()
    )
    if invite is not None:
        use(account=account, redeeming=invite, now=now)
    opened = open_session(account=account, device_name=device_name, shared_device=shared_device, now=now)
    return NewAccount(account=account, session=opened.session, access_code=code, token=opened.token)


@write
def change_locale(*, by: Account, locale: str, now: datetime) -> Account:
    """Change the language of the texts. Raises `LocaleUnknown`."""
    _check_locale(locale)
    account = access.account(account=by.id, lock=True)
    if account.locale != locale:
        account.locale = locale
        account.save(update_fields=["locale"])
        append(stream=account.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return account


def rotate_code(*, by: Account, session: Session, access_code: str, now: datetime) -> str:
    """Replace the access code and end all other sessions: who rotates fears that somebody else came in.

    The present code is asked again and is dead at once. Returns the new one.
    Raises `AccessCodeWrong`, `CodeMalformed` and, on too many tries, `TooMany`.
    """
    limits.take(name="code asked", key=by.id.bytes, rate=CODE_ASKED, now=now)
    return _rotate_code(by=by, session=session, access_code=access_code, now=now)


@write
def _rotate_code(*, by: Account, session: Session, access_code: str, now: datetime) -> str:
    account = access.account(account=by.id, lock=True)
    check_code(account=account, access_code=access_code)
    code = codes.new_code(locale=account.locale)
    account.code_hash, account.code_pepper = hash_present(code)
    account.save(update_fields=["code_hash", "code_pepper"])
    end_recoveries(account=account, now=now)
    end_all_sessions(account=account, keep=session, by=by, now=now)
    append(stream=account.inbox, kind=events.SETTINGS_CHANGED, at=now)
    return code


@write
def lock_account(*, account: Account, by: Account | None, now: datetime) -> Account:
    """Let nothing be done with the account until it is unlocked: all sessions end, their sockets close.

    `by` is None for the operator. Locking again changes nothing; what was suspended is locked altogether.
    """
    there = access.account_with_beside(account=account.id)
    if there.is_suspended:
        there.suspended_at = None
        there.save(update_fields=["suspended_at"])
        audit(action="account.locked", at=now, by=by.id if by else None, subject=there.id)
        end_all_sessions(account=there, keep=None, by=by, now=now)
    elif not there.is_locked:
        _lock(there, action="account.locked", by=by, now=now)
    return there


@write
def unlock_account(*, account: Account, by: Account | None, now: datetime) -> Account:
    """Let the account be used again; its sessions stay ended, its code opens new ones."""
    there = access.account(account=account.id, lock=True)
    if there.is_locked:
        _unlock(there, action="account.unlocked", by=by, now=now)
    return there


@write
def suspend_account(*, account: Account, by: Account | None, now: datetime) -> bool:
    """Lock the account by a decision: it may sign in to read that and to appeal; → whether it was not locked."""
    there = access.account_with_beside(account=account.id)
    if there.is_locked:
        return False
    there.suspended_at = now
    _lock(there, action="account.suspended", by=by, now=now)
    return True


@write
def end_suspension(*, account: Account, by: Account | None, now: datetime) -> None:
    """Unlock what a decision had locked; what the operator has locked stays so."""
    there = access.account(account=account.id, lock=True)
    if there.is_suspended:
        _unlock(there, action="account.suspension_ended", by=by, now=now)


def _lock(there: Account, *, action: str, by: Account | None, now: datetime) -> None:
    there.locked_at = now
    there.save(update_fields=["locked_at", "suspended_at"])
    audit(action=action, at=now, by=by.id if by else None, subject=there.id)
    end_all_sessions(account=there, keep=None, by=by, now=now)
    standing.tell(account=there, at=now)


def _unlock(there: Account, *, action: str, by: Account | None, now: datetime) -> None:
    there.locked_at = there.suspended_at = None
    there.save(update_fields=["locked_at", "suspended_at"])
    audit(action=action, at=now, by=by.id if by else None, subject=there.id)
    standing.tell(account=there, at=now)


def _check_locale(locale: str) -> None:
    if locale not in dict(settings.LANGUAGES):
        raise errors.LocaleUnknown
