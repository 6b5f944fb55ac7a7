"""Text that people write: one form, bounded, and nothing in it that deceives."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.text import MAX_BODY, MAX_MARKS, TextRefused, fold, normalise_body, normalise_line


def refusal(text: str, limit: int = MAX_BODY) -> str:
    with pytest.raises(TextRefused) as refused:
        normalise_body(text=text, limit=limit)
    with pytest.raises(TextRefused) as on_a_line:
        normalise_line(text=text, limit=limit)
    assert on_a_line.value.code == refused.value.code
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "body"),
    [
        ("  \n\t\n Hoi!\nTot zo. \n\n", "Hoi!\nTot zo."),
        ("a\r\nb\rc\u0085d\u2028e\u2029f", "a\nb\nc\nd\ne\nf"),
        ("a\n\n\n b\tc", "a\n\n\n b\tc"),
        ("Cafe\u0301", "Café"),
        ("\ufeffhola", "hola"),
        ("½ ﬁ Ａ", "½ ﬁ Ａ"),  # looks are kept, unlike in a key
        ("call \u2068+31 20\u2069 \u202a123\u202c", "call +31 20 123"),
        (
            "👩\u200d👩\u200d👧 ❤\ufe0f می\u200cخواهم \u200eא\u200f",
            "👩\u200d👩\u200d👧 ❤\ufe0f می\u200cخواهم \u200eא\u200f",
        ),
        ("\U0001fae9", "\U0001fae9"),  # an emoji younger than this Python
        (
            "\U0001f3f4\U000e0067\U000e0062\U000e007f",
            "\U0001f3f4\U000e0067\U000e0062\U000e007f",
        ),  # flags use tags
        ("Здравей", "Здравей"),
        ("สวัสดี", "สวัสดี"),
    ],
)
def test_a_body_is_brought_to_one_form(text: str, body: str) -> None:
    assert normalise_body(text=text) == body


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("  Stille \t beek\n", "Stille beek"),
        ("two\r\nlines", "two lines"),
        ("wide\u00a0\u3000\u2003space", "wide space"),
        ("a \ufeff b", "a b"),
        ("Cafe\u0301", "Café"),
    ],
)
def test_a_line_has_no_breaks_and_single_spaces(text: str, line: str) -> None:
    assert normalise_line(text=text, limit=20) == line


@pytest.mark.parametrize(
    "sign",
    list(
        "\0\x07\x0b\x0c\x1b\x1c\x1f\x7f\x80\x9f\u202d\u202e\u206a\ufff9\ud800\udfff\ue000\uf8ff\ufdd0"
        "\ufffe\uffff\U0001ffff\U000efffe\U000f0000\U0010ffff"
    ),
)
def test_what_is_not_text_is_refused(sign: str) -> None:
    assert refusal(f"a{sign}b") == "text_control_character"
    assert refusal(sign) == "text_control_character"


def test_exactly_these_code_points_are_refused() -> None:
    refused = {"Cc", "Cs", "Co"}
    for code_point in range(0x110000):
        sign = chr(code_point)
        expected = (
            (unicodedata.category(sign) in refused and sign not in "\t\n\r\x85")
            or 0xFDD0 <= code_point <= 0xFDEF
            or code_point & 0xFFFE == 0xFFFE
            or sign in "\u202d\u202e\u206a\u206b\u206c\u206d\u206e\u206f\ufff9\ufffa\ufffb"
        )
        try:
            normalise_body(text=f"a{sign}b")
        except TextRefused as why:
            code = why.code
        else:
            code = ""
        assert code == ("text_control_character" if expected else ""), hex(code_point)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n\t\r\n",
        "\u00a0\u3000",
        "\u200b\u200d\u2060",
        "\ufeff",
        "\ufe0f",
        "\u0301",
        "\u3164 \u2800\u115f",
        "\u2068\u2069",
    ],
)
def test_what_shows_nothing_is_empty(text: str) -> None:
    assert refusal(text) == "text_empty"


def test_the_limit_counts_characters_after_normalisation() -> None:
    assert normalise_body(text="\n" + "x" * 4000 + "\n") == "x" * 4000
    assert refusal("x" * 4001) == "text_too_long"
    assert len(normalise_body(text="e\u0301" * 4000)) == 4000
    assert len(normalise_body(text="\u03b1\u0313\u0300\u0345" * 4000)) == 4000  # four parts, one letter
    assert len(normalise_body(text="😀" * 4000)) == 4000
    assert refusal("e\u0301" * 4001) == "text_too_long"
    assert refusal("\ufeff" * 16_000 + "a") == "text_too_long"  # a bound on the work, whatever it would become
    assert len(normalise_body(text="x" * 10, limit=10)) == 10
    assert refusal("x" * 11, limit=10) == "text_too_long"


def test_a_pile_of_marks_is_refused_before_it_costs_anything() -> None:
    assert len(normalise_body(text="a" + "\u0323\u0307" * (MAX_MARKS // 2))) <= MAX_MARKS + 1
    assert refusal("a" + "\u0316" * (MAX_MARKS + 1)) == "text_control_character"
    assert refusal("a" + "\u0344" * MAX_MARKS) == "text_control_character"  # each comes apart into two
    started = time.process_time()
    assert refusal("a" + "\u0301\u0323" * 7999) == "text_control_character"
    assert time.process_time() - started < 0.1  # NFC alone takes longer


def test_a_refusal_never_repeats_the_text() -> None:
    with pytest.raises(TextRefused) as refused:
        normalise_body(text="canary\0")
    assert "canary" not in repr(refused.value) + str(refused.value) + refused.value.detail


@settings(deadline=None)
@given(text=st.text(st.characters(), max_size=60))
def test_normalising_twice_changes_nothing(text: str) -> None:
    for normalise in (normalise_body, normalise_line):
        try:
            once = normalise(text=text, limit=50)
        except TextRefused:
            continue
        assert normalise(text=once, limit=50) == once
        assert 1 <= len(once) <= 50
        assert once == once.strip()
        once.encode("utf-8")
        if normalise is normalise_line:
            assert once == " ".join(once.split())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Stille Beek", "stille-beek"),
        ("Stille Beek", "STILLEBEEK"),
        ("Río", "rio"),
        ("Paco", "\u0420\u0430\u0441\u043e"),  # Cyrillic
        ("BETA", "\u0392\u0395\u03a4\u0391"),  # Greek
        ("HEMATOX", "\u041d\u0415\u041c\u0410\u0422\u041e\u0425"),
        ("Oll", "01l"),
        ("Iris", "lris"),
        ("Moss", "rnoss"),
        ("wind", "vvind"),
        ("heron", "ｈｅｒｏｎ"),
        ("heron", "he\u200bron"),
        ("Łódź", "lodz"),
        ("straße", "STRASSE"),
        ("🌿", " 🌿\ufe0f"),
    ],
)
def test_names_that_look_alike_fold_alike(one: str, other: str) -> None:
    assert fold(text=one) == fold(text=other)


@pytest.mark.parametrize(
    ("one", "other"),
    [("beek", "beer"), ("лес", "лев"), ("🌿", "🌊"), ("heron 2", "heron 3"), ("mañana", "manzana")],
)
def test_other_names_fold_apart(one: str, other: str) -> None:
    assert fold(text=one) != fold(text=other)


@settings(deadline=None)
@given(text=st.text(max_size=40))
def test_folding_ignores_case_spaces_and_width(text: str) -> None:
    key = fold(text=text)
    assert fold(text=f" {text}\u200b ") == key
    assert fold(text=unicodedata.normalize("NFKC", text)) == key
    assert fold(text=unicodedata.normalize("NFD", text)) == key
