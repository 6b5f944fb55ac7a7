"""Rate limits on both stores: the same figures, atomic, and nothing kept that tells who was limited."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
import redis
import time_machine
from django.db import OperationalError, connection, connections
from django.test import RequestFactory
from pytest_django import Settings

from backend.core import limits
from backend.core.db import write
from backend.core.errors import TooMany, Unavailable
from backend.core.limits import Rate, coarse_network, sweep, take, take_local
from backend.core.models import Limit
from infra.embedded.valkey import Valkey

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
RATE = Rate(count=6, per_s=60, burst=3)  # one each 10 s, three at once


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.fixture(params=["table", "redis"])
def store(request: pytest.FixtureRequest, settings: Settings, db: None) -> str:
    """Either store."""
    if request.param == "redis":
        valkey: Valkey = request.getfixturevalue("valkey")
        settings.REDIS_URL = valkey.url
        with redis.Redis.from_url(valkey.url) as client:
            client.flushall()
    return str(request.param)


def take_one(at: datetime, key: str = "somebody") -> None:
    take(name="test", key=key, rate=RATE, now=at)


def wait_of(at: datetime) -> float | None:
    try:
        take_one(at)
    except TooMany as refused:
        return refused.retry_after
    return None


def test_a_burst_then_one_by_one(store: str) -> None:
    waits = [wait_of(NOW) for _ in range(4)]
    assert waits == [None, None, None, pytest.approx(10)]
    assert wait_of(after(9.9)) == pytest.approx(0.1)
    assert wait_of(after(10)) is None
    assert wait_of(after(10)) == pytest.approx(10)
    assert wait_of(after(40)) is None


def test_a_refusal_costs_nothing(store: str) -> None:
    for _ in range(3):
        take_one(NOW)
    for _ in range(20):
        assert wait_of(after(5)) == pytest.approx(5)
    assert wait_of(after(10)) is None


def test_waiting_as_told_is_enough(store: str) -> None:
    rate = Rate(count=7, per_s=1, burst=1)  # a step that no clock can show
    take(name="test", key="somebody", rate=rate, now=NOW)
    with pytest.raises(TooMany) as refused:
        take(name="test", key="somebody", rate=rate, now=NOW)
    assert refused.value.retry_after is not None
    take(name="test", key="somebody", rate=rate, now=after(refused.value.retry_after + 0.000001))


def test_keys_and_names_are_apart(store: str) -> None:
    for _ in range(3):
        take_one(NOW)
    take_one(NOW, "somebody else")
    take(name="another", key="somebody", rate=RATE, now=NOW)
    with pytest.raises(TooMany):
        take_one(NOW)


def test_a_name_and_a_key_do_not_run_together(store: str) -> None:
    for _ in range(3):
        take(name="a", key="bc", rate=RATE, now=NOW)
    take(name="ab", key="c", rate=RATE, now=NOW)


def test_a_new_day_has_other_keys(store: str) -> None:
    last = datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC)
    for _ in range(3):
        take_one(last)
    assert wait_of(last) is not None
    assert wait_of(last + timedelta(seconds=1)) is None


@pytest.mark.parametrize("back_s", [5, 3600])
def test_a_clock_set_back_frees_nobody_and_keeps_nobody_waiting(store: str, back_s: float) -> None:
    for _ in range(3):
        take_one(NOW)
    assert wait_of(after(-back_s)) == pytest.approx(10)
    assert wait_of(after(-back_s + 9.9)) == pytest.approx(0.1)
    assert wait_of(after(-back_s + 10)) is None


def test_a_clock_set_back_keeps_nobody_waiting_in_one_process() -> None:
    def wait_of(at: datetime) -> float | None:
        try:
            take_local(name="test", key="set back", rate=RATE, now=at)
        except TooMany as refused:
            return refused.retry_after
        return None

    assert [wait_of(NOW) for _ in range(4)] == [None, None, None, pytest.approx(10)]
    assert wait_of(after(-3600)) == pytest.approx(10)
    assert wait_of(after(-3590)) is None


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["table", "redis"])
def test_no_race_lets_one_more_through(kind: str, settings: Settings, valkey: Valkey) -> None:
    settings.REDIS_URL = valkey.url if kind == "redis" else ""
    start = threading.Barrier(8)
    through: list[int] = []

    def knock() -> None:
        try:
            start.wait(10)
            for _ in range(5):
                if wait_of(NOW) is None:
                    through.append(1)
        finally:
            connections.close_all()

    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
    knockers = [threading.Thread(target=knock) for _ in range(8)]
    for knocker in knockers:
        knocker.start()
    for knocker in knockers:
        knocker.join(30)
    assert len(through) == 3


@pytest.mark.django_db(transaction=True)
def test_a_write_that_is_undone_still_counts() -> None:
    @write
    def guess() -> None:
        take_one(NOW)
        raise ZeroDivisionError

    for _ in range(3):
        with pytest.raises(ZeroDivisionError):
            guess()
    with pytest.raises(TooMany):
        guess()


def test_without_the_store_a_limit_fails_as_it_says(settings: Settings, own_valkey: Valkey) -> None:
    settings.REDIS_URL = own_valkey.url
    take_one(NOW)
    own_valkey.kill()
    with pytest.raises(Unavailable):
        take_one(NOW)
    for _ in range(9):
        take(name="test", key="somebody", rate=RATE, now=NOW, fails="open")
    own_valkey.start()
    take_one(NOW)


def test_without_the_database_a_limit_fails_as_it_says(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_: object, **__: object) -> None:
        raise OperationalError("away")

    monkeypatch.setattr(connection, "cursor", lose)
    with pytest.raises(Unavailable):
        take_one(NOW)
    take(name="test", key="somebody", rate=RATE, now=NOW, fails="open")


def test_the_table_holds_neither_key_nor_network(db: None) -> None:
    network = coarse_network(RequestFactory().get("/", REMOTE_ADDR="203.0.113.77"))
    take(name="test", key=network, rate=RATE, now=NOW)
    take_one(NOW, "correct horse battery")
    rows = list(Limit.objects.all())
    assert [len(row.key) for row in rows] == [32, 32]
    kept = b"".join(bytes(row.key) for row in rows)
    assert not any(word in kept for word in (b"correct", b"somebody", bytes((203, 0, 113)), network))


def test_redis_holds_no_key_and_forgets(settings: Settings, valkey: Valkey) -> None:
    settings.REDIS_URL = valkey.url
    with redis.Redis.from_url(valkey.url) as client:
        client.flushall()
        take_one(NOW, "correct horse battery")
        (key,) = client.keys()
        assert key.startswith(b"limit:")
        assert b"correct" not in key
        assert 0 < client.pttl(key) <= 10_000


def test_what_is_free_again_is_swept(db: None) -> None:
    take_one(NOW)
    take_one(after(100), "later")
    assert sweep(after(60)) == 1
    assert Limit.objects.count() == 1
    assert sweep(after(60)) == 0


def test_the_table_is_not_written_ahead(db: None) -> None:
    """No commit of a limit waits for the disk; after a crash all are free, which is fine."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT relpersistence FROM pg_class WHERE relname = 'core_limit'")
        assert cursor.fetchone() == ("u",)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("203.0.113.7", "203.0.113.250", True),
        ("203.0.113.7", "203.0.114.7", False),
        ("2001:db8:1:2::3", "2001:db8:1:ffff::1", True),
        ("2001:db8:1::1", "2001:db8:2::1", False),
        ("::ffff:203.0.113.7", "203.0.113.8", True),
        ("", "not an address", True),
    ],
)
def test_a_network_is_coarse(one: str, other: str, same: bool) -> None:
    networks = [coarse_network(RequestFactory().get("/", REMOTE_ADDR=address)) for address in (one, other)]
    assert (networks[0] == networks[1]) is same
    assert all(len(network) == 32 for network in networks)


def test_a_network_has_another_name_tomorrow() -> None:
    """Nobody can be followed over the days."""
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.7")
    with time_machine.travel(NOW):
        today = coarse_network(request)
    with time_machine.travel(NOW + timedelta(days=1)):
        assert coarse_network(request) != today


def test_a_process_counts_by_itself_and_forgets_the_oldest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "LOCAL_KEPT", 2)
    for key in ("a", "a", "a"):
        take_local(name="local", key=key, rate=RATE, now=NOW)
    with pytest.raises(TooMany) as refused:
        take_local(name="local", key="a", rate=RATE, now=NOW)
    assert refused.value.retry_after == pytest.approx(10)
    take_local(name="local", key="a", rate=RATE, now=after(10))
    for key in ("b", "c"):
        take_local(name="local", key=key, rate=RATE, now=after(10))
    take_local(name="local", key="a", rate=RATE, now=after(10))
