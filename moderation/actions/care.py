"""Care: said to the member, asked of their contact person, and closed only when two people have looked."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Max

from backend.core.accounts.events import SETTINGS_CHANGED
from backend.core.accounts.models import Account
from backend.core.audit import audit
from backend.core.db import write
from backend.core.errors import TooMany
from backend.core.streams.append import append
from backend.core.text import normalise_body
from moderation import access, errors, events, words
from moderation.access import Target
from moderation.actions.cases import release_case
from moderation.actions.duty import watch
from moderation.actions.evidence import drop_context
from moderation.actions.reports import report, tell_reporters
from moderation.models import CareAsk, CareLine, CareLook, CareTalk, CareWish, Case, Report
from moderation.models.care import ASK_STATES
from moderation.models.case import JOINED, STATES
from moderation.queries.care import beside_now, is_unsealed
from moderation.reasons import PRIORITIES, PROMISED, Reason

MAX_TEXT = 4000  # characters
MOST_LINES = 200  # of one side
SECOND_LOOK_WITHIN = timedelta(hours=24)


def pass_on(*, by: Account, conversation: UUID, seq: int, now: datetime) -> Report:
    """A peer expert passes on a message that worries them: one tap, no words needed, and they may be asked.

    They lead the group, or are who is talked with. Raises `NotFound`, `Forbidden` and what `report` does.
    """
    access.beside_whom(by=by, conversation=conversation)
    target = Target(conversation=conversation, seq=seq)
    return report(by=by, target=target, reason=Reason.WORRIED, may_contact=True, now=now)


@write
def set_care_wish(*, by: Account, contact_may_be_asked: bool, now: datetime) -> CareWish:
    """Say whether the own contact person may be asked when somebody worries. Again changes nothing."""
    there, _ = CareWish.objects.select_for_update().get_or_create(account=by)
    if there.contact_may_be_asked != contact_may_be_asked:
        there.contact_may_be_asked = contact_may_be_asked
        there.save()
        append(stream=by.inbox, kind=SETTINGS_CHANGED, at=now)
    return there


@write
def reach_out(*, by: Account, case: UUID, text: str, now: datetime) -> CareLine:
    """Say something to the member, who can answer. Raises as `claimed_care`, and what the text's form refuses."""
    body = normalise_body(text=text, limit=MAX_TEXT)
    _, there = access.claimed_care(by=by, case=case, now=now)
    member = there.subject
    if member is None:
        raise errors.NobodyToAsk
    talk, _ = CareTalk.objects.get_or_create(case=there, defaults={"member": member, "begun_at": now})
    audit(action="care.reached_out", at=now, by=by.id, subject=member.id, data={"case": str(there.id)})
    return _say(talk, member, by_member=False, body=body, now=now)


@write
def answer_care(*, by: Account, talk: UUID, text: str, now: datetime) -> CareLine:
    """The member says something. What was closed is open again: nobody talks to a closed door.

    Raises `NotFound`, `TooMany`, and what the text's form refuses.
    """
    body = normalise_body(text=text, limit=MAX_TEXT)
    mine = access.care_talk(by=by, talk=talk)
    if mine.lines.filter(by_member=True).count() >= MOST_LINES:
        raise TooMany(retry_after=86_400)
    case = Case.objects.select_for_update().get(id=mine.case_id)
    mine = access.care_talk(by=by, talk=talk)  # it may have been forgotten meanwhile
    if case.state in ("second_look", "decided"):
        _open_again(case, now=now)
    line = _say(mine, by, by_member=True, body=body, now=now)
    events.tell_moderators(now=now)
    return line


@write
def ask_contact(*, by: Account, case: UUID, now: datetime) -> CareAsk:
    """Ask whoever is beside the member to be in touch: at once if the member has allowed it, else two people agree.

    Also where, for a life, it was unsealed who the member is: that is not asked a second time, and need not be care.

    The contact person comes first, then the backup; who is away or has answered before is not asked. Again, while
    one is open, returns it. Raises as `claimed_care`, `NobodyToAsk`.
    """
    role, there = access.claimed_case(by=by, case=case, now=now)
    unsealed = is_unsealed(case=there, at=now)
    if not unsealed:
        access.claimed_care(by=by, case=case, now=now)
    open_one = there.asks.filter(state__in=("asked", "open")).first()
    if open_one is not None:
        return open_one
    if beside_now(case=there, at=now) is None:
        raise errors.NobodyToAsk
    made = CareAsk.objects.create(case=there, by=role, made_at=now)
    _audit("care.contact_proposed", there, by, now)
    if unsealed or CareWish.objects.filter(account=there.subject, contact_may_be_asked=True).exists():
        _ask(made, there, by=by, now=now)
    events.tell_moderators(now=now)
    return made


