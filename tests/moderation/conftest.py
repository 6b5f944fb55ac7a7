"""The house that the tests of moderation share."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.moderation.house import House, new_house


@pytest.fixture
def house(cast: Cast) -> House:
    """A group with something to look at."""
    return new_house(cast)


@pytest.fixture
def peer_house(cast: Cast) -> House:
    """The same, with a peer expert of whom something is to be looked at."""
    return new_house(cast, peer=True)
