"""What stands ready for the day on which the code is lost, and what ends a recovery that runs."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from backend.core import limits
from backend.core.accounts import access, errors, events, phrase, queries
from backend.core.accounts.actions.codes import CODE_ASKED, check_code
from backend.core.accounts.models import Account, Confirmation, Recovery, RecoveryHelper, Role
from backend.core.audit import audit
from backend.core.db import write
from backend.core.sealing.keyring import keyring
from backend.core.streams.append import append

HELPERS = 2
REMEMBERED = timedelta(days=30)  # a recovery that is over or done


def name_helpers(
    *, by: Account, helpers: Sequence[UUID], phrase_said: str | None, access_code: str, now: datetime
) -> None:
    """Name two helpers by their peer ids, and the phrase that they will hear; or nobody any more.

    Asks for the access code: who holds the open phone must not choose who lets them in. What was named before is over.
    Raises `AccessCodeWrong`, `CodeMalformed`, `TooMany`, `HelpersUnfit`, `PhraseTooShort`.
    """
    limits.take(name="code asked", key=by.id.bytes, rate=CODE_ASKED, now=now)
    hashes: dict[UUID, bytes] = {}
    version = keyring().pepper_version
    if helpers or phrase_said is not None:
        if len(set(helpers)) != HELPERS:
            raise errors.HelpersUnfit
        phrase.check(text=phrase_said or "")
        pepper = keyring().pepper[version]
        hashes = {role: phrase.hash_phrase(text=phrase_said or "", role=role, pepper=pepper) for role in helpers}
    _name_helpers(by=by, hashes=hashes, version=version, access_code=access_code, now=now)


@write
def _name_helpers(*, by: Account, hashes: dict[UUID, bytes], version: int, access_code: str, now: datetime) -> None:
    account = access.account(account=by.id, lock=True)
    check_code(account=account, access_code=access_code)
    roles = list(queries.helping_roles().filter(id__in=hashes))
    people = {role.account_id for role in roles}
    if len(people) != len(hashes) or account.id in people:
        raise errors.HelpersUnfit
    end_recoveries(account=account, now=now)
    RecoveryHelper.objects.filter(account=account).delete()
    RecoveryHelper.objects.bulk_create(
        RecoveryHelper(account=account, role=role, phrase_hash=hashes[role.id], phrase_pepper=version, named_at=now)
        for role in roles
    )
    append(stream=account.inbox, kind=events.SETTINGS_CHANGED, at=now)


def end_recoveries(*, account: Account, now: datetime) -> None:
    """End what runs for an account that the caller has locked; its phrase has been said, so helpers are named anew."""
    running = queries.recoveries_of(account=account).select_for_update(of=("self",), no_key=True).order_by("id")
    ended = list(running)
    if not ended:
        return
    for recovery in ended:
        recovery.state, recovery.account, recovery.due_at = "over", account, None
        recovery.expires_at = now + REMEMBERED
        recovery.save(update_fields=["state", "account", "due_at", "expires_at"])
        append(stream=account.inbox, kind=events.RECOVERY_CHANGED, ref=recovery.id, at=now)
    RecoveryHelper.objects.filter(account=account).delete()
    audit(action="recovery.ended", at=now, by=account.id, subject=account.id, data={"recoveries": len(ended)})
    append(stream=account.inbox, kind=events.SETTINGS_CHANGED, at=now)


def drop_helper(role: Role, at: datetime) -> None:
    """A helper whose role has ended counts no more; what waited for them goes back. For `standing`."""
    named = RecoveryHelper.objects.filter(role=role).select_related("account").order_by("account")
    inboxes = {helper.account_id: helper.account.inbox for helper in named}
    if not inboxes:
        return
    heard = Recovery.objects.filter(confirmations__helper__role=role, state__in=("asked", "waiting"))
    for recovery in heard.select_for_update(of=("self",), no_key=True).order_by("id"):
        if recovery.state == "waiting" and recovery.account_id in inboxes:
            inbox = inboxes[recovery.account_id]
            recovery.state, recovery.account, recovery.due_at = "asked", None, None
            recovery.save(update_fields=["state", "account", "due_at"])
            append(stream=inbox, kind=events.RECOVERY_CHANGED, ref=recovery.id, at=at)
    Confirmation.objects.filter(helper__role=role).delete()
    for inbox in inboxes.values():
        append(stream=inbox, kind=events.SETTINGS_CHANGED, at=at)
