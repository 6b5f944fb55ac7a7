"""What each measure does, and how it is undone: one pair for each kind. They call down; the tables belong to others."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple
from uuid import UUID

from django.utils import translation

from backend.core.accounts.actions.accounts import end_suspension, suspend_account
from backend.core.accounts.actions.invite_pauses import end_pause, pause_inviter
from backend.core.accounts.actions.roles import end_role, restore_role
from backend.core.accounts.models import Account
from messaging.actions import hiding
from messaging.actions import measures as talks
from messaging.models import Conversation, Membership
from moderation import words
from moderation.actions import disclosing
from moderation.models import Aside, Case, CaseHold, Measure
from moderation.models.decision import MEASURE_STATES
from moderation.policy import EXPORT_WITHIN, MEASURES, UNSEALED_FOR
from moderation.queries.people import known_peer
from moderation.rules import RULES
from peers.directory.actions import removals
from peers.directory.queries import keepers_language

Did = Mapping[str, object]


class Way(NamedTuple):
    """`apply(measure, by, now)` → what was before, as JSON; `undo(measure, by, now)` brings that back."""

    apply: Callable[[Measure, Account | None, datetime], Did]
    undo: Callable[[Measure, Account | None, datetime], None]


def apply(measure: Measure, *, by: Account | None, now: datetime) -> None:
    """Let it take hold, in the write of the decision."""
    measure.before = dict(WAYS[measure.kind].apply(measure, by, now))
    _move(measure, "applied")


def is_moot(measure: Measure) -> bool:
    """Whether it falls on somebody who has erased their account."""
    return measure.decision.subject_id is None and MEASURES[measure.kind].on in ("membership", "account", "peer")


def drop(measure: Measure) -> None:
    """It never takes hold."""
    _move(measure, "dropped")


def undo(measure: Measure, *, by: Account | None, now: datetime) -> None:
    """Bring back exactly what was; what is over already stays as it is."""
    if measure.state == "applied":
        if not is_moot(measure):
            WAYS[measure.kind].undo(measure, by, now)
        _move(measure, "undone")


def end(measure: Measure, *, now: datetime) -> None:
    """Its time is over."""
    if measure.kind in ("suspend", "disclose"):  # who was muted may write again by themselves
        WAYS[measure.kind].undo(measure, None, now)
    _move(measure, "over")


def _move(measure: Measure, to: str) -> None:
    measure.state = MEASURE_STATES.move(present=measure.state, to=to)
    measure.save(update_fields=["state", "before", "until"])


def _hide(measure: Measure, by: Account | None, now: datetime) -> Did:
    conversation, seq = _id(measure.conversation_id), measure.seq or 0
    # What the first report hid is shown again when this is undone.
    held = CaseHold.objects.filter(conversation_id=conversation, seq=seq).delete()[0]
    before = hiding.is_hidden(conversation=conversation, seq=seq)
    hiding.hide_message(conversation=conversation, seq=seq, now=now)
    return {"hidden": before and not held}


def _show(measure: Measure, by: Account | None, now: datetime) -> None:
    if not measure.before["hidden"]:
        hiding.restore_message(conversation=_id(measure.conversation_id), seq=measure.seq or 0, now=now)


def _mute(measure: Measure, by: Account | None, now: datetime) -> Did:
    before = talks.set_muted(membership=_id(measure.membership_id), until=measure.until, now=now)
    return {"until": before.isoformat() if before else None}


def _unmute(measure: Measure, by: Account | None, now: datetime) -> None:
    before = measure.before["until"]
    talks.set_muted(
        membership=_id(measure.membership_id), until=datetime.fromisoformat(before) if before else None, now=now
    )


def _remove(measure: Measure, by: Account | None, now: datetime) -> Did:
    return {"removed": talks.remove(membership=_id(measure.membership_id), now=now)}


def _bring_back(measure: Measure, by: Account | None, now: datetime) -> None:
    if measure.before["removed"]:
        talks.bring_back(membership=_id(measure.membership_id), now=now)


def _slow(measure: Measure, by: Account | None, now: datetime) -> Did:
    return {"seconds": talks.set_slow_mode(group=_id(measure.conversation_id), seconds=measure.seconds or 0, now=now)}


def _unslow(measure: Measure, by: Account | None, now: datetime) -> None:
    talks.set_slow_mode(group=_id(measure.conversation_id), seconds=measure.before["seconds"], now=now)


def _close(measure: Measure, by: Account | None, now: datetime) -> Did:
    return {"closed": talks.close(group=_id(measure.conversation_id), now=now)}


def _reopen(measure: Measure, by: Account | None, now: datetime) -> None:
    if measure.before["closed"]:
        talks.reopen(group=_id(measure.conversation_id), now=now)


def _unverify(measure: Measure, by: Account | None, now: datetime) -> Did:
    role = known_peer(measure.decision.case)
    if role is None:
        return {"role": None}
    groups = Membership.objects.filter(peer=role, state="active", conversation__kind=Conversation.Kind.GROUP)
    leads = groups.filter(part=Membership.Part.LEAD).order_by("id").values_list("id", flat=True)
    did = {"role": str(role.id), "leads": [str(membership) for membership in leads]}
    end_role(account=role.account, kind=role.kind, by=by, now=now)
    return did


def _verify(measure: Measure, by: Account | None, now: datetime) -> None:
    """The role as it was, and the groups. Who was beside them has somebody else by now, and keeps them."""
    before = measure.before
    if before["role"] and restore_role(role=UUID(before["role"]), by=by, now=now):
        for membership in before["leads"]:
            talks.lead_again(membership=UUID(membership), now=now)


def _pause_inviter(measure: Measure, by: Account | None, now: datetime) -> Did:
    subject = measure.decision.subject
    return {"pauses": pause_inviter(account=subject, by=by, now=now).hex() if subject is not None else ""}


def _let_invite(measure: Measure, by: Account | None, now: datetime) -> None:
    subject, sealed = measure.decision.subject, bytes.fromhex(measure.before["pauses"])
    if subject is not None:
        end_pause(account=subject, sealed=sealed, by=by, now=now)


def _take_out(measure: Measure, by: Account | None, now: datetime) -> Did:
    """Who looks after the entry is told the rule and what happened, in the language of who coordinates there."""
    made = measure.decision
    entry, facts = _id(made.case.entry), bytes(made.facts_for_subject or b"")
    said = words.read_own(account=entry, sealed=facts, place="facts", of=made.id)
    with translation.override(keepers_language(entry)):
        why = f"{RULES[made.rule]}\n\n{said}"
    return {"entries": [str(there) for there in removals.take_out(entry=entry, why=why, now=now)]}


def _put_back(measure: Measure, by: Account | None, now: datetime) -> None:
    removals.bring_back(entries=[UUID(there) for there in measure.before["entries"]], now=now)


def _suspend(measure: Measure, by: Account | None, now: datetime) -> Did:
    subject = measure.decision.subject
    return {"suspended": subject is not None and suspend_account(account=subject, by=by, now=now)}


def _unsuspend(measure: Measure, by: Account | None, now: datetime) -> None:
    """Not while another decision still asks for it."""
    subject = measure.decision.subject
    others = Measure.objects.filter(
        decision__subject=subject, kind__in=("suspend", "exclude"), state="applied"
    ).exclude(id=measure.id)
    if subject is not None and not others.exists():
        end_suspension(account=subject, by=by, now=now)


def _unseal(measure: Measure, by: Account | None, now: datetime) -> Did:
    """Whoever has claimed the case can look, for a day. Nothing changes for the person."""
    measure.until = now + UNSEALED_FOR
    return {}


def _disclose(measure: Measure, by: Account | None, now: datetime) -> Did:
    measure.until = now + EXPORT_WITHIN
    assert by is not None
    disclosing.compose(measure.decision, by=by, now=now)
    return {}


def _withhold(measure: Measure, by: Account | None, now: datetime) -> None:
    """What nobody has taken away yet is not there any more."""
    Aside.objects.filter(decision=measure.decision).update(extract=None)


def _nothing(measure: Measure, by: Account | None, now: datetime) -> Did:
    return {}


WAYS: Mapping[str, Way] = MappingProxyType(
    {
        "hide": Way(_hide, _show),
        "warn": Way(_nothing, lambda measure, by, now: None),
        "withdraw_entry": Way(_take_out, _put_back),
        "slow": Way(_slow, _unslow),
        "mute": Way(_mute, _unmute),
        "remove": Way(_remove, _bring_back),
        "unverify": Way(_unverify, _verify),
        "suspend": Way(_suspend, _unsuspend),
        "exclude": Way(_suspend, _unsuspend),
        "close_group": Way(_close, _reopen),
        "pause_inviter": Way(_pause_inviter, _let_invite),
        "unseal_identity": Way(_unseal, lambda measure, by, now: None),
        "disclose": Way(_disclose, _withhold),
    }
)


def release_holds(case: Case, *, now: datetime) -> None:
    """Show again what the first report hid and no measure hides."""
    for hold in case.holds.order_by("seq"):
        hiding.restore_message(conversation=hold.conversation_id, seq=hold.seq, now=now)
    case.holds.all().delete()


def _id(there: UUID | None) -> UUID:
    assert there is not None
    return there
