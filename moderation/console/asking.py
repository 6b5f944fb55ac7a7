"""The forms of what is done beside a case for a life: unsealing who somebody is, telling an authority, later."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.core.console.forms import Form
from moderation.actions.asides import MAX_LINE, MAX_TEXT, Wanted
from moderation.console.names import BASES, HOLDS, REASONS
from moderation.models import Case
from moderation.queries.identity import FACTS


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class UnsealForm(Form):
    """Whose identity, why, what the person is told and when."""

    report = forms.ChoiceField(label=_("Who somebody is"), required=False)
    why = forms.CharField(
        label=_("Why, for the other person who decides"),
        help_text=_("Which danger to a life you see, and what you will do with it."),
        max_length=MAX_TEXT,
        widget=_area(4),
    )
    facts = forms.CharField(label=_("What the person is told"), max_length=MAX_TEXT, widget=_area(4))
    held_h = forms.TypedChoiceField(
        label=_("When the person is told"),
        help_text=_("Later only if it would endanger somebody to be told now. Write that into why."),
        choices=list(HOLDS.items()),
        coerce=int,
    )
    at_once = forms.BooleanField(
        label=_("At once: a life is in danger"),
        help_text=_("It takes hold now; another person looks at it within a day."),
        required=False,
    )
    kind = "unseal_identity"

    def __init__(self, data: Any = None, *, case: Case, **more: Any) -> None:
        super().__init__(data, **more)
        about = [("", _("Of who this case is about"))] if case.subject_id is not None else []
        made = case.reports.filter(source__isnull=False).order_by("received_at", "id")
        by = [(str(one.id), _("Of who reported: %(reason)s") % {"reason": REASONS[one.reason]}) for one in made]
        self.offer("report", [*about, *by])

    def wanted(self) -> Wanted:
        """What was asked for."""
        given = self.cleaned_data
        return Wanted(
            kind=self.kind,
            facts=given["facts"],
            why=given["why"],
            report=UUID(given["report"]) if given["report"] else None,
            held_h=given["held_h"],
            at_once=given["at_once"],
            **self.more(given),
        )

    def more(self, given: dict[str, Any]) -> dict[str, Any]:
        """What only some of these forms ask."""
        return {}

    def texts(self) -> tuple[str, ...]:
        """All that was typed, to be kept."""
        return tuple(str(self.data.get(name, "")) for name in ("why", "facts"))


class DiscloseForm(UnsealForm):
    """The same for an authority: which, its reference, the law, and item by item what it is told."""

    authority = forms.CharField(label=_("Authority"), max_length=MAX_LINE)
    reference = forms.CharField(label=_("Its reference, or who you spoke with"), max_length=MAX_LINE)
    basis = forms.ChoiceField(label=_("The law"), choices=list(BASES.items()))
    evidence = forms.MultipleChoiceField(
        label=_("Messages that it is told"), required=False, widget=forms.CheckboxSelectMultiple
    )
    told = forms.MultipleChoiceField(
        label=_("What it is told of the person"),
        choices=list(FACTS.items()),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    kind = "disclose"
    field_order = ("report", "authority", "reference", "basis", "evidence", "told", "why", "facts", "held_h", "at_once")

    def __init__(self, data: Any = None, *, case: Case, **more: Any) -> None:
        super().__init__(data, case=case, **more)
        rows = case.evidence.order_by("seq", "version")
        label = _("message %(number)s, version %(version)s, %(alias)s")
        self.offer(
            "evidence",
            [(str(row.id), label % {"number": row.seq, "version": row.version, "alias": row.alias}) for row in rows],
        )
        self.fields["facts"].help_text = _("Which authority was told what, and why.")

    def more(self, given: dict[str, Any]) -> dict[str, Any]:
        return {
            "authority": given["authority"],
            "reference": given["reference"],
            "basis": given["basis"],
            "evidence": tuple(UUID(one) for one in given["evidence"]),
            "told": tuple(given["told"]),
        }

    def texts(self) -> tuple[str, ...]:
        return tuple(str(self.data.get(name, "")) for name in ("authority", "reference", "why", "facts"))


class LongerForm(Form):
    """That somebody is told later still."""

    hours = forms.TypedChoiceField(
        label=_("When the person is told"), choices=[one for one in HOLDS.items() if one[0]], coerce=int
    )
    why = forms.CharField(label=_("Why it would endanger somebody now"), max_length=MAX_TEXT, widget=_area(3))
