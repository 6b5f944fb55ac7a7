"""What a signed-in person changes about their own sign-in; the page has asked for the second factor again."""

from __future__ import annotations

from datetime import datetime

from backend.core.audit import audit
from backend.core.db import write
from backend.core.staff import errors, factors, passphrases, queries
from backend.core.staff.actions.enrolment import add_key, renew_codes
from backend.core.staff.actions.sessions import end_sessions_of
from backend.core.staff.factors import Site
from backend.core.staff.models import Staff, StaffSession


@write
def make_codes(*, staff: Staff, now: datetime) -> list[str]:
    """New recovery codes, shown once; the earlier ones are dead."""
    there = Staff.objects.select_for_update().get(account=staff.account_id)
    codes = renew_codes(staff=there)
    audit(action="staff.codes_renewed", at=now, by=there.account_id, subject=there.account_id)
    return codes


@write
def change_passphrase(*, session: StaffSession, passphrase: str, now: datetime) -> None:
    """Choose another one; all other sessions end. Raises `PassphraseTooShort`, `PassphraseTooPlain`."""
    chosen = passphrases.check_passphrase(passphrase)
    there = Staff.objects.select_for_update().get(account=session.staff_id)
    there.passphrase = passphrases.hash_passphrase(chosen, account=there.account_id)
    there.save(update_fields=["passphrase"])
    end_sessions_of(staff=there, keep=session, now=now)
    audit(action="staff.passphrase_changed", at=now, by=there.account_id, subject=there.account_id)


@write
def ask_another_key(*, session: StaffSession, staff: Staff, site: Site) -> str:
    """Options for one more security key, as JSON."""
    known = queries.credentials_of(staff=staff)
    options, challenge = factors.ask_new_key(site=site, account=staff.account_id, taken=known)
    StaffSession.objects.filter(id=session.id).update(challenge=challenge)
    return options


@write
def keep_key(*, session: StaffSession, answer: str, site: Site, now: datetime) -> None:
    """Add a security key. Raises `SecondFactorFailed`."""
    there = StaffSession.objects.select_for_update(of=("self",)).select_related("staff").get(id=session.id)
    key = factors.read_new_key(site=site, answer=answer, challenge=bytes(there.challenge or b""))
    if there.staff is None or not there.challenge or key is None:
        raise errors.SecondFactorFailed
    StaffSession.objects.filter(id=there.id).update(challenge=None)
    add_key(staff=there.staff, key=key, now=now)
    audit(action="staff.key_added", at=now, by=there.staff_id, subject=there.staff_id)
