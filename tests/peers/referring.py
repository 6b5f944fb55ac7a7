"""Referrals of the cast, made through the actions."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from backend.core.accounts.actions.consents import replace_consents
from backend.core.accounts.consents import ACCOUNT, CONSENTS
from backend.core.accounts.models import Account
from peers.referrals.actions.sending import preview_referral, send_referral
from peers.referrals.models import Referral
from tests.cast import Cast


def agree(account: Account, *purposes: str, now: datetime) -> None:
    """Agree to these purposes, and to no others."""
    replace_consents(by=account, versions={name: CONSENTS[name] for name in (ACCOUNT, *purposes)}, now=now)


def send(cast: Cast, message: str, *, now: datetime, days: int = 14, **chosen: Any) -> Referral:
    """Ana sends a message, and what else is chosen, to the organisation of the cast."""
    ana = cast.ana.account
    agree(ana, "sharing", now=now)
    given = {"organisation": cast.organisation.id, "fields": [], "goals": [], "message": message, **chosen}
    shown = preview_referral(by=ana, **given, now=now)
    return send_referral(by=ana, **given, expires_in=timedelta(days=days), preview=shown.tag, now=now)
