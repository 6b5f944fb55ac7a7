"""Consents: given and withdrawn in one step."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from backend.core.accounts import access, errors, events, queries, standing
from backend.core.accounts import consents as texts
from backend.core.accounts.models import Account, Consent
from backend.core.db import write
from backend.core.streams.append import append


@write
def replace_consents(*, by: Account, versions: Mapping[str, str], now: datetime) -> None:
    """Agree to exactly these versions, by purpose; what is not named is withdrawn.

    Raises `EraseInstead` without the account's own, `ConsentPurposeUnknown`, `ConsentVersionUnknown`.
    """
    account = access.account(account=by.id, lock=True)
    held = queries.consents_of(account=account)
    if texts.ACCOUNT not in versions:
        raise errors.EraseInstead
    texts.check_versions(versions=versions, held={purpose: there.version for purpose, there in held.items()})
    over = [there.id for purpose, there in held.items() if versions.get(purpose) != there.version]
    fresh = {
        purpose: version
        for purpose, version in versions.items()
        if purpose not in held or held[purpose].version != version
    }
    if not over and not fresh:
        return
    Consent.objects.filter(id__in=over).update(withdrawn_at=now)
    Consent.objects.bulk_create(
        Consent(account=account, purpose=purpose, version=version, given_at=now) for purpose, version in fresh.items()
    )
    standing.tell_consents(account=account, held=versions.keys(), at=now)
    append(stream=account.inbox, kind=events.SETTINGS_CHANGED, at=now)
