"""Reads of the directory, each with a fixed number of queries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from uuid import UUID

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.db.models import Q, QuerySet

from backend.core.accounts.models import Organisation, Region
from backend.core.sealing import datakeys, seal
from backend.core.vocabulary import DEFAULT_LANGUAGE
from peers.directory.models import Edition, Entry, Gap, Helpline, Problem, Question
from peers.directory.vocabulary import UNLISTED

ORDER = ("rank", "name", "id")  # what is made for people who do or did sex work comes first
LEAST = 10  # searches in a cell that is shown
ROUND = 5  # shown figures are rounded down to multiples of this
MONTHS_SHOWN = 12
MOST_TAKEN_OUT = 50  # shown to who looks after them


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for; empty: it does not matter. `without`: a stance that is not wanted."""

    region: str = ""
    language: str = ""
    domain: str = ""
    direction: str = ""
    stance: str = ""
    without: str = ""
    kind: str = ""


def edition() -> int:
    """The number of the directory as it is now."""
    return Edition.objects.filter(id=1).values_list("number", flat=True).first() or 0


def region_exists(key: str) -> bool:
    """Whether a search may name it."""
    return key == UNLISTED or Region.objects.filter(key=key).exists()


def shown(*, on: date) -> QuerySet[Entry]:
    """What the public sees that day: neither what was withdrawn nor days that are over."""
    over = Q(yearly=False, ends_at__lt=datetime.combine(on, time(), UTC))
    rows = Entry.objects.select_related("of", "kept_by", "assured_by").defer("imported", "answers", "of__imported")
    return rows.filter(withdrawn_at=None).exclude(over, ends_at__isnull=False)


def search(search: Search, *, on: date) -> QuerySet[Entry]:
    """What fits, in no order yet (`ORDER`)."""
    rows = shown(on=on)
    if search.region == UNLISTED:
        rows = rows.filter(Q(nationwide=True) | Q(regions=[]))
    elif search.region:
        rows = rows.filter(Q(nationwide=True) | Q(regions__contains=[search.region]))
    if search.language:
        rows = rows.filter(languages__contains=[search.language])
    if search.domain:
        rows = rows.filter(domains__contains=[search.domain])
    if search.direction:
        rows = rows.filter(directions__contains=[search.direction])
    if search.stance:
        rows = rows.filter(stances__contains=[search.stance])
    if search.without:
        rows = rows.exclude(stances__contains=[search.without])
    if search.kind:
        rows = rows.filter(kinds__contains=[search.kind])
    return rows


def offers_of(entry: Entry, *, on: date) -> list[Entry]:
    """What an organisation offers."""
    return list(shown(on=on).filter(of=entry).order_by(*ORDER))


def helplines() -> list[Helpline]:
    """All of them, in the order in which they are shown."""
    return list(Helpline.objects.all())


def gaps(*, on: date) -> QuerySet[Gap]:
    """The cells that may be shown: of whole months that are over, and large enough. `shown_searches` rounds them."""
    this = on.replace(day=1)
    first = date(this.year - MONTHS_SHOWN // 12, this.month, 1)
    return Gap.objects.filter(month__lt=this, month__gte=first, searches__gte=LEAST)


def shown_searches(gap: Gap) -> int:
    """The figure of a cell, as it is published."""
    return gap.searches // ROUND * ROUND


def existing_entries(ids: set[UUID]) -> set[UUID]:
    """Which of the ids are entries', for the sweep of data keys."""
    return set(Entry.objects.filter(id__in=ids).values_list("id", flat=True))


# -- for who looks after entries --------------------------------------------------------------------------------------


def entries_of(organisation: Organisation) -> QuerySet[Entry]:
    """What the organisation looks after, and may change."""
    return Entry.objects.select_related("of", "assured_by").filter(kept_by=organisation, withdrawn_at=None)


def taken_out_of(organisation: Organisation) -> list[tuple[Entry, str]]:
    """What a decision took out of the organisation's entries, the newest first, each with why."""
    rows = Entry.objects.filter(kept_by=organisation, taken_out_at__isnull=False).order_by(
        "-taken_out_at", "name", "id"
    )
    found = list(rows.only("id", "name", "taken_out_at", "taken_out_why")[:MOST_TAKEN_OUT])
    keys = datakeys.found_keys([there.id for there in found])
    return [(there, _why(there, keys.get(there.id))) for there in found]


def keepers_language(entry: UUID) -> str:
    """The language of who coordinates the organisation that looks after an entry."""
    found = Entry.objects.filter(id=entry).values_list("kept_by__coordinator__account__locale", flat=True).first()
    return found or DEFAULT_LANGUAGE


def published(entry: Entry) -> str:
    """All that it says to the public, in lines: its own words in each language, how to reach it, answers."""
    contacts = (" · ".join(filter(None, (way["channel"], way["value"], way.get("note")))) for way in entry.contacts)
    answers = (f"{one['question']}\n{one['answer']}" for one in entry.answers)
    own = ("\n".join(filter(None, (f"[{tag}]", *said.values()))) for tag, said in sorted(entry.texts.items()))
    places = (entry.area, entry.municipality, entry.address, entry.hours, entry.source_url)
    return "\n\n".join(filter(None, (entry.name, *own, "\n".join(contacts), *places, *answers)))


def unkept_entries() -> QuerySet[Entry]:
    """What nobody looks after yet: from public sources and other systems. Whoever assures one keeps it from then on."""
    return Entry.objects.select_related("of").filter(kept_by=None, withdrawn_at=None, example=False)


def problems_for(organisation: Organisation) -> QuerySet[Problem]:
    """What is said to be wrong with its entries, and with those that nobody looks after."""
    mine = Q(entry__kept_by=organisation) | Q(entry__kept_by=None)
    return Problem.objects.select_related("entry").filter(mine, entry__withdrawn_at=None)


def questions_for(organisation: Organisation) -> QuerySet[Question]:
    """Questions about its meetings that wait."""
    return Question.objects.select_related("entry").filter(entry__kept_by=organisation)


def note_of(problem: Problem) -> str | None:
    """What was said about it, if anything; the key is at hand or one query away."""
    if problem.note is None:
        return None
    return _open(problem.entry_id, bytes(problem.note), problem_aad(problem.id))


def body_of(question: Question) -> str:
    """What was asked."""
    return _open(question.entry_id, bytes(question.body), question_aad(question.id))


def problem_aad(problem: UUID) -> bytes:
    """Where a note belongs."""
    return seal.aad("directory_problem", problem, "note", 1)


def question_aad(question: UUID) -> bytes:
    """Where a question belongs."""
    return seal.aad("directory_question", question, "body", 1)


def taken_out_aad(entry: UUID) -> bytes:
    """Where the reason belongs for which it was taken out."""
    return seal.aad("directory_entry", entry, "taken_out_why", 1)


def _why(entry: Entry, key: AESGCM | None) -> str:
    if key is None or entry.taken_out_why is None:
        return ""
    return seal.unseal(key=key, sealed=bytes(entry.taken_out_why), aad=taken_out_aad(entry.id)).decode()


def _open(entry: UUID, sealed: bytes, aad: bytes) -> str:
    return seal.unseal(key=datakeys.key_of(entry), sealed=sealed, aad=aad).decode()
