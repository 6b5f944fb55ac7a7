"""The community's rules: versioned, in the six languages of the catalogues. A decision cites a rule and its version.

A version is the month in which a rule last changed its meaning. The texts of earlier versions lie in the catalogues'
history; what was decided under them stays decided.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

VERSION = "2026-11"

RULES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "respect": _("Write to others without contempt. Nobody's work, past or choices are judged here."),
        "identity": _(
            "What is told here stays here. Tell nobody who somebody is, where they live or work, or what they look"
            " like, and do not try to find out."
        ),
        "safety": _("No threats, no pressure, no violence, and no calls for it."),
        "recruiting": _("Do not recruit, and do not offer or broker work, rooms or clients here."),
        "clients": _("Clients have no place here. Do not approach anybody for paid contact."),
        "minors": _("Naast is for people of 18 and older. Nothing that sexualises minors, ever."),
        "spam": _("No advertising, no selling, no floods of messages."),
        "group": _("Keep to the rules of the group that you are in."),
        "role": _("Who has a role here keeps to it: no favours, no pressure, no use of what they learn."),
    }
)
