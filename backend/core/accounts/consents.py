"""What a person can agree to: one text per purpose, and the version that each text has now.

A version is the month in which the text last changed its meaning. Old versions need no text here: what was agreed to
under them stays agreed to, but nobody can agree to them any more.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.translation import gettext_lazy as _

from backend.core.accounts import errors
from backend.core.errors import FieldError

ACCOUNT = "account"

CONSENTS: Mapping[str, str] = MappingProxyType(
    {ACCOUNT: "2026-11", "checkins": "2026-11", "sharing": "2026-11", "figures": "2026-11"}
)

TEXTS = MappingProxyType(
    {
        ACCOUNT: _(
            "I agree that Naast keeps what I write and choose here, so that I can talk with others. That I use Naast"
            " may say something about my work or my health, so the law protects it specially. I am asked for no name,"
            " mail, phone number or place. I can have my account erased at any time."
        ),
        "checkins": _(
            "I agree that Naast asks me now and then how I am, in the way I choose, and keeps my answers sealed for me."
            " I can pause or stop this at any time, and nobody is told when I do not answer."
        ),
        "sharing": _(
            "I agree that I may share single answers with people whom I choose. Each time I see what is shared, with"
            " whom and for how long, and I can take it back at once."
        ),
        "figures": _(
            "I agree that my answers are counted in figures about many people together. Nobody can be recognised in"
            " them. I can stop this at any time; what has been published stays."
        ),
    }
)


def check_versions(*, versions: Mapping[str, str], held: Mapping[str, str]) -> None:
    """Refuse purposes and versions that cannot be agreed to; `held` is what the person agrees to now.

    Raises `ConsentPurposeUnknown` or `ConsentVersionUnknown`.
    """
    if versions.keys() - CONSENTS.keys():
        raise errors.ConsentPurposeUnknown
    for purpose, version in versions.items():
        if version not in (CONSENTS[purpose], held.get(purpose)):
            code = errors.ConsentVersionUnknown.code
            raise errors.ConsentVersionUnknown(errors=(FieldError(f"/consents/{purpose}", code),))
