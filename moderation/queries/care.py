"""Reads about care: who is beside somebody now, what was said, which helplines speak their language."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.sealing import vault
from messaging.models import Membership
from moderation import access, words
from moderation.models import CareAsk, CareLine, CareTalk, CareWish, Case, Measure
from moderation.queries.cases import opening
from peers.contacts.queries import contacts_of
from peers.directory.models import Helpline
from peers.directory.queries import helplines
from peers.experts.queries import experts_by_role


@dataclass(frozen=True, slots=True)
class Beside:
    """Who is asked, and by which membership they know the member."""

    role: Role
    membership: UUID | None


def beside_now(*, case: Case, at: datetime) -> Beside | None:
    """Who can be asked to be in touch: the contact person, else the backup; not who is away or was asked before."""
    if case.subject is None:
        return None
    before = set(case.asks.exclude(contact=None).values_list("contact", flat=True))
    held = [
        (contact.holder, contact.conversation_id)
        for contact in contacts_of(member=case.subject)
        if contact.holder is not None
    ]
    experts = experts_by_role(roles=[role.id for role, _ in held])
    for role, conversation in held:
        expert = experts.get(role.id)
        away = expert is not None and expert.is_away(at=at)
        if role.id in before or away or role.ended_at is not None or role.account.is_locked:
            continue
        theirs = Membership.objects.filter(conversation=conversation, account=case.subject, state="active")
        return Beside(role=role, membership=theirs.values_list("id", flat=True).first())
    return None


def is_unsealed(*, case: Case, at: datetime) -> bool:
    """Whether it is open now who the case is about."""
    open_ = Measure.objects.filter(kind="unseal_identity", state="applied", until__gt=at)
    return open_.filter(decision__case=case, decision__subject=case.subject_id).exists()


def may_ask_contact(*, account: Account) -> bool:
    """Whether somebody has allowed that their contact person is asked."""
    return CareWish.objects.filter(account=account, contact_may_be_asked=True).exists()


def helplines_in(language: str) -> list[Helpline]:
    """Those that speak a language, then those of which no language is known; all of them where there is none."""
    every = [line for line in helplines() if not line.tips]
    spoken = [line for line in every if language in line.languages]
    return [*spoken, *(line for line in every if not line.languages)] if spoken else every


def helplines_for(*, case: Case) -> list[Helpline]:
    """Helplines in the language of whom others worry about; they stand beside every step of a care case."""
    return helplines_in(case.subject.locale if case.subject is not None else case.language)


def talks_of(*, account: Account) -> QuerySet[CareTalk]:
    """What was said to the member, the newest first."""
    return CareTalk.objects.filter(member=account).select_related("case")


def asked_of(*, account: Account) -> QuerySet[CareAsk]:
    """What the account is or was asked as somebody's contact person."""
    return CareAsk.objects.filter(contact__account=account, contact__ended_at=None, asked_at__isnull=False)


def talk_shown(there: CareTalk, *, account: Account) -> dict[str, Any]:
    """A talk with all that was said, for the member."""
    return {
        "id": there.id,
        "begun_at": there.begun_at,
        "lines": [
            {
                "by_me": line.by_member,
                "text": words.read_own(account=account.id, sealed=line.for_member, place="care", of=there.id),
                "said_at": line.said_at,
            }
            for line in there.lines.order_by("said_at", "id")
        ],
    }


def ask_shown(there: CareAsk) -> dict[str, Any]:
    """What the contact person is shown: for whom, and nothing of what was said or where."""
    return {"id": there.id, "membership": there.membership, "state": there.state, "asked_at": there.asked_at}


def asks_of(*, case: Case) -> list[CareAsk]:
    """What a contact person was asked in a case, or is proposed to be, the newest first."""
    return list(case.asks.select_related("by").order_by("-made_at", "id"))


def lines_of(*, case: Case) -> list[tuple[bool, datetime]]:
    """Who said something and when, without the words: by the member or not."""
    found = CareLine.objects.filter(talk__case=case).order_by("said_at", "id")
    return list(found.values_list("by_member", "said_at"))


def has_looked(*, role: Role, case: Case) -> bool:
    """Whether somebody has found already that it is enough: then another person looks."""
    return case.looks.filter(by__account=role.account_id).exists()


@write
def read_talk(*, by: Account, case: UUID, now: datetime) -> list[tuple[CareLine, str]]:
    """What was said in a care case, for who handles it; the member can see that. Raises as `claimed_care`."""
    role, there = access.claimed_care(by=by, case=case, now=now)
    lines = list(CareLine.objects.filter(talk__case=there).order_by("said_at", "id"))
    sealed = [(bytes(line.for_case), words.aad("care", line.talk_id, there.id)) for line in lines]
    if not sealed:
        return []
    texts = vault.open_all(owner=there.id, opening=opening(by, role, there, what="care"), sealed=sealed, now=now)
    return [(line, text.decode()) for line, text in zip(lines, texts, strict=True)]
