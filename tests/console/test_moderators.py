"""The moderators' pages by forms: what each does, what it refuses and gives back, what it never shows."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext

from backend.core import limits
from backend.core.accounts.actions.roles import give_role
from backend.core.models import AuditEntry
from moderation.access import Target
from moderation.actions.appeals import appeal
from moderation.actions.decisions import Proposed, answer_second
from moderation.actions.duty import call_due
from moderation.actions.reports import say_to_moderators
from moderation.errors import AppealOver, OthersFirst
from moderation.models import Appeal, AppealLine, Case, Decision, Evidence, Report
from moderation.words import read_own
from tests.asking import inbox_of
from tests.cast import Cast, new_organisation, new_person, utc_now
from tests.console.staffed import Browser, signed_in
from tests.messaging.rooms import NOON
from tests.moderation.house import BAD, LATER, House, new_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(cast: Cast) -> House:
    """A group with something to look at."""
    return new_house(cast)


@pytest.fixture
def max_(house: House) -> Browser:
    """Max, who moderates, signed in."""
    return signed_in(house.cast.max)


def said(reply: Any) -> str:
    """What a page says, without its markup."""
    return said_of(reply.content.decode())


def said_of(markup: str) -> str:
    """The same, of its markup."""
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", markup)))


def reported(house: House, **given: Any) -> Case:
    """A report by ana, just now; → its case."""
    return house.report(**{"now": utc_now(), **given}).case


def test_the_queue_shows_the_most_urgent_first(house: House, max_: Browser) -> None:
    assert "Nothing waits." in said(max_.get("cases"))
    reported(house, reason="spam")
    worried = reported(house, reason="worried", by=house.cast.cleo)
    page = said(max_.get("cases"))
    assert page.index("Worried about somebody Care high") < page.index("Advertising or floods Report")
    assert BAD not in page
    assert "Advertising" not in said(max_.get("cases?kind=care"))
    assert "Nothing waits." in said(max_.get("cases?language=hu"))
    assert "Advertising" in said(max_.get("cases?kind=nonsense&language=xx"))
    Case.objects.filter(id=worried.id).update(due_at=utc_now() - timedelta(minutes=1))
    assert "late: promised for" in said(max_.get("cases"))


def test_what_nobody_came_to_in_time_is_shown_to_who_is_tied(house: House) -> None:
    house.circle.admit(house.mia)
    case = reported(house)
    mia = signed_in(house.mia)
    assert "Nothing waits." in said(mia.get("cases"))
    Case.objects.filter(id=case.id).update(due_at=utc_now() - timedelta(minutes=1))
    page = said(mia.get("cases"))
    assert "nobody else came in time: you may hide or mute for a day." in page
    assert said(mia.get("cases/waiting")) == "1 wait"
    done(mia, f"cases/{case.id}/claim", {})
    shown = mia.get(f"cases/{case.id}").content.decode()
    assert 'name="mute"' in shown
    assert 'name="remove"' not in shown
    done(mia, f"cases/{case.id}/decide", {"rule": "safety", "facts": "Kanarie: threats", "mute": "24"})
    # Not of their own house, nor of themselves, nor somebody whom others worry about: there they can do nothing.
    for person in (house.mia, house.cast.ben):
        where = house.cast.organisation
        give_role(account=person.account, kind="auditor", organisation=where, by=None, now=utc_now())
    reports = ((house.cast.ben, "threats"), (house.mia, "spam"), (house.cast.cleo, "worried"))
    for person, reason in reports:
        about = Target(membership=house.of(person).id)
        late = reported(house, target=about, reason=reason)
        Case.objects.filter(id=late.id).update(due_at=utc_now() - timedelta(minutes=1))
    assert "Nothing waits." in said(mia.get("cases"))


def test_who_is_tied_sees_nothing_of_it(house: House, max_: Browser) -> None:
    case = reported(house)
    for person in (house.cast.ana, house.cast.ben, house.cast.dora):  # reported it, leads the group, is concerned
        give_role(account=person.account, kind="second_approver", by=None, now=utc_now())
        browser = signed_in(person)
        assert "Nothing waits." in said(browser.get("cases"))
        assert browser.get(f"cases/{case.id}").status_code == 404
    assert max_.get(f"cases/{case.id}").status_code == 200


def test_pages_cost_the_same_however_much_waits(house: House, max_: Browser) -> None:
    def cost(path: str) -> int:
        with CaptureQueriesContext(connections["default"]) as caught:
            assert max_.get(path).status_code == 200
        return len(caught)

    first = reported(house)
    one, page = cost("cases"), cost(f"cases/{first.id}")
    rows = [
        Case(
            id=UUID(int=number),
            kind="rule",
            about=f"x:{number}",
            reason="spam",
            priority="low",
            language="nl",
            opened_at=first.opened_at,
            due_at=first.due_at + timedelta(seconds=number),
        )
        for number in range(1, 131)
    ]
    Case.objects.bulk_create(rows)
    assert cost("cases") == one
    assert cost(f"cases/{first.id}") == page
    # Page after page, each once, and back again.
    seen, path, shown = [], "cases", ""
    while path:
        shown = max_.get(path).content.decode()
        seen += re.findall(r'href="/console/cases/([\w-]+)" data-row', shown)
        onward = re.search(r'href="(\?after=[^"]+)"', shown)
        path = f"cases{onward[1]}" if onward else ""
    assert len(seen) == len(set(seen)) == 131
    back = re.search(r'href="(\?before=[^"]+)"', shown)
    assert back
    before = re.findall(r'href="/console/cases/([\w-]+)" data-row', max_.get(f"cases{back[1]}").content.decode())
    assert before == seen[50:100]
    assert max_.get(f"cases{back[1]}&kind=care").status_code == 400


def test_the_case_page_tells_no_word_before_it_is_asked_for(house: House, max_: Browser) -> None:
    case = reported(house, note="Kanarie: he wrote to me before")
    page = said(max_.get(f"cases/{case.id}"))
    assert "Threats or pressure" in page
    assert house.of(house.cast.dora).alias in page
    assert "Kanarie" not in page
    assert str(house.cast.ana.account.id) not in page


def test_the_rules_with_their_version(max_: Browser) -> None:
    page = said(max_.get("rules"))
    assert "Version 2026-11" in page
    assert "No threats" in page


# -- handling ---------------------------------------------------------------------------------------------------------


def done(browser: Browser, path: str, fields: dict[str, Any]) -> str:
    """Send a form that works; → what the page after it says."""
    reply = browser.post(path, fields)
    assert reply.status_code == 303, said(reply)
    return said(browser.get(reply["Location"].removeprefix("/console/")))


def refused(browser: Browser, path: str, fields: dict[str, Any], status: int = 400) -> str:
    """Send a form that does not work; → its markup as it came back."""
    reply = browser.post(path, fields)
    assert reply.status_code == status, said(reply)
    return str(reply.content.decode())


def claimed(house: House, browser: Browser, **given: Any) -> tuple[Case, str]:
    """A case that the browser has claimed, and its path."""
    case = reported(house, **given)
    path = f"cases/{case.id}"
    assert "yours until" in done(browser, f"{path}/claim", {})
    return case, path


def audited(subject: UUID) -> list[tuple[str, str]]:
    """What was opened of somebody, as they see it."""
    found = AuditEntry.objects.filter(action="vault.opened", subject=subject).order_by("seq")
    return [(entry.data["what"], entry.data["role_kind"]) for entry in found]


@contextmanager
def past(minutes: int) -> Iterator[None]:
    """Some minutes later, and back: what the process counts by itself does not know a clock that goes back."""
    with time_machine.travel(utc_now() + timedelta(minutes=minutes), tick=False):
        yield
    limits._local.clear()


def test_claimed_by_one_seen_by_the_other_and_let_go(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    mia = signed_in(house.mia)
    assert "a moderator is looking" in said(mia.get("cases"))
    assert "Somebody else is looking at it." in refused(mia, f"{path}/claim", {}, 409)
    assert 'name="reveal"' not in mia.get(path).content.decode()
    assert "Claim the case first." in refused(mia, path, {"reveal": "evidence"}, 409)
    assert "Somebody else can take it now." in done(max_, f"{path}/release", {})
    done(mia, f"{path}/claim", {})
    page = done(mia, f"{path}/note", {"text": "Kanarie: asked a colleague", "hand_on": "1"})
    assert "Somebody else can take it now." in page
    done(max_, f"{path}/claim", {})
    assert "Kanarie: asked a colleague" in said(max_.post(path, {"reveal": "words"}))


def test_what_was_said_is_opened_on_request_and_the_member_sees_it(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_, note="Kanarie: he wrote to me before")
    assert audited(house.cast.dora.account.id) == []
    words = said(max_.post(path, {"reveal": "words"}))
    assert "he wrote to me before" in words
    assert BAD not in words
    page = said(max_.post(path, {"reveal": "evidence"}))
    for text in (BAD, "Kanarie before", "Kanarie after", "Unchanged: this is exactly what was sent.", "said around it"):
        assert text in page
    seen = [("words", "moderator"), ("evidence", "moderator"), ("words", "moderator")]
    assert audited(house.cast.dora.account.id) == seen
    Evidence.objects.filter(seq=house.seq).update(tag=b"\x01" + b"x" * 32)
    assert "Not proven" in said(max_.post(path, {"reveal": "evidence"}))
    with past(11):  # the second factor was shown too long ago
        asked = max_.post(path, {"reveal": "evidence"})
    assert asked["Location"] == f"/console/confirm?next=/console/{path}"


def test_a_letter_to_who_reported_and_back_without_either_name(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_, may_contact=True)
    report = Report.objects.get()
    assert "Sent." in done(max_, f"{path}/reports/{report.id}/ask", {"text": "Did he write more?"})
    say_to_moderators(by=house.cast.ana.account, report=report.id, text="Kanarie: yes", now=utc_now())
    page = said(max_.post(path, {"reveal": "words"}))
    assert "Did he write more?" in page
    assert "Kanarie: yes" in page
    assert house.of(house.cast.ana).alias not in page
    assert 'role="alert"' in refused(max_, f"{path}/reports/{report.id}/ask", {"text": ""})
    assert max_.post(f"{path}/reports/{UUID(int=1)}/ask", {"text": "?"}).status_code == 404


def test_several_measures_in_one_decision(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    page = said(max_.get(path))
    assert "Decide" in page
    fields = {"rule": "safety", "facts": "Kanarie: a threat", "hide": [str(house.seq)], "mute": "72", "slow": "300"}
    assert "Decided. Who is concerned is told why" in done(max_, f"{path}/decide", fields)
    made = Decision.objects.get()
    kinds = {measure.kind: measure for measure in made.measures.all()}
    assert set(kinds) == {"hide", "mute", "slow"}
    assert kinds["slow"].seconds == 300
    until = kinds["mute"].until
    assert until is not None
    assert timedelta(hours=71) < until - utc_now() < timedelta(hours=73)
    page = said(max_.get(path))
    assert "Decisions on this case No threats in force" in page
    assert "Next case" in page
    # Once more: nothing is left to decide, and what was typed comes back.
    again = refused(max_, f"{path}/decide", fields)
    assert "Claim the case first." in again
    assert Decision.objects.count() == 1


def test_what_is_typed_wrongly_comes_back_with_what_was_open(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    wrong = refused(max_, f"{path}/decide", {"facts": "Kanarie: typed", "warn": "on", "reveal": "evidence"})
    assert "A measure must name the rule" in wrong
    assert "Kanarie: typed" in wrong
    assert BAD in said_of(wrong)
    assert 'role="alert"' in refused(max_, f"{path}/decide", {"rule": "safety", "facts": ""})
    assert 'role="alert"' in refused(max_, f"{path}/decide", {"rule": "x", "facts": "?", "mute": "5", "hide": ["9"]})
    assert Decision.objects.count() == 0
    # First words for the rule, in the language of who is told.
    house.cast.dora.account.locale = "nl"
    house.cast.dora.account.save(update_fields=["locale"])
    page = max_.post(f"{path}/decide", {"rule": "safety", "facts": "En ook dit.", "mute": "24", "fill": "1"})
    shown = page.content.decode()
    assert page.status_code == 200
    assert "Je hebt iets geschreven dat" in shown
    assert "En ook dit." in shown
    assert '<option value="24" selected>' in shown
    assert "Nothing is wrong here" in shown


def test_nothing_found_needs_no_measure(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    done(max_, f"{path}/decide", {"facts": "Kanarie: a joke between the two"})
    assert Case.objects.get().outcome == "nothing_found"


def test_a_claim_that_is_over_decides_nothing(house: House, max_: Browser) -> None:
    case, path = claimed(house, max_)
    Case.objects.filter(id=case.id).update(claimed_until=utc_now() - timedelta(seconds=1))
    for what, fields in (("decide", {"rule": "safety", "facts": "Kanarie"}), ("note", {"text": "Kanarie"})):
        page = refused(max_, f"{path}/{what}", {**fields, "reveal": "evidence"})
        assert "Claim the case first." in page
        assert "Kanarie</textarea>" in page
        assert BAD not in page
    assert Decision.objects.count() == 0


def test_exclusion_waits_for_another_person(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    page = done(max_, f"{path}/decide", {"rule": "safety", "facts": "Kanarie: threats", "exclude": "on"})
    assert "It takes hold once a second person agrees." in page
    made = Decision.objects.get()
    there = f"decisions/{made.id}"
    # Who decided does not agree with themselves, nor a moderator who is no second approver, nor who is tied.
    give_role(account=house.cast.max.account, kind="second_approver", by=None, now=utc_now())
    assert signed_in(house.cast.max).get(there).status_code == 404
    assert signed_in(house.mia).get(there).status_code == 403
    give_role(account=house.cast.ana.account, kind="second_approver", by=None, now=utc_now())
    assert signed_in(house.cast.ana).get(there).status_code == 404
    lea = signed_in(house.cast.lea)
    assert "Second approval" in said(lea.get("cases?kind=second"))
    page = said(lea.get(there))
    assert "Exclude for good" in page
    assert "Kanarie" not in page
    page = said(lea.post(there, {"reveal": "evidence"}))
    assert BAD in page
    assert "Kanarie: threats" in page
    with past(11):
        assert "confirm" in lea.post(there, {"act": "yes"})["Location"]
    assert "Done." in done(lea, there, {"act": "yes"})
    made.refresh_from_db()
    assert made.state == "in_force"
    assert lea.post(there, {"act": "no"}).status_code == 404


def test_somebody_of_another_organisation_agrees_first(house: House, max_: Browser, cast: Cast) -> None:
    other, _, _ = new_organisation(new_person(), new_person(), name="Huis aan de kade")
    for person, kind, where in (
        (cast.max, "auditor", cast.organisation),
        (cast.lea, "auditor", cast.organisation),
        (house.mia, "second_approver", other),
    ):
        give_role(account=person.account, kind=kind, organisation=where, by=None, now=utc_now())
    _, path = claimed(house, max_)
    done(max_, f"{path}/decide", {"rule": "safety", "facts": "Kanarie", "exclude": "on"})
    made = Decision.objects.get()
    there = f"decisions/{made.id}"
    lea, mia = signed_in(cast.lea), signed_in(house.mia)
    assert "Nothing waits." in said(lea.get("cases?kind=second"))
    assert lea.get(there).status_code == 404
    with pytest.raises(OthersFirst):
        answer_second(by=cast.lea.account, decision=made.id, agrees=True, now=utc_now())
    assert "Second approval" in said(mia.get("cases?kind=second"))
    called = [len(inbox_of(person.account)) for person in (cast.lea, house.mia)]
    call_due(now=utc_now() + timedelta(hours=4, minutes=1))  # nobody came: now those of the same are asked, too
    assert len(inbox_of(cast.lea.account)) > called[0]
    page = said(lea.get("cases?kind=second"))
    assert "Threats or pressure Second approval" in page
    assert "Done." in done(lea, there, {"act": "yes"})


def test_where_there_is_nobody_else_those_of_the_same_organisation_are_asked(
    house: House, max_: Browser, cast: Cast
) -> None:
    for person in (cast.max, cast.lea):
        where = cast.organisation
        give_role(account=person.account, kind="auditor", organisation=where, by=None, now=utc_now())
    _, path = claimed(house, max_)
    done(max_, f"{path}/decide", {"rule": "safety", "facts": "Kanarie", "exclude": "on"})
    assert "Threats or pressure Second approval" in said(signed_in(cast.lea).get("cases?kind=second"))


def test_an_answer_to_an_appeal_outlives_the_second_factor(house: House) -> None:
    made = house.decide(Proposed("exclude"), at_once=True, now=NOON)
    asked = appeal(by=house.cast.dora.account, decision=made.id, text="Kanarie: no", now=LATER)
    mia, there = signed_in(house.mia), f"appeals/{asked.id}"
    with past(11):
        reply = mia.post(there, {"act": "upheld", "text": "Kanarie: typed for long", "reveal": "words"})
        assert reply["Location"].startswith("/console/confirm")
        # What needs no second factor is not lost either, nor what is refused.
        wrong = mia.post(there, {"act": "ask", "text": "", "reveal": "evidence"})
        assert wrong.status_code == 400
    assert Appeal.objects.get().state == "open"
    assert "Kanarie: typed for long" in said(mia.post(there, {"reveal": "words"}))


def test_without_agreement_the_case_is_open_again(house: House, max_: Browser) -> None:
    case, path = claimed(house, max_)
    done(max_, f"{path}/decide", {"rule": "safety", "facts": "Kanarie", "close_group": "on"})
    lea = signed_in(house.cast.lea)
    done(lea, f"decisions/{Decision.objects.get().id}", {"act": "no"})
    case.refresh_from_db()
    assert case.state == "open"
    assert "the second person did not agree" in said(max_.get(path))


def test_what_was_typed_is_kept_while_the_second_factor_is_asked_for(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    with past(12):
        fields = {"rule": "safety", "facts": "Kanarie: a long text", "exclude": "on"}
        reply = max_.post(f"{path}/decide", fields)
        assert reply["Location"].startswith("/console/confirm")
    assert "Kanarie: a long text" in said(max_.post(path, {"reveal": "words"}))
    assert Decision.objects.count() == 0


def test_at_once_for_a_life_and_looked_at_by_another(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_, reason="danger")
    done(max_, f"{path}/decide", {"rule": "safety", "facts": "Kanarie", "exclude": "on", "at_once": "on"})
    made = Decision.objects.get()
    assert made.state == "in_force"
    assert max_.get(f"decisions/{made.id}").status_code == 404
    mia = signed_in(house.mia)
    assert "Second look at what was done at once" in said(mia.get("cases"))
    assert "at once, for danger to a life" in said(mia.get(f"decisions/{made.id}"))
    done(mia, f"decisions/{made.id}", {"act": "no"})
    made.refresh_from_db()
    assert made.state == "undone"
    assert "Nothing waits." in said(mia.get("cases"))


def test_who_is_tied_may_step_in_when_nobody_came(house: House) -> None:
    give_role(account=house.cast.cleo.account, kind="moderator", by=None, now=utc_now())
    cleo = signed_in(house.cast.cleo)  # belongs to the group
    case = reported(house)
    path = f"cases/{case.id}"
    assert cleo.post(f"{path}/claim", {}).status_code == 404
    Case.objects.filter(id=case.id).update(due_at=utc_now() - timedelta(minutes=1))
    assert "nobody else came in time" in said(cleo.get("cases"))
    page = done(cleo, f"{path}/claim", {})
    assert "You are close to these people." in page
    assert "Hide the message" in page
    assert "Suspend the account" not in page
    shown = said(cleo.post(path, {"reveal": "evidence"}))
    assert BAD in shown
    done(cleo, f"{path}/decide", {"rule": "safety", "facts": "Kanarie", "hide": [str(house.seq)]})
    assert Decision.objects.get().review_due_at is not None


# -- appeals ----------------------------------------------------------------------------------------------------------


def appealed(house: House, browser: Browser) -> Appeal:
    """dora appeals against a warning and a mute."""
    _, path = claimed(house, browser)
    done(browser, f"{path}/decide", {"rule": "safety", "facts": "Kanarie: a threat", "warn": "on", "mute": "24"})
    made = Decision.objects.get()
    return appeal(by=house.cast.dora.account, decision=made.id, text="Kanarie: it was a quote", now=utc_now())


def test_an_appeal_is_answered_by_somebody_else(house: House, max_: Browser) -> None:
    there = appealed(house, max_)
    path = f"appeals/{there.id}"
    assert "Nothing waits." in said(max_.get("cases"))
    assert max_.get(path).status_code == 404
    mia = signed_in(house.mia)
    assert "Appeal" in said(mia.get("cases?kind=appeal"))
    page = said(mia.get(path))
    assert "promised: an answer by" in page
    assert "Kanarie" not in page
    page = said(mia.post(path, {"reveal": "words"}))
    assert "Kanarie: it was a quote" in page
    assert "Kanarie: a threat" in page
    assert "Sent." in done(mia, path, {"act": "ask", "text": "A quote of what?"})
    (told,) = [line for line in AppealLine.objects.all() if not line.by_subject]
    assert read_own(account=house.cast.dora.account.id, sealed=told.for_subject, place="appeal", of=there.id)
    empty = refused(mia, path, {"act": "upheld", "text": "", "reveal": "words"})
    assert "Kanarie: it was a quote" in said_of(empty)
    assert "Done." in done(mia, path, {"act": "upheld", "text": "You are right."})
    assert Decision.objects.get().state == "undone"
    assert house.of(house.cast.dora).muted_until is None
    assert mia.post(path, {"act": "rejected", "text": "Or not."}).status_code == 404


def test_it_is_too_late_to_appeal_and_nothing_waits(house: House, max_: Browser) -> None:
    _, path = claimed(house, max_)
    done(max_, f"{path}/decide", {"rule": "safety", "facts": "Kanarie", "warn": "on"})
    made = Decision.objects.get()
    with pytest.raises(AppealOver):
        appeal(by=house.cast.dora.account, decision=made.id, text="?", now=utc_now() + timedelta(days=184))
    assert "Nothing waits." in said(signed_in(house.mia).get("cases?kind=appeal"))


# -- what a browser could be made to do -------------------------------------------------------------------------------


def test_forms_come_from_our_own_pages_alone(house: House, max_: Browser) -> None:
    case, path = claimed(house, max_)
    for what in ("release", "claim", "note", "decide"):
        reply = max_.post(f"{path}/{what}", {"csrf": "0" * 64, "text": "?", "facts": "?"})
        assert reply.status_code == 403
        reply = max_.post(f"{path}/{what}", {"text": "?", "facts": "?"}, headers={"origin": "https://evil.example"})
        assert reply.status_code == 403
        assert max_.get(f"{path}/{what}").status_code == 405
    case.refresh_from_db()
    assert case.claimed_by is not None
    reply = max_.get(path)
    assert "frame-ancestors 'none'" in reply["Content-Security-Policy"]
    assert "'unsafe-inline'" not in reply["Content-Security-Policy"]
    assert reply["Cache-Control"] == "no-store"


def test_script_in_texts_is_text(house: House, max_: Browser) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    seq = house.circle.say(house.cast.dora, evil)
    target = Target(conversation=house.circle.id, seq=seq)
    _, path = claimed(house, max_, target=target, note=evil)
    done(max_, f"{path}/note", {"text": evil})
    for reply in (
        max_.post(path, {"reveal": "evidence"}),
        max_.post(f"{path}/decide", {"rule": "x", "facts": evil, "reveal": "words"}),
    ):
        shown = reply.content.decode()
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "&lt;script&gt;alert(1)" in shown


def test_next_case_and_how_much_waits(house: House, max_: Browser) -> None:
    assert max_.get("cases/waiting").content == b""
    case = reported(house)
    other = reported(house, reason="worried", by=house.cast.cleo)
    assert max_.get("cases/waiting").content == b"2 wait"
    assert max_.post("cases/next", {"after": str(case.id)})["Location"] == f"/console/cases/{other.id}"
    done(max_, f"cases/{case.id}/claim", {})
    assert max_.get("cases/waiting").content == b"1 wait"
    done(signed_in(house.mia), f"cases/{other.id}/claim", {})
    assert max_.post("cases/next", {})["Location"] == "/console/cases"


def test_what_the_script_asks_does_not_keep_the_session_open(house: House, max_: Browser) -> None:
    for minutes in (5, 10, 15):
        with past(minutes):
            assert max_.get("cases/waiting").status_code == 200
    with past(21):
        assert max_.get("cases/waiting").status_code == 303
        assert max_.get("cases")["Location"] == "/console/sign-in"


def test_keys_are_switched_off_and_on(max_: Browser) -> None:
    assert "data-keys" in max_.get("cases").content.decode()
    done(max_, "cases/keys", {"on": "0"})
    page = max_.get("cases").content.decode()
    assert "data-keys" not in page
    assert "Single keys do nothing in this browser." in page
    done(max_, "cases/keys", {"on": "1"})
    assert "data-keys" in max_.get("cases").content.decode()


def test_who_only_audits_or_coordinates_finds_none_of_it(house: House, max_: Browser) -> None:
    there = appealed(house, max_)
    auditor = new_person()
    give_role(account=auditor.account, kind="auditor", by=None, now=utc_now())
    for browser in (signed_in(auditor), signed_in(house.cast.olga)):
        for path in ("cases", "cases/waiting", f"cases/{Case.objects.get().id}", f"appeals/{there.id}"):
            assert browser.get(path).status_code == 404
