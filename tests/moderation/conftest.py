"""The house that the tests of moderation share."""

from __future__ import annotations

import pytest

from tests.cast import Cast
from tests.moderation.house import House, new_house


@pytest.fixture
def house(cast: Cast) -> House:
    """A group with something to look at."""
    return new_house(cast)
