"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "many_requests": _("You have changed your wishes often. What you asked for last stays open."),
    "not_waiting": _("An organisation can step in while you are waiting for somebody."),
    "wishes_contradict": _("You ask for a language and want to avoid it. Choose one of the two."),
}
