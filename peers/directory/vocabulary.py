"""The fixed words of the directory as stable keys. Knows no Django."""

from __future__ import annotations

from enum import StrEnum


class Part(StrEnum):
    """What an entry is: an organisation, or something that one offers."""

    ORGANISATION = "organisation"
    OFFER = "offer"


class Kind(StrEnum):
    """What is offered: every `Support`, and what only the directory knows.

    `housing_urgency` is a municipality's scheme for who needs a home soon; `agenda` is a day that comes.
    """

    TALK = "talk"
    MONEY = "money"
    HOUSING = "housing"
    HOUSING_URGENCY = "housing_urgency"
    TEMPORARY_HOME = "temporary_home"
    WORK = "work"
    WORK_EXPERIENCE = "work_experience"
    EDUCATION = "education"
    LANGUAGE = "language"
    JOB_COACHING = "job_coaching"
    ADDICTION = "addiction"
    PAPERS = "papers"
    HEALTH = "health"
    LEGAL = "legal"
    MEETING = "meeting"
    AGENDA = "agenda"


class Stance(StrEnum):
    """How an offer stands to the work: open to who stays in it too, religious, asks people to stop first."""

    STAYS = "stays"
    RELIGIOUS = "religious"
    STOP_FIRST = "stop_first"


class Channel(StrEnum):
    """How somebody is reached."""

    PHONE = "phone"
    CHAT = "chat"
    MESSAGE = "message"
    EMAIL = "email"
    WEBSITE = "website"
    VISIT = "visit"


class Trace(StrEnum):
    """What using a channel leaves on the phone."""

    CALLS = "calls"  # in the list of calls
    BROWSER = "browser"  # in the browser's history
    MESSAGES = "messages"  # a thread of messages
    MAIL = "mail"  # in what was sent
    NONE = "none"


class Trouble(StrEnum):
    """What can be wrong with an entry."""

    CONTACT = "contact"  # cannot be reached like this
    GONE = "gone"  # is not there any more
    FULL = "full"
    UNLIKE = "unlike"  # is not as it says
    UNSAFE = "unsafe"
    OTHER = "other"


class Line(StrEnum):
    """Kinds of helplines in the order in which they are shown; the police come last."""

    SUPPORT = "support"
    EMERGENCY = "emergency"
    POLICE = "police"


class Standing(StrEnum):
    """How far an entry or a helpline may be relied on now."""

    ASSURED = "assured"  # somebody answers for it until a date that has not passed
    LAPSED = "lapsed"  # somebody did, until a date that has
    UNASSURED = "unassured"  # found in a public source; nobody answers for it
    UNCONFIRMED = "unconfirmed"  # not even its source is sure


TRACES = {
    Channel.PHONE: Trace.CALLS,
    Channel.CHAT: Trace.BROWSER,
    Channel.MESSAGE: Trace.MESSAGES,
    Channel.EMAIL: Trace.MAIL,
    Channel.WEBSITE: Trace.BROWSER,
    Channel.VISIT: Trace.NONE,
}
# Where somebody may live who is looked for. Such an entry has a contact and never a place.
WITHOUT_ADDRESS = (Kind.HOUSING, Kind.TEMPORARY_HOME)
WITH_QUESTIONS = (Kind.MEETING, Kind.AGENDA)
UNLISTED = "unlisted"  # in a search: a region that is not among the known ones
SPECIFIC, GENERAL = 0, 1  # ranks: made for people who do or did sex work, and for everybody
