"""`check --deploy` fails on texts about safety and consent that no native speaker has read, and on what is kept nowhere
but in the databases."""

from io import StringIO
from pathlib import Path

import polib
import pytest
from django.conf import settings
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from backend.core import checks
from backend.core.http.titles import safety_titles


@pytest.fixture
def read(tmp_path: Path) -> Path:
    """A catalogue in which a native speaker has read everything."""
    catalogue = polib.POFile()
    catalogue.metadata = {checks.HEADER: "2027-01, two readers"}
    for text in checks.texts_to_review():
        catalogue.append(polib.POEntry(msgid=text, msgstr="…", flags=[checks.REVIEWED]))
    path = tmp_path / "django.po"
    catalogue.save(str(path))
    return path


def test_consents_and_safety_are_what_is_read() -> None:
    texts = checks.texts_to_review()
    assert len(texts) == 4 + len(safety_titles())
    assert "This access code does not open an account." in texts


def test_what_was_read_passes(read: Path) -> None:
    assert checks.unread(catalogue=read) == []


def test_a_text_that_changed_since_is_unread(read: Path) -> None:
    catalogue = polib.pofile(str(read))
    catalogue[0].msgid += " And more."
    catalogue.save()
    assert len(checks.unread(catalogue=read)) == 1


def test_a_translation_without_its_flag_is_unread(read: Path) -> None:
    catalogue = polib.pofile(str(read))
    catalogue[0].flags = []
    catalogue.save()
    assert checks.unread(catalogue=read) == [catalogue[0].msgid]


@pytest.mark.parametrize("header", ["none", "None ", None])
def test_a_catalogue_that_says_none_is_unread(read: Path, header: str | None) -> None:
    catalogue = polib.pofile(str(read))
    if header is None:
        del catalogue.metadata[checks.HEADER]
    else:
        catalogue.metadata[checks.HEADER] = header
    catalogue.save()
    assert len(checks.unread(catalogue=read)) == len(checks.texts_to_review())


def test_no_catalogue_is_unread(tmp_path: Path) -> None:
    assert len(checks.unread(catalogue=tmp_path / "django.po")) == len(checks.texts_to_review())


def test_deploying_fails_for_each_language_as_long_as_nobody_has_read_it() -> None:
    unread = [language for language, _ in settings.LANGUAGES if _says_none(language)]
    found = [fault for fault in run_checks(tags=["texts"], include_deployment_checks=True) if fault.id == "naast.E001"]
    assert [fault.msg.split(":")[0] for fault in found] == unread
    assert unread, "every language has been read: this test has done its work"
    with pytest.raises(CommandError, match=r"naast\.E001"):
        call_command("check", "--deploy", stdout=StringIO(), stderr=StringIO())


def test_without_deploying_nothing_is_said() -> None:
    assert not [fault for fault in run_checks() if fault.id == "naast.E001"]


def _says_none(language: str) -> bool:
    catalogue = Path(settings.LOCALE_PATHS[0]) / language / "LC_MESSAGES" / "django.po"
    header: str = polib.pofile(str(catalogue)).metadata[checks.HEADER]
    return header == "none"


@pytest.mark.parametrize("name", ["NAAST_CHECKPOINTS", "NAAST_ERASURES"])
def test_what_a_restore_must_not_take_back_is_kept_outside(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    for setting in ("NAAST_CHECKPOINTS", "NAAST_ERASURES"):
        monkeypatch.setattr(settings, setting, "https://elsewhere.example/naast")
    assert run_checks(include_deployment_checks=True, tags=["outside"]) == []
    monkeypatch.setattr(settings, name, "")
    (fault,) = run_checks(include_deployment_checks=True, tags=["outside"])
    assert (fault.id, fault.msg.split()[0]) == ("naast.E002", name)
