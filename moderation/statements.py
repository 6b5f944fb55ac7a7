"""First words of a statement of reasons, by rule, for whoever decides to go on from; never sent by themselves."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

STATEMENTS: Mapping[str, str | Promise] = MappingProxyType(
    {
        "respect": _("You wrote about others with contempt. Here nobody's work, past or choices are judged."),
        "identity": _("You told or asked something by which somebody could be known. That can put a person in danger."),
        "safety": _("You wrote something that threatens or puts pressure on somebody. People must be safe here."),
        "recruiting": _("You asked people to come and work somewhere, or offered work, rooms or clients."),
        "clients": _("You wrote to somebody as a client, or for one. Clients have no place here."),
        "minors": _("This is about somebody who is younger than 18. Naast is for people of 18 and older."),
        "spam": _("You sent advertising, or very many messages in a short time."),
        "role": _("In your role you did something that does not belong to it."),
    }
)
