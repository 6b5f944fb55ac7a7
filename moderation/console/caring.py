"""What a care case's page shows beside what every case's page shows: who was spoken to, asked, and has looked."""

from __future__ import annotations

from typing import Any

from backend.core.accounts.models import Role
from backend.core.console.visits import Visit
from moderation.console.names import ASK_STATES
from moderation.console.words import SayForm
from moderation.models import CareAsk, Case
from moderation.queries import care
from moderation.queries.people import is_tied
from peers.directory.pages.shown import show_line


def care_facts(visit: Visit, role: Role, case: Case, say_form: SayForm | None) -> dict[str, Any]:
    """Steps, each with whether this person can take it now; nothing that was said."""
    own = case.holder(at=visit.now) == role
    closed, tied = case.state == "decided", is_tied(role=role, case=case)
    asks = care.asks_of(case=case)
    proposed = next((ask for ask in asks if ask.state == "asked"), None)
    return {
        # A form that was refused stays, also when the claim is over: what was typed can be kept.
        "can_act": own and not closed and not tied,
        "can_say": case.subject is not None and not closed and not tied and (own or say_form is not None),
        "say_form": say_form or SayForm(),
        "lines": care.lines_of(case=case),
        "asks": [(ask, ASK_STATES[ask.state]) for ask in asks],
        "to_answer": proposed if proposed is not None and not tied and not _is_theirs(proposed, role) else None,
        "own_proposal": proposed is not None and _is_theirs(proposed, role),
        "is_asked": any(ask.state in ("asked", "open") for ask in asks),
        "somebody": not closed and care.beside_now(case=case, at=visit.now) is not None,
        "allowed": case.subject is not None and care.may_ask_contact(account=case.subject),
        "looked": care.has_looked(role=role, case=case),
        "lines_of_help": [show_line(line, on=visit.now.date()) for line in care.helplines_for(case=case)],
    }


def _is_theirs(ask: CareAsk, role: Role) -> bool:
    return ask.by is not None and ask.by.account_id == role.account_id
