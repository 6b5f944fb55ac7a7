"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {
    "export_not_ready": _("Your data is not ready yet."),
}
