"""Ways to reach a phone. Each takes pushes and gives a verdict on each; it never tries again by itself."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from backend.core.push.transports import fcm, webpush
from backend.core.push.transports.verdicts import Push, Verdict


def configured() -> list[str]:
    """The transports that this server is set up for."""
    found = ["fcm"] if settings.FCM_CREDENTIALS else []
    return found + (["webpush"] if settings.VAPID_KEY and settings.VAPID_SUBJECT else [])


def send(pushes: Sequence[Push]) -> list[Verdict]:
    """A verdict for each, in the order given; at most 50 at once. Takes a few seconds at most."""
    verdicts: dict[int, Verdict] = {}
    for name, transport in (("fcm", fcm.send), ("webpush", webpush.send)):
        some = [(n, push) for n, push in enumerate(pushes) if push.address.transport == name]
        if some:
            given = transport([push for _, push in some])
            verdicts.update(zip((n for n, _ in some), given, strict=True))
    return [verdicts[n] for n in range(len(pushes))]
