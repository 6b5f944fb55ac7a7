"""The words: every text that people read or code is made of, in every language."""

from __future__ import annotations

import ast
import io
import json
import re
import string
import tokenize
from collections.abc import Iterator
from pathlib import Path

import polib
import pytest
from django.conf import settings

from backend.core.checks import HEADER
from infra import messages

ROOT = Path(__file__).parents[2]
CODE = ("backend", "messaging", "moderation", "peers", "infra")
PAGES = (".md", ".yaml", ".json", ".svg", ".txt")
TRANSLATED = [language for language in messages.PLURALS if language != messages.SOURCE_LANGUAGE]

# Stems, as regular expressions: words that label or look down on people, that call leaving the work a success or coming
# back to it a failure, and lists of people. This file is the only place where they may stand.
BANNED = {
    "en": r"prostitut|whore|hooker|relaps|victim|black-?list|re-?integrat|rehabilitat|(fallen|rescued?) wom[ae]n"
    r"|exit(ed|ing|s)? (the (sex|industry|work|trade|branch)|sex|prog|strateg|from sex)"
    r"|(has|have|had|successfully) exited",
    "nl": r"prostitu|hoer(en)?\b|terugval|slachtoffer|zwarte lijst|uitgestapt|uitstap(pen|per|prog|traject)|re-?integr",
    "es": r"prostitut|\bputas?\b|recaíd|víctima|lista negra|reinserci|rehabilita|dejar(on)? la calle",
    "ro": r"prostitu|curvă\b|târf[ăe]|recădere|recidiv|victim|list[ăa] neagr|reinserți|reabilit",
    "bg": r"проститут|курв[аи]|рецидив|жертв|черен списък|черния списък|реинтегр|рехабилит",
    "hu": r"prostitu|kurv[aá]|visszaes|áldozat|feketelist|tiltólist|reintegr|rehabilit",
}
NAMES = ("Slachtofferhulp Nederland",)  # what others call themselves
ANY = re.compile("|".join(BANNED.values()), re.IGNORECASE)

# How people are never spoken to: formally, or as a man or a woman.
FORMAL = {
    "nl": r"\b(u|uw|uzelf)\b",
    "es": r"\b(usted(es)?|le rogamos|vosotr[oa]s|su cuenta|su código)\b",
    "ro": r"\b(dumneavoastră|dvs|vă rugăm)\b",
    "bg": r"\b(Вие|Ви|Вас|Ваш\w*|моля, въведете)\b",
    "hu": r"\b(ön|önt|önnek|öné|kérjük|adja meg)\b",
}
GENDERED = re.compile(
    r"\w/(a|o|ă|е|in|zij|her|she)\b|\w\((a|o|ă|in|е)\)|\w@\w|\b(hij|zij) of (zij|hij)\b|\b(he|she) or\b"
)


def read_catalogue(language: str) -> polib.POFile:
    """The catalogue of one language."""
    return polib.pofile(str(messages.LOCALE / language / "LC_MESSAGES" / "django.po"))


def texts_of(entry: polib.POEntry) -> list[str]:
    """All its translations."""
    return [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]


def placeholders(text: str) -> list[str]:
    """The placeholders of a text, each as often as it stands there."""
    return sorted(messages.PLACEHOLDER.findall(text))


def read_code() -> Iterator[tuple[str, str]]:
    """Each name, text and comment of the code, with where it stands."""
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text(encoding="utf-8")
            for token in tokenize.generate_tokens(io.StringIO(source).readline):
                if token.type in (tokenize.STRING, tokenize.COMMENT, tokenize.NAME):
                    yield f"{path.relative_to(ROOT)}:{token.start[0]}", token.string
            for node in ast.walk(ast.parse(source)):  # texts that are put together from parts
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node.value


def read_pages() -> Iterator[tuple[str, str]]:
    """Each line of the documentation, the data and what else is text."""
    places = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*")]
    for folder in CODE:
        places += (ROOT / folder).rglob("*")
    for path in sorted(places):
        if path.suffix in PAGES and path.is_file():
            for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
                for name in NAMES:
                    line = line.replace(name, "")
                yield f"{path.relative_to(ROOT)}:{number}", line


def test_the_banned_words_are_found() -> None:
    found = ["She relapsed.", "zwarte lijst", "exited the industry", "жертвата", "lista negra de clientes", "recaída"]
    assert all(ANY.search(text) for text in found)
    fine = ["exit status 1", "They left the group.", "A person at risk", "sys.exit", "uitstel", "no longer exists"]
    assert not any(ANY.search(text) for text in fine)


def test_each_language_has_its_list() -> None:
    languages = {language for language, _ in settings.LANGUAGES}
    assert languages == set(messages.PLURALS) == set(BANNED) == set(FORMAL) | {messages.SOURCE_LANGUAGE}


def test_catalogues_are_complete() -> None:
    assert messages.check_catalogues() == []


@pytest.mark.parametrize("language", messages.PLURALS)
def test_a_catalogue_says_whether_a_native_speaker_has_read_it(language: str) -> None:
    assert read_catalogue(language).metadata[HEADER]


@pytest.mark.parametrize("language", TRANSLATED)
def test_each_text_is_translated(language: str) -> None:
    entries = read_catalogue(language)
    same = [entry.msgid for entry in entries if entry.msgid in texts_of(entry)]
    assert same == [], "not translated, or the same word in both languages"
    for entry in entries:
        for text in texts_of(entry):
            assert text == text.strip()
            assert text[-1:] == entry.msgid[-1] or entry.msgid[-1] not in string.punctuation, text
            assert "  " not in text


@pytest.mark.parametrize("language", TRANSLATED)
def test_placeholders_are_the_same(language: str) -> None:
    for entry in read_catalogue(language):
        sources = [placeholders(entry.msgid), placeholders(entry.msgid_plural or entry.msgid)]
        for text in texts_of(entry):
            assert placeholders(text) in sources, text


@pytest.mark.parametrize("language", messages.PLURALS)
def test_catalogues_speak_to_people_as_equals(language: str) -> None:
    formal = re.compile(FORMAL.get(language, r"(?!)"), re.IGNORECASE if language not in ("bg",) else 0)
    for entry in read_catalogue(language):
        for text in texts_of(entry):
            assert not ANY.search(text), text
            assert not formal.search(text), text
            assert not GENDERED.search(text), text


def test_no_banned_word_is_in_the_code() -> None:
    assert [place for place, text in read_code() if ANY.search(text)] == []


def test_no_banned_word_is_on_a_page_or_in_the_data() -> None:
    found = [place for place, text in read_pages() if ANY.search(text)]
    assert found == []


def test_example_talks_are_of_our_languages_and_name_nobody() -> None:
    told = json.loads((ROOT / "infra" / "demo" / "talks.json").read_text(encoding="utf-8"))
    lines = [line[1] for talk in (*told["groups"], told["direct"]) for line in talk["talk"]]
    assert len(lines) > 15
    for line in lines:
        assert not ANY.search(line), line
        assert not re.search(r"https?:|www\.|@|\+?\d[\d ]{7,}", line), line
