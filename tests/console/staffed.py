"""Staff for the tests of the console: enrolled the way people enrol, signed in by a client that fills in forms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyotp
import time_machine
from django.test import Client

from backend.core.staff import factors
from backend.core.staff.actions import enrolment
from backend.core.staff.models import Enrolment
from tests.cast import Person, utc_now

ORIGIN = "http://testserver"
PASSPHRASE = "lantern under the wide bridge"


def code_of(secret: str, ahead: int = 0) -> str:
    """What the app shows now, or `ahead` steps of 30 s later."""
    return pyotp.TOTP(secret).at(int(utc_now().timestamp()) + 30 * ahead)


@dataclass
class Enrolled:
    """What somebody signs in with."""

    name: str
    secret: str
    recovery_codes: list[str]
    passphrase: str = PASSPHRASE
    ahead: int = field(default=0)

    def code(self) -> str:
        """A code of the app that has not been used: of the present step, then of the next one."""
        self.ahead += 1
        return code_of(self.secret, self.ahead - 1)


def enrol(person: Person, now: datetime | None = None) -> Enrolled:
    """Enrol with an authenticator app, by the actions."""
    now = now or utc_now()
    code = enrolment.make_enrolment(account=person.account, now=now)
    enrolment.prove_enrolment(
        code=code, access_code=person.code, passphrase=PASSPHRASE, network=person.account.id.bytes, now=now
    )
    there = Enrolment.objects.get(account=person.account)
    secret = factors.open_totp(account=person.account.id, sealed=bytes(there.totp or b""))
    # The step before the present one: the present one and the next are left for signing in.
    made = enrolment.finish_with_totp(enrolment=there, code=code_of(secret, -1), now=now)
    return Enrolled(name=made.name, secret=secret, recovery_codes=made.recovery_codes)


class Browser:
    """A client with cookies that fills in forms: takes the page's CSRF token along, and says where it comes from."""

    def __init__(self) -> None:
        self.client = Client(headers={"origin": ORIGIN})
        self.token = ""

    def get(self, path: str, **more: Any) -> Any:
        return self._seen(self.client.get(f"/console/{path}", **more))

    def post(self, path: str, fields: dict[str, Any], *, follow: bool = False, **more: Any) -> Any:
        sent = {"csrf": self.token, **fields}
        return self._seen(self.client.post(f"/console/{path}", sent, follow=follow, **more))

    def _seen(self, reply: Any) -> Any:
        if found := re.search(r'name="csrf" value="(\w+)"', reply.content.decode()):
            self.token = found[1]
        return reply

    def sign_in(self, who: Enrolled) -> Any:
        """Name, passphrase, code of the app; → the first page."""
        self.get("sign-in")
        self.post("sign-in", {"name": who.name, "passphrase": who.passphrase}, follow=True)
        return self.post("sign-in/second", {"code": who.code()}, follow=True)


def signed_in(person: Person) -> Browser:
    """A browser in which this person has just signed in."""
    browser = Browser()
    with time_machine.travel(utc_now(), tick=False):  # the codes are of one step
        reply = browser.sign_in(enrol(person))
    assert reply.status_code == 200, reply.content
    assert reply.redirect_chain[-1][0] == "/console/"
    return browser
