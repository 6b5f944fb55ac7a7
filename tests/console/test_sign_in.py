"""Staff sign-in: both factors, in either order; what is wrong, used, late, forged; who cannot be locked out by whom."""

from __future__ import annotations

import io
import json
import logging
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client

from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.actions.roles import end_role, give_role
from backend.core.models import AuditEntry
from backend.core.staff import errors, factors, passphrases
from backend.core.staff.actions import enrolment, signing
from backend.core.staff.actions.sessions import sweep
from backend.core.staff.models import Enrolment, RecoveryCode, Staff, StaffSession
from backend.core.staff.queries import plain_name
from tests.asking import dump_databases
from tests.cast import Cast, new_person, utc_now
from tests.console.staffed import PASSPHRASE, Browser, Enrolled, code_of, enrol, signed_in

pytestmark = pytest.mark.django_db


def actions_of(person: object) -> list[str]:
    """What the audit holds about this person's sign-in."""
    entries = AuditEntry.objects.filter(subject=person.account.id, action__startswith="staff.")  # type: ignore[attr-defined]
    return [entry.action for entry in entries]


# -- enrolment --------------------------------------------------------------------------------------------------------


def test_the_operator_prints_a_code_for_staff_only(cast: Cast) -> None:
    told = io.StringIO()
    call_command("enrol_staff", str(cast.max.account.id), stdout=told)
    assert len(told.getvalue().splitlines()[0]) == 19
    with pytest.raises(CommandError, match="staff_role_needed"):
        call_command("enrol_staff", str(cast.ana.account.id))


def test_a_person_enrols_in_the_browser(cast: Cast) -> None:
    code = enrolment.make_enrolment(account=cast.olga.account, now=utc_now())
    browser = Browser()
    browser.get("enrol")
    fields = {"code": code.upper().replace("-", " "), "access_code": cast.olga.code, "passphrase": PASSPHRASE}
    page = browser.post("enrol", fields, follow=True)
    assert page.redirect_chain == [("/console/enrol/second", 303)]
    assert b"<svg" in page.content
    there = Enrolment.objects.get()
    secret = factors.open_totp(account=cast.olga.account.id, sealed=bytes(there.totp or b""))
    wrong = browser.post("enrol/second", {"code": "000000"})
    assert wrong.status_code == 401
    done = browser.post("enrol/second", {"code": code_of(secret, -1)})
    staff = Staff.objects.get()
    assert staff.name in done.content.decode()
    assert done.content.decode().count("<li><code>") == 10
    assert browser.get("enrol/second").status_code == 303  # shown once
    assert not Enrolment.objects.exists()
    assert "staff.enrolled" in actions_of(cast.olga)


@pytest.mark.parametrize("wrong", ["code", "access_code", "late", "locked", "role", "nonsense"])
def test_both_codes_have_to_be_right(cast: Cast, wrong: str) -> None:
    code = enrolment.make_enrolment(account=cast.max.account, now=utc_now())
    given = {"code": code, "access_code": cast.max.code}
    now = utc_now()
    if wrong == "code":
        given["code"] = "aaaa-bbbb-cccc-dddd"
    elif wrong == "access_code":
        given["access_code"] = cast.lea.code
    elif wrong == "nonsense":
        given["access_code"] = "7" * 500
    elif wrong == "late":
        now += enrolment.ENROLMENT
    elif wrong == "locked":
        lock_account(account=cast.max.account, by=None, now=now)
    elif wrong == "role":
        end_role(account=cast.max.account, kind="moderator", by=None, now=now)
    with pytest.raises(errors.EnrolmentFailed):
        enrolment.prove_enrolment(**given, passphrase=PASSPHRASE, network=b"n", now=now)


@pytest.mark.parametrize(
    ("passphrase", "refusal"),
    [
        ("fourteen signs", errors.PassphraseTooShort),
        ("aaaaaaaaaaaaaaaaaaaa", errors.PassphraseTooPlain),
        ("x1" * 200, errors.PassphraseTooPlain),
    ],
)
def test_a_passphrase_is_long_and_otherwise_free(cast: Cast, passphrase: str, refusal: type[Exception]) -> None:
    code = enrolment.make_enrolment(account=cast.max.account, now=utc_now())
    given: dict[str, Any] = {"code": code, "access_code": cast.max.code, "network": b"n", "now": utc_now()}
    with pytest.raises(refusal):
        enrolment.prove_enrolment(passphrase=passphrase, **given)
    with pytest.raises(errors.PassphraseTooPlain):
        enrolment.prove_enrolment(passphrase=cast.max.code, **given)  # the own access code
    assert enrolment.prove_enrolment(passphrase="all lower case words", **given)


def test_enrolling_anew_ends_what_was(cast: Cast) -> None:
    browser = signed_in(cast.max)
    before = Staff.objects.get().name
    enrol(cast.max)
    assert Staff.objects.get().name != before
    assert RecoveryCode.objects.count() == 10
    assert browser.get("").status_code == 303


# -- signing in -------------------------------------------------------------------------------------------------------


