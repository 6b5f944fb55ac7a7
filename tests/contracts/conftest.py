"""The scenes that matrix and schema are held against."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from pytest_django import DjangoDbBlocker

from backend.core.sealing import datakeys
from tests.contracts.matrix import AREA_OF, area_of_path
from tests.contracts.matrix.area import Area
from tests.contracts.matrix.scene import Scene, undone


@pytest.fixture(scope="module")
def scene_of(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Callable[[Area], Scene]]:
    """The scene of an area, made once for a module. What a test asks for it takes back by `undone()`."""
    built: dict[str, Scene] = {}

    def find(area: Area) -> Scene:
        if area.name not in built:
            built[area.name] = area.build()
        return built[area.name]

    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)  # the transaction around it all would go with them
    with django_db_blocker.unblock(), undone():
        yield find
    datakeys.forget()
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def area(request: pytest.FixtureRequest) -> Area:
    """The area of the `row` or the `path` that the test is about."""
    given = request.node.callspec.params
    return AREA_OF[given["row"]] if "row" in given else area_of_path(given["path"])


@pytest.fixture
def scene(area: Area, scene_of: Callable[[Area], Scene]) -> Scene:
    """The area's scene."""
    return scene_of(area)
