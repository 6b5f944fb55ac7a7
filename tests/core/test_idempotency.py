"""The same request sent again: done once, told twice."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.db import connection, connections
from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.test import APIClient

from backend.core.accounts.models import Region
from backend.core.db import write
from backend.core.errors import Conflict, Forbidden, TooMany
from backend.core.http import idempotency
from backend.core.http.etag import tagged
from backend.core.http.serializers import StrictSerializer, Text
from backend.core.http.views import DomainView
from backend.core.models import KeptReply
from backend.core.sealing import datakeys, seal
from tests.cast import Person, client_with, new_person

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


class Named(StrictSerializer):
    name = Text(max_length=40)


@dataclass
class Stage:
    """What the test makes the view do after it has written."""

    then: Callable[[], None] = lambda: None
    runs: list[str] = field(default_factory=list)


_stage = Stage()


@write
def add_region(*, name: str) -> Region:
    region: Region = Region.objects.create(key=f"r-{len(_stage.runs)}", name=name, status="test")
    _stage.then()
    return region


class Regions(DomainView):
    """Any write will do."""

    def post(self, request: Request) -> Response:
        name = self.read(Named)["name"]
        _stage.runs.append(name)
        region = add_region(name=name)
        return tagged({"key": region.key, "name": region.name}, version=7, status=201)


class Secrets(Regions):
    shows_secret = True


class Sends(Regions):
    repeatable = False


class Nothing(DomainView):
    def post(self, request: Request) -> Response:
        _stage.runs.append("")
        return Response(status=204)


urlpatterns = [
    path("regions", Regions.as_view()),
    path("other", Regions.as_view()),
    path("secrets", Secrets.as_view()),
    path("sends", Sends.as_view()),
    path("nothing", Nothing.as_view()),
]
handler500 = "backend.core.http.problems.reply_500"

pytestmark = pytest.mark.urls(__name__)


@pytest.fixture(autouse=True)
def stage() -> Iterator[Stage]:
    _stage.runs.clear()
    yield _stage
    _stage.then = lambda: None


@pytest.fixture
def ana(db: None) -> Person:
    return new_person()


@pytest.fixture
def client(ana: Person) -> APIClient:
    made = client_with(ana.token)
    made.raise_request_exception = False
    return made


def post(client: APIClient, key: str | None = "k1", *, to: str = "/regions", name: str = "Noord") -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post(to, {"name": name}, format="json", headers=headers)


def count() -> int:
    return Region.objects.filter(status="test").count()


def test_a_repeat_gets_the_first_reply(client: APIClient, stage: Stage) -> None:
    first, second = post(client), post(client)
    assert (first.status_code, first.json()) == (201, {"key": "r-1", "name": "Noord"})
    assert (second.status_code, second.content, second["ETag"]) == (201, first.content, '"7"')
    assert second["Content-Type"] == first["Content-Type"] == "application/json"
    assert second["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first
    assert (stage.runs, count()) == (["Noord"], 1)


def test_without_a_key_each_is_done(client: APIClient) -> None:
    post(client, None)
    post(client, None)
    assert count() == 2
    assert KeptReply.objects.count() == 0


def test_an_empty_reply_is_kept_too(client: APIClient, stage: Stage) -> None:
    replies = [client.post("/nothing", headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [(reply.status_code, reply.content) for reply in replies] == [(204, b"")] * 2
    assert len(stage.runs) == 1


@pytest.mark.parametrize(("to", "name"), [("/regions", "Zuid"), ("/other", "Noord")])
def test_another_request_under_the_key_is_refused(client: APIClient, to: str, name: str) -> None:
    post(client)
    reply = post(client, to=to, name=name)
    assert (reply.status_code, reply.json()["code"]) == (422, "idempotency_key_used")
    assert count() == 1
    assert post(client).status_code == 201


@pytest.mark.parametrize("key", ["", "k" * 201])
def test_a_malformed_key(client: APIClient, key: str) -> None:
    reply = post(client, key)
    assert (reply.status_code, reply.json()["code"]) == (400, "idempotency_key_invalid")
    assert count() == 0
    assert post(client, "k" * 200).status_code == 201


def test_keys_are_per_account(client: APIClient) -> None:
    cleo = client_with(new_person().token)
    assert post(client).json()["key"] == "r-1"
    assert post(cleo).json()["key"] == "r-2"


@pytest.mark.parametrize("to", ["/secrets", "/sends"])
def test_where_keys_are_not_honoured(client: APIClient, to: str) -> None:
    post(client, to=to)
    post(client, to=to)
    assert count() == 2
    assert KeptReply.objects.count() == 0


def test_a_refusal_is_kept_and_its_write_undone(client: APIClient, stage: Stage) -> None:
    def refuse() -> None:
        raise Forbidden

    stage.then = refuse
    first = post(client)
    stage.then = lambda: None
    second = post(client)
    assert (first.status_code, second.status_code, second.content) == (403, 403, first.content)
    assert second["Content-Type"] == "application/problem+json"
    assert second["Idempotency-Replayed"] == "true"
    assert (len(stage.runs), count()) == (1, 0)


def test_bad_input_is_kept_as_a_refusal(client: APIClient) -> None:
    replies = [client.post("/regions", {}, format="json", headers={"Idempotency-Key": "k1"}) for _ in range(2)]
    assert [reply.status_code for reply in replies] == [400, 400]
    assert replies[0].json()["errors"] == replies[1].json()["errors"]


@pytest.mark.parametrize(("fault", "status"), [(TooMany(retry_after=3), 429), (ValueError("ours"), 500)])
def test_limits_and_faults_are_not_kept(client: APIClient, stage: Stage, fault: Exception, status: int) -> None:
    def fail() -> None:
        raise fault

    stage.then = fail
    assert post(client).status_code == status
    assert count() == 0
    stage.then = lambda: None
    assert post(client).status_code == 201


def test_kept_for_a_day(client: APIClient) -> None:
    with time_machine.travel(NOW, tick=False):
        post(client)
    with time_machine.travel(NOW + timedelta(hours=23, minutes=59), tick=False):
        assert "Idempotency-Replayed" in post(client)
        assert idempotency.sweep(datetime.now(UTC)) == 0
    with time_machine.travel(NOW + timedelta(hours=24), tick=False):
        assert "Idempotency-Replayed" not in post(client, name="Zuid")
        assert post(client, name="Zuid")["Idempotency-Replayed"] == "true"
        assert idempotency.sweep(datetime.now(UTC)) == 0
    assert idempotency.sweep(NOW + timedelta(hours=48)) == 1
    assert KeptReply.objects.count() == 0


def test_replies_are_sealed_for_their_account(client: APIClient, ana: Person) -> None:
    post(client, "a key of mine", name="Noordkaap")
    row = KeptReply.objects.get()
    kept = bytes(row.reply)
    assert b"Noordkaap" not in kept
    assert b"mine" not in bytes(row.key) + bytes(row.request)
    key = datakeys.key_of(ana.account.id)
    place = seal.aad("kept_reply", ana.account.id, bytes(row.key).hex())
    assert b"Noordkaap" in seal.unseal(key=key, sealed=kept, aad=place)


@pytest.mark.django_db(transaction=True)
def test_a_repeat_during_the_first_is_told_to_wait(stage: Stage) -> None:
    ana = new_person()
    inside, go_on = threading.Event(), threading.Event()

    def wait() -> None:
        inside.set()
        assert go_on.wait(20)

    stage.then = wait
    replies: list[Any] = []

    def send() -> None:
        try:
            replies.append(post(client_with(ana.token)))
        finally:
            connections.close_all()

    first = threading.Thread(target=send)
    first.start()
    assert inside.wait(20)
    meanwhile = post(client_with(ana.token))
    assert (meanwhile.status_code, meanwhile.json()["code"]) == (409, "request_running")
    assert meanwhile["Retry-After"] == "1"
    assert post(client_with(ana.token), "k2", to="/nothing").status_code == 204  # another key is free
    go_on.set()
    first.join(20)
    assert replies[0].status_code == 201
    again = post(client_with(ana.token))
    assert (again.content, again["Idempotency-Replayed"]) == (replies[0].content, "true")
    assert count() == 1


@pytest.mark.django_db(transaction=True)
def test_what_was_refused_meanwhile_wins(stage: Stage) -> None:
    """A refusal is kept after its lock is gone; who got the lock in between gives way and repeats the refusal."""
    ana = new_person()

    def keep_a_refusal() -> None:
        stage.then = lambda: None
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(idempotency._Place, "run", refuse)
            assert _in_thread(lambda: post(client_with(ana.token))).status_code == 409

    def refuse(*_: object) -> None:
        raise Conflict("state_conflict")

    stage.then = keep_a_refusal
    reply = post(client_with(ana.token))
    assert (reply.status_code, reply["Idempotency-Replayed"]) == (409, "true")
    assert count() == 0


def _in_thread(send: Callable[[], Any]) -> Any:
    replies: list[Any] = []

    def run() -> None:
        try:
            replies.append(send())
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join(20)
    return replies[0]


KILLED = """
import sys
import django
django.setup()
from django.conf import settings
from tests.core import test_idempotency as own
settings.ROOT_URLCONF = own.__name__
def wait():
    print("inside", flush=True)
    sys.stdin.read()
