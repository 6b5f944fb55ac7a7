"""An act that stands still at a place, on a connection of its own, while others go on."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event as Flag
from threading import Thread, get_ident
from typing import Any

import pytest
from django.db import connection, connections

from backend.core.db import write

GIVE_UP_S = 20


class Aside:
    """An act on a connection of its own that stands still where it is told to, until it is let go on."""

    def __init__(self, act: Callable[[], Any]) -> None:
        self.reached, self.go_on = Flag(), Flag()
        self.result: Any = None
        self._act = act
        self._thread = Thread(target=self._run)

    def stand(self) -> None:
        """Called by the act, in its own thread."""
        self.reached.set()
        assert self.go_on.wait(GIVE_UP_S)

    def start(self) -> None:
        """Return when it stands."""
        self._thread.start()
        assert self.reached.wait(GIVE_UP_S)

    def finish(self) -> Any:
        """Let it go on to its end; → what it returned."""
        self.go_on.set()
        self._thread.join(GIVE_UP_S)
        assert not self._thread.is_alive()
        if isinstance(self.result, BaseException):
            raise self.result
        return self.result

    def _run(self) -> None:
        try:
            self.result = self._act()
        except BaseException as fault:
            self.result = fault
        finally:
            connections.close_all()


@pytest.fixture
def aside() -> Iterator[Callable[[Callable[[], Any]], Aside]]:
    """`aside(act)`; whatever still stands at the end is let go."""
    made: list[Aside] = []

    def make(act: Callable[[], Any]) -> Aside:
        made.append(Aside(act))
        return made[-1]

    yield make
    for each in made:
        each.go_on.set()


def held_write(aside: Callable[..., Aside], act: Callable[[], None]) -> Aside:
    """An act that stands still before its commit."""

    def run() -> None:
        act()
        one.stand()

    one = aside(write(run))
    return one


def stop_at(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, there: Callable[[], Aside], *, after: bool) -> None:
    """Let the aside stand before or after this function, the first time that its own thread comes there."""
    real = getattr(place, name)

    def standing(*args: Any, **kwargs: Any) -> Any:
        one = there()
        mine = not one.reached.is_set() and one._thread.ident == get_ident()
        if mine and not after:
            one.stand()
        result = real(*args, **kwargs)
        if mine and after:
            one.stand()
        return result

    monkeypatch.setattr(place, name, standing)


WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def wait_for_lock() -> None:
    """Return when somebody waits for somebody else's lock: that the database says so is what is waited for."""
    given_up = Flag()
    for _ in range(GIVE_UP_S * 100):
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_stat_clear_snapshot()")
            cursor.execute(WAITS)
            if cursor.fetchone()[0]:
                return
        given_up.wait(0.01)
    raise AssertionError("nobody waited")
