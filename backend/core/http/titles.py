"""What each code of a problem means, for people. Clients translate codes; whoever reads a reply sees these.

Here are those of every request; each app registers its own (`titles.py` beside its errors) at `ready()`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Titles = Mapping[str, str | Promise]

_titles: dict[str, str | Promise] = {
    # The request as a whole
    "body_too_large": _("The request is too large."),
    "bad_request": _("The request cannot be read."),
    "fault": _("Something went wrong on our side."),
    "host_unknown": _("This server does not answer to that name."),
    "malformed": _("The body is not valid JSON."),
    "media_type_unsupported": _("The body must be JSON."),
    "method_not_allowed": _("This cannot be done here."),
    "not_acceptable": _("The answer is only available as JSON."),
    "parameter_invalid": _("A parameter in the address is not acceptable."),
    "parameter_unknown": _("The address holds a parameter that is not known here."),
    # Who and when
    "conflict": _("This does not fit the present state."),
    "forbidden": _("You may not do this."),
    "if_match_needed": _("The change must name the version that it is based on."),
    "not_found": _("There is nothing here."),
    "sign_in_needed": _("Please sign in."),
    "stale": _("It has changed in the meantime."),
    "state_conflict": _("This is not possible any more."),
    "too_many": _("Too many attempts. Please wait a moment."),
    "unavailable": _("This is not possible right now. Please try again."),
    # Lists and repeats
    "cursor_invalid": _("This place in the list is not known."),
    "idempotency_key_invalid": _("The Idempotency-Key must have 1 to 200 characters."),
    "idempotency_key_used": _("The Idempotency-Key was used for another request."),
    "request_running": _("The first request with this Idempotency-Key is still running."),
    # Fields
    "doubled": _("The same thing is in the list twice."),
    "invalid": _("The input is not acceptable."),
    "not_choice": _("This is not one of the choices."),
    "not_flag": _("This must be true or false."),
    "not_list": _("This must be a list."),
    "not_moment": _("This must be a time with its offset from UTC."),
    "not_null": _("This cannot be empty."),
    "not_object": _("This must be an object."),
    "not_text": _("This must be text."),
    "not_uuid": _("This must be an id."),
    "not_whole": _("This must be a whole number."),
    "required": _("This is needed."),
    "text_control_character": _("The text holds a character that is not text."),
    "text_empty": _("The text is empty."),
    "text_too_long": _("The text is too long."),
    "too_few_items": _("The list is too short."),
    "too_large": _("The number is too large."),
    "too_many_items": _("The list is too long."),
    "too_small": _("The number is too small."),
    "unknown_field": _("There is a field that is not known here."),
}
_safety: set[str] = {"sign_in_needed"}
TITLES: Titles = MappingProxyType(_titles)


def register(titles: Titles, *, safety: Iterable[str] = ()) -> None:
    """Called by apps at `ready()`.

    `safety`: codes whose titles somebody reads who is locked out, at risk of being recognised, or about to agree to
    something; a native speaker must have read them before people come (`checks.py`).
    """
    _titles.update(titles)
    _safety.update(safety)


def safety_titles() -> list[str | Promise]:
    """The titles about safety, of every app."""
    return [_titles[code] for code in sorted(_safety)]
