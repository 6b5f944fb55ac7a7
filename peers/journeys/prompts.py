"""Questions that somebody may take as a beginning, or leave. None asks where they stand."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

PROMPTS: Mapping[str, Promise] = MappingProxyType(
    {
        # What people value in the work they know: freedom, earnings, company.
        "keep": _("What do you want to keep?"),
        "different": _("What should be different?"),
        "good": _("What went well?"),
        "able": _("What are you good at?"),
        "helps": _("Who or what helps you?"),
        "enough": _("What would be enough for now?"),
        "next": _("What would you like to try?"),
    }
)
