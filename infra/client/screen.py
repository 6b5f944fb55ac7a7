"""How talks look in 80 columns. Pure: told things in, lines out."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from infra.client.transcript import Transcript

WIDTH = 80
MARGIN = 31  # where the words begin: time, number and name stand before
NAME = 16

# Whatever others write, nothing of it steers the terminal.
_STEERING = re.compile("[\0-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")

REACTIONS = {
    "heart": "♥",
    "thanks": "thanks",
    "strength": "strength",
    "hug": "hug",
    "laugh": "laughs",
    "sad": "sad",
    "yes": "yes",
    "no": "no",
}
STATUS = {
    "connecting": "Connecting …",
    "online": "Connected.",
    "offline": "No connection. What you write is kept, and sent when it is back.",
}
REFUSALS = {
    "access_code_malformed": "That cannot be an access code.",
    "alias_taken": "Somebody there has this name already, or one that looks like it.",
    "alias_used_elsewhere": "You have this name elsewhere: it would show that both are you.",
    "already_member": "You belong there already.",
    "conversation_ended": "This talk has ended.",
    "forbidden": "That is not yours to do.",
    "group_closed_now": "The group is closed at this hour.",
    "invalid": "That is not understood.",
    "invite_invalid": "Nobody comes in with this invite: it was used, taken back, or is over.",
    "message_retracted": "That message was taken back.",
    "muted": "You have been muted here for a while.",
    "not_found": "There is no such thing here.",
    "reply_unknown": "There is no message with that number.",
    "rules_first": "The rules are new, or have changed: /rules shows them, /agree says yes to them.",
    "sign_in_failed": "No account opens with this code.",
    "text_empty": "There is nothing in it to read.",
    "text_too_long": "It is too long: 4,000 characters at most.",
    "too_many": "Too many tries; wait a little.",
}


def clean(text: str) -> str:
    """Without what would steer the terminal."""
    return _STEERING.sub("\N{REPLACEMENT CHARACTER}", text)


def cells(text: str) -> int:
    """The columns that a text takes."""
    return sum(
        0
        if unicodedata.category(sign) in ("Mn", "Me", "Cf")
        else 2
        if unicodedata.east_asian_width(sign) in "WF"
        else 1
        for sign in text
    )


def cut(text: str, width: int) -> str:
    """At most so many columns, with a sign that something is missing."""
    if cells(text) <= width:
        return text
    while cells(text) > width - 1:
        text = text[:-1]
    return f"{text}…"


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most so many columns; a word that is longer is broken."""
    lines: list[str] = []
    for paragraph in text.expandtabs(4).split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if cells(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            while cells(word) > width:
                at = len(word)
                while cells(word[:at]) > width:
                    at -= 1
                lines.append(word[:at])
                word = word[at:]
            line = word
        lines.append(line)
    return lines


def message_lines(message: Mapping[str, Any], *, own: str) -> list[str]:
    """One message: time, number, name, words; below them what belongs to it."""
    body = message["body"]
    notes = []
    if message["reply_to"] is not None:
        notes.append(f"answers #{message['reply_to']}")
    if body is not None and message["edited_at"]:
        notes.append("edited")
    if message["reactions"]:
        notes.append(_reactions(key for keys in message["reactions"].values() for key in keys))
    words = wrap(
        clean(body) if body is not None else "(hidden)" if message["hidden_at"] else "(taken back)", WIDTH - MARGIN
    )
    if notes:
        words += [f"[{line}]" for line in wrap(" · ".join(notes), WIDTH - MARGIN - 2)]
    sender = message["sender"]
    name = "you" if sender["membership"] == own else clean(sender["alias"])
    head = f"{clock(message['sent_at'])} {'#' + str(message['seq']):>6}  {pad(cut(name, NAME), NAME)} "
    return [pad(head, MARGIN) + words[0]] + [" " * MARGIN + line for line in words[1:]]


def event_lines(event: Mapping[str, Any], *, own: str, transcript: Transcript) -> list[str]:
    """What an event in the talk at hand looks like; nothing for those that need no words."""
    kind = event["type"]
    if kind == "message.created":
        return message_lines(transcript.messages[event["seq"]], own=own)
    if kind == "message.edited" and event["body"] is not None:
        return note(f"#{event['message_seq']} now says: {clean(event['body'])}")
    if kind == "message.hidden":
        return note(f"#{event['message_seq']} was hidden.")
    if kind == "message.restored":
        return message_lines(transcript.messages[event["message_seq"]], own=own)
    if kind == "message.retracted":
        return note(f"#{event['message_seq']} was taken back.")
    if kind == "reaction.changed":
        who = "You" if event["membership"] == own else name_of(event["membership"], transcript)
        told = _reactions(event["keys"]) if event["keys"] else "nothing any more"
        return note(f"{who} on #{event['message_seq']}: {told}")
    if kind == "membership.changed":
        return _membership_lines(event["membership"], own=own)
    if kind == "mute.changed":
        who = "You are" if event["membership"] == own else name_of(event["membership"], transcript) + " is"
        until = event["muted_until"]
        return note(f"{who} muted until {clock(until)}." if until else f"{who} not muted any more.")
    if kind == "conversation.changed":
        return note("The group's page has changed.")
    return []


def _membership_lines(there: Mapping[str, Any], *, own: str) -> list[str]:
    who, is_own = clean(there["alias"]), there["id"] == own
    if there["state"] != "active":
        return [] if is_own else note(f"{who} is not in this group any more.")
    return [] if is_own else note(f"{who} belongs to this group.")


def name_of(membership: str, transcript: Transcript) -> str:
    """The alias of a membership, as far as this talk has shown it."""
    known = transcript.members.get(membership)
    if known is None:
        senders = (message["sender"] for message in transcript.messages.values())
        known = next((sender for sender in senders if sender["membership"] == membership), None)
    return clean(known["alias"]) if known else "Somebody"


def title_of(entry: Mapping[str, Any]) -> str:
    """What a conversation is called here."""
    conversation = entry["conversation"]
    if conversation["group"] is not None:
        return clean(conversation["group"]["title"])
    others = entry.get("others") or []
    return "with " + (", ".join(clean(other["alias"]) for other in others) or "a peer expert")


def note(text: str) -> list[str]:
    """Something that nobody said."""
    return [f"{'·':>5}  {line}" if not at else f"       {line}" for at, line in enumerate(wrap(text, WIDTH - 7))]


def clock(at: str) -> str:
    """The local time of day."""
    return datetime.fromisoformat(at).astimezone().strftime("%H:%M")


def day(at: str) -> str:
    """The local date, as a line between two days."""
    told = datetime.fromisoformat(at).astimezone().strftime(" %A %d %B %Y ").replace(" 0", " ")
    return told.center(WIDTH, "─")


def pad(text: str, width: int) -> str:
    """Filled up to so many columns."""
    return text + " " * (width - cells(text))


def _reactions(keys: Iterable[str]) -> str:
    counts: dict[str, int] = {}
    for key in keys:
        counts[key] = counts.get(key, 0) + 1
    return ", ".join(REACTIONS.get(key, key) + (f" ×{count}" if count > 1 else "") for key, count in counts.items())
