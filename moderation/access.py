"""Fetch one thing with permission; what the caller may not know is `not_found`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q

from backend.core.accounts.models import Account, Role
from backend.core.errors import Forbidden, NotFound
from backend.core.vocabulary import DEFAULT_LANGUAGE
from messaging import access as talks
from messaging.models import Conversation, Membership
from moderation import errors
from moderation.models import Appeal, CareAsk, CareTalk, Case, Decision, Report
from moderation.queries.people import MODERATING, acting_first, is_colleague, is_tied, others_come_first
from moderation.sources import hashes_of
from peers.directory import access as directory
from peers.directory.models import Entry
from peers.experts.queries import experts_by_role
from peers.matching import access as matching


@dataclass(frozen=True, slots=True)
class Target:
    """What is reported: a message, a direct talk as a whole (`conversation` alone), or somebody in a place.

    Or an entry of the directory; or, by their peer id, somebody whom one has not met in a conversation.
    """

    conversation: UUID | None = None
    seq: int | None = None
    membership: UUID | None = None
    entry: UUID | None = None
    peer: UUID | None = None


@dataclass(frozen=True, slots=True)
class Reported:
    """What a case is about: `about` names it. Either somebody in a place, or an entry, or somebody by their peer id."""

    about: str
    language: str
    membership: Membership | None = None
    entry: Entry | None = None
    peer: Role | None = None

    @property
    def subject(self) -> Account | None:
        """Whom it concerns."""
        if self.membership is not None:
            return self.membership.person
        return self.peer.account if self.peer is not None else None


def reported(*, by: Account, target: Target, at: datetime) -> Reported:
    """What is reported, as far as the caller sees it. Raises `NotFound`, `ReportOfOneself`."""
    if target.entry is not None:
        entry = directory.entry(entry=target.entry)
        return Reported(f"entry:{entry.id}", _first(entry.languages), entry=entry)
    if target.peer is not None:
        role = matching.peer_lately(by=by, peer=target.peer, at=at)
        expert = experts_by_role(roles=[role.id]).get(role.id)
        return Reported(f"peer:{role.id}", _first(expert.languages if expert else []), peer=role)
    there = _somebody(by=by, target=target)
    group = getattr(there.conversation, "group", None)
    return Reported(str(there.id), _first(group.languages if group else []), membership=there)


def _first(languages: Sequence[str]) -> str:
    return languages[0] if languages else DEFAULT_LANGUAGE


def _somebody(*, by: Account, target: Target) -> Membership:
    if target.membership is not None:
        there = Membership.objects.select_related("conversation", "account").filter(id=target.membership).first()
        if there is None:
            raise NotFound
        if there.account_id != by.id:
            # Also who has left, as long as something that they said can be seen; a block is no shield.
            talks.membership(by=by, conversation=there.conversation_id)
    else:
        assert target.conversation is not None
        mine = talks.membership(by=by, conversation=target.conversation)
        there = _other_in(mine) if target.seq is None else talks.message(mine=mine, seq=target.seq).membership
    if there.account_id == by.id:
        raise errors.ReportOfOneself
    if there.account_id is None:  # erased: nothing is left to look at
        raise NotFound
    return Membership.objects.select_related("conversation__group", "account").get(id=there.id)


def _other_in(mine: Membership) -> Membership:
    """The other one of a direct talk, which is reported as a whole. Raises `NotFound` for any other place."""
    found = Membership.objects.filter(conversation=mine.conversation_id).exclude(account=mine.account_id)
    there = found.order_by("state", "-visible_from").first()
    if mine.conversation.kind != Conversation.Kind.DIRECT or there is None:
        raise NotFound
    return there


def report(*, by: Account, report: UUID) -> Report:
    """One of the caller's own reports."""
    found = Report.objects.select_related("case", "source")
    there = found.filter(id=report, source__account_hash__in=hashes_of(by.id)).first()
    if there is None:
        raise NotFound
    return there


