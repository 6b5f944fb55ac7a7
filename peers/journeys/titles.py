"""What the codes of this app's refusals mean, for people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from backend.core.http.titles import Titles

TITLES: Titles = {"goals_full": _("There is no room for one more goal. You can remove one.")}
