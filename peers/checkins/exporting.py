"""What a member takes along of aftercare: plan, answers, what they shared with whom, and when somebody was asked.

Others are told by the alias of their role.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from backend.core.exports.registry import Asking, Row, at_once, each, register_part, rows_of
from backend.core.sealing import vault
from messaging.hours import DAYS
from peers.checkins.actions.safety import read_safety_plan
from peers.checkins.models import (
    CaringMessage,
    CaringSignature,
    Checkin,
    ContactRequest,
    Plan,
    RequestStep,
    SafetyPlan,
    Share,
    WayBack,
)
from peers.checkins.queries import caring_of, checkins_of, plan_of, read_answers, requests_of, shares_of


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="checkin_plan", says="How often, when and about what one is asked.", read=at_once(_plan), models=(Plan,)
    )
    register_part(
        name="checkins",
        says="Each check-in, with one's answer.",
        read=rows_of(lambda account: checkins_of(account=account), _checkins, by=("opened_at", "id")),
        models=(Checkin,),
    )
    register_part(
        name="safety_plan", says="One's own words for bad days.", read=at_once(_safety_plan), models=(SafetyPlan,)
    )
    register_part(
        name="shares",
        says="Which answer, or the safety plan, one has shared, with whom, and until when.",
        read=rows_of(
            lambda account: shares_of(account=account).select_related("to", "checkin"),
            each(_share),
            by=("shared_at", "id"),
        ),
        models=(Share,),
    )
    register_part(
        name="contact_requests",
        says="Wishes for contact, and whose turn it was when.",
        read=rows_of(lambda account: requests_of(account=account), each(_request), by=("asked_at", "id")),
        models=(ContactRequest, RequestStep),
    )
    register_part(
        name="caring_messages",
        says="Texts that asked nothing, and by whom they were signed.",
        read=rows_of(lambda account: caring_of(account=account), each(_caring), by=("sent_at", "id")),
        models=(CaringMessage,),
    )
    register_part(
        name="caring_texts",
        says="Texts that one signed as a peer expert.",
        read=rows_of(
            lambda account: CaringSignature.objects.filter(role__account=account),
            each(_signature),
            by=("confirmed_at", "id"),
        ),
        models=(CaringSignature,),
    )
    register_part(
        name="ways_back",
        says="When an organisation was asked to greet one after a silence.",
        read=rows_of(
            lambda account: WayBack.objects.filter(account=account).select_related("organisation"),
            each(_way_back),
            by=("asked_at", "id"),
        ),
        models=(WayBack,),
    )


def _plan(asking: Asking) -> Iterable[Row]:
    plan = plan_of(account=asking.account)
    if plan is None:
        return
    words = None
    if plan.way_back_words is not None:
        sealed = [(bytes(plan.way_back_words), plan.way_back_aad)]
        words = vault.open_own(account=asking.account.id, sealed=sealed, now=asking.now)[0].decode()
    yield {
        "cadence": plan.preset,
        "every_days": plan.every_days or None,
        "domains": plan.domains,
        "days": [DAYS[day] for day in plan.days],
        "first": _clock(plan.first_minute),
        "end": _clock(plan.end_minute),
        "quiet_first": _clock(plan.quiet_first),
        "quiet_end": _clock(plan.quiet_end),
        "timezone": plan.zone,
        "reminders": plan.reminders,
        "caring_messages": plan.caring_due is not None,
        "way_back_months": plan.way_back_months,
        "way_back_organisation": plan.way_back_to.name if plan.way_back_to else None,
        "way_back_words": words,
        "begun_at": plan.begun_at,
        "paused_until": plan.paused_until,
        "stopped_at": plan.stopped_at,
    }


def _clock(minutes: int | None) -> str | None:
    return None if minutes is None else f"{minutes // 60:02}:{minutes % 60:02}"


def _checkins(found: Sequence[Checkin], asking: Asking) -> Iterable[Row]:
    answers = read_answers(found, by=asking.account, now=asking.now)
    for there in found:
        told = answers.get(there.id)
        yield {
            "opened_at": there.opened_at,
            "state": there.state,
            "domains": there.domains,
            "questions": there.questions,
            "answered_at": there.answered_at,
            "answers": told and told["answers"],
            "wish": told and told["wish"],
            "note": told and told["note"],
        }


def _safety_plan(asking: Asking) -> Iterable[Row]:
    version, texts = read_safety_plan(by=asking.account, now=asking.now)
    if version:
        yield dict(texts)


def _share(there: Share) -> Row:
    return {
        "item": there.item,
        "asked_at": there.checkin.opened_at if there.checkin else None,
        "with": there.to.alias,
        "shared_at": there.shared_at,
        "expires_at": there.expires_at,
        "ended_at": there.ended_at,
    }


def _request(there: ContactRequest) -> Row:
    return {
        "state": there.state,
        "asked_at": there.asked_at,
        "ended_at": there.ended_at,
        "steps": [
            {"part": step.part, "who": step.role.alias if step.role else None, "at": step.at}
            for step in there.steps.all()
        ],
    }


def _caring(there: CaringMessage) -> Row:
    return {
        "text": there.text_key,
        "signed_by": there.signed_by.alias if there.signed_by else None,
        "sent_at": there.sent_at,
    }


def _signature(there: CaringSignature) -> Row:
    return {"text": there.text_key, "confirmed_at": there.confirmed_at}


def _way_back(there: WayBack) -> Row:
    return {
        "organisation": there.organisation.name,
        "asked_at": there.asked_at,
        "greeted_at": there.greeted_at,
        "ended_at": there.ended_at,
    }
