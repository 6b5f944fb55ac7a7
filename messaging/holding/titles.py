"""What each kind of hit is, for the person who wrote it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TITLES: Mapping[str, str | Promise] = MappingProxyType(
    {
        "phone": _("This looks like a phone number."),
        "mail": _("This looks like a mail address."),
        "link": _("This looks like a link to another place."),
        "address": _("This looks like a street address."),
        "handle": _("This looks like a way to reach somebody outside Naast."),
        "payment": _("This looks like a way to pay somebody, or like asking for money."),
        "recruiting": _("This reads like an offer of work or of a place to work."),
        "client": _("This reads like somebody who looks for paid contact."),
        "drawn": _("This is made of so many single signs that it cannot be read as words."),
    }
)
