"""Rules, notices and figures as pages for everybody: no cookie, no script, nothing of it in an address."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from backend.core.vocabulary import UI_LANGUAGES
from moderation.actions.cases import claim
from moderation.actions.notices import PER_NETWORK
from moderation.models import Case, Notice, Report
from moderation.rules import VERSION
from tests.asking import dump_databases, together
from tests.moderation.house import House

pytestmark = pytest.mark.django_db
PATHS = ("/info/rules", "/info/figures", "/info/notice", "/info/notice/look-up")
GIVEN = {
    "reason": "recruiting",
    "where": "Kanarie group",
    "text": "Kanarie text",
    "contact": "",
    "in_good_faith": "on",
}


def text_of(reply: Any) -> str:
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode())))


def give(**given: str) -> Any:
    return Client().post("/info/notice?in=en", {**GIVEN, **given})


def reference_in(reply: Any) -> str:
    found = re.search(r"<code>([\w-]+)</code>", reply.content.decode())
    assert found
    return found[1]


def look_up(reference: str) -> Any:
    return Client().post("/info/notice/look-up?in=en", {"reference": reference})


@pytest.mark.parametrize("path", PATHS)
def test_pages_are_neutral_and_keep_nothing(path: str) -> None:
    reply = Client().get(path)
    assert (reply.status_code, reply["Cache-Control"], reply["Referrer-Policy"]) == (200, "no-store", "no-referrer")
    assert not reply.cookies
    assert "unsafe" not in reply["Content-Security-Policy"]
    text = reply.content.decode()
    assert "<title>Information</title>" in text
    assert not re.search(r"\sstyle=|\son\w+=|<style", text)
    assert not re.search(r'(src|href)="(https?:)?//', text.replace(f'href="{settings.LEAVE_TO}"', ""))
    assert 'id="leave"' in re.findall(r"<(?:a|button|input|select|textarea)[^>]*>", text)[0]


@pytest.mark.parametrize("language", UI_LANGUAGES)
def test_every_language_has_them_and_they_are_linked(language: str) -> None:
    first = Client().get(f"/info?in={language}").content.decode()
    for path in PATHS:
        page, asked = (
            re.sub(r' name="once" value="[^"]+"', "", client.get(there).content.decode())
            for client, there in (
                (Client(), f"{path}?in={language}"),
                (Client(headers={"Accept-Language": language}), path),
            )
        )
        assert f'<html lang="{language}" dir="ltr">' in page
        assert page == asked
        if path != PATHS[3]:
            assert f'href="{path}?in={language}"' in first


def test_the_rules_with_their_version() -> None:
    page = text_of(Client().get("/info/rules?in=en"))
    assert f"Version {VERSION}." in page
    assert "No threats, no pressure, no violence" in page
    assert "Geen dreigementen" in text_of(Client().get("/info/rules?in=nl"))


def test_a_notice_is_received_and_looked_up(house: House) -> None:
    sent = give(contact="kanarie@example.org")
    assert sent.status_code == 201
    assert not sent.cookies
    reference = reference_in(sent)
    case = Case.objects.get()
    assert (case.reason, case.language, Report.objects.get().target) == ("recruiting", "en", "notice")
    dump = dump_databases()
    for word in ("Kanarie text", "Kanarie group", "kanarie@example.org", reference, reference.replace("-", "")):
        assert word not in dump
    assert "nobody has looked yet" in text_of(look_up(reference))
    claim(by=house.cast.max.account, case=case.id, now=case.opened_at)
    assert "A person is looking at it" in text_of(look_up(f" {reference.upper()} "))
    house.decide(case=case.id, now=case.opened_at)
    assert "found not to be against the rules" in text_of(look_up(reference))


def test_the_receipt_is_shown_once_and_leads_to_no_other_language(house: House) -> None:
    sent = give().content.decode()
    assert 'hreflang="' not in sent
    assert 'hreflang="' in Client().get("/info/notice").content.decode()


def once_in(page: str) -> str:
    found = re.search(r'name="once" value="([\w-]{22})"', page)
    assert found
    return found[1]


def test_sent_twice_by_one_form_it_is_one_notice(house: House) -> None:
    first, other = (once_in(Client().get("/info/notice").content.decode()) for _ in range(2))
    assert first != other
    reference = reference_in(give(once=first))
    for _ in range(PER_NETWORK.burst + 1):
        assert reference_in(give(once=first)) == reference
    assert Case.objects.count() == Notice.objects.count() == 1
    assert once_in(give(once=first, text=" ").content.decode()) == first
    references = {reference, reference_in(give(once=first, text="More")), reference_in(give(once=other))}
    assert len(references) == Notice.objects.count() == 3


@pytest.mark.django_db(transaction=True)
def test_pressed_twice_at_once_it_is_one_notice() -> None:
    told: list[str] = []
    act = lambda: told.append(reference_in(give(once="a" * 22)))  # noqa: E731
    together(act, act)
    assert len(told) == 2
    assert len(set(told)) == Notice.objects.count() == Case.objects.count() == 1


def test_an_unknown_reference_and_none() -> None:
    unknown = look_up("aaaa-bbbb")
    assert (unknown.status_code, "No notice has this reference." in text_of(unknown)) == (404, True)
    assert 'value="aaaa-bbbb"' in unknown.content.decode()
    assert look_up("").status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"reason": "worried"},
        {"reason": ""},
        {"where": " "},
        {"text": ""},
        {"text": "x" * 4001},
        {"contact": "x" * 201},
        {"in_good_faith": ""},
        {"where": "a\u202eb"},
    ],
)
def test_what_is_wrong_is_told_and_what_was_typed_comes_back(house: House, wrong: dict[str, str]) -> None:
    sent = give(**wrong)
    assert sent.status_code == 400
    assert 'role="alert"' in sent.content.decode()
    if "text" not in wrong:
        assert "Kanarie text" in sent.content.decode()
    assert not Case.objects.exists()


def test_what_is_written_is_text() -> None:
    sent = give(text="<script>x", in_good_faith="").content.decode()
    assert "<script>x" not in sent
    assert "&lt;script&gt;x" in sent


def test_a_network_is_limited_as_by_the_api_and_nothing_typed_is_lost(house: House) -> None:
    for _ in range(PER_NETWORK.burst):
        assert give().status_code == 201
    late = give()
    assert late.status_code == 429
    assert "Kanarie text" in late.content.decode()
    assert Notice.objects.count() == PER_NETWORK.burst


def test_other_methods_are_not_there() -> None:
    assert Client().post("/info/rules").status_code == 405
    assert Client().put("/info/notice").status_code == 405
    assert Client().head("/info/figures").status_code == 200


def test_figures_by_year(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "There is no whole year yet." in text_of(Client().get("/info/figures?in=en"))
    case = house.report(now=datetime(2024, 3, 1, tzinfo=UTC)).case
    rows = [Report(case=case, reason="spam", target="message", received_at=case.opened_at) for _ in range(12)]
    Report.objects.bulk_create(rows)
    page = text_of(Client().get("/info/figures?in=en"))
    assert "Advertising or floods 10 " in page
    assert "Threats or pressure – " in page
    assert re.search(r" 2025 .* 2024 ", page)
