"""The form of a directory entry: what was typed ↔ what the entry's actions take."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.vocabulary import LANGUAGE_NAMES, UI_LANGUAGES
from peers.console.fields import label, many, moment, region_choices
from peers.console.frame import Form
from peers.directory import texts
from peers.directory.actions import fields
from peers.directory.models import Entry

SPARE = 2  # empty lines for more contacts
# In the order of the form; what of it is the same in `fields.apply`.
SAME = (
    "name", "kinds", "domains", "directions", "stances", "languages", "regions", "nationwide", "area", "municipality",
    "specific", "hours", "address", "begins_at", "ends_at", "yearly", "places_free",
)  # fmt: skip


class EntryForm(Form):
    """All that an entry says. `version`: the one that was read."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    name = forms.CharField(label=gettext_lazy("Name"), max_length=fields.MAX_NAME)
    kinds = many(gettext_lazy("What is offered"), texts.KINDS.items())
    specific = forms.BooleanField(label=label(texts.PAGE["specific"]), required=False)
    stances = many(label(texts.PAGE["stance"]), texts.STANCES.items())
    domains = many(gettext_lazy("What it is about"), texts.DOMAINS.items())
    directions = many(gettext_lazy("Directions"), texts.DIRECTIONS.items())
    languages = many(gettext_lazy("Languages that are spoken"), LANGUAGE_NAMES.items())
    nationwide = forms.BooleanField(label=label(texts.PAGE["nationwide"]), required=False)
    regions = many(gettext_lazy("Regions"))
    area = forms.CharField(
        label=gettext_lazy("Where, in your words"), required=False, max_length=fields.MAX_LINE, strip=True
    )
    municipality = forms.CharField(label=gettext_lazy("Municipality"), required=False, max_length=fields.MAX_TOWN)
    address = forms.CharField(
        label=label(texts.PAGE["address"]),
        required=False,
        max_length=fields.MAX_LINE,
        help_text=gettext_lazy("Never for a home or a safe place."),
    )
    hours = forms.CharField(label=gettext_lazy("Hours"), required=False, max_length=fields.MAX_LINE)
    begins_at = moment(gettext_lazy("Begins"), required=False)
    ends_at = moment(gettext_lazy("Ends"), required=False)
    yearly = forms.BooleanField(label=label(texts.PAGE["yearly"]), required=False)
    places_free = forms.IntegerField(
        label=gettext_lazy("Free places today"), required=False, min_value=0, max_value=fields.MAX_PLACES
    )

    def __init__(self, data: Any = None, *, entry: Entry | None = None) -> None:
        super().__init__(data, initial=_initial(entry) if entry else {})
        self.offer("regions", region_choices())
        self.places_before = entry.places_free if entry else None
        self.lines = min(fields.MAX_CONTACTS, (len(entry.contacts) if entry else 0) + SPARE)
        if data is not None:
            self.lines = min(fields.MAX_CONTACTS, max(self.lines, 8))
        for place in range(self.lines):
            self._add_contact(place)
        for tag in UI_LANGUAGES:
            self._add_texts(tag)

    @property
    def main(self) -> list[forms.BoundField]:
        """The fields but contacts and texts."""
        return [self[name] for name in self.fields if "__" not in name]

    @property
    def contacts(self) -> list[list[forms.BoundField]]:
        """A line for each contact; empty ones at the end only as far as they are offered."""
        lines = [[self[f"{part}__{place}"] for part in ("channel", "value", "note")] for place in range(self.lines)]
        filled = [place for place, line in enumerate(lines) if any(field.value() or field.errors for field in line)]
        return lines[: (max(filled) + 1 if filled else 0) + SPARE]

    @property
    def texts(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """For each language its name, its fields, and whether there is something in them."""
        found = []
        for tag in UI_LANGUAGES:
            own = [self[f"about__{tag}"], self[f"how__{tag}"]]
            found.append((LANGUAGE_NAMES[tag], own, any(field.value() or field.errors for field in own)))
        return found

    def changes(self) -> dict[str, Any]:
        """For `fields.apply`. What was counted is counted anew only when it is another number."""
        given = self.cleaned_data
        told = {name: given[name] for name in SAME if name != "places_free"}
        if given["places_free"] != self.places_before:
            told["places_free"] = given["places_free"]
        told["contacts"] = [
            {part: given[f"{part}__{place}"] for part in ("channel", "value", "note")}
            for place in range(self.lines)
            if given[f"value__{place}"]
        ]
        told["texts"] = {
            tag: {part: given[f"{part}__{tag}"] for part in ("about", "how")} for tag in UI_LANGUAGES
        } | self.kept_texts
        return told

    kept_texts: dict[str, dict[str, str]] = {}  # in languages that the form does not show

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for place in range(self.lines):
            channel, value = given.get(f"channel__{place}"), given.get(f"value__{place}")
            if bool(channel) != bool(value) and f"value__{place}" not in self.errors:
                self.add_error(f"value__{place}", _("Both are needed: how, and the number or address."))
        return given

    def _add_contact(self, place: int) -> None:
        channels = [("", "—"), *texts.CHANNELS.items()]
        line = {"number": place + 1}
        self.fields[f"channel__{place}"] = forms.ChoiceField(
            label=_("Contact %(number)s: how") % line, choices=channels, required=False
        )
        self.fields[f"value__{place}"] = forms.CharField(
            label=_("Contact %(number)s: number or address") % line, required=False, max_length=fields.MAX_VALUE
        )
        self.fields[f"note__{place}"] = forms.CharField(
            label=_("Contact %(number)s: a note") % line, required=False, max_length=fields.MAX_VALUE
        )

    def _add_texts(self, tag: str) -> None:
        for part, called, limit in (
            ("about", _("What it is"), fields.MAX_ABOUT),
            ("how", _("How to begin, and what it costs"), fields.MAX_HOW),
        ):
            self.fields[f"{part}__{tag}"] = forms.CharField(
                label=called,
                required=False,
                max_length=limit,
                widget=forms.Textarea(attrs={"rows": 4, "lang": tag}),
            )


def _initial(entry: Entry) -> dict[str, Any]:
    told = {name: getattr(entry, name) for name in SAME if name != "specific"}
    told |= {"specific": entry.is_specific, "version": entry.version}
    for place, contact in enumerate(entry.contacts):
        told |= {f"{part}__{place}": contact.get(part, "") for part in ("channel", "value", "note")}
    for tag, own in entry.texts.items():
        told |= {f"{part}__{tag}": text for part, text in own.items()}
    return told
