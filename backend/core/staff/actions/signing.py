"""Sign-in: name and passphrase, then a second factor; either may come first.

Nobody can be locked out by somebody else. What is wrong counts per network, and per name for browsers that the person
has never signed in from. When a name's count is used up, such a browser is not refused: it is asked for a
security key or a recovery code first, which nobody guesses, and for the passphrase after that. A browser that the
person has signed in from has a count of its own, and codes of an authenticator app have one that a key and a recovery
code do not share.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from backend.core import limits
from backend.core.accounts import queries as accounts
from backend.core.accounts import tokens
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import TooMany
from backend.core.limits import Rate
from backend.core.staff import errors, factors, passphrases, queries
from backend.core.staff.factors import Site
from backend.core.staff.models import KnownBrowser, SecurityKey, Staff, StaffSession

PER_NETWORK = Rate(count=120, per_s=3600, burst=30)
PER_NAME = Rate(count=10, per_s=3600, burst=6)  # for browsers that are not known
PER_BROWSER = Rate(count=20, per_s=3600, burst=10)
PER_TOTP = Rate(count=10, per_s=3600, burst=8)  # per person: a million codes, three of them right
TRIES = 5  # wrong ones in one session that has begun
BROWSER_KNOWN = timedelta(days=180)


@dataclass(frozen=True, slots=True)
class Begun:
    """What the browser gets: the token is the cookie."""

    session: StaffSession
    token: str = field(repr=False)


def begin_sign_in(*, name: str, passphrase: str, browser: str, network: bytes, now: datetime) -> Begun:
    """Begin with name and passphrase. `browser` is the token of a browser that may be known.

    Where a name has had too many wrong ones, the passphrase is not looked at: the session then waits for a second
    factor first. Raises `StaffSignInFailed`, `TooMany`, `Unavailable`.
    """
    staff = queries.staff_by_name(name=name)
    known = staff is not None and bool(browser) and queries.browser_is_known(staff=staff, token=browser, at=now)
    if known:
        limits.take(name="staff browser", key=browser, rate=PER_BROWSER, now=now)
    else:
        limits.take(name="staff network", key=network, rate=PER_NETWORK, now=now)
        try:
            limits.take(name="staff name", key=queries.plain_name(name), rate=PER_NAME, now=now)
        except TooMany:
            return _begin(staff=staff, name=name, passphrase_at=None, now=now)
    if not _passphrase_fits(staff, passphrase):
        raise errors.StaffSignInFailed
    return _begin(staff=staff, name=name, passphrase_at=now, now=now)


def _passphrase_fits(staff: Staff | None, passphrase: str) -> bool:
    if staff is None:
        return passphrases.matches_nothing(passphrase)
    fits = passphrases.matches(passphrase, account=staff.account_id, sealed=bytes(staff.passphrase))
    return fits and not staff.account.is_locked and accounts.is_staff(account=staff.account)


@write
def _begin(*, staff: Staff | None, name: str, passphrase_at: datetime | None, now: datetime) -> Begun:
    token = tokens.new_token()
    session = StaffSession.objects.create(
        staff=staff,
        token_hash=tokens.hash_token(token=token),
        decoy=factors.decoy(name=queries.plain_name(name)),
        began_at=now,
        seen_at=now,
        passphrase_at=passphrase_at,
    )
    return Begun(session=session, token=token)


@write
def ask_key(*, session: StaffSession, site: Site) -> str:
    """Options for `navigator.credentials.get`, as JSON."""
    known = queries.credentials_of(staff=session.staff) if session.staff else []
    options, challenge = factors.ask_key(site=site, credentials=known, decoy=bytes(session.decoy))
    StaffSession.objects.filter(id=session.id).update(challenge=challenge)
    return options


def prove_totp(*, session: StaffSession, code: str, now: datetime) -> Begun:
    """Show a code of the authenticator app. Raises `SecondFactorFailed`, `TooMany`."""
    if session.staff is not None:
        limits.take(name="staff totp", key=session.staff_id.bytes, rate=PER_TOTP, now=now)  # type: ignore[union-attr]

    def check(staff: Staff, there: StaffSession) -> bool:
        if staff.totp is None or there.passphrase_at is None:
            return False
        secret = factors.open_totp(account=staff.account_id, sealed=bytes(staff.totp))
        step = factors.totp_step(secret=secret, code=code, after=staff.totp_step, now=now)
        if step is not None:
            Staff.objects.filter(account=staff.account_id).update(totp_step=step)
        return step is not None

    return _prove(session=session, kind="totp", check=check, now=now)


def prove_key(*, session: StaffSession, answer: str, site: Site, now: datetime) -> Begun:
    """Show a security key. Raises `SecondFactorFailed`."""

    def check(staff: Staff, there: StaffSession) -> bool:
        key = SecurityKey.objects.filter(staff=staff, credential=factors.credential_of(answer)).first()
        if key is None or not there.challenge:
            return False
        count = factors.read_key(
            site=site,
            answer=answer,
            challenge=bytes(there.challenge),
            public_key=bytes(key.public_key),
            sign_count=key.sign_count,
        )
        if count is not None:
            SecurityKey.objects.filter(id=key.id).update(sign_count=count)
        return count is not None

    return _prove(session=session, kind="key", check=check, now=now)


def prove_recovery(*, session: StaffSession, code: str, now: datetime) -> Begun:
    """Use up a recovery code. Raises `SecondFactorFailed`."""

    def check(staff: Staff, there: StaffSession) -> bool:
        unused = staff.recovery_codes.filter(code_hash=factors.hash_code(code), used_at=None)
        return unused.update(used_at=now) == 1

    return _prove(session=session, kind="recovery", check=check, now=now)


def prove_passphrase(*, session: StaffSession, passphrase: str, now: datetime) -> Begun:
    """The passphrase after the second factor. Raises `StaffSignInFailed`."""
    if session.second_at is None or not _passphrase_fits(session.staff, passphrase):
        _count_wrong(session=session, kind="passphrase", now=now)
        raise errors.StaffSignInFailed
    return _advance(session=session, kind="passphrase", now=now)


def _prove(*, session: StaffSession, kind: str, check: Callable[[Staff, StaffSession], bool], now: datetime) -> Begun:
    begun = _try(session=session, kind=kind, check=check, now=now)
    if begun is None:
        _count_wrong(session=session, kind=kind, now=now)
        raise errors.SecondFactorFailed
    return begun


@write
def _try(
    *, session: StaffSession, kind: str, check: Callable[[Staff, StaffSession], bool], now: datetime
) -> Begun | None:
    # One after the other for each person, so that no code counts twice.
    staff = Staff.objects.select_for_update().filter(account=session.staff_id).first()
    there = StaffSession.objects.select_for_update().filter(id=session.id, ended_at=None).first()
    if staff is None or there is None or not check(staff, there):
        return None
    return _advance(session=there, kind=kind, now=now)


@write
def _count_wrong(*, session: StaffSession, kind: str, now: datetime) -> None:
    there = StaffSession.objects.select_for_update().get(id=session.id)
    there.tries += 1
    there.challenge = None
    if there.tries >= TRIES and there.ended_at is None:
        there.ended_at = now
    there.save(update_fields=["tries", "challenge", "ended_at"])
    if there.staff_id:
        audit(action="staff.factor_failed", at=now, by=None, subject=there.staff_id, data={"kind": kind})


@write
def _advance(*, session: StaffSession, kind: str, now: datetime) -> Begun:
    """One more factor is there: a new token; open or confirmed if it was the last."""
    there = StaffSession.objects.select_for_update(of=("self",)).select_related("staff__account").get(id=session.id)
    was_open = there.is_open
    token = tokens.new_token()
    there.token_hash = tokens.hash_token(token=token)
    there.challenge, there.tries, there.seen_at = None, 0, now
    if kind == "passphrase":
        there.passphrase_at = now
    else:
        there.second_at = now
    if not was_open and there.is_open:
        there.began_at = now
    there.save()
    told = {"kind": kind}
    if was_open:
        audit(action="staff.confirmed", at=now, by=there.staff_id, subject=there.staff_id, data=told)
    elif there.is_open:
        audit(action="staff.signed_in", at=now, by=there.staff_id, subject=there.staff_id, data=told)
    return Begun(session=there, token=token)


@write
def remember_browser(*, staff: Staff, now: datetime) -> str:
    """A token for the browser that this person has just signed in from."""
    token = tokens.new_token()
    KnownBrowser.objects.create(staff=staff, token_hash=tokens.hash_token(token=token), until=now + BROWSER_KNOWN)
    return token
