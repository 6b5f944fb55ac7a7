"""Suggested aliases: enough of them, right in their language, free, and about nobody."""

from __future__ import annotations

import json
import random
import secrets
from collections.abc import Sequence
from itertools import product

import pytest

from backend.core.aliases import (
    AVATAR_KEYS,
    LISTS,
    MAX_ALIAS,
    AliasList,
    read_list,
    suggest,
    suggest_avatar,
)
from backend.core.chance import T
from backend.core.text import fold, normalise_line
from backend.core.vocabulary import UI_LANGUAGES

ROOM_FOR_NUMBER = 5  # " 9999"

# How nouns end that stand under a gender, where the language has a rule for it.
NOUN_ENDINGS: dict[str, dict[str, tuple[str, ...]]] = {
    "es": {"m": ("o", "e", "l", "n", "s", "z", "r", "í"), "f": ("a", "e")},
    "ro": {"f": ("ă", "e", "ea")},
    "bg": {"f": ("а", "я"), "n": ("о", "е")},
}
NOUN_EXCEPTIONS = {"вечер", "папрат", "утрин"}  # feminine, though they end in a consonant
INVARIABLE_NL = {"bescheiden", "gevlochten", "koperen", "zilveren"}  # what ends in -en takes no -e

FIRST_NAMES = (
    "amber autumn summer misty ruby rose rosa lily iris jasmine violet violeta ivy holly olive hazel "
    "willow rowan robin wren lark jay dawn aurora star stella sky river brook forest heath reed ash "
    "fern clay rain bay sage basil linden linde merel roos els sterre storm jade luna alba mar sol "
    "estrella celeste nieves rocío brisa abril marina isla silvestre clemente luminița brândușa crina "
    "bujor doina codrin brad mălin narcisa роса зора ива калина явор ясен роза здравец камен пламен "
    "детелина лале теменуга ела светла мила блага славей искрен елица хвойна hajnal virág szellő "
    "csillag rózsa ibolya liliom nárcisz levendula szilárd gyöngy zsálya harmat"
)


def every_alias(words: AliasList) -> list[str]:
    return [words.compose(adjective=adjective, noun=noun) for adjective, noun in product(words.adjectives, words.nouns)]


