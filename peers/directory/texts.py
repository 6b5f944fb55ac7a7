"""What the directory's own words are called on its pages, in the language of the reader."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from backend.core.vocabulary import Direction, Domain
from peers.directory.vocabulary import Channel, Kind, Line, Stance, Standing, Trace, Trouble

Names = dict[str, str | Promise]

KINDS: Names = {
    Kind.TALK: _("Somebody to talk to"),
    Kind.MONEY: _("Money and debts"),
    Kind.HOUSING: _("A home"),
    Kind.HOUSING_URGENCY: _("A home sooner, by the municipality"),
    Kind.TEMPORARY_HOME: _("A safe home for a while"),
    Kind.WORK: _("A place to work"),
    Kind.WORK_EXPERIENCE: _("A place to try out work"),
    Kind.EDUCATION: _("School and courses"),
    Kind.LANGUAGE: _("Language lessons"),
    Kind.JOB_COACHING: _("Help with finding work"),
    Kind.ADDICTION: _("Alcohol and drugs"),
    Kind.PAPERS: _("Papers and permits"),
    Kind.HEALTH: _("Health care"),
    Kind.LEGAL: _("Advice about rights"),
    Kind.MEETING: _("Meeting others"),
    Kind.AGENDA: _("A day to come"),
}
DOMAINS: Names = {
    Domain.WORK: _("Work and learning"),
    Domain.MONEY: _("Money"),
    Domain.HOUSING: _("Housing"),
    Domain.HEALTH: _("Health"),
    Domain.MIND: _("How you feel"),
    Domain.PEOPLE: _("People around you"),
    Domain.SAFETY: _("Safety"),
    Domain.PAPERS: _("Papers"),
}
DIRECTIONS: Names = {
    Direction.OUTSIDE: _("Other work, outside the branch"),
    Direction.INSIDE: _("Other work, inside the branch"),
    Direction.COMBINING: _("Both beside each other"),
    Direction.UNSURE: _("I do not know yet"),
}
STANCES: Names = {
    Stance.STAYS: _("Also for who goes on with the work"),
    Stance.RELIGIOUS: _("Religious"),
    Stance.STOP_FIRST: _("Asks you to stop with the work first"),
}
CHANNELS: Names = {
    Channel.PHONE: _("Call"),
    Channel.CHAT: _("Chat on a web page"),
    Channel.MESSAGE: _("Send a message"),
    Channel.EMAIL: _("Send an e-mail"),
    Channel.WEBSITE: _("Web page"),
    Channel.VISIT: _("Walk in"),
}
TRACES: Names = {
    Trace.CALLS: _("Stays in the phone's list of calls."),
    Trace.BROWSER: _("Stays in the browser's history, unless the window is private."),
    Trace.MESSAGES: _("Stays among the phone's messages."),
    Trace.MAIL: _("Stays among the mail that was sent."),
    Trace.NONE: _("Leaves nothing on the phone."),
}
TROUBLES: Names = {
    Trouble.CONTACT: _("Nobody can be reached like this"),
    Trouble.GONE: _("It is not there any more"),
    Trouble.FULL: _("It is full"),
    Trouble.UNLIKE: _("It is not as it says here"),
    Trouble.UNSAFE: _("It is not safe there"),
    Trouble.OTHER: _("Something else"),
}
LINES: Names = {
    Line.SUPPORT: _("Somebody who listens or helps"),
    Line.EMERGENCY: _("Danger right now"),
    Line.POLICE: _("The police"),
}
LINE_NAMES: Names = {
    "emergency": _("Emergency number: ambulance, fire brigade, police"),
    "police": _("The police, when it can wait"),
}
STANDINGS: Names = {
    Standing.ASSURED: _("Checked"),
    Standing.LAPSED: _("Was checked once, not any more"),
    Standing.UNASSURED: _("Not checked yet"),
    Standing.UNCONFIRMED: _("Not certain"),
}
PAGE: Names = {
    "title": _("Information"),
    "leave": _("Leave this page"),
    "skip": _("Go to the content"),
    "heading": _("Where you can turn to"),
    "lead": _(
        "You need no account here, and we do not keep who looks. The browser keeps its history: if somebody looks at"
        " this phone, open a private window."
    ),
    "numbers": _("Numbers to call"),
    "search": _("Search"),
    "region": _("Region"),
    "language": _("Language that is spoken"),
    "domain": _("About"),
    "kind": _("What you look for"),
    "direction": _("Where you want to go"),
    "stance": _("How they stand to the work"),
    "without": _("Leave out"),
    "any": _("Does not matter"),
    "unlisted": _("My region is not in the list"),
    "regions_missing": _("%(known)s of %(all)s regions are known here. The others are missing."),
    "nothing": _("Nothing was found. We count that something is missing here, but not who looked."),
    "more": _("Show more"),
    "back": _("Back"),
    "specific": _("Made for people who do or did sex work"),
    "example": _("An example, made up"),
    "nationwide": _("Everywhere in the Netherlands"),
    "no_contact": _("No contact is known yet."),
    "assured": _("Checked by %(name)s, good until %(day)s."),
    "lapsed": _("Checked by %(name)s, but only until %(day)s."),
    "source": _("From: %(name)s"),
    "places": _("Free places: %(count)s, counted on %(day)s."),
    "stale": _("This may be different by now."),
    "report": _("Something here is wrong"),
    "note": _("More about it, if you like"),
    "send": _("Send"),
    "ask": _("Ask the organisers"),
    "ask_note": _("No name is needed. The answer comes on this page, for everybody."),
    "thanks": _("Thank you. It was sent without a name."),
    "missing": _("There is nothing here."),
    "not_sent": _("That did not work. Look at what you wrote, or try again later."),
    "always": _("Day and night"),
    "no_hours": _("We do not know the hours."),
    "free": _("Costs nothing"),
    "nameless": _("You need not say your name"),
    "tips": _("Takes tips, gives no help"),
    "gaps": _("What was looked for and not found"),
    "gaps_note": _("Searches in a whole month, rounded down. Small numbers are not shown."),
    "address": _("Address"),
    "no_address": _("A safe place: we never show its address."),
    "yearly": _("Comes back each year"),
    "offers": _("What they offer"),
    "confirmed": _("Tried on %(day)s."),
}
