"""Real servers for the tests. See tests/services.py for how the databases are made."""

import os
import secrets
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from django.conf import settings
from django.db import connections
from django.test import TransactionTestCase
from pytest_django import DjangoDbBlocker

from backend.core.sealing import keyring
from backend.settings.databases import parse_database
from infra.embedded.valkey import Valkey
from tests.services import clone_databases, reset_database, run_cluster

pytest_plugins = ["tests.cast"]
CLUSTER = "NAAST_TEST_CLUSTER"  # names the cluster of this run to xdist's workers
_running = pytest.StashKey[ExitStack]()


@pytest.hookimpl(tryfirst=True)
def pytest_sessionstart(session: pytest.Session) -> None:
    """Start the cluster once, in the process that starts the workers."""
    if hasattr(session.config, "workerinput") or session.config.option.collectonly:
        return
    stack = session.config.stash[_running] = ExitStack()
    os.environ[CLUSTER] = str(stack.enter_context(run_cluster(durable=False)))


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the cluster, after the workers."""
    if stack := config.stash.get(_running, None):
        stack.close()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let every test that has a database reach both aliases: data keys lie in the keystore."""
    for item in items:
        marker = item.get_closest_marker("django_db")
        fixtures = getattr(item, "fixturenames", ())
        if marker or "db" in fixtures or "transactional_db" in fixtures:
            given = marker.kwargs if marker else {}
            item.add_marker(pytest.mark.django_db(**{"databases": "__all__", **given}), append=False)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, django_db_blocker: DjangoDbBlocker, worker_id: str
) -> Iterator[None]:
    """Give this worker its clone, in place of Django's `test_` databases."""
    with (
        clone_databases(Path(os.environ[CLUSTER]), f"test_{worker_id}") as urls,
        pytest.MonkeyPatch.context() as patch,
    ):
        by_alias = {"default": urls["DATABASE_URL"], "keystore": urls["KEYSTORE_URL"]}
        for alias, url in by_alias.items():
            # In place: the connection of this thread holds the same dict.
            connections[alias].settings_dict.update(parse_database(url, pool_size=0))
            assert settings.DATABASES[alias]["NAME"] == connections[alias].settings_dict["NAME"]

        def reset(case: TransactionTestCase) -> None:
            for alias in case._databases_names(include_mirrors=False):  # type: ignore[attr-defined]
                reset_database(by_alias[alias])

        patch.setattr(TransactionTestCase, "_fixture_teardown", reset)
        yield
        with django_db_blocker.unblock():
            connections.close_all()


@pytest.fixture(scope="session")
def durable_cluster() -> Iterator[Path]:
    """Run a second cluster with fsync on, when a first journey asks for it; yields its data_dir."""
    with run_cluster(durable=True) as data_dir:
        yield data_dir


@pytest.fixture
def durable_services(durable_cluster: Path, tmp_path: Path) -> Iterator[dict[str, str]]:
    """Yield the environment of real server processes: fresh databases that keep what they accept, fresh keys.

    Merge it over os.environ. Without REDIS_URL: add `{"REDIS_URL": valkey.url}` for a ring.
    """
    keys = tmp_path / "secrets.json"
    keyring.create_file(keys)
    with clone_databases(durable_cluster, f"journey_{secrets.token_hex(4)}") as urls:
        yield urls | {
            "DJANGO_SETTINGS_MODULE": "backend.settings.dev",
            "NAAST_SECRETS": str(keys),
            "NAAST_VAR": str(tmp_path / "var"),
            "REDIS_URL": "",
        }


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """Yield a running Valkey, one per worker; `.url` is its address."""
    with Valkey() as server:
        yield server


@pytest.fixture
def own_valkey() -> Iterator[Valkey]:
    """Yield a Valkey that the test may `stop()`, `kill()` and `start()` as it likes."""
    with Valkey() as server:
        yield server