@pytest.fixture(params=UI_LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_each_list_has_sixty_by_sixty_distinct_aliases(language: str) -> None:
    words = read_list(language=language)
    assert len(words.adjectives) >= 60
    assert len(words.nouns) >= 60
    aliases = every_alias(words)
    assert len({fold(text=alias) for alias in aliases}) == len(aliases) >= 3600


def test_each_alias_is_a_clean_line_of_its_length(language: str) -> None:
    for alias in every_alias(read_list(language=language)):
        assert normalise_line(text=alias, limit=MAX_ALIAS - ROOM_FOR_NUMBER) == alias
        assert alias[0].isupper()


def test_each_adjective_has_a_form_for_each_gender(language: str) -> None:
    data = json.loads((LISTS / f"{language}.json").read_text(encoding="utf-8"))
    assert data["language"] == language
    assert isinstance(data["reviewed"], bool)
    assert set(data["nouns"]) == set(data["forms"])
    for forms in data["adjectives"]:
        assert len(forms) == len(data["forms"])
        assert all(form.isalpha() and form == form.lower() for form in forms)
        assert len({form[:2].replace("я", "е") for form in forms}) == 1  # forms of one word (летен, лятна)
    for endings in zip(*data["adjectives"], strict=True):
        assert len(set(endings)) == len(endings)


def test_adjectives_end_as_their_gender_asks() -> None:
    for forms in read_list(language="bg").adjectives:
        masculine, feminine, neuter = forms
        assert masculine[-1] not in "аояе"
        assert feminine.endswith("а")
        assert neuter == feminine[:-1] + "о"
    for masculine, feminine in read_list(language="es").adjectives:
        assert feminine == (masculine[:-1] + "a" if masculine.endswith("o") else masculine)
    for masculine, feminine in read_list(language="ro").adjectives:
        assert feminine.endswith(("ă", "e")) or (masculine == feminine == "turcoaz")
        assert not masculine.endswith("ă")
    for (form,) in read_list(language="nl").adjectives:
        assert form.endswith("e") or form in INVARIABLE_NL


@pytest.mark.parametrize("language", NOUN_ENDINGS)
def test_nouns_end_as_their_gender_has_it(language: str) -> None:
    data = json.loads((LISTS / f"{language}.json").read_text(encoding="utf-8"))
    for gender, nouns in data["nouns"].items():
        for noun in nouns:
            endings = NOUN_ENDINGS[language].get(gender)
            assert endings is None or noun.endswith(endings) or noun in NOUN_EXCEPTIONS, noun
            if language == "bg" and gender == "m":
                assert noun[-1] not in "аяое", noun
            if language == "ro" and gender == "m":
                assert not noun.endswith(("ă", "a")), noun


@pytest.mark.parametrize(
    ("language", "adjective", "noun", "alias"),
    [
        ("nl", "rustige", "beek", "Rustige beek"),
        ("en", "quiet", "harbour", "Quiet Harbour"),
        ("es", "sereno", "río", "Río sereno"),
        ("es", "sereno", "nube", "Nube serena"),
        ("ro", "liniștit", "râu", "Râu liniștit"),
        ("ro", "liniștit", "pădure", "Pădure liniștită"),
        ("bg", "тих", "бряг", "Тих бряг"),
        ("bg", "тих", "река", "Тиха река"),
        ("bg", "тих", "море", "Тихо море"),
        ("hu", "csendes", "erdő", "Csendes erdő"),
    ],
)
def test_adjective_and_noun_agree(language: str, adjective: str, noun: str, alias: str) -> None:
    words = read_list(language=language)
    forms = next(forms for forms in words.adjectives if forms[0] == adjective)
    assert words.compose(adjective=forms, noun=next(pair for pair in words.nouns if pair[0] == noun)) == alias


def test_no_alias_says_the_same_twice(language: str) -> None:
    words = read_list(language=language)
    pairs = product((forms[0] for forms in words.adjectives), (noun for noun, _ in words.nouns))
    assert [pair for pair in pairs if pair[0][:4] == pair[1][:4]] == []


def test_no_word_is_a_first_name() -> None:
    for language in UI_LANGUAGES:
        words = read_list(language=language)
        used = {noun for noun, _ in words.nouns} | {form for forms in words.adjectives for form in forms}
        assert used.isdisjoint(FIRST_NAMES.split()), language


def test_a_suggestion_is_never_taken(language: str) -> None:
    rng = random.Random(4)
    taken: set[str] = set()
    for _ in range(600):
        alias = suggest(language=language, rng=rng, taken=taken)
        assert fold(text=alias) not in taken
        assert len(alias) <= MAX_ALIAS
        taken.add(fold(text=alias))


def test_taken_may_be_a_question() -> None:
    asked: list[str] = []

    def is_taken(key: str) -> bool:
        asked.append(key)
        return len(asked) < 5

    alias = suggest(language="nl", rng=random.Random(1), taken=is_taken)
    assert asked[-1] == fold(text=alias)
    assert len(asked) == 5


def test_a_number_is_added_when_the_plain_ones_are_gone(language: str) -> None:
    plain = {fold(text=alias) for alias in every_alias(read_list(language=language))}
    alias = suggest(language=language, rng=random.Random(1), taken=plain)
    assert alias.rsplit(" ", 1)[1].isdigit()
    assert len(alias) <= MAX_ALIAS


def test_the_longest_number_fits_the_longest_alias(language: str) -> None:
    class Longest:
        def choice(self, seq: Sequence[T], /) -> T:
            return max(seq, key=lambda one: len(str(one[0] if isinstance(one, tuple) else one)))

    plain = {fold(text=alias) for alias in every_alias(read_list(language=language))}
    alias = suggest(language=language, rng=Longest(), taken=plain)
    assert alias.endswith(" 1000")
    assert len(alias) <= MAX_ALIAS


def test_it_gives_up_when_everything_is_taken() -> None:
    with pytest.raises(LookupError):
        suggest(language="en", rng=random.Random(1), taken=lambda key: True)


@pytest.mark.parametrize(("tag", "language"), [("xx", "en"), ("", "en"), ("nl-BE", "nl"), ("RO_ro", "ro")])
def test_the_tag_picks_the_list(tag: str, language: str) -> None:
    alias = suggest(language=tag, rng=random.Random(7), taken=())
    assert alias == suggest(language=language, rng=random.Random(7), taken=())


def test_the_operating_systems_chance_will_do() -> None:
    assert suggest(language="en", rng=secrets, taken=()) != suggest(language="en", rng=secrets, taken=())


def test_there_are_forty_eight_avatars_and_each_is_suggested() -> None:
    assert len(set(AVATAR_KEYS)) == len(AVATAR_KEYS) == 48
    assert "leaf-teal" in AVATAR_KEYS
    rng = random.Random(3)
    assert {suggest_avatar(rng=rng) for _ in range(2000)} == set(AVATAR_KEYS)
