"""Two at once: one code, one session."""

from __future__ import annotations

import pytest

from backend.core.staff import errors, factors
from backend.core.staff.actions import enrolment, signing
from backend.core.staff.models import Enrolment, StaffSession
from tests.asking import together
from tests.cast import Cast, utc_now
from tests.console.staffed import PASSPHRASE, code_of, enrol

pytestmark = pytest.mark.django_db(transaction=True)


def begin(name: str) -> StaffSession:
    """A sign-in whose passphrase has been right."""
    begun = signing.begin_sign_in(name=name, passphrase=PASSPHRASE, browser="", network=b"n", now=utc_now())
    return begun.session


@pytest.mark.parametrize("kind", ["app", "recovery"])
def test_a_code_opens_one_of_two_that_use_it_at_the_same_time(cast: Cast, kind: str) -> None:
    who = enrol(cast.max)
    sessions = [begin(who.name) for _ in range(3)]
    code = who.code() if kind == "app" else who.recovery_codes[0]
    prove = signing.prove_totp if kind == "app" else signing.prove_recovery
    results = together(*[lambda one=one: prove(session=one, code=code, now=utc_now()) for one in sessions])
    assert sum(isinstance(result, signing.Begun) for result in results) == 1
    assert sum(isinstance(result, errors.SecondFactorFailed) for result in results) == 2


def test_an_enrolment_is_finished_once(cast: Cast) -> None:
    now = utc_now()
    code = enrolment.make_enrolment(account=cast.max.account, now=now)
    enrolment.prove_enrolment(code=code, access_code=cast.max.code, passphrase=PASSPHRASE, network=b"n", now=now)
    there = Enrolment.objects.get()
    secret = factors.open_totp(account=cast.max.account.id, sealed=bytes(there.totp or b""))
    typed = code_of(secret)
    results = together(*[lambda: enrolment.finish_with_totp(enrolment=there, code=typed, now=now)] * 3)
    assert sum(isinstance(result, enrolment.Enrolled) for result in results) == 1
    assert sum(isinstance(result, errors.EnrolmentFailed) for result in results) == 2
