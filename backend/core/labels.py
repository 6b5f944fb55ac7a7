"""What the fixed words of the product are called, for people: texts for the keys of `vocabulary.py`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core.vocabulary import Direction, Domain

DOMAINS: Mapping[str, Promise] = MappingProxyType(
    {
        Domain.WORK: _("Work and learning"),
        Domain.MONEY: _("Money"),
        Domain.HOUSING: _("Housing"),
        Domain.HEALTH: _("Health"),
        Domain.MIND: _("How you feel"),
        Domain.PEOPLE: _("The people around you"),
        Domain.SAFETY: _("Safety"),
        Domain.PAPERS: _("Papers"),
    }
)
OVERALL = _("All in all")
# Four equal choices: none of them stands for how far somebody has come.
DIRECTIONS: Mapping[str, Promise] = MappingProxyType(
    {
        Direction.OUTSIDE: _("Work outside the branch"),
        Direction.INSIDE: _("Other work in the branch"),
        Direction.COMBINING: _("Work in the branch and beside it"),
        Direction.UNSURE: _("I do not know yet"),
    }
)
