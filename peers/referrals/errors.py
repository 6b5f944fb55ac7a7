"""Refusals of this app, by their stable codes."""

from __future__ import annotations

from backend.core.errors import Conflict, Forbidden, Invalid


class SharingConsentNeeded(Forbidden):
    """Nothing is shared without the consent for it."""

    code = "sharing_consent_needed"


class ReferralEmpty(Invalid):
    """There is nothing in it to send."""

    code = "referral_empty"


class PreviewChanged(Conflict):
    """What would be sent is not what was shown."""

    code = "preview_changed"


class ReferralsFull(Conflict):
    """As many wait already as anybody can follow."""

    code = "referrals_full"


class DatePast(Invalid):
    """A first date lies ahead."""

    code = "date_past"
