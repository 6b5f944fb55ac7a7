"""Reads about staff, each with a fixed number of queries."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.models import Q

from backend.core.accounts import tokens
from backend.core.staff.models import Enrolment, KnownBrowser, Staff, StaffSession

HALF = timedelta(minutes=10)  # to show the other factor
IDLE = timedelta(minutes=20)
ABSOLUTE = timedelta(hours=10)


def session_by_token(*, token: str, at: datetime) -> StaffSession | None:
    """The session, begun or open, with its account in one query; None when it is over or the account locked."""
    return (
        StaffSession.objects.select_related("staff__account")
        .filter(
            Q(passphrase_at__isnull=False, second_at__isnull=False) | Q(began_at__gt=at - HALF),
            Q(staff=None) | Q(staff__account__locked_at=None),
            token_hash=tokens.hash_token(token=token),
            ended_at=None,
            began_at__gt=at - ABSOLUTE,
            seen_at__gt=at - IDLE,
        )
        .first()
    )


def enrolment_by_token(*, token: str, at: datetime) -> Enrolment | None:
    """The enrolment that this browser has proved itself for."""
    return Enrolment.objects.filter(
        token_hash=tokens.hash_token(token=token), expires_at__gt=at, account__locked_at=None
    ).first()


def staff_by_name(*, name: str) -> Staff | None:
    """Who signs in under this name."""
    return Staff.objects.select_related("account").filter(name=plain_name(name)).first()


def plain_name(name: str) -> str:
    """A sign-in name as it is kept, of what was typed."""
    return " ".join(name[:80].lower().replace("-", " ").replace("\0", " ").split())[:40]


def browser_is_known(*, staff: Staff, token: str, at: datetime) -> bool:
    """Whether this person has signed in from this browser before."""
    return KnownBrowser.objects.filter(staff=staff, token_hash=tokens.hash_token(token=token), until__gt=at).exists()


def recovery_codes_left(*, staff: Staff) -> int:
    """How many have not been used."""
    return staff.recovery_codes.filter(used_at=None).count()


def credentials_of(*, staff: Staff) -> list[bytes]:
    """The ids of the person's security keys."""
    return [bytes(key) for key in staff.keys.order_by("id").values_list("credential", flat=True)]
