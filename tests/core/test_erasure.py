"""Erasing an account: asked for, taken back, begun in one write, finished by the worker, the same however often."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import lock_account, suspend_account, unlock_account
from backend.core.accounts.actions.roles import give_role
from backend.core.accounts.models import Account, Organisation, Role, Session
from backend.core.audit import first_fault
from backend.core.erasure import outside, registry
from backend.core.erasure.actions import running
from backend.core.erasure.actions.asking import GRACE, ask_erasure, take_back
from backend.core.erasure.actions.beginning import begin_erasure
from backend.core.erasure.actions.running import forget_erasures, go_on, run_erasures
from backend.core.erasure.models import Erasure, Piece
from backend.core.errors import NotFound
from backend.core.jobs import jobs
from backend.core.models import AuditEntry
from backend.core.sealing.models import DataKey, VaultKey
from backend.core.streams.models import Stream
from peers.journeys.actions.lines import write_line
from peers.journeys.models import Entry
from tests.asking import API, codes_at, inbox_of, refused, together
from tests.cast import Cast, Person, new_coordinator, new_person, utc_now
from tests.core.erased import erase, lines_with, run_all
from tests.messaging.circle import new_circle
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
PATH = f"{API}/me/erasure"
SAID = "Kanarie, for nobody else"


def row_of(person: Person) -> Erasure | None:
    return Erasure.objects.filter(account=person.account.id).first()


# -- asked for --------------------------------------------------------------------------------------------------------


def test_a_grace_is_told_and_taken_back(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    assert client.get(PATH).json() == {"state": "none", "asked_at": None, "due_at": None}
    asked = client.post(PATH, {"when": "grace"})
    assert asked.status_code == 202, asked.content
    there = row_of(cast.ana)
    assert there is not None
    assert there.due_at - there.asked_at == GRACE
    assert client.post(PATH, {"when": "grace"}).json() == asked.json() == client.get(PATH).json()
    assert [event["type"] for event in inbox_of(cast.ana.account)] == ["settings.changed"]
    assert client.get(f"{API}/me").status_code == 200, "all goes on as before"
    for _ in range(2):
        assert client.delete(PATH).status_code == 204
    assert client.get(PATH).json()["state"] == "none"
    assert [event["type"] for event in inbox_of(cast.ana.account)] == ["settings.changed"] * 2
    run_erasures(now=utc_now() + 2 * GRACE)
    assert Account.objects.filter(id=cast.ana.account.id).exists()


def test_a_grace_that_nobody_takes_back_ends_in_erasing(cast: Cast, client_of: Client) -> None:
    client_of(cast.ana).post(PATH, {"when": "grace"})
    there = row_of(cast.ana)
    assert there is not None
    run_erasures(now=there.due_at - timedelta(seconds=1))
    assert Account.objects.get(id=cast.ana.account.id).erased_at is None
    run_all(now=there.due_at)
    assert not Account.objects.filter(id=cast.ana.account.id).exists()


def test_now_needs_the_code_and_ends_everything_at_once(cast: Cast, client_of: Client) -> None:
    client = client_of(cast.ana)
    assert codes_at(client.post(PATH, {"when": "now"})) == {"/access_code": "required"}
    refused(client.post(PATH, {"when": "now", "access_code": cast.cleo.code}), 403, "access_code_wrong")
    assert "/when" in codes_at(client.post(PATH, {"when": "soon"}))
    assert row_of(cast.ana) is None
    done = client.post(PATH, {"when": "now", "access_code": cast.ana.code})
    assert (done.status_code, done.json()["state"]) == (202, "erasing"), done.content
    refused(client.post(PATH, {"when": "now", "access_code": cast.ana.code}), 401, "sign_in_needed")
    refused(APIClient().post(f"{API}/sessions", {"access_code": cast.ana.code}), 401, "sign_in_failed")
    assert {event["type"] for event in inbox_of(cast.ana.account)} >= {"session.revoked"}


def test_a_stranger_is_nobody(client_of: Client) -> None:
    for ask in (APIClient().get, APIClient().post, APIClient().delete):
        refused(ask(PATH), 401, "sign_in_needed")


def test_who_is_suspended_may_erase(cast: Cast) -> None:
    suspend_account(account=cast.ana.account, by=None, now=utc_now())
    client = APIClient()
    token = client.post(f"{API}/sessions", {"access_code": cast.ana.code}).json()["token"]
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    refused(client.get(f"{API}/me"), 403, "account_suspended")
    assert client.get(PATH).json()["state"] == "none"
    assert client.post(PATH, {"when": "now", "access_code": cast.ana.code}).status_code == 202
    refused(client.post(f"{API}/sessions", {"access_code": cast.ana.code}), 401, "sign_in_failed")


def test_erased_is_not_unlocked(cast: Cast) -> None:
    begin_erasure(account=cast.ana.account.id, now=NOON)
    with pytest.raises(NotFound):
        unlock_account(account=cast.ana.account, by=None, now=NOON)
    with pytest.raises(NotFound):
        give_role(account=cast.ana.account, kind="moderator", by=None, now=NOON)
    lock_account(account=cast.ana.account, by=None, now=NOON)
    assert Account.objects.get(id=cast.ana.account.id).is_locked


def test_an_account_that_is_not_there_is_not_found(db: None) -> None:
    with pytest.raises(NotFound):
        begin_erasure(account=uuid4(), now=NOON)
    assert not Erasure.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_at_the_last_moment_is_not_erased(cast: Cast) -> None:
    """Whichever comes first: who was told that it is taken back keeps the account."""
    for _ in range(4):
        asked = ask_erasure(by=cast.ana.account, now=NOON)
        done = together(
            lambda: take_back(by=cast.ana.account, now=NOON + GRACE),
            lambda: go_on(account=cast.ana.account.id, now=NOON + GRACE),  # which has read that it is due
        )
        there = Account.objects.filter(id=cast.ana.account.id, erased_at=None)
        if there.exists():
            assert not Erasure.objects.exists()
        else:
            assert isinstance(done[0], NotFound)
            return
        assert asked.due_at == NOON + GRACE


def test_the_worker_begins_no_grace_that_is_not_there(cast: Cast) -> None:
    with pytest.raises(NotFound):
        begin_erasure(account=cast.ana.account.id, by_grace=True, now=NOON)
    ask_erasure(by=cast.ana.account, now=NOON)
    with pytest.raises(NotFound):
        begin_erasure(account=cast.ana.account.id, by_grace=True, now=NOON + GRACE - timedelta(seconds=1))
    assert Account.objects.get(id=cast.ana.account.id).erased_at is None


# -- begun and finished -----------------------------------------------------------------------------------------------


def test_nothing_is_left_but_the_ledger_and_the_chain(cast: Cast) -> None:
    write_line(Entry, by=cast.ana.account, words={"text": SAID}, now=NOON)
    ids = (cast.ana.account.id, cast.ana.account.inbox, cast.ana.session.id)
    assert len(lines_with(*ids)) > 5
    done = erase(cast.ana, now=NOON)
    assert done.state == "done"
    left = lines_with(*ids)
    assert len(left) == 1 + AuditEntry.objects.filter(subject=cast.ana.account.id).count()
    assert not DataKey.objects.filter(owner=cast.ana.account.id).exists()
    assert not VaultKey.objects.filter(owner=cast.ana.account.id).exists()
    assert not Stream.objects.filter(id=cast.ana.account.inbox).exists()
    assert first_fault(AuditEntry.objects.order_by("seq")) is None
    assert forget_erasures(now=NOON + timedelta(days=402)) == 1


def test_again_it_changes_nothing(cast: Cast) -> None:
    first = begin_erasure(account=cast.ana.account.id, now=NOON)
    again = begin_erasure(account=cast.ana.account.id, now=NOON + timedelta(hours=1))
    assert (first.begun_at, first.due_at) == (again.begun_at, again.due_at)
    run_all(now=NOON)
    before = Erasure.objects.values().get()
    run_all(now=NOON)
    assert Erasure.objects.values().get() == before


@pytest.mark.parametrize("step", ["destroy_keys", "draw_pieces", "take_pieces", "finish"])
def test_a_worker_that_dies_in_between_is_followed(cast: Cast, monkeypatch: pytest.MonkeyPatch, step: str) -> None:
    """Killed at each step, once; the next run begins anew and comes to the same end."""
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    begin_erasure(account=cast.ana.account.id, now=NOON)
    real = getattr(running, step)

    def die(*args: object, **given: object) -> object:
        monkeypatch.setattr(running, step, real)
        real(*args, **given)  # done, but nobody comes back to say so
        raise SystemExit

    monkeypatch.setattr(running, step, die)
    with pytest.raises(SystemExit):
        run_erasures(now=NOON)
    run_all(now=NOON)
    assert not Account.objects.filter(id=cast.ana.account.id).exists()
    assert len(lines_with(cast.ana.account.id)) == 1 + AuditEntry.objects.filter(subject=cast.ana.account.id).count()


def test_one_that_fails_holds_up_nobody_else(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    for person in (cast.ana, cast.dora):
        begin_erasure(account=person.account.id, now=NOON)
    real = running.destroy_keys

    def fail(account: object) -> None:
        if account == cast.ana.account.id:
            raise RuntimeError("the keystore is away")
        real(cast.dora.account.id)

    monkeypatch.setattr(running, "destroy_keys", fail)
    run_erasures(now=NOON)
    assert set(Account.objects.filter(erased_at__isnull=False)) == {cast.ana.account}
    monkeypatch.setattr(running, "destroy_keys", real)
    run_erasures(now=NOON + timedelta(hours=1))
    assert not Account.objects.filter(erased_at__isnull=False).exists()


def test_what_comes_in_meanwhile_goes_too(cast: Cast) -> None:
    """A lead accepts, at this moment, who asked to join."""
    circle = new_circle(cast.ben)
    begin_erasure(account=cast.ana.account.id, now=NOON)
    run_erasures(now=NOON - timedelta(minutes=1))
    circle.admit(cast.ana)
    run_all(now=NOON)
    assert not Account.objects.filter(id=cast.ana.account.id).exists()
    assert not Piece.objects.exists()


def test_the_worker_does_it() -> None:
    assert {"accounts to erase", "erasures long ago"} <= {job.name for job in jobs()}


# -- roles ------------------------------------------------------------------------------------------------------------


def test_the_last_two_of_an_organisation_are_told_what_to_do(cast: Cast, client_of: Client) -> None:
    """And nothing is half done: the role, the sessions and the contacts are as they were."""
    client = client_of(cast.olga)
    for body in ({"when": "grace"}, {"when": "now", "access_code": cast.olga.code}):
        refused(client.post(PATH, body), 409, "coordinator_needed")
    assert Role.objects.get(id=cast.coordinator.id).ended_at is None
    assert Session.objects.get(id=cast.olga.session.id).revoked_at is None
    assert not Erasure.objects.exists()
    assert client.get(f"{API}/me").status_code == 200


def test_who_can_be_followed_is_not_held_fast(cast: Cast) -> None:
    third = new_coordinator(new_person(), organisation=cast.organisation, alias="Wies")
    erase(cast.olga, now=NOON)
    there = Organisation.objects.get(id=cast.organisation.id)
    assert {there.coordinator_id, there.deputy_id} == {third.id, cast.deputy.id}
    assert not Role.objects.filter(id=cast.coordinator.id).exists()


def test_a_grace_that_cannot_begin_waits_and_says_so(
    cast: Cast, client_of: Client, caplog: pytest.LogCaptureFixture
) -> None:
    third = new_coordinator(new_person(), organisation=cast.organisation, alias="Wies")
    assert client_of(cast.olga).post(PATH, {"when": "grace"}).status_code == 202
    erase(Person(third.account, "", "", cast.ana.session), now=NOON)
    there = row_of(cast.olga)
    assert there is not None
    run_erasures(now=there.due_at)
    assert "coordinator_needed" in caplog.text
    assert str(cast.olga.account.id) not in caplog.text
    assert Account.objects.get(id=cast.olga.account.id).erased_at is None
    new_coordinator(new_person(), organisation=cast.organisation, alias="Puck")
    run_all(now=there.due_at + timedelta(hours=1))
    assert not Account.objects.filter(id=cast.olga.account.id).exists()


@pytest.mark.parametrize("name", ["ben", "max", "lea", "cleo"])
def test_whoever_they_are(cast: Cast, name: str) -> None:
    erase(getattr(cast, name), now=NOON)
    assert first_fault(AuditEntry.objects.order_by("seq")) is None


# -- outside, and back ------------------------------------------------------------------------------------------------


@pytest.fixture
def ledger(settings: Settings, tmp_path: Path) -> Path:
    place = tmp_path / "erasures.jsonl"
    settings.NAAST_ERASURES = str(place)
    return place


def test_the_ledger_is_written_outside_before_anything_is_destroyed(
    cast: Cast, ledger: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begin_erasure(account=cast.ana.account.id, now=NOON)
    seen: list[bool] = []
    monkeypatch.setattr(running, "destroy_keys", lambda account: seen.append(ledger.exists()))
    run_erasures(now=NOON)
    assert seen[0]
    with ledger.open("rb") as file:
        assert list(outside.read(file)) == [outside.Line(account=cast.ana.account.id, at=NOON)]
    run_all(now=NOON)
    assert len(ledger.read_bytes().splitlines()) == 1, "once"


def test_a_place_that_is_away_holds_up_nothing_and_is_tried_again(
    cast: Cast, ledger: Path, tmp_path: Path, settings: Settings
) -> None:
    settings.NAAST_ERASURES = str(tmp_path / "away" / "file")
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    begin_erasure(account=cast.ana.account.id, now=NOON)
    run_erasures(now=NOON)
    assert not DataKey.objects.filter(owner=cast.ana.account.id).exists()
    settings.NAAST_ERASURES = str(ledger)
    run_all(now=NOON)
    there = row_of(cast.ana)
    assert there is not None
    assert there.kept_at is not None
    assert ledger.read_bytes()


def test_after_a_restore_nobody_comes_back(cast: Cast, ledger: Path) -> None:
    """The databases are of the day before; the ledger outside is not."""
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    circle.say(cast.ana, SAID)
    line = outside.Line(account=cast.ana.account.id, at=NOON)
    ledger.write_bytes(outside.written(line) + outside.written(outside.Line(account=uuid4(), at=NOON)))
    call_command("replay_erasures", "--from", str(ledger))
    assert not Account.objects.filter(id=cast.ana.account.id).exists()
    assert len(lines_with(cast.ana.account.id)) == 1 + AuditEntry.objects.filter(subject=cast.ana.account.id).count()
    assert not Piece.objects.exists()
    call_command("replay_erasures", "--from", str(ledger))
    assert not DataKey.objects.filter(owner=cast.ana.account.id).exists()


def test_keys_that_come_back_alone_go_again(cast: Cast) -> None:
    """The keystore is restored, the other database is not."""
    kept = DataKey.objects.get(owner=cast.ana.account.id)
    erase(cast.ana, now=NOON)
    kept.save(force_insert=True)
    call_command("replay_erasures")
    assert not DataKey.objects.filter(owner=cast.ana.account.id).exists()


def test_a_line_that_somebody_wrote_erases_nobody(cast: Cast, ledger: Path) -> None:
    forged = outside.written(outside.Line(account=cast.ana.account.id, at=NOON)).replace(
        str(cast.ana.account.id).encode(), str(cast.dora.account.id).encode()
    )
    for bad in (forged, b"{}\n", b"nothing\n"):
        ledger.write_bytes(bad)
        with pytest.raises(CommandError):
            call_command("replay_erasures", "--from", str(ledger))
    assert Account.objects.filter(id__in=[cast.ana.account.id, cast.dora.account.id]).count() == 2


def test_a_restore_before_a_coordinator_was_followed_says_so(cast: Cast, ledger: Path) -> None:
    lines = [outside.Line(account=person.account.id, at=NOON) for person in (cast.olga, cast.ana)]
    ledger.write_bytes(b"".join(outside.written(line) for line in lines))
    with pytest.raises(CommandError):
        call_command("replay_erasures", "--from", str(ledger))
    assert not Account.objects.filter(id=cast.ana.account.id).exists()
    assert Account.objects.get(id=cast.olga.account.id).erased_at is None


# -- at once ----------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_two_at_once_are_one(cast: Cast) -> None:
    def begin() -> Erasure:
        return begin_erasure(account=cast.ana.account.id, now=NOON)

    done = together(begin, begin)
    assert {there.begun_at for there in done if isinstance(there, Erasure)} == {NOON}
    assert AuditEntry.objects.filter(action="account.erased").count() == 1


@pytest.mark.django_db(transaction=True)
def test_two_workers_erase_once(cast: Cast) -> None:
    circle = new_circle(cast.ben)
    circle.admit(cast.ana)
    begin_erasure(account=cast.ana.account.id, now=NOON)
    for hours in range(26):
        at: datetime = NOON + timedelta(hours=hours)
        together(lambda: run_erasures(now=at), lambda: run_erasures(now=at))  # noqa: B023
    assert not Account.objects.filter(id=cast.ana.account.id).exists()
    told = [event for event in circle.events(cast.ben) if event["type"] == "membership.erased"]
    assert len(told) == 1


def test_every_part_has_a_name_of_its_own() -> None:
    names = [part.name for part in registry.parts()]
    assert len(names) == len(set(names))
