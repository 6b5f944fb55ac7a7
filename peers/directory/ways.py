"""Ways to reach somebody: what may be shown as a link. Knows no Django."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from peers.directory.vocabulary import Channel

_PHONE = re.compile(r"[+\d][\d \-().]{1,40}")
_EMAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")


def fits(channel: str, value: str) -> bool:
    """Whether it can be shown as a link: nothing but numbers, mail addresses and pages of the web becomes one."""
    if channel == Channel.PHONE:
        return bool(_PHONE.fullmatch(value))
    if channel == Channel.EMAIL:
        return bool(_EMAIL.fullmatch(value))
    return channel not in (Channel.WEBSITE, Channel.CHAT) or is_page(value)


def is_page(value: str) -> bool:
    """Whether it is the address of a page of the web."""
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and "." in (parts.hostname or "") and not parts.username