def test_both_factors_open_a_session_under_a_new_token_each_time(cast: Cast) -> None:
    who, browser = enrol(cast.olga), Browser()
    browser.get("sign-in")
    tokens = [browser.client.cookies["console"].value]
    assert browser.post("sign-in", {"name": who.name, "passphrase": PASSPHRASE}, follow=True).status_code == 200
    tokens.append(browser.client.cookies["console"].value)
    assert browser.get("").status_code == 303  # half is nothing
    assert browser.post("sign-in/second", {"code": who.code()}).status_code == 303
    tokens.append(browser.client.cookies["console"].value)
    assert len(set(tokens)) == 3
    page = browser.get("")
    assert page.status_code == 200
    assert page["Cache-Control"] == "no-store"
    assert "unsafe" not in page["Content-Security-Policy"]
    assert actions_of(cast.olga)[-1] == "staff.signed_in"
    for old in tokens[:2]:
        other = Browser()
        other.client.cookies["console"] = old
        assert other.get("").status_code == 303


def test_cookies_are_strict_and_bound_to_the_host(cast: Cast) -> None:
    reply = Client().get("/console/sign-in", secure=True)
    cookie = reply.cookies["__Host-console"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["domain"]) == (True, True, "/", "")
    assert cookie["samesite"] == "Strict"
    assert not Client().get("/api/v1/meta").cookies


@pytest.mark.parametrize("wrong", ["name", "passphrase", "nobody"])
def test_a_wrong_name_and_a_wrong_passphrase_are_told_alike(cast: Cast, wrong: str) -> None:
    who, browser = enrol(cast.max), Browser()
    browser.get("sign-in")
    fields = {"name": who.name, "passphrase": PASSPHRASE}
    fields["passphrase" if wrong == "passphrase" else "name"] = "other words here again"
    reply = browser.post("sign-in", fields)
    assert reply.status_code == 401
    assert b"do not belong together" in reply.content


def test_a_code_of_the_app_counts_once(cast: Cast) -> None:
    who = enrol(cast.max)
    code = who.code()
    for expected in ("/console/", None):
        browser = Browser()
        browser.get("sign-in")
        browser.post("sign-in", {"name": who.name, "passphrase": PASSPHRASE}, follow=True)
        reply = browser.post("sign-in/second", {"code": code})
        assert reply.headers.get("Location") == expected
    assert actions_of(cast.max)[-1] == "staff.factor_failed"


def test_a_recovery_code_counts_once(cast: Cast) -> None:
    who = enrol(cast.max)
    for code, expected in ((who.recovery_codes[3], 303), (who.recovery_codes[3].upper(), 401)):
        browser = Browser()
        browser.get("sign-in")
        browser.post("sign-in", {"name": who.name.upper(), "passphrase": PASSPHRASE}, follow=True)
        assert browser.post("sign-in/second", {"code": code}).status_code == expected
    assert RecoveryCode.objects.filter(used_at=None).count() == 9


def test_five_wrong_ones_end_what_was_begun(cast: Cast) -> None:
    who, browser = enrol(cast.max), Browser()
    browser.get("sign-in")
    browser.post("sign-in", {"name": who.name, "passphrase": PASSPHRASE}, follow=True)
    for _ in range(signing.TRIES):
        last = browser.post("sign-in/second", {"code": "abcd-abcd-abcd-abcd"})
    assert last["Location"] == "/console/sign-in"
    assert StaffSession.objects.get().ended_at is not None


# -- nobody locks anybody out -----------------------------------------------------------------------------------------


def fail_often(who: Enrolled) -> None:
    """Somebody guesses at a name until its count is used up."""
    stranger = Browser()
    stranger.get("sign-in")
    for _ in range(signing.PER_NAME.burst):
        stranger.post("sign-in", {"name": who.name, "passphrase": "not this passphrase"})


@pytest.mark.django_db(transaction=True)
def test_who_guesses_at_a_name_does_not_keep_its_owner_out(cast: Cast) -> None:
    who = enrol(cast.max)
    at_home = Browser()
    at_home.sign_in(who)
    fail_often(who)
    # A browser of theirs signs in as ever.
    at_home.post("sign-out", {})
    at_home.get("sign-in")
    page = at_home.post("sign-in", {"name": who.name, "passphrase": PASSPHRASE}, follow=True)
    assert b"app, or a recovery code" in page.content
    # From a new one: a recovery code (or a key) first, then the passphrase.
    new = Browser()
    new.get("sign-in")
    page = new.post("sign-in", {"name": who.name, "passphrase": PASSPHRASE}, follow=True)
    assert b"comes after that" in page.content
    assert new.post("sign-in/second", {"code": who.code()}).status_code == 401  # a code of the app can be guessed at
    page = new.post("sign-in/second", {"code": who.recovery_codes[0]}, follow=True)
    assert page.redirect_chain == [("/console/sign-in", 303)]
    assert new.get("").status_code == 303
    assert new.post("sign-in", {"passphrase": "wrong once more, sorry"}).status_code == 401
    assert new.post("sign-in", {"passphrase": PASSPHRASE}, follow=True).redirect_chain == [("/console/", 303)]


