"""Enrolment: the operator gives a code, the person shows it beside their access code and sets up their factors."""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.core import limits
from backend.core.accounts import access, access_code, tokens
from backend.core.accounts import queries as accounts
from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.db import write
from backend.core.limits import Rate
from backend.core.sealing.keyring import keyring
from backend.core.staff import errors, factors, passphrases
from backend.core.staff.actions.sessions import end_sessions_of
from backend.core.staff.factors import Site
from backend.core.staff.models import Enrolment, KnownBrowser, RecoveryCode, SecurityKey, Staff

ENROLMENT = timedelta(hours=48)
AT_WORK = timedelta(minutes=30)  # once begun
PER_NETWORK = Rate(count=30, per_s=3600, burst=15)  # fails closed


@dataclass(frozen=True, slots=True)
class Enrolled:
    """What the person is shown, once."""

    name: str
    recovery_codes: list[str] = field(repr=False)


@write
def make_enrolment(*, account: Account, now: datetime) -> str:
    """A code with which this account may set up its sign-in anew; the operator hands it over. Raises `StaffRoleNeeded`.

    What the account signs in with now stays until then. An earlier code is dead.
    """
    there = access.account(account=account.id, lock=True)
    if not accounts.is_staff(account=there):
        raise errors.StaffRoleNeeded
    code = factors.new_code()
    Enrolment.objects.filter(account=there).delete()
    Enrolment.objects.create(account=there, code_hash=factors.hash_code(code), expires_at=now + ENROLMENT)
    audit(action="staff.enrolment_made", at=now, by=None, subject=there.id)
    return code


def prove_enrolment(*, code: str, access_code: str, passphrase: str, network: bytes, now: datetime) -> str:
    """Show both codes and choose a passphrase; → the token of this browser for the rest of the enrolment.

    Raises `EnrolmentFailed`, `PassphraseTooShort`, `PassphraseTooPlain`, `TooMany`.
    """
    limits.take(name="staff enrolment", key=network, rate=PER_NETWORK, now=now)
    return _prove_enrolment(code=code, typed=access_code, passphrase=passphrase, now=now)


@write
def _prove_enrolment(*, code: str, typed: str, passphrase: str, now: datetime) -> str:
    found = Enrolment.objects.select_for_update().filter(code_hash=factors.hash_code(code), expires_at__gt=now).first()
    if found is None:
        raise errors.EnrolmentFailed
    account = Account.objects.get(id=found.account_id)
    try:
        hashed = access_code.hash_code(code=typed, pepper=keyring().pepper[account.code_pepper])
    except access_code.CodeMalformed:
        raise errors.EnrolmentFailed from None
    if not hmac.compare_digest(hashed, bytes(account.code_hash)) or account.is_locked:
        raise errors.EnrolmentFailed
    if not accounts.is_staff(account=account):
        raise errors.EnrolmentFailed
    chosen = passphrases.check_passphrase(passphrase)
    _refuse_own_code(account, chosen)
    token = tokens.new_token()
    found.token_hash = tokens.hash_token(token=token)
    found.passphrase = passphrases.hash_passphrase(chosen, account=account.id)
    found.totp = factors.new_totp(account=account.id)
    found.expires_at = min(found.expires_at, now + AT_WORK)
    found.save()
    return token


def _refuse_own_code(account: Account, passphrase: str) -> None:
    """The access code opens what the person says as a member: it has no business at the console."""
    try:
        hashed = access_code.hash_code(code=passphrase, pepper=keyring().pepper[account.code_pepper])
    except access_code.CodeMalformed:
        return
    if hmac.compare_digest(hashed, bytes(account.code_hash)):
        raise errors.PassphraseTooPlain


@write
def ask_first_key(*, enrolment: Enrolment, site: Site) -> str:
    """Options for a new security key, as JSON."""
    options, challenge = factors.ask_new_key(site=site, account=enrolment.account_id)
    Enrolment.objects.filter(account=enrolment.account_id).update(challenge=challenge)
    return options


@write
def finish_with_totp(*, enrolment: Enrolment, code: str, now: datetime) -> Enrolled:
    """Enrol with an authenticator app that shows this code. Raises `SecondFactorFailed`, `EnrolmentFailed`."""
    there = _held(enrolment, now)
    secret = factors.open_totp(account=there.account_id, sealed=bytes(there.totp or b""))
    step = factors.totp_step(secret=secret, code=code, after=0, now=now)
    if step is None:
        raise errors.SecondFactorFailed
    return _enrol(there, totp=bytes(there.totp or b""), step=step, key=None, now=now)


@write
def finish_with_key(*, enrolment: Enrolment, answer: str, site: Site, now: datetime) -> Enrolled:
    """Enrol with a security key. Raises `SecondFactorFailed`, `EnrolmentFailed`."""
    there = _held(enrolment, now)
    key = factors.read_new_key(site=site, answer=answer, challenge=bytes(there.challenge or b""))
    if key is None or not there.challenge:
        raise errors.SecondFactorFailed
    return _enrol(there, totp=None, step=0, key=key, now=now)


def _held(enrolment: Enrolment, now: datetime) -> Enrolment:
    account = access.account(account=enrolment.account_id, lock=True)
    there = Enrolment.objects.select_for_update().filter(account=account, expires_at__gt=now).first()
    if there is None or there.token_hash != enrolment.token_hash or not accounts.is_staff(account=account):
        raise errors.EnrolmentFailed
    return there


def _enrol(there: Enrolment, *, totp: bytes | None, step: int, key: factors.NewKey | None, now: datetime) -> Enrolled:
    staff, _ = Staff.objects.update_or_create(
        account_id=there.account_id,
        defaults={
            "name": _new_name(),
            "passphrase": bytes(there.passphrase or b""),
            "totp": totp,
            "totp_step": step,
            "enrolled_at": now,
        },
    )
    end_sessions_of(staff=staff, now=now)
    KnownBrowser.objects.filter(staff=staff).delete()
    SecurityKey.objects.filter(staff=staff).delete()
    if key is not None:
        add_key(staff=staff, key=key, now=now)
    codes = renew_codes(staff=staff)
    there.delete()
    audit(action="staff.enrolled", at=now, by=staff.account_id, subject=staff.account_id)
    return Enrolled(name=staff.name, recovery_codes=codes)


def add_key(*, staff: Staff, key: factors.NewKey, now: datetime) -> None:
    """Keep a security key."""
    SecurityKey.objects.create(
        staff=staff,
        credential=key.credential,
        public_key=key.public_key,
        sign_count=key.sign_count,
        created_at=now,
    )


def renew_codes(*, staff: Staff) -> list[str]:
    """Fresh recovery codes in place of all earlier ones."""
    codes = [factors.new_code() for _ in range(factors.RECOVERY_CODES)]
    RecoveryCode.objects.filter(staff=staff).delete()
    RecoveryCode.objects.bulk_create(RecoveryCode(staff=staff, code_hash=factors.hash_code(code)) for code in codes)
    return codes


def _new_name() -> str:
    # No "t-shirt": what is typed is looked for with its hyphens taken as spaces.
    words = [word for word in access_code.read_words(language="en") if len(word) <= 8 and word.isalpha()]
    while True:
        name = " ".join(secrets.choice(words) for _ in range(3))
        if not Staff.objects.filter(name=name).exists():
            return name