def moderator(*, by: Account, kinds: tuple[str, ...] = MODERATING) -> Role:
    """The role in which the caller acts: the first of `kinds` that they have. Raises `ModeratorNeeded`.

    Which one it is decides what is counted in it and by whom a claim is held; what ties them is asked of the account.
    """
    there = Role.objects.filter(account=by, kind__in=kinds, ended_at=None).order_by(acting_first(kinds)).first()
    if there is None:
        raise errors.ModeratorNeeded
    return there


def case(*, by: Account, case: UUID, lock: bool = False) -> tuple[Role, Case]:
    """A case, for who moderates, with the role in which they do; what ties them is asked where they act.

    Raises `ModeratorNeeded`, `NotFound`.
    """
    return _case(by, case, lock=lock)


def seen_case(*, by: Account, case: UUID, now: datetime) -> tuple[Role, Case]:
    """A case whose page the caller may open: nothing ties them, or it is overdue and not of their house.

    Raises as `case`; who is tied learns no more than that there is nothing.
    """
    role, there = _case(by, case, lock=False)
    overdue = there.state == "open" and there.due_at <= now and there.subject_id != by.id
    if is_tied(role=role, case=there) and (not overdue or is_colleague(role=role, case=there)):
        raise NotFound
    return role, there


def claimed_case(*, by: Account, case: UUID, now: datetime, tied: bool = False) -> tuple[Role, Case]:
    """A case that the caller has claimed, locked. `tied`: who is tied may come as well.

    Raises as `case`, `Tied`, `NotClaimed`.
    """
    role, there = _case(by, case, lock=True)
    if there.holder(at=now) != role:
        raise errors.NotClaimed
    if not tied and is_tied(role=role, case=there):
        raise errors.Tied
    return role, there


def beside_whom(*, by: Account, conversation: UUID) -> Membership:
    """The caller's membership of a group that they lead, or of a talk in which they are who is turned to.

    Raises `NotFound`, `Forbidden`.
    """
    mine = talks.membership(by=by, conversation=conversation)
    if mine.peer is None or mine.peer.ended_at is not None or mine.part != Membership.Part.LEAD:
        raise Forbidden
    return mine


def claimed_care(*, by: Account, case: UUID, now: datetime) -> tuple[Role, Case]:
    """A care case that the caller has claimed, locked. Raises as `claimed_case`, `CareOnly`, `CaseDecided`."""
    role, there = claimed_case(by=by, case=case, now=now)
    if there.kind != Case.Kind.CARE:
        raise errors.CareOnly
    if there.state == "decided":
        raise errors.CaseDecided
    return role, there


def care_talk(*, by: Account, talk: UUID) -> CareTalk:
    """What is said to the caller, whom others worry about."""
    there = CareTalk.objects.filter(id=talk, member=by).first()
    if there is None:
        raise NotFound
    return there


def care_ask(*, by: Account, ask: UUID) -> tuple[Role, CareAsk, Case]:
    """What a moderator has proposed to ask somebody's contact person, locked after its case.

    Raises `ModeratorNeeded`, `NotFound`, `Tied`.
    """
    role = moderator(by=by)
    place = CareAsk.objects.filter(id=ask).values_list("case", flat=True).first()
    if place is None:
        raise NotFound
    case = Case.objects.select_for_update().get(id=place)
    if is_tied(role=role, case=case):
        raise errors.Tied
    return role, CareAsk.objects.select_for_update().get(id=ask), case


def asked(*, by: Account, ask: UUID, lock: bool = True) -> CareAsk:
    """What the caller is asked as somebody's contact person."""
    rows = CareAsk.objects.select_for_update() if lock else CareAsk.objects.all()
    there = rows.filter(id=ask, asked_at__isnull=False).first()
    if there is None or there.contact is None or there.contact.account_id != by.id or there.contact.ended_at:
        raise NotFound
    return there


