"""What a check-in asks, in versions: who answers under one version is read under it for ever.

One question overall, one for each life domain that the member chose (at most three are asked), one wish. Own items; a
change of meaning is a new version beside the old one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core.vocabulary import Domain

MOST_DOMAINS = 3
OVERALL = "overall"
FINE = frozenset({"very_good", "good"})
LOW = frozenset({"bad", "very_bad"})  # then help is shown on the member's own screen, and nobody is told


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """One version: the questions by key, the steps to answer with, the wishes."""

    overall: Promise
    domains: Mapping[str, Promise]
    steps: Mapping[str, Promise]
    wish: Promise
    wishes: Mapping[str, Promise]


SETS: Mapping[int, QuestionSet] = MappingProxyType(
    {
        1: QuestionSet(
            overall=_("How are you, all in all?"),
            domains=MappingProxyType(
                {
                    Domain.WORK: _("How is it going with work or learning?"),
                    Domain.MONEY: _("How is it going with money?"),
                    Domain.HOUSING: _("How is it going with housing?"),
                    Domain.HEALTH: _("How is your health?"),
                    Domain.MIND: _("How do you feel inside?"),
                    Domain.PEOPLE: _("How is it going with the people around you?"),
                    Domain.SAFETY: _("How safe do you feel?"),
                    Domain.PAPERS: _("How is it going with papers and letters?"),
                }
            ),
            steps=MappingProxyType(
                {
                    "very_good": _("Very well"),
                    "good": _("Well"),
                    "so_so": _("In between"),
                    "bad": _("Not well"),
                    "very_bad": _("Not well at all"),
                    "rather_not": _("I would rather not say"),
                }
            ),
            wish=_("Would you like somebody to get in touch?"),
            wishes=MappingProxyType(
                {"no": _("No, thank you"), "contact": _("My contact person"), "somebody": _("Somebody else")}
            ),
        )
    }
)
VERSION = max(SETS)
STEPS = tuple(SETS[VERSION].steps)
WISHES = tuple(SETS[VERSION].wishes)


@dataclass(frozen=True, slots=True)
class CaringText:
    """A short text that asks nothing: as a person signs it who has confirmed it, and as it comes by itself."""

    signed: Promise
    by_itself: Promise


# Sent in turn. Another meaning is another key: who confirmed a text has confirmed nothing else.
CARING: Mapping[str, CaringText] = MappingProxyType(
    {
        "here": CaringText(
            signed=_("I am still here. You do not have to do anything."),
            by_itself=_("This comes by itself: we are still here. You do not have to do anything."),
        ),
        "pace": CaringText(
            signed=_("Your own pace is the right one."),
            by_itself=_("This comes by itself: your own pace is the right one."),
        ),
        "door": CaringText(
            signed=_("The door stays open, whenever you like."),
            by_itself=_("This comes by itself: the door stays open, whenever you like."),
        ),
    }
)
