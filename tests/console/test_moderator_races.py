"""Two moderators at once, each by their own pages and connection: one case is one person's, decided once."""

from __future__ import annotations

from typing import Any

import pytest

from moderation.models import Case, Decision
from tests.asking import together
from tests.cast import Cast, utc_now
from tests.console.staffed import signed_in
from tests.moderation.house import new_house

pytestmark = pytest.mark.django_db(transaction=True)


def test_one_of_two_claims_it_and_decides_it_once(cast: Cast) -> None:
    house = new_house(cast)
    case = house.report(now=utc_now()).case
    path = f"cases/{case.id}"
    browsers = [signed_in(cast.max), signed_in(house.mia)]
    for browser in browsers:
        browser.get(path)  # takes the page's token along
    answers: list[Any] = together(*[lambda one=one: one.post(f"{path}/claim", {}).status_code for one in browsers])
    assert sorted(answers) == [303, 409]
    winner = browsers[answers.index(303)]
    winner.get(path)
    fields = {"rule": "safety", "facts": "Kanarie: a threat", "warn": "on"}
    sends = [lambda one=one: one.post(f"{path}/decide", fields).status_code for one in (winner, winner, *browsers)]
    answers = together(*sends)
    assert sorted(answers) == [303, 400, 400, 400]
    assert Decision.objects.count() == 1
    case = Case.objects.get()
    assert case.state == "decided"