own._stage.then = wait
own.post(own.client_with(sys.argv[1]))
"""


@pytest.mark.django_db(transaction=True)
def test_a_killed_process_leaves_nothing_behind(stage: Stage) -> None:
    """No half-done write, no key that is taken for ever: the lock falls with the connection."""
    ana = new_person()
    urls = {name: _url_of(alias) for name, alias in (("DATABASE_URL", "default"), ("KEYSTORE_URL", "keystore"))}
    environment = (
        os.environ
        | urls
        | {
            "DJANGO_SETTINGS_MODULE": "backend.settings.dev",
            "NAAST_SECRETS_JSON": settings.SECRETS_JSON,
            "ALLOWED_HOSTS": "testserver",
        }
    )
    first = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", KILLED, ana.token],
        env=environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == b"inside\n"
        assert post(client_with(ana.token)).status_code == 409
        first.send_signal(signal.SIGKILL)
        first.wait(20)
        _wait_until_gone()
        assert post(client_with(ana.token)).status_code == 201
        assert count() == 1
    finally:
        first.kill()
        first.communicate()


def _url_of(alias: str) -> str:
    given = connections[alias].settings_dict
    return f"postgres://{given['USER']}@/{given['NAME']}?host={given['HOST']}&port={given['PORT']}"


def _wait_until_gone() -> None:
    """Until PostgreSQL has noticed that its client died."""
    with connection.cursor() as cursor:
        for _ in range(400):
            cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'")
            if cursor.fetchone() == (0,):
                return
            cursor.execute("SELECT pg_sleep(0.025)")
    raise AssertionError("the lock of a dead process stays")
