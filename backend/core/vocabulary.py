"""The fixed words of the product as stable keys: catalogues translate them, no key changes its meaning."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType


class Domain(StrEnum):
    """A life domain; `work` is work and learning."""

    WORK = "work"
    MONEY = "money"
    HOUSING = "housing"
    HEALTH = "health"
    MIND = "mind"
    PEOPLE = "people"
    SAFETY = "safety"
    PAPERS = "papers"


class Direction(StrEnum):
    """Where someone looks: outside the branch, inside, combining both, or unsure. All four count the same."""

    OUTSIDE = "outside"
    INSIDE = "inside"
    COMBINING = "combining"
    UNSURE = "unsure"


class RoleKind(StrEnum):
    """What an account may be, besides being an account."""

    MEMBER = "member"
    PEER_EXPERT = "peer_expert"
    MODERATOR = "moderator"
    COORDINATOR = "coordinator"
    SECOND_APPROVER = "second_approver"
    AUDITOR = "auditor"


class Support(StrEnum):
    """What an organisation helps with. `talk` is somebody to talk to; `meeting` a place to meet others."""

    TALK = "talk"
    MONEY = "money"
    HOUSING = "housing"
    TEMPORARY_HOME = "temporary_home"
    WORK = "work"
    EDUCATION = "education"
    LANGUAGE = "language"
    JOB_COACHING = "job_coaching"
    ADDICTION = "addiction"
    PAPERS = "papers"
    HEALTH = "health"
    LEGAL = "legal"
    MEETING = "meeting"


class Reaction(StrEnum):
    """The only reactions there are: calm ones, none that mocks."""

    HEART = "heart"
    THANKS = "thanks"
    STRENGTH = "strength"
    HUG = "hug"
    LAUGH = "laugh"
    SAD = "sad"
    YES = "yes"
    NO = "no"


DEFAULT_LANGUAGE = "en"
UI_LANGUAGES = ("nl", "en", "es", "ro", "bg", "hu")

# Languages that people may say they speak: BCP 47 tag in lower case → its own name for itself, which a list
# of languages shows in every language. The first six are UI_LANGUAGES.
LANGUAGE_NAMES: Mapping[str, str] = MappingProxyType(
    {
        "nl": "Nederlands",
        "en": "English",
        "es": "Español",
        "ro": "Română",
        "bg": "Български",
        "hu": "Magyar",
        "ar": "العربية",
        "cs": "Čeština",
        "de": "Deutsch",
        "el": "Ελληνικά",
        "fa": "فارسی",
        "fil": "Filipino",
        "fr": "Français",
        "it": "Italiano",
        "lt": "Lietuvių",
        "lv": "Latviešu",
        "pap": "Papiamentu",
        "pl": "Polski",
        "pt": "Português",
        "ru": "Русский",
        "sk": "Slovenčina",
        "sq": "Shqip",
        "sr": "Српски",
        "th": "ไทย",
        "tr": "Türkçe",
        "uk": "Українська",
        "vi": "Tiếng Việt",
        "zh-hans": "简体中文",
    }
)
SPOKEN_LANGUAGES = tuple(LANGUAGE_NAMES)


def match_ui_language(*, tag: str) -> str:
    """The UI language for a BCP 47 tag (`nl-BE` → `nl`), English when there is none."""
    language = tag.replace("_", "-").split("-", maxsplit=1)[0].lower()
    return language if language in UI_LANGUAGES else DEFAULT_LANGUAGE