@pytest.mark.django_db(transaction=True)
def test_a_name_that_nobody_has_looks_the_same(cast: Cast) -> None:
    nobody = Enrolled(name="no such name", secret="", recovery_codes=[])
    fail_often(nobody)
    stranger = Browser()
    stranger.get("sign-in")
    page = stranger.post("sign-in", {"name": nobody.name, "passphrase": PASSPHRASE}, follow=True)
    assert b"comes after that" in page.content
    assert stranger.post("sign-in/second", {"code": "abcd-abcd-abcd-abcd"}).status_code == 401


# -- sessions end -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("how", ["role", "lock", "sign out", "idle", "absolute"])
def test_a_session_ends(cast: Cast, how: str) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        browser = signed_in(cast.max)
        if how == "role":
            give_role(account=cast.max.account, kind="auditor", by=None, now=utc_now())
            end_role(account=cast.max.account, kind="moderator", by=None, now=utc_now())
        elif how == "lock":
            lock_account(account=cast.max.account, by=None, now=utc_now())
        elif how == "sign out":
            browser.post("sign-out", {})
        elif how == "idle":
            clock.shift(timedelta(minutes=21))
        else:
            for _ in range(33):
                clock.shift(timedelta(minutes=19))
                browser.get("")
        assert browser.get("").status_code == 303
        sweep(utc_now())
        assert not StaffSession.objects.filter(ended_at=None).exists()


def test_who_moves_keeps_the_session_but_confirms_before_what_matters(cast: Cast) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        who, browser = enrol(cast.max), Browser()
        browser.sign_in(who)
        assert browser.get("own/codes").status_code == 200
        clock.shift(timedelta(minutes=11))
        asked = browser.get("own/codes")
        assert asked["Location"] == "/console/confirm?next=/console/own/codes"
        assert browser.post("own/codes", {})["Location"] == "/console/confirm?next=/console/own/codes"
        page = browser.get("confirm?next=/console/own/codes")
        assert b"/console/own/codes" in page.content
        who.ahead = 0
        done = browser.post("confirm", {"next": "/console/own/codes", "code": who.code()})
        assert done["Location"] == "/console/own/codes"
        assert browser.get("own/codes").status_code == 200
        assert browser.post("own/codes", {}).content.count(b"<li><code>") == 10
        assert actions_of(cast.max)[-2:] == ["staff.confirmed", "staff.codes_renewed"]


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example", "/api/v1/me", "/console/../x"])
def test_confirming_leads_nowhere_else(cast: Cast, target: str) -> None:
    who, browser = enrol(cast.max), Browser()
    browser.sign_in(who)
    browser.get("confirm")
    assert browser.post("confirm", {"next": target, "code": who.recovery_codes[0]})["Location"] == "/console/"


# -- forged ones ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{"origin": "http://evil.example"}, {"origin": "null"}, {"origin": ""}, {"origin": "http://testserver:81"}],
)
def test_a_form_comes_from_one_of_our_own_pages(cast: Cast, headers: dict[str, str]) -> None:
    browser = signed_in(cast.max)
    assert browser.post("own/codes", {}, headers=headers).status_code == 403
    assert browser.post("own/codes", {"csrf": "0" * 64}).status_code == 403
    assert browser.post("own/codes", {}, headers={"sec-fetch-site": "same-site"}).status_code == 403


def test_a_session_cannot_be_planted(cast: Cast) -> None:
    who, browser = enrol(cast.max), Browser()
    browser.client.cookies["console"] = "planted"
    browser.get("sign-in")
    browser.sign_in(who)
    other = Browser()
    other.client.cookies["console"] = "planted"
    assert other.get("").status_code == 303


# -- what is kept and told --------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_nothing_secret_is_in_the_database_or_the_log(cast: Cast, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        who, browser = enrol(cast.max), Browser()
        browser.sign_in(who)
    told = dump_databases() + caplog.text
    for secret in (PASSPHRASE, who.secret, *who.recovery_codes, browser.client.cookies["console"].value, "argon2"):
        assert secret not in told
    assert json.dumps(PASSPHRASE) not in told


def test_a_passphrase_needs_its_own_account(cast: Cast) -> None:
    enrol(cast.max)
    sealed = bytes(Staff.objects.get().passphrase)
    assert passphrases.matches(PASSPHRASE, account=cast.max.account.id, sealed=sealed)
    assert not passphrases.matches(PASSPHRASE, account=cast.lea.account.id, sealed=sealed)
    assert not passphrases.matches(PASSPHRASE + "!", account=cast.max.account.id, sealed=sealed)


def test_members_have_no_way_in(cast: Cast) -> None:
    person = new_person()
    with pytest.raises(errors.StaffRoleNeeded):
        enrolment.make_enrolment(account=person.account, now=utc_now())


def test_a_sign_in_name_is_found_as_it_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("backend.core.accounts.access_code.read_words", lambda language: ["t-shirt", "river"])
    name = enrolment._new_name()
    assert plain_name(name) == name == "river river river"
