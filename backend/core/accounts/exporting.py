"""What a member takes along of the account itself: facts and dates, no code, no hash, no token, and no id of it."""

from __future__ import annotations

from collections.abc import Iterable

from backend.core.accounts import queries
from backend.core.accounts.actions.invites import day_of_use
from backend.core.accounts.actions.sessions import device_name_of
from backend.core.accounts.models import (
    Account,
    Confirmation,
    Consent,
    Duty,
    Invite,
    InvitePause,
    Organisation,
    Recovery,
    RecoveryHelper,
    Region,
    Role,
    Session,
    Ticket,
    Vouch,
)
from backend.core.exports.registry import Asking, Row, at_once, each, leave_out, register_part, rows_of
from backend.core.models import AuditEntry


def register() -> None:
    """Called at `ready()`."""
    register_part(name="account", says="The account.", read=at_once(_account), models=(Account, Vouch))
    register_part(
        name="roles",
        says="Roles, for whom, and as who one was known in them.",
        read=rows_of(
            lambda account: Role.objects.filter(account=account).select_related("organisation"),
            each(_role),
            by=("given_at", "id"),
        ),
        models=(Role,),
    )
    register_part(
        name="consents",
        says="What was agreed to, and what was withdrawn.",
        read=rows_of(lambda account: Consent.objects.filter(account=account), each(_consent), by=("given_at", "id")),
        models=(Consent,),
    )
    register_part(
        name="sessions",
        says="Devices that were signed in within the last 30 days.",
        read=rows_of(lambda account: Session.objects.filter(account=account), each(_session), by=("created_at", "id")),
        models=(Session,),
    )
    register_part(
        name="recovery",
        says="Who was named to help one back in, and what was asked for in one's name.",
        read=at_once(_recovery),
        models=(Recovery, RecoveryHelper),
    )
    register_part(
        name="invites",
        says="Invites that one made.",
        read=rows_of(lambda account: Invite.objects.filter(inviter=account), _invites, by=("created_at", "id")),
        models=(Invite,),
    )
    register_part(
        name="invite_pauses",
        says="When one's invites rested.",
        read=rows_of(lambda account: InvitePause.objects.filter(inviter=account), each(_pause), by=("paused_on", "id")),
        models=(InvitePause,),
    )
    register_part(
        name="duties",
        says="When one was on duty, or stood in.",
        read=rows_of(
            lambda account: (
                Duty.objects.filter(role__account=account) | Duty.objects.filter(reserve__account=account)
            ).select_related("role"),
            _duties,
            by=("begins_at", "id"),
        ),
        models=(Duty,),
    )
    register_part(
        name="looks",
        says="When somebody else opened sealed words of one's own: in which role, not who.",
        read=rows_of(lambda account: queries.looks_at(account=account), each(_look), by=("seq",)),
        models=(AuditEntry,),
    )
    leave_out(Confirmation, why="what a helper did for somebody else")
    leave_out(Ticket, why="opens a socket, for 30 seconds")
    leave_out(Organisation, Region, why="about nobody")


def _account(asking: Asking) -> Iterable[Row]:
    there = asking.account
    yield {
        "language": there.locale,
        "created_at": there.created_at,
        "suspended_at": there.suspended_at,
        "was_invited": bool(queries.invited_accounts([there.id])),
    }


def _role(there: Role) -> Row:
    return {
        "kind": there.kind,
        "organisation": there.organisation.name if there.organisation else None,
        "alias": there.alias or None,
        "avatar_key": there.avatar_key or None,
        "given_at": there.given_at,
        "ended_at": there.ended_at,
    }


def _consent(there: Consent) -> Row:
    return {
        "purpose": there.purpose,
        "version": there.version,
        "given_at": there.given_at,
        "withdrawn_at": there.withdrawn_at,
    }


def _session(there: Session) -> Row:
    return {
        "device_name": device_name_of(there),
        "shared_device": there.shared_device,
        "opened_at": there.created_at,
        "seen_on": there.seen_on,
        "ended_at": there.revoked_at,
    }


def _recovery(asking: Asking) -> Iterable[Row]:
    helpers = queries.helpers_of(account=asking.account)
    yield {
        "helpers": [{"alias": helper.role.alias, "named_at": helper.named_at} for helper in helpers],
        "recoveries": [
            {"state": there.state, "asked_at": there.asked_at, "done_at": there.done_at}
            for there in Recovery.objects.filter(account=asking.account).order_by("asked_at", "id")
        ],
    }


def _invites(found: Iterable[Invite], asking: Asking) -> Iterable[Row]:
    for there in found:
        yield {
            "kind": there.kind,
            "state": there.state(at=asking.now),
            "created_at": there.created_at,
            "expires_at": there.expires_at,
            "used_on": day_of_use(there),
        }


def _pause(there: InvitePause) -> Row:
    return {"paused_on": there.paused_on, "reviewed_at": there.reviewed_at}


def _duties(found: Iterable[Duty], asking: Asking) -> Iterable[Row]:
    for there in found:
        own = there.role.account_id == asking.account.id
        yield {"begins_at": there.begins_at, "ends_at": there.ends_at, "as": "on_duty" if own else "reserve"}


def _look(there: AuditEntry) -> Row:
    told = there.data
    return {"at": there.at, "what": told["what"], "reason": told["reason"], "role": told["role_kind"]}
