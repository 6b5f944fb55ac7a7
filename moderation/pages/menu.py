"""What stands at the end of every public page."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

LINKS = (
    ("info_rules", _("The rules here")),
    ("info_notice", _("Tell us that something is wrong")),
    ("info_figures", _("What was reported and decided")),
)
