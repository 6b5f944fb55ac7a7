"""The scene that matrix and schema are held against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pytest_django import DjangoDbBlocker

from backend.core.sealing import datakeys
from tests.contracts.scene import Scene, build_scene, undone


@pytest.fixture(scope="module")
def scene(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Scene]:
    """The scene, once for a module. What a test asks for it takes back by `undone()`."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # the transaction around it all would go with them
    with django_db_blocker.unblock(), undone():
        yield build_scene()
    datakeys.forget()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)
