"""The catalogues are checked against the code."""

from pathlib import Path

import polib
import pytest

from infra import messages


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the Dutch catalogue of a small project with two texts."""
    source = tmp_path / "backend"
    path = source / "locale" / "nl" / "LC_MESSAGES" / "django.po"
    source.mkdir()
    (source / "texts.py").write_text(
        'from x import _, ngettext\n_("Hello {name}")\nngettext("%(n)d day", "%(n)d days", 2)\n'
    )
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    monkeypatch.setattr(messages, "LOCALE", source / "locale")
    monkeypatch.setattr(messages, "SOURCES", ("backend",))
    monkeypatch.setattr(messages, "PLURALS", {"nl": messages.PLURALS["nl"]})
    return path


def translate(path: Path, text: str, *days: str) -> None:
    """Fill in the two texts."""
    found = polib.pofile(str(path))
    hello, day = found
    hello.msgstr = text
    day.msgstr_plural = dict(enumerate(days))
    found.save()


def test_what_lacks_is_named_then_added_then_complete(catalogue: Path) -> None:
    assert len(messages.check_catalogues()) == 2
    messages.update_catalogues()
    assert all("not translated" in fault for fault in messages.check_catalogues())
    translate(catalogue, "Dag {name}", "%(n)d dag", "%(n)d dagen")
    assert messages.check_catalogues() == []
    messages.update_catalogues()
    messages.compile_catalogues()
    compiled = polib.mofile(str(catalogue.with_suffix(".mo")))
    assert compiled.find("Hello {name}").msgstr == "Dag {name}"


@pytest.mark.parametrize("text", ["Dag {naam}", "Dag"])
def test_a_broken_placeholder_is_found(catalogue: Path, text: str) -> None:
    messages.update_catalogues()
    translate(catalogue, text, "%(n)d dag", "%(n)d dagen")
    assert len(messages.check_catalogues()) == 1


def test_the_source_language_translates_itself(catalogue: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "SOURCE_LANGUAGE", "nl")
    messages.update_catalogues()
    assert messages.check_catalogues() == []


def test_a_text_that_left_the_code_is_found(catalogue: Path) -> None:
    messages.update_catalogues()
    translate(catalogue, "Dag {name}", "%(n)d dag", "%(n)d dagen")
    (messages.ROOT / "backend" / "texts.py").write_text("")
    assert len(messages.check_catalogues()) == 2
    messages.update_catalogues()
    assert messages.check_catalogues() == []


def test_templates_are_read() -> None:
    text = """{% load i18n %}<p title="{% translate 'One' %}">{% translate "Two's" %}</p>
    {% blocktranslate trimmed with n=many %}
    {{ n }} of
    them{% endblocktranslate %}"""
    assert list(messages.read_template(text)) == [(None, "One", ""), (None, "Two's", ""), (None, "%(n)s of them", "")]


@pytest.mark.parametrize(
    "text", ['{% trans "x" %}', "{% blocktranslate %}x{% endblocktranslate %}", "{% translate x %}"]
)
def test_what_is_not_read_of_a_template_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a form"):
        list(messages.read_template(text))
