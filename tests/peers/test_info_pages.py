"""The directory as pages: neutral, without a cookie, a script or anybody else's server; leaving comes first."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from backend.core.vocabulary import UI_LANGUAGES
from peers.directory.actions.entries import withdraw_entry
from peers.directory.models import Gap, Problem, Question
from tests.cast import Cast, utc_now
from tests.peers.shelf import assured, new_entry

pytestmark = pytest.mark.django_db


def read(path: str = "/info", **headers: str) -> str:
    response = Client(headers=headers).get(path)
    assert response.status_code == 200, response.content
    return response.content.decode()


def post(path: str, **given: str) -> Any:
    return Client().post(path, given)


def test_the_page_is_neutral_and_keeps_nothing(cast: Cast) -> None:
    entry = new_entry(cast.olga, name="Huis", specific=True)
    for path in ("/info", f"/info/{entry.id}", "/info/numbers", "/info/gaps", "/info/thanks"):
        response = Client().get(path)
        assert (response["Cache-Control"], response["Referrer-Policy"]) == ("no-store", "no-referrer")
        assert not response.cookies
        policy = response["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        text = response.content.decode()
        assert "<title>Information</title>" in text
        assert not re.search(r"\sstyle=|\son\w+=|<style", text)
        assert not re.search(r'(src|href)="(https?:)?//', text.replace(f'href="{settings.LEAVE_TO}"', ""))
        first = re.findall(r"<(?:a|button|input|select|textarea)[^>]*>", text)[0]
        assert 'id="leave"' in first
        assert settings.LEAVE_TO in first


@pytest.mark.parametrize("language", UI_LANGUAGES)
def test_every_language_has_its_page(language: str, cast: Cast) -> None:
    entry = assured(new_entry(cast.olga, kinds=["temporary_home"], places_free=2), cast.olga)
    for path in ("/info", f"/info/{entry.id}", "/info/numbers"):
        asked, chosen = read(path, **{"Accept-Language": language}), read(f"{path}?in={language}")
        assert f'<html lang="{language}" dir="ltr">' in asked
        assert asked.split("<main", 1)[1].split("</main", 1)[0] == chosen.split("<main", 1)[1].split("</main", 1)[0]


def test_a_form_without_a_script_finds_what_fits(cast: Cast) -> None:
    new_entry(cast.olga, name="Zeehuis", specific=True, kinds=["talk"], regions=["utrecht"])
    new_entry(cast.olga, name="Berghuis", kinds=["money"])
    text = read("/info?in=nl&region=utrecht&language=&domain=&kind=talk&direction=&stance=&without=")
    assert "Zeehuis" in text
    assert "Berghuis" not in text
    assert '<option value="utrecht" selected>' in text
    text = read()
    assert text.index("Zeehuis") < text.index("Berghuis")
    assert "3 of 18 regions are known here" in text
    assert "Berghuis" in read("/info?kind=magic")  # what an address says wrongly is as if it did not say it


def test_more_than_a_page(cast: Cast) -> None:
    for number in range(21):
        new_entry(cast.olga, name=f"Huis {number:02}", kinds=["talk"])
    text = read("/info?kind=talk")
    assert text.count("<article") == 20
    more = re.search(r'href="\?([^"]*after=[^"]*)"', text)
    assert more
    assert "Huis 20" in read("/info?" + more[1].replace("&amp;", "&"))


def test_a_search_on_the_page_counts_as_a_gap_too() -> None:
    assert "Nothing was found" in read("/info?language=hu&region=den-haag")
    [gap] = Gap.objects.all()
    assert (gap.region, gap.language, gap.searches) == ("den-haag", "hu", 1)


def test_own_words_stand_in_the_readers_language(cast: Cast) -> None:
    words = {"nl": {"about": "Hoi"}, "ro": {"about": "Bună"}, "ar": {"about": "مرحبا"}}
    entry = new_entry(cast.olga, texts=words, contacts=[{"channel": "email", "value": "huis@voorbeeld.example"}])
    assert "Bună" in read(f"/info/{entry.id}?in=ro")
    assert "Hoi" not in read(f"/info/{entry.id}?in=ro")
    other = read(f"/info/{entry.id}?in=hu")
    assert all(text["about"] in other for text in words.values())
    assert '<div class="own" lang="ar" dir="auto">' in other
    assert 'href="mailto:huis@voorbeeld.example"' in other


def test_what_people_wrote_is_text(cast: Cast) -> None:
    entry = new_entry(cast.olga, name="<script>x", texts={"en": {"about": "<b>bold</b>"}})
    for path in ("/info", f"/info/{entry.id}"):
        assert "<script>x" not in read(path)
    assert "&lt;b&gt;bold" in read(f"/info/{entry.id}")


def test_a_safe_home_says_that_it_has_no_address(cast: Cast) -> None:
    entry = new_entry(cast.olga, kinds=["temporary_home"])
    assert "we never show its address" in read(f"/info/{entry.id}")


def test_helplines_stand_in_their_order() -> None:
    text = read("/info/numbers")
    assert text.index("113 Zelfmoordpreventie") < text.index("tel:112") < text.index("tel:0900-8844".replace("-", ""))
    assert text.count("Not checked yet") == 9
    assert "Stays in the phone&#x27;s list of calls." in text


def test_letters_without_a_script(cast: Cast) -> None:
    entry = new_entry(cast.olga, kinds=["meeting"])
    sent = post(f"/info/{entry.id}/problems?in=nl", kind="gone", note="")
    assert (sent.status_code, sent["Location"]) == (303, "/info/thanks?in=nl")
    assert "zonder naam" in read("/info/thanks?in=nl")
    assert post(f"/info/{entry.id}/questions", body="Is there coffee?").status_code == 303
    assert (Problem.objects.count(), Question.objects.count()) == (1, 1)
    assert post(f"/info/{entry.id}/problems", kind="magic").status_code == 400
    assert post(f"/info/{entry.id}/questions", body=" ").status_code == 400
    assert (Problem.objects.count(), Question.objects.count()) == (1, 1)


def test_what_is_not_there_is_a_page_too(cast: Cast) -> None:
    entry = new_entry(cast.olga)
    withdraw_entry(by=cast.olga.account, entry=entry.id, now=utc_now())
    response = Client().get(f"/info/{entry.id}")
    assert (response.status_code, response["Content-Type"]) == (404, "text/html; charset=utf-8")
    assert "There is nothing here." in response.content.decode()
    assert 'id="leave"' in response.content.decode()


def test_the_two_files_are_small() -> None:
    for name in ("look.css", "leave.js"):
        response = Client().get(f"/info/files/{name}")
        assert (response.status_code, response["Cache-Control"]) == (200, "public, max-age=3600")
        assert len(response.content) < 5000
    assert Client().get("/info/files/other.js").status_code == 404
