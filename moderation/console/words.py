"""Small forms with one text."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.core.console.forms import Form
from moderation.actions.appeals import MAX_TEXT
from moderation.actions.attaching import MAX_WHAT
from moderation.actions.care import MAX_TEXT as MAX_SAID
from moderation.actions.cases import MAX_NOTE
from moderation.actions.reports import MAX_NOTE as MAX_LETTER


def _area(rows: int) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows})


class NoteForm(Form):
    """A note on the case."""

    text = forms.CharField(label=_("A note, for who handles it next"), max_length=MAX_NOTE, widget=_area(3))


class AskForm(Form):
    """A question to a reporter."""

    text = forms.CharField(label=_("A question to who reported it"), max_length=MAX_LETTER, widget=_area(3))


class AttachForm(Form):
    """What a notice is about."""

    what = forms.CharField(
        label=_("What the notice is about"),
        help_text=_(
            "The address or id of an entry of the directory, the title or id of a group, the id of somebody there; or"
            " the id of a conversation and the number of a message, as in “id 12”."
        ),
        max_length=MAX_WHAT,
    )


class LetterForm(Form):
    """Something to say to who appeals, while it is open."""

    text = forms.CharField(label=_("A question or word to the person"), max_length=MAX_TEXT, widget=_area(3))


class AnswerForm(Form):
    """The answer to an appeal."""

    text = forms.CharField(label=_("Why, as the person is told"), max_length=MAX_TEXT, widget=_area(5))


class SayForm(Form):
    """Something to say to somebody whom others worry about."""

    text = forms.CharField(label=_("What you say to them"), max_length=MAX_SAID, widget=_area(4))
