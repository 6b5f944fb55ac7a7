"""Kinds of what wakes somebody, and the words that may be shown for all of them alike."""

from __future__ import annotations

from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    """Why somebody is woken. It decides only whether they want that; nothing of it goes out."""

    MESSAGES = "messages"  # somebody wrote in a talk or a group
    GROUPS = "groups"  # somebody asks to join, or an answer to that
    CHECKINS = "checkins"  # a question of aftercare, and its reminder
    CONTACTS = "contacts"  # about a contact person: requests, changes, who steps in
    ACCOUNT = "account"  # about the account: recovery, decisions


TEST = "test"  # asked for with the button: always, and at once
DUTY = "duty"  # who is on duty is called: whatever they want else, and in quiet hours too

# All keys have the same length: the payload shows nothing by its own. A client holds these texts itself, under
# `push_<key>`; a phone that is locked shows nothing else.
TEXTS: dict[str, str | Promise] = {
    "news": _("There is something new."),
    "note": _("You have a new note."),
    "plan": _("A reminder for today."),
    "tips": _("A tip for you."),
}
FIRST_TEXT = "news"
assert len({len(key) for key in TEXTS}) == 1