@write
def answer_ask(*, by: Account, ask: UUID, agrees: bool, now: datetime) -> CareAsk:
    """The second of two people agrees that the contact person is asked, or does not. Again changes nothing.

    Raises `ModeratorNeeded`, `NotFound`, `Tied`, `SecondIsSame`, `NobodyToAsk`.
    """
    role, made, case = access.care_ask(by=by, ask=ask)
    if made.state != "asked":
        return made
    if made.by is not None and made.by.account_id == role.account_id:
        raise errors.SecondIsSame
    made.second_by = role
    if agrees:
        _ask(made, case, by=by, now=now)
    else:
        made.state = ASK_STATES.move(present=made.state, to="refused")
        made.save(update_fields=["state", "second_by"])
        _audit("care.contact_refused", case, by, now)
    events.tell_moderators(now=now)
    return made


@write
def answer_asked(*, by: Account, ask: UUID, in_touch: bool, now: datetime) -> CareAsk:
    """The contact person says that they are in touch, or that they cannot now. Once. Raises `NotFound`."""
    made = access.asked(by=by, ask=ask)
    if made.state == "open":
        made.state = ASK_STATES.move(present=made.state, to="in_touch" if in_touch else "cannot")
        made.answered_at = now
        made.save(update_fields=["state", "answered_at"])
        append(stream=by.inbox, kind=events.CARE_ASKED, ref=made.id, at=now)
        events.tell_moderators(now=now)
    return made


@write
def find_enough(*, by: Account, case: UUID, now: datetime) -> Case:
    """Find that enough was done. The first look hands it to another person, within a day; the second closes it.

    Raises as `claimed_care`, `SecondIsSame`.
    """
    role, there = access.claimed_care(by=by, case=case, now=now)
    if there.looks.filter(by__account=role.account_id).exists():
        raise errors.SecondIsSame
    is_second = there.looks.exists()
    CareLook.objects.create(case=there, by=role, looked_at=now)
    _audit("care.looked", there, by, now)
    if is_second:
        there.outcome, there.decided_at = "looked_after", now
        drop_context(case=there)
    else:
        there.due_at = now + SECOND_LOOK_WITHIN
    _move(there, "decided" if is_second else "second_look")
    watch(case=there, now=now)
    if is_second:
        tell_reporters(case=there, now=now)
    events.tell_moderators(now=now)
    return there


@write
def find_not_enough(*, by: Account, case: UUID, now: datetime) -> Case:
    """The second look finds that more is to be done: both begin anew. Raises as `claimed_care`."""
    _, there = access.claimed_care(by=by, case=case, now=now)
    if there.state == "second_look":
        there.state = STATES.move(present=there.state, to="open")
        there.due_at = now + PROMISED[PRIORITIES[Reason.WORRIED]]
        there.version += 1
        there.save(update_fields=["state", "due_at", "version"])
        there.looks.all().delete()
        watch(case=there, now=now)
        _audit("care.not_enough", there, by, now)
        events.tell_moderators(now=now)
    return there


def _open_again(case: Case, *, now: datetime) -> None:
    case.looks.all().delete()
    if case.state == "decided" and Case.objects.filter(about=case.about, state__in=JOINED).exists():
        case.about = f"care:{case.id}"  # somebody worried anew meanwhile: beside that one
    case.due_at = now + PROMISED[PRIORITIES[Reason.WORRIED]]
    case.outcome, case.decided_at = "", None
    _move(case, "open")
    watch(case=case, now=now)


def _ask(made: CareAsk, case: Case, *, by: Account, now: datetime) -> None:
    beside = beside_now(case=case, at=now)
    if beside is None:
        raise errors.NobodyToAsk
    made.contact, made.membership, made.asked_at = beside.role, beside.membership, now
    made.state = ASK_STATES.move(present=made.state, to="open")
    made.save()
    _audit("care.contact_asked", case, by, now)
    append(stream=beside.role.account.inbox, kind=events.CARE_ASKED, ref=made.id, at=now)


def _say(talk: CareTalk, member: Account, *, by_member: bool, body: str, now: datetime) -> CareLine:
    latest = talk.lines.aggregate(at=Max("said_at"))["at"]
    line = CareLine.objects.create(
        talk=talk,
        by_member=by_member,
        for_case=words.for_case(case=talk.case_id, text=body, place="care", of=talk.id),
        for_member=words.for_person(account=member.id, text=body, place="care", of=talk.id),
        said_at=max(now, latest) if latest else now,
    )
    append(stream=member.inbox, kind=events.CARE_CHANGED, ref=talk.id, at=now)
    return line


def _move(case: Case, to: str) -> None:
    case.state = STATES.move(present=case.state, to=to)
    release_case(case, "state", "due_at", "outcome", "decided_at", "about")


def _audit(action: str, case: Case, by: Account, now: datetime) -> None:
    audit(action=action, at=now, by=by.id, subject=case.subject_id, data={"case": str(case.id)})
