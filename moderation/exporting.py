"""What a member takes along of moderation: what they reported, what was decided about them and why, what was said.

Never who reported them, nor who decided. Of staff there are only the words that were addressed to the member.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from backend.core.accounts.models import Account
from backend.core.exports.registry import Asking, Row, at_once, each, leave_out, register_part, rows_of
from moderation import words
from moderation.models import (
    Agreement,
    Appeal,
    AppealLine,
    Aside,
    CareAsk,
    CareLine,
    CareLook,
    CareTalk,
    CareWish,
    Case,
    CaseHold,
    CaseNote,
    Debrief,
    Decision,
    Declined,
    Evidence,
    Exhibit,
    Exposure,
    LongerHold,
    Measure,
    Notice,
    Report,
    ReportLine,
    ReportSource,
    Watch,
)
from moderation.queries import own


def register() -> None:
    """Called at `ready()`."""
    register_part(
        name="rules",
        says="Which version of the rules one has agreed to.",
        read=rows_of(lambda account: Agreement.objects.filter(account=account), each(_agreement), by=("account_id",)),
        models=(Agreement,),
    )
    register_part(
        name="reports",
        says="What one reported, what has become of it, and what was asked and answered. The words are sealed to the"
        " case alone.",
        read=rows_of(lambda account: _reports(account), _reported, by=("received_at", "id")),
        models=(Report, ReportLine),
    )
    register_part(
        name="decisions",
        says="Decisions about one, each with its full statement of reasons.",
        read=rows_of(lambda account: own.decisions_about(account=account), _decisions, by=("in_force_at", "id")),
        models=(Decision, Measure),
    )
    register_part(
        name="appeals",
        says="One's appeals, with all that was said.",
        read=rows_of(lambda account: _appeals(account), _appealed, by=("made_at", "id")),
        models=(Appeal, AppealLine),
    )
    register_part(
        name="care",
        says="Whether one's contact person may be asked when others worry, and what was said when they did.",
        read=at_once(_care),
        models=(CareWish, CareTalk, CareLine),
    )
    register_part(
        name="moderating",
        says="Who moderates: what one was shown and declined, and when one talked about it.",
        read=at_once(_moderating),
        models=(Exposure, Declined, Debrief),
    )
    leave_out(Case, CaseHold, Watch, why="how reports are worked on; what came of them is in reports and decisions")
    leave_out(CaseNote, CareAsk, CareLook, why="work in a role, about somebody else")
    leave_out(Evidence, Exhibit, why="sealed to the case; one's own words are in messages, the facts in decisions")
    leave_out(Aside, LongerHold, why="how a decision for a life was made; what one is told of it is in decisions")
    leave_out(ReportSource, Notice, why="by which a report finds who made it")


def _agreement(there: Agreement) -> Row:
    return {"version": there.version, "agreed_at": there.agreed_at}


def _reports(account: Account) -> QuerySet[Report]:
    return own.reports_by(account=account).prefetch_related("lines")


def _reported(found: Sequence[Report], asking: Asking) -> Iterable[Row]:
    for there in found:
        told = own.report_shown(there)
        del told["id"]
        lines = [
            _line(line.by_reporter, line.for_reporter, "line", there.id, line.said_at, asking)
            for line in sorted(there.lines.all(), key=lambda line: (line.said_at, line.pk))
        ]
        yield {**told, "lines": lines}


def _decisions(found: Sequence[Decision], asking: Asking) -> Iterable[Row]:
    for there in found:
        told = own.decision_shown(there, account=asking.account)
        del told["appeal"]
        how = _(
            "You can appeal until the day below, in the app, where you read this decision. Somebody else looks again."
        )
        yield {**told, "how_to_appeal": how}


def _appeals(account: Account) -> QuerySet[Appeal]:
    return Appeal.objects.filter(decision__in=own.decisions_about(account=account).values("id")).prefetch_related(
        "lines"
    )


def _appealed(found: Sequence[Appeal], asking: Asking) -> Iterable[Row]:
    for there in found:
        yield {
            "decision": there.decision_id,
            "state": there.state,
            "made_at": there.made_at,
            "due_at": there.due_at,
            "decided_at": there.decided_at,
            "lines": [
                _line(line.by_subject, line.for_subject, "appeal", there.id, line.said_at, asking)
                for line in sorted(there.lines.all(), key=lambda line: (line.said_at, line.pk))
            ],
        }


def _care(asking: Asking) -> Iterable[Row]:
    account = asking.account
    wish = CareWish.objects.filter(account=account).first()
    talks = CareTalk.objects.filter(member=account).order_by("begun_at", "id").prefetch_related("lines")
    yield {
        "contact_may_be_asked": wish is not None and wish.contact_may_be_asked,
        "talks": [
            {
                "begun_at": talk.begun_at,
                "lines": [
                    _line(line.by_member, line.for_member, "care", talk.id, line.said_at, asking)
                    for line in sorted(talk.lines.all(), key=lambda line: (line.said_at, line.pk))
                ],
            }
            for talk in talks
        ],
    }


def _line(by_me: bool, sealed: Any, place: str, of: Any, said_at: Any, asking: Asking) -> Row:
    text = words.read_own(account=asking.account.id, sealed=sealed, place=place, of=of)
    return {"by_me": by_me, "text": text, "said_at": said_at}


def _moderating(asking: Asking) -> Iterable[Row]:
    mine = {"role__account": asking.account}
    met = Exposure.objects.filter(**mine).order_by("met_at", "id").values("reason", "met_at")
    told = {
        "met": list(met),
        "declined": list(Declined.objects.filter(**mine).order_by("reason").values_list("reason", flat=True)),
        "talked_at": list(Debrief.objects.filter(**mine).order_by("talked_at").values_list("talked_at", flat=True)),
    }
    if any(told.values()):
        yield told
