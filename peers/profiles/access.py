"""Fetch one thing with permission. A profile is its owner's alone."""

from __future__ import annotations

from backend.core.accounts.models import Account
from peers.profiles.models import Profile


def profile(*, by: Account, lock: bool = False) -> Profile:
    """The caller's profile; version 0, and empty, as long as nothing was ever written."""
    found = Profile.objects.select_for_update(no_key=True) if lock else Profile.objects.all()
    return found.filter(account=by).first() or Profile(account=by, version=0)
