"""What a peer expert may say about who they are, as stable keys. All of it is optional, and theirs to take back."""

from __future__ import annotations

from enum import StrEnum


class Gender(StrEnum):
    """A gender, in which trans people are included."""

    WOMAN = "woman"
    MAN = "man"
    NONBINARY = "nonbinary"


class Background(StrEnum):
    """Something that a peer expert knows from their own life; where somebody worked is no rank."""

    WINDOW = "window"
    CLUB = "club"
    ESCORT = "escort"
    HOME = "home"
    STREET = "street"
    ONLINE = "online"
    MIGRATION = "migration"
    PARENT = "parent"
    TRANS = "trans"
    QUEER = "queer"
    FAITH = "faith"
    USE = "use"  # of alcohol or drugs
