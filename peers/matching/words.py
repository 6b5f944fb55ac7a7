"""Reasons in words, for people: the texts for what `ranking` tells by keys."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backend.core.labels import DIRECTIONS, DOMAINS
from backend.core.vocabulary import LANGUAGE_NAMES
from peers.experts.vocabulary import Background, Gender
from peers.matching.ranking import Reason

TIMES: Mapping[str, Promise] = MappingProxyType(
    {
        "daytime": gettext_lazy("during the day"),
        "evening": gettext_lazy("in the evening"),
        "night": gettext_lazy("at night"),
        "weekend": gettext_lazy("at the weekend"),
    }
)
GENDERS: Mapping[str, Promise] = MappingProxyType(
    {
        Gender.WOMAN: gettext_lazy("a woman"),
        Gender.MAN: gettext_lazy("a man"),
        Gender.NONBINARY: gettext_lazy("non-binary"),
    }
)
BACKGROUNDS: Mapping[str, Promise] = MappingProxyType(
    {
        Background.WINDOW: gettext_lazy("window work"),
        Background.CLUB: gettext_lazy("club or private house"),
        Background.ESCORT: gettext_lazy("escort work"),
        Background.HOME: gettext_lazy("working from home"),
        Background.STREET: gettext_lazy("street work"),
        Background.ONLINE: gettext_lazy("online work"),
        Background.MIGRATION: gettext_lazy("coming from another country"),
        Background.PARENT: gettext_lazy("having children"),
        Background.TRANS: gettext_lazy("being trans"),
        Background.QUEER: gettext_lazy("being queer"),
        Background.FAITH: gettext_lazy("faith"),
        Background.USE: gettext_lazy("alcohol or drugs"),
    }
)
_VALUES: Mapping[str, Mapping[str, str | Promise]] = {
    "languages": LANGUAGE_NAMES,
    "domains": DOMAINS,
    "directions": DIRECTIONS,
    "times": TIMES,
    "gender": GENDERS,
    "backgrounds": BACKGROUNDS,
}


def text_of(reason: Reason) -> str:
    """The reason in the language that is active."""
    values = ", ".join(str(_VALUES[reason.code][value]) for value in reason.values)
    texts = {
        "languages": _("Speaks: %(values)s"),
        "domains": _("Knows about: %(values)s"),
        "directions": _("Knows the direction: %(values)s"),
        "times": _("Can be reached: %(values)s"),
        "gender": _("Gender that you asked for: %(values)s"),
        "backgrounds": _("Knows from own experience: %(values)s"),
    }
    return texts[reason.code] % {"values": values}