def decision_to_answer(*, by: Account, decision: UUID, at: datetime) -> tuple[Role, Decision]:
    """A decision that waits for another person: for a second one, a review, or an answer to an appeal.

    Raises `NotFound`, also for who took part in it or is tied to the people, and as long as others are asked first.
    """
    role = moderator(by=by)
    there = (
        Decision.objects.select_related("case__conversation__group", "case__membership", "by", "second_by", "subject")
        .filter(id=decision)
        .first()
    )
    if there is None:
        raise NotFound
    if there.state == "asked":
        role = moderator(by=by, kinds=(Role.Kind.SECOND_APPROVER,))
    elif there.review_due_at is None and not there.appeals.filter(state="open").exists():
        raise NotFound
    took_part = {part.account_id for part in (there.by, there.second_by) if part is not None}
    if role.account_id in took_part or is_tied(role=role, case=there.case):
        raise NotFound
    if others_come_first(there, role, at=at):
        raise NotFound
    return role, there


def decision(*, by: Account, decision: UUID) -> Decision:
    """A decision about the caller that is, or was, in force."""
    there = (
        Decision.objects.select_related("case").filter(about(by), id=decision, state__in=("in_force", "undone")).first()
    )
    if there is None:
        raise NotFound
    return there


def about(account: Account) -> Q:
    """For decisions: those about the account, or about it as who made a report, but for what it is not told yet."""
    as_reporter = Q(aside__account_hash__in=hashes_of(account.id))
    return (Q(subject=account) | as_reporter) & (Q(aside=None) | Q(aside__told_at__isnull=False))


def unsealed(*, by: Account, decision: UUID, now: datetime) -> tuple[Role, Decision]:
    """Who somebody is, as long as it is open, for who has claimed the case.

    Raises `ModeratorNeeded`, `NotFound`, `NotClaimed`, `Tied`, `NotOpen`.
    """
    return _aside(by=by, decision=decision, kind="unseal_identity", now=now)


def disclosed(*, by: Account, decision: UUID, now: datetime) -> tuple[Role, Decision]:
    """What an authority is told, as long as nobody has taken it away. Raises as `unsealed`."""
    return _aside(by=by, decision=decision, kind="disclose", now=now)


def untold(*, by: Account, decision: UUID) -> tuple[Role, Decision]:
    """What somebody is not told yet, for who moderates and is not tied. Raises `ModeratorNeeded`, `NotFound`."""
    role = moderator(by=by)
    made = Decision.objects.select_related("case__membership").filter(id=decision, aside__tell_at__isnull=False).first()
    if made is None or is_tied(role=role, case=made.case):
        raise NotFound
    return role, made


def _aside(*, by: Account, decision: UUID, kind: str, now: datetime) -> tuple[Role, Decision]:
    moderator(by=by)
    found = Decision.objects.filter(id=decision, measures__kind=kind)
    made = found.select_related("case", "aside__report__source", "subject").first()
    if made is None:
        raise NotFound
    role, made.case = claimed_case(by=by, case=made.case_id, now=now)
    if not made.measures.filter(kind=kind, state="applied", until__gt=now).exists():
        raise errors.NotOpen
    return role, made


def appeal(*, by: Account, appeal: UUID) -> Appeal:
    """The caller's own appeal."""
    found = Appeal.objects.select_related("decision").filter(id=appeal)
    there = found.filter(decision__in=Decision.objects.filter(about(by))).first()
    if there is None:
        raise NotFound
    return there


def _case(by: Account, case: UUID, *, lock: bool) -> tuple[Role, Case]:
    role = moderator(by=by)
    # Locked without joins: who waited for the lock would see the new row beside the old one's claimer.
    found = (
        Case.objects.select_for_update(no_key=True)
        if lock
        else Case.objects.select_related("claimed_by", "conversation__group", "membership")
    )
    there = found.filter(id=case).first()
    if there is None:
        raise NotFound
    return role, there
