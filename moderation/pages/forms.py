"""What somebody without an account fills in. What is wrong is told beside its field, and nothing typed is lost."""

from __future__ import annotations

import secrets
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from backend.core.errors import DomainError
from backend.core.http.titles import TITLES
from moderation.actions import notices
from moderation.console.names import REASONS
from moderation.reasons import Reason

NAMES = {**REASONS, Reason.CLIENT_APPROACH: _("Somebody looks for clients, or is one")}


class NoticeForm(forms.Form):
    """A notice, as `POST /notices`."""

    reason = forms.ChoiceField(
        label=_("What is wrong?"), choices=[("", "–"), *((key.value, NAMES[key]) for key in notices.REASONS)]
    )
    where = forms.CharField(
        label=_("Where is it?"),
        help_text=_("The name of the group or entry, or how one finds it."),
        max_length=notices.MAX_WHERE,
    )
    text = forms.CharField(
        label=_("What is there, and why is it against the law or the rules?"),
        max_length=notices.MAX_TEXT,
        widget=forms.Textarea(attrs={"rows": 7}),
    )
    contact = forms.CharField(
        label=_("How can we reach you? You can leave this empty."),
        max_length=notices.MAX_CONTACT,
        required=False,
    )
    in_good_faith = forms.BooleanField(label=_("I believe that this is true and complete."))
    once = forms.CharField(max_length=40, required=False, widget=forms.HiddenInput)

    def __init__(self, data: Any = None) -> None:
        # Sent again as it was, because somebody pressed twice or loaded the receipt anew, it is the same notice.
        super().__init__(data, label_suffix="", auto_id="notice_%s", initial={"once": secrets.token_urlsafe(16)})


class ReferenceForm(forms.Form):
    """The reference of a notice."""

    reference = forms.CharField(label=_("Your reference"), max_length=60)

    def __init__(self, data: Any = None) -> None:
        super().__init__(data, label_suffix="", auto_id="notice_%s")
        self.fields["reference"].widget.attrs |= {"spellcheck": "false", "autocapitalize": "none"}


def tell(form: forms.Form, refusal: DomainError) -> None:
    """Say on the form what its action refused."""
    where = refusal.errors[0].pointer.strip("/") if refusal.errors else ""
    form.add_error(where if where in form.fields else None, str(TITLES.get(refusal.code, TITLES["fault"])))
