"""A wish for contact: to the contact person, then the backup, then the organisation's coordinator, then said so.

Nobody is told why, and nothing of any answer. The member sees whose turn it is and until when.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from backend.core.accounts import access as accounts
from backend.core.accounts.models import Account, Role
from backend.core.db import claim, write
from backend.core.errors import NotFound
from backend.core.streams.append import append
from messaging.actions.direct import start_direct
from messaging.actions.locks import hold_accounts
from peers.checkins import access, errors, events
from peers.checkins.models import ContactRequest, RequestStep
from peers.checkins.models.request import STATES
from peers.checkins.queries import COORDINATOR, PROMISED, turns_of

BATCH = 100


@write
def ask_contact(*, by: Account, somebody_else: bool = False, now: datetime) -> ContactRequest:
    """Wish for contact; `somebody_else` leaves the contact person out. Raises `NobodyBeside`, `RequestWaits`."""
    account = accounts.account(account=by.id, lock=True)
    if ContactRequest.objects.filter(account=by, state__in=("waiting", "acknowledged")).exists():
        raise errors.RequestWaits
    first = next(turns_of(account=account, after="primary" if somebody_else else None), None)
    if first is None:
        raise errors.NobodyBeside
    request = ContactRequest(account=account, asked_at=now)
    _give_turn(request, *first, now=now)
    request.save(force_insert=True)
    RequestStep.objects.create(request=request, part=first[0], role=first[1], at=now)
    _tell(request, now=now)
    return request


@write
def acknowledge_request(*, by: Account, request: UUID, now: datetime) -> ContactRequest:
    """Take it on, and be in touch. A coordinator without a talk gets one. Again changes nothing. Raises `NotFound`."""
    accounts.account(account=by.id, lock=True)
    there = access.request_for(by=by, request=request)
    if there.state == "acknowledged" or there.holder is None:
        return there
    there.state = STATES.move(present=there.state, to="acknowledged")
    there.respond_by = None
    there.save(update_fields=["state", "respond_by"])
    _tell(there, now=now)
    return there


@write
def open_talk(*, by: Account, request: UUID, now: datetime) -> UUID:
    """The direct talk with the member, made if there is none, for who has taken the request on. Raises `NotFound`."""
    member = ContactRequest.objects.filter(id=request, holder__account=by).values_list("account", flat=True).first()
    if member is None:
        raise NotFound
    hold_accounts(member, by.id)  # accounts come first
    there = access.request_for(by=by, request=request)
    if there.state != "acknowledged" or there.holder is None:
        raise NotFound
    return start_direct(member=there.account, peer=there.holder, alias=None, now=now).id


@write
def pass_on_request(*, by: Account, request: UUID, now: datetime) -> ContactRequest:
    """Give it to whose turn it is next, without a reason. Raises `NotFound`."""
    there = access.request_for(by=by, request=request)
    _next_turn(there, now=now)
    return there


@write
def close_request(*, by: Account, request: UUID, now: datetime) -> ContactRequest:
    """They have been in touch. Raises `NotFound`."""
    there = access.request_for(by=by, request=request)
    _end(there, to="closed", now=now)
    return there


@write
def withdraw_request(*, by: Account, request: UUID, now: datetime) -> None:
    """The member does not need it any more. A second time changes nothing. Raises `NotFound`."""
    there = access.own_request(by=by, request=request, lock=True)
    if there.state not in ("withdrawn", "closed"):
        _end(there, to="withdrawn", now=now)


@write
def escalate_due(*, now: datetime) -> int:
    """The clock: who did not answer in the promised time is followed by the next."""
    due = ContactRequest.objects.select_related("account", "holder__account").filter(
        state="waiting", respond_by__lte=now
    )
    found = claim(due.order_by("respond_by"), limit=BATCH, of=("self",))
    for request in found:
        _next_turn(request, now=now)
    return len(found)


def follow_role_end(role: Role, at: datetime) -> None:
    """Whose role ended is not waited for; what they had taken on waits again."""
    found = ContactRequest.objects.filter(holder=role, state__in=("waiting", "acknowledged"))
    for request in found.select_for_update(no_key=True).order_by("id"):
        request.state, request.respond_by = "waiting", at
        request.save(update_fields=["state", "respond_by"])


def end_requests(*, account: Account, now: datetime) -> None:
    """The member does not wait for anybody any more; inside the caller's write."""
    found = ContactRequest.objects.filter(account=account).exclude(state__in=("withdrawn", "closed"))
    for request in found.select_for_update(no_key=True).order_by("id"):
        _end(request, to="withdrawn", now=now)


def _next_turn(request: ContactRequest, *, now: datetime) -> None:
    before = request.holder
    asked = set(request.steps.values_list("role", flat=True))
    left = (turn for turn in turns_of(account=request.account) if turn[1].id not in asked and _later(request, turn))
    turn = next(left, None)
    if turn is None:
        request.state = "unanswered" if request.state != "unanswered" else request.state
        request.holder, request.respond_by, request.part = None, None, COORDINATOR
    else:
        request.state = "waiting"
        _give_turn(request, *turn, now=now)
        RequestStep.objects.create(request=request, part=turn[0], role=turn[1], at=now)
    request.save(update_fields=["state", "holder", "respond_by", "part"])
    _tell(request, now=now, besides=before)


def _later(request: ContactRequest, turn: tuple[str, Role]) -> bool:
    order = list(PROMISED)
    return order.index(turn[0]) >= order.index(request.part)


def _give_turn(request: ContactRequest, part: str, role: Role, *, now: datetime) -> None:
    request.part, request.holder, request.respond_by = part, role, now + PROMISED[part]


def _end(request: ContactRequest, *, to: str, now: datetime) -> None:
    before = request.holder
    request.state = STATES.move(present=request.state, to=to)
    request.ended_at, request.respond_by = now, None
    request.save(update_fields=["state", "ended_at", "respond_by"])
    _tell(request, now=now, besides=before)


def _tell(request: ContactRequest, *, now: datetime, besides: Role | None = None) -> None:
    roles = [role for role in (request.holder, besides) if role is not None]
    for inbox in {request.account.inbox, *(role.account.inbox for role in roles)}:
        append(stream=inbox, kind=events.REQUEST_CHANGED, ref=request.id, at=now)
