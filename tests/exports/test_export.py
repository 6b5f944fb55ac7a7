"""A member takes their data along: asked for and read with the code, made by the worker, theirs alone."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import orjson
import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from backend.core import limits
from backend.core.accounts.actions.accounts import lock_account, rotate_code, suspend_account, unlock_account
from backend.core.accounts.models import Account
from backend.core.exports import registry
from backend.core.exports.actions import making
from backend.core.exports.actions.asking import A_DAY, ask_export, read_export
from backend.core.exports.actions.making import drop_due, make_due
from backend.core.exports.api.streamed import StreamedFile
from backend.core.exports.models import Export, Piece
from backend.core.jobs import Job, jobs, run_due, run_job
from backend.core.models import AuditEntry
from backend.core.sealing import datakeys, seal, vault
from messaging.models import Message
from peers.journeys.actions.lines import write_line
from peers.journeys.models import Entry
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, new_session, utc_now
from tests.exports.along import file_of, make, raw_of
from tests.messaging.rooms import NOON, new_room

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
URL = f"{API}/me/exports"
DAY = timedelta(days=1)
WORD = "kanariegeel"


def said(person: Person, text: str = WORD) -> None:
    """A line of the journey: it lies in the vault."""
    write_line(Entry, by=person.account, words={"text": text}, now=utc_now())


def ask(person: Person, **given: Any) -> Export:
    return ask_export(**{"by": person.account, "access_code": person.code, "now": utc_now(), **given})


def told(person: Person) -> list[str]:
    return [event["state"] for event in inbox_of(person.account) if event["type"] == "export.ready"]


# -- asked, made, read ------------------------------------------------------------------------------------------------


def test_it_is_asked_for_made_and_read(cast: Cast, client_of: Client) -> None:
    said(cast.ana)
    client = client_of(cast.ana)
    asked = client.post(URL, {"access_code": cast.ana.code})
    assert asked.status_code == 202, asked.content
    made = f"{URL}/{asked.json()['id']}"
    assert (asked.json()["state"], asked.json()["expires_at"]) == ("asked", None)
    refused(client.post(f"{made}/download", {"access_code": cast.ana.code}), 409, "export_not_ready")
    run_due(now=utc_now())
    assert told(cast.ana) == ["ready"]
    shown = client.get(made).json()
    assert shown["state"] == "ready"
    assert client.get(URL).json()["items"] == [shown]
    reply: Any = client.post(f"{made}/download", {"access_code": cast.ana.code.upper()})
    assert reply.status_code == 200
    assert reply["Content-Type"] == "application/json"
    assert reply["Cache-Control"] == "no-store"
    assert "naast" not in reply["Content-Disposition"].lower()
    raw = reply.getvalue()
    assert len(raw) == int(reply["Content-Length"]) == shown["size"]
    file = orjson.loads(raw)
    assert (file["format"], file["version"], file["language"]) == ("naast-export", 1, "en")
    assert [line["text"] for line in file["parts"]["journey"]] == [WORD]
    assert list(file["parts"]) == [part.name for part in registry.parts()]


def test_who_holds_the_open_phone_neither_asks_nor_reads(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    refused(client.post(URL, {"access_code": cast.cleo.code}), 403, "access_code_wrong")
    assert not Export.objects.exists()
    made = make(cast.ana)
    read = f"{URL}/{made.id}/download"
    refused(client.post(read, {"access_code": cast.cleo.code}), 403, "access_code_wrong")
    assert codes_at(client.post(read, {})) == {"/access_code": "required"}
    assert codes_at(client.post(URL, {"access_code": 7})) == {"/access_code": "not_text"}
    refused(client.post(URL, {"access_code": "7777"}), 400, "access_code_malformed")
    assert client.get(read).status_code == 405
    for _ in range(5):
        reply = client.post(read, {"access_code": cast.cleo.code})
    refused(reply, 429, "too_many")  # also with the right one
    refused(client.post(read, {"access_code": cast.ana.code}), 429, "too_many")


def test_a_stranger_finds_nothing(cast: Cast, client_of: Client) -> None:
    made = make(cast.ana)
    for person in (cast.cleo, cast.ben, cast.max, cast.olga):
        client = client_of(person)
        for export in (made.id, uuid4()):
            refused(client.get(f"{URL}/{export}"), 404, "not_found")
            for code in (person.code, cast.ana.code):
                refused(client.post(f"{URL}/{export}/download", {"access_code": code}), 404, "not_found")
        assert client.get(URL).json()["items"] == []
    assert APIClient().post(URL, {"access_code": cast.ana.code}).status_code == 401


def test_asking_again_returns_the_one_that_is_made(cast: Cast) -> None:
    first = ask(cast.ana)
    for _ in range(4):
        assert ask(cast.ana, now=utc_now() + DAY / 3).id == first.id  # … and counts as one
    assert AuditEntry.objects.filter(action="export.asked", subject=cast.ana.account.id).count() == 1


def test_asking_anew_drops_the_earlier_file(cast: Cast, client_of: Client) -> None:
    first, second = make(cast.ana), make(cast.ana)
    assert list(Export.objects.values_list("id", flat=True)) == [second.id]
    assert set(Piece.objects.values_list("export", flat=True)) == {second.id}
    refused(client_of(cast.ana).get(f"{URL}/{first.id}"), 404, "not_found")
    assert {event["state"] for event in inbox_of(cast.ana.account) if event.get("export") == str(first.id)} == {"over"}


def test_a_few_a_day(cast: Cast, client_of: Client) -> None:
    for _ in range(A_DAY.count):
        make(cast.ana)
    limits._local.clear()
    refused(client_of(cast.ana).post(URL, {"access_code": cast.ana.code}), 429, "too_many")
    assert make(cast.cleo).state == "ready"


@pytest.mark.django_db(transaction=True)
def test_two_devices_ask_at_once(cast: Cast) -> None:
    results = together(lambda: ask(cast.ana), lambda: ask(cast.ana))
    assert len({made.id for made in results if isinstance(made, Export)}) == 1
    while make_due(now=utc_now()):
        pass
    assert told(cast.ana) == ["ready"]


@pytest.mark.django_db(transaction=True)
def test_two_workers_make_one_file(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "PIECE", 1)
    made = ask(cast.ana)

    def work() -> int:
        done = 0
        while Export.objects.filter(state="asked").exists():
            done += make_due(now=utc_now())
        return done

    together(work, work)
    file = read_export(by=cast.ana.account, export=made.id, access_code=cast.ana.code, now=utc_now())
    assert orjson.loads(b"".join(file.pieces))["parts"].keys() == {part.name for part in registry.parts()}


# -- killed and faulty ------------------------------------------------------------------------------------------------


class Killed(BaseException):
    """What the process does not survive."""


@pytest.mark.parametrize("piece", [1, 700])
def test_killed_between_batches_it_goes_on(cast: Cast, monkeypatch: pytest.MonkeyPatch, piece: int) -> None:
    room = new_room(cast.ben, cast.ana)
    for number in range(7):
        room.say(cast.ana, f"{WORD} {number}")
    monkeypatch.setattr(registry, "AT_ONCE", 3)
    monkeypatch.setattr("messaging.exporting.AT_ONCE", 3)
    whole = file_of(cast.ana)
    monkeypatch.setattr(making, "PIECE", piece)
    asked = ask(cast.ana)
    keep, alive, killed = Export.save, [True], 0

    def save(self: Export, *args: Any, **kwargs: Any) -> None:
        keep(self, *args, **kwargs)
        alive[0] = not alive[0]
        if not alive[0]:
            raise Killed

    monkeypatch.setattr(Export, "save", save)
    while Export.objects.get(id=asked.id).state == "asked":
        before = Export.objects.get(id=asked.id).pieces_made, Piece.objects.count()
        try:
            make_due(now=utc_now())
        except Killed:
            killed += 1
            assert (Export.objects.get(id=asked.id).pieces_made, Piece.objects.count()) == before
    assert killed > 3
    file = read_export(by=cast.ana.account, export=asked.id, access_code=cast.ana.code, now=utc_now())
    again = orjson.loads(b"".join(file.pieces))
    for one in (whole, again):
        del one["asked_at"], one["parts"]["exports"]
    assert again == whole
    assert [row["body"] for row in again["parts"]["messages"]] == [f"{WORD} {number}" for number in range(7)]


def test_what_fails_is_tried_again_and_in_the_end_told(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    said(cast.ana)
    asked = ask(cast.ana)
    kept = bytes(Entry.objects.get().sealed)
    Entry.objects.update(sealed=b"damaged")
    now = utc_now()
    assert make_due(now=now) == 1
    assert make_due(now=now) == 0  # not at once
    Entry.objects.update(sealed=kept)
    now += timedelta(minutes=2)
    assert make_due(now=now) == 1
    assert told(cast.ana) == ["ready"]
    asked = ask(cast.ana)
    Entry.objects.update(sealed=b"damaged")
    for _ in range(making.TRIES):
        now += timedelta(hours=1)
        assert make_due(now=now) == 1
    assert Export.objects.get(id=asked.id).state == "failed"
    assert told(cast.ana)[-1] == "failed"
    assert make_due(now=now + DAY) == 0
    assert ask(cast.ana).id != asked.id


def test_a_part_that_is_no_more_begins_anew(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "PIECE", 1)
    asked = ask(cast.ana)
    for _ in range(4):
        make_due(now=utc_now())
    Export.objects.filter(id=asked.id).update(place={"part": "long ago", "after": None, "rows": 3})
    while make_due(now=utc_now()):
        pass
    file = read_export(by=cast.ana.account, export=asked.id, access_code=cast.ana.code, now=utc_now())
    assert list(orjson.loads(b"".join(file.pieces))["parts"]) == [part.name for part in registry.parts()]


def test_asking_is_good_for_two_days(cast: Cast) -> None:
    asked = ask(cast.ana)
    make_due(now=utc_now() + making.GOOD_FOR)
    assert Export.objects.get(id=asked.id).state == "failed"
    assert told(cast.ana) == ["failed"]


def test_after_a_week_it_is_gone(cast: Cast, client_of: Client) -> None:
    made, now = make(cast.ana), utc_now()
    assert drop_due(now=now + making.KEPT - timedelta(minutes=1)) == 0
    with pytest.raises(Exception, match="not_found"):
        read_export(by=cast.ana.account, export=made.id, access_code=cast.ana.code, now=now + making.KEPT)
    assert drop_due(now=now + making.KEPT) == 1
    assert not Export.objects.exists()
    assert not Piece.objects.exists()
    assert client_of(cast.ana).get(URL).json()["items"] == []


# -- whose it is ------------------------------------------------------------------------------------------------------


def test_who_is_suspended_takes_their_data_along(cast: Cast, client_of: Client) -> None:
    suspend_account(account=cast.ana.account, by=None, now=utc_now())
    client = client_of(Account.objects.get(id=cast.ana.account.id))
    made = client.post(URL, {"access_code": cast.ana.code}).json()["id"]
    run_due(now=utc_now())
    assert client.get(URL).json()["items"][0]["state"] == "ready"
    assert client.get(f"{URL}/{made}").status_code == 200
    reply: Any = client.post(f"{URL}/{made}/download", {"access_code": cast.ana.code})
    assert orjson.loads(reply.getvalue())["parts"]["account"][0]["suspended_at"] is not None


def test_a_locked_account_takes_nothing_along(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    ask(cast.ana)
    lock_account(account=cast.ana.account, by=None, now=utc_now())
    assert client.post(URL, {"access_code": cast.ana.code}).status_code == 401
    run_due(now=utc_now())
    unlock_account(account=cast.ana.account, by=None, now=utc_now())
    assert not Export.objects.exists()  # what was asked for before the lock counts no more
    assert told(cast.ana) == []


def test_what_was_suspended_and_is_locked_takes_nothing_along(cast: Cast) -> None:
    suspend_account(account=cast.ana.account, by=None, now=utc_now())
    ask(cast.ana)
    lock_account(account=cast.ana.account, by=None, now=utc_now())
    run_due(now=utc_now())
    assert not Export.objects.exists()


def test_a_new_code_reads_it_and_the_old_one_does_not(cast: Cast) -> None:
    made = make(cast.ana)
    code = rotate_code(by=cast.ana.account, session=cast.ana.session, access_code=cast.ana.code, now=utc_now())
    with pytest.raises(Exception, match="access_code_wrong"):
        read_export(by=cast.ana.account, export=made.id, access_code=cast.ana.code, now=utc_now())
    assert read_export(by=cast.ana.account, export=made.id, access_code=code, now=utc_now()).size == made.size


def test_the_file_lies_sealed_and_dies_with_the_key(cast: Cast) -> None:
    said(cast.ana)
    made = make(cast.ana)
    dump = dump_databases()
    assert WORD not in dump
    assert WORD.encode().hex() not in dump
    vault.destroy_key(cast.ana.account.id)
    file = read_export(by=cast.ana.account, export=made.id, access_code=cast.ana.code, now=utc_now())
    with pytest.raises(seal.Unreadable):
        list(file.pieces)


def test_a_piece_opens_only_in_its_place(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "PIECE", 300)
    made = make(cast.ana)
    first, second = Piece.objects.filter(export=made).order_by("number")[:2]
    Piece.objects.filter(id=first.id).update(sealed=second.sealed)
    file = read_export(by=cast.ana.account, export=made.id, access_code=cast.ana.code, now=utc_now())
    with pytest.raises(seal.Unreadable):
        list(file.pieces)


def test_asking_and_reading_are_in_the_audit(cast: Cast) -> None:
    raw_of(cast.ana)
    entries = AuditEntry.objects.filter(action__startswith="export.").order_by("seq")
    assert [(entry.action, entry.by, entry.subject) for entry in entries] == [
        (action, cast.ana.account.id, cast.ana.account.id) for action in ("export.asked", "export.read")
    ]


# -- in whose name ----------------------------------------------------------------------------------------------------


def opened(person: Person) -> list[str]:
    """The journey, opened as its owner."""
    rows = list(Entry.objects.filter(account=person.account))
    sealed = [(bytes(row.sealed), seal.aad("journey_entry", row.id, "sealed", 1, row.account_id)) for row in rows]
    return [orjson.loads(text)["text"] for text in vault.open_own(account=person.account.id, sealed=sealed, now=NOON)]


def test_the_clock_opens_nothing_as_anybody(cast: Cast) -> None:
    said(cast.ana)
    assert opened(cast.ana) == [WORD]
    got: list[Any] = []

    def act(now: Any) -> int:
        with pytest.raises(ValueError, match="only the member"):
            opened(cast.ana)
        with vault.asked_by(account=cast.cleo.account.id), pytest.raises(ValueError, match="only the member"):
            opened(cast.ana)
        with vault.asked_by(account=cast.ana.account.id):
            got.extend(opened(cast.ana))
        with pytest.raises(ValueError, match="only the member"):
            opened(cast.ana)
        return 0

    run_job(Job("test", act), now=utc_now())
    assert got == [WORD]
    assert opened(cast.ana) == [WORD]


def test_it_has_a_lane_of_its_own() -> None:
    (lane,) = {job.lane for job in jobs() if job.name == "data to take along"}
    assert [job.name for job in jobs() if job.lane == lane] == ["data to take along"]


# -- much of it -------------------------------------------------------------------------------------------------------


def many(cast: Cast, count: int) -> None:
    """ana has written so much in a group."""
    room = new_room(cast.ben, cast.ana)
    room.say(cast.ana, WORD)
    first = Message.objects.get()
    key, place = datakeys.key_of(room.id), room.of(cast.ana)
    made = []
    for seq in range(2, count + 2):
        row = Message(
            conversation_id=room.id,
            seq=seq,
            membership=place,
            client_id=uuid4(),
            tag=first.tag,
            sent_at=NOON,
        )
        aad = seal.aad("message", row.message_id, "body", 1, room.id, place.id)
        row.body = seal.seal(key=key, text=f"{seq} {WORD}".encode() * 40, aad=aad)
        made.append(row)
    Message.objects.bulk_create(made, batch_size=500)


def test_each_write_is_bounded_however_much_there_is(cast: Cast) -> None:
    many(cast, 3_000)
    asked = ask(cast.ana)
    counts = []
    while Export.objects.get(id=asked.id).state == "asked":
        with CaptureQueriesContext(connection) as queries, CaptureQueriesContext(connections["keystore"]) as keys:
            make_due(now=utc_now())
        counts.append((len(queries), len(keys)))
    made = Export.objects.get(id=asked.id)
    assert made.size > 6 * making.PIECE
    assert made.pieces_made == Piece.objects.count()
    assert max(len(bytes(sealed)) for sealed in Piece.objects.values_list("sealed", flat=True)) < making.PIECE + 100
    middle = counts[2:-1]  # nothing but messages: a batch of them or two, and the piece
    assert len(middle) > 3
    assert all(of <= 22 and keys <= 2 for of, keys in middle), counts
    file = read_export(by=cast.ana.account, export=made.id, access_code=cast.ana.code, now=utc_now())
    with CaptureQueriesContext(connection) as queries, CaptureQueriesContext(connections["keystore"]) as keys:
        next(file.pieces)
    assert (len(queries), len(keys)) == (1, 1)
    assert len(file_of(cast.ana)["parts"]["messages"]) == 3_001


def test_a_member_of_little_costs_one_write(cast: Cast) -> None:
    ask(cast.ana)
    with CaptureQueriesContext(connection) as queries:
        assert make_due(now=utc_now()) == 1
    assert len(queries) <= 80, len(queries)
    assert told(cast.ana) == ["ready"]


def test_an_async_server_sends_one_piece_after_the_other(cast: Cast) -> None:
    given: list[int] = []

    def pieces() -> Any:
        for number in range(3):
            given.append(number)
            yield b"%d" % number

    async def heard() -> list[bytes]:
        got = []
        async for piece in StreamedFile(pieces(), size=3):
            got.append(piece)
            assert len(given) == len(got)
        return got

    assert asyncio.run(heard()) == [b"0", b"1", b"2"]


def test_another_device_sees_that_it_was_asked_for(cast: Cast, client_of: Client) -> None:
    new_session(cast.ana.account)
    made = make(cast.ana)
    assert [event["export"] for event in inbox_of(cast.ana.account) if event["type"] == "export.ready"] == [
        str(made.id)
    ]
