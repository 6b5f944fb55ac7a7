"""The translations: `python -m infra.messages update|compile|check …`. Needs no gettext on the machine.

`update` brings each catalogue in line with the code, `compile` makes the .mo files that Django reads (not
committed), `check` fails on what is missing, fuzzy or stale, or breaks a placeholder.
"""

import ast
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parents[1]
LOCALE = ROOT / "backend" / "locale"
SOURCES = ("backend", "messaging", "moderation", "peers")
SOURCE_LANGUAGE = "en"
_TWO_FORMS = "nplurals=2; plural=(n != 1);"
# Every language that must be complete, with its plural forms.
PLURALS = {
    "nl": _TWO_FORMS,
    "en": _TWO_FORMS,
    "es": _TWO_FORMS,
    "ro": "nplurals=3; plural=(n==1 ? 0 : (n==0 || (n%100 > 0 && n%100 < 20)) ? 1 : 2);",
    "bg": _TWO_FORMS,
    "hu": _TWO_FORMS,
}
# Which argument is the text, its plural and its context.
CALLS = {
    "_": (0, None, None),
    "gettext": (0, None, None),
    "gettext_noop": (0, None, None),
    "gettext_lazy": (0, None, None),
    "ngettext": (0, 1, None),
    "ngettext_lazy": (0, 1, None),
    "pgettext": (1, None, 0),
    "pgettext_lazy": (1, None, 0),
    "npgettext": (1, 2, 0),
    "npgettext_lazy": (1, 2, 0),
}
TEMPLATE_TAG = re.compile(r"{%\s*(?:translate|trans|blocktranslate|blocktrans)\b[^%]*%}")
TRANSLATE = re.compile(r"""{% translate (?:"([^"]+)"|'([^']+)')(?: as \w+)? %}""")
BLOCK = re.compile(r"{% blocktranslate trimmed(?: with[^%]*)? %}")
VARIABLE = re.compile(r"{{ (\w+) }}")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")

MessageKey = tuple[str | None, str, str]  # context, text, plural
Messages = dict[MessageKey, list[tuple[str, str]]]  # with the places where each is used


def find_messages() -> Messages:
    """Read every translatable text from the code."""
    found: Messages = {}
    for source in SOURCES:
        for path in sorted((ROOT / source).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_bytes())):
                if isinstance(node, ast.Call) and (key := read_call(node)):
                    found.setdefault(key, []).append((str(path.relative_to(ROOT)), ""))
        for path in sorted((ROOT / source).rglob("templates/**/*.html")):
            for key in read_template(path.read_text(encoding="utf-8")):
                found.setdefault(key, []).append((str(path.relative_to(ROOT)), ""))
    return found


def read_template(text: str) -> Iterator[MessageKey]:
    """Yield the messages of a template: `{% translate "…" %}`, and `{% blocktranslate trimmed with a=b %}…{{ a }}…`.

    Other forms (plurals, context, blocks that are not trimmed) are refused: ValueError.
    """
    for tag in TEMPLATE_TAG.finditer(text):
        if one := TRANSLATE.fullmatch(tag[0]):
            yield None, one[1] if one[1] is not None else one[2], ""
        elif BLOCK.fullmatch(tag[0]):
            block = text[tag.end() : text.index("{% endblocktranslate %}", tag.end())]
            lines = " ".join(line.strip() for line in block.splitlines() if line.strip())
            yield None, VARIABLE.sub(r"%(\1)s", lines), ""
        else:
            raise ValueError(f"not a form that is read: {tag[0]}")


def read_call(call: ast.Call) -> MessageKey | None:
    """Return the message of a gettext call whose arguments are literals."""
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    if name not in CALLS:
        return None

    def literal(index: int | None) -> str | None:
        if index is None or index >= len(call.args):
            return None
        node = call.args[index]
        return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None

    text, plural, context = (literal(index) for index in CALLS[name])
    return (context, text, plural or "") if text else None


def open_catalogues() -> Iterator[tuple[str, polib.POFile]]:
    """Yield each language and its catalogue, an empty one where there is none yet."""
    for language, plurals in PLURALS.items():
        path = LOCALE / language / "LC_MESSAGES" / "django.po"
        if path.exists():
            yield language, polib.pofile(str(path), wrapwidth=110)
        else:
            catalogue = polib.POFile(wrapwidth=110)
            catalogue.fpath = str(path)
            catalogue.metadata = {
                "Language": language,
                "MIME-Version": "1.0",
                "Content-Type": "text/plain; charset=UTF-8",
                "Content-Transfer-Encoding": "8bit",
                "Plural-Forms": plurals,
                "X-Native-Review": "none",
            }
            yield language, catalogue


def key_of(entry: polib.POEntry) -> MessageKey:
    """Return what identifies an entry."""
    return entry.msgctxt, entry.msgid, entry.msgid_plural or ""


def update_catalogues() -> list[str]:
    """Add what the code has, drop what it has no more, keep what is translated."""
    messages = find_messages()
    for language, catalogue in open_catalogues():
        known = {key_of(entry): entry for entry in catalogue}
        catalogue.clear()
        for key, places in messages.items():
            context, text, plural = key
            entry = known.get(key) or polib.POEntry(msgctxt=context, msgid=text, msgid_plural=plural)
            if plural and not entry.msgstr_plural:
                forms = 3 if "nplurals=3" in PLURALS[language] else 2
                entry.msgstr_plural = dict.fromkeys(range(forms), "")
            if language == SOURCE_LANGUAGE:
                entry.msgstr = "" if plural else text
                entry.msgstr_plural = {0: text, 1: plural} if plural else {}
            entry.occurrences = list(dict.fromkeys(places))
            catalogue.append(entry)
        Path(catalogue.fpath).parent.mkdir(parents=True, exist_ok=True)
        catalogue.save()
    return []


def compile_catalogues() -> list[str]:
    """Write the .mo file beside each catalogue that is newer."""
    for path in LOCALE.glob("*/LC_MESSAGES/django.po"):
        target = path.with_suffix(".mo")
        if not target.exists() or target.stat().st_mtime < path.stat().st_mtime:
            polib.pofile(str(path)).save_as_mofile(str(target))
    return []


def check_catalogues() -> list[str]:
    """Return what is wrong, one line each."""
    messages = find_messages()
    faults = []
    for language, catalogue in open_catalogues():
        entries = {key_of(entry): entry for entry in catalogue if not entry.obsolete}
        faults += [f"{language}: not in the catalogue: {key[1]!r}" for key in messages.keys() - entries.keys()]
        faults += [f"{language}: no longer in the code: {key[1]!r}" for key in entries.keys() - messages.keys()]
        for key, entry in entries.items():
            texts = list(entry.msgstr_plural.values()) if key[2] else [entry.msgstr]
            if entry.fuzzy or not all(texts):
                faults.append(f"{language}: not translated: {key[1]!r}")
            elif any(set(PLACEHOLDER.findall(text)) - set(PLACEHOLDER.findall(key[1] + key[2])) for text in texts):
                faults.append(f"{language}: other placeholders: {key[1]!r}")
            elif not key[2] and set(PLACEHOLDER.findall(key[1])) - set(PLACEHOLDER.findall(entry.msgstr)):
                faults.append(f"{language}: a placeholder is missing: {key[1]!r}")
    return sorted(faults)


TASKS: dict[str, Callable[[], list[str]]] = {
    "update": update_catalogues,
    "compile": compile_catalogues,
    "check": check_catalogues,
}

if __name__ == "__main__":
    for task in sys.argv[1:]:
        if lines := TASKS[task]():
            sys.exit("\n".join(lines))
