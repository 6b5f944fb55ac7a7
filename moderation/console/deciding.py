"""The form of a decision: only measures that fit the case, each with what it takes."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from backend.core.console.forms import Form
from messaging.models import Conversation
from moderation.actions.decisions import MAX_FACTS, Proposed
from moderation.console.names import MEASURE_NAMES, RULE_NAMES
from moderation.models import Case
from moderation.policy import FOR_THE_TIED, MEASURES
from moderation.queries.people import known_peer
from moderation.statements import STATEMENTS

HOURS = (
    (1, _("1 hour")),
    (24, _("1 day")),
    (72, _("3 days")),
    (168, _("7 days")),
    (720, _("30 days")),
    (2160, _("90 days")),
)
PAUSES = (
    (30, _("half a minute between two messages")),
    (60, _("1 minute between two messages")),
    (300, _("5 minutes between two messages")),
    (900, _("a quarter of an hour between two messages")),
    (3600, _("an hour between two messages")),
)
NO = ("", _("Leave it"))
HELP = {
    "pause_inviter": _(
        "Until a coordinator has talked with them. Nobody learns who it is, or whether there is anybody."
    )
}


class DecideForm(Form):
    """Rule, facts, and a field for each measure that fits; a field that is empty is a measure not taken."""

    rule = forms.ChoiceField(label=_("Rule"), required=False)
    facts = forms.CharField(
        label=_("What happened, as the person is told"),
        help_text=_("What, when, and why it is against the rule. Nothing by which one could tell who reported it."),
        max_length=MAX_FACTS,
        widget=forms.Textarea(attrs={"rows": 6}),
    )

    def __init__(self, data: Any = None, *, case: Case, seqs: Sequence[int], tied: bool, **more: Any) -> None:
        super().__init__(data, **more)
        self.offer("rule", [("", _("Nothing is wrong here")), *RULE_NAMES.items()])
        for kind in MEASURES.values():
            if kind.aside or (tied and kind.key not in FOR_THE_TIED) or not _fits(kind.on, case, seqs):
                continue
            self.fields[kind.key] = _field(kind.key, seqs)
        if any(MEASURES[key].needs_second for key in self.kinds):
            self.fields["at_once"] = forms.BooleanField(
                label=_("At once: a life is in danger"),
                help_text=_("It takes hold now; another person looks at it within a day."),
                required=False,
            )

    @property
    def kinds(self) -> list[str]:
        """The measures that can be taken."""
        return [key for key in self.fields if key in MEASURES]

    def proposed(self, *, now: datetime) -> list[Proposed]:
        """What was chosen."""
        given = self.cleaned_data
        return [made for key in self.kinds if given.get(key) for made in _measures(key, given[key], now)]


def begun(form: DecideForm, data: QueryDict, *, language: str) -> dict[str, Any]:
    """What a form begins with that keeps what was typed, its facts begun with the first words for the rule."""
    many = forms.MultipleChoiceField
    kept: dict[str, Any] = {
        name: data.getlist(name) if isinstance(field, many) else data.get(name, "")
        for name, field in form.fields.items()
    }
    with translation.override(language):
        first = str(STATEMENTS.get(kept["rule"], ""))
    if first and first not in kept["facts"]:
        kept["facts"] = f"{first}\n\n{kept['facts']}".strip()
    return kept


def _fits(on: str, case: Case, seqs: Sequence[int]) -> bool:
    match on:
        case "message":
            return bool(seqs)
        case "membership":
            return case.membership_id is not None and not case.is_of_nobody
        case "peer":
            return known_peer(case) is not None
        case "entry":
            return case.entry is not None
        case "group":
            return case.conversation is not None and case.conversation.kind == Conversation.Kind.GROUP
    return case.subject_id is not None


def _field(key: str, seqs: Sequence[int]) -> forms.Field:
    label: Any = MEASURE_NAMES[key]
    text = _("Needs a second person.") if MEASURES[key].needs_second else HELP.get(key, "")
    if key == "hide":
        choices = [(str(seq), _("message %(number)s") % {"number": seq}) for seq in seqs]
        return forms.MultipleChoiceField(
            label=label, choices=choices, required=False, widget=forms.CheckboxSelectMultiple
        )
    if key == "slow" or MEASURES[key].timed:
        return forms.ChoiceField(label=label, choices=[NO, *(PAUSES if key == "slow" else HOURS)], required=False)
    return forms.BooleanField(label=label, help_text=text, required=False)


def _measures(key: str, chosen: Any, now: datetime) -> list[Proposed]:
    if key == "hide":
        return [Proposed(key, seq=int(seq)) for seq in chosen]
    if key == "slow":
        return [Proposed(key, seconds=int(chosen))]
    if MEASURES[key].timed:
        return [Proposed(key, until=now + timedelta(hours=int(chosen)))]
    return [Proposed(key)]
