"""The auditor's page: what was done by which role, whether the chain holds, and that reading it is an entry, too."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, connections
from django.test.utils import CaptureQueriesContext

from backend.core.accounts.actions.roles import end_role, give_role
from backend.core.audit import audit
from backend.core.audit_check import walk
from backend.core.db import write
from backend.core.models import AuditEntry
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed
from moderation.models import Case
from moderation.queries.audit import READ, SEARCHED
from tests.cast import Cast, new_person, utc_now
from tests.console.staffed import Browser, signed_in
from tests.console.test_moderators import said
from tests.moderation.house import BAD, House, new_house

pytestmark = pytest.mark.django_db


@pytest.fixture
def house(cast: Cast) -> House:
    """A group with something to look at."""
    return new_house(cast)


@pytest.fixture
def ada(cast: Cast) -> Browser:
    """Ada, who audits, signed in."""
    person = new_person()
    give_role(account=person.account, kind="auditor", by=None, now=utc_now())
    return signed_in(person)


def claimed(house: House) -> Case:
    """A case that max has just claimed."""
    case = house.report(now=utc_now()).case
    return claim(by=house.cast.max.account, case=case.id, now=utc_now())


def find(browser: Browser, **given: object) -> str:
    """Search; → what the page after it says."""
    reply = browser.post("audit", given)
    assert reply.status_code == 303, said(reply)
    there = reply["Location"]
    assert not [value for value in given.values() if value and str(value) in there], "nothing of it in the address"
    return said(browser.get(there.removeprefix("/console/")))


def rows(page: str) -> str:
    """The entries of a page, without its form."""
    return page.partition(" Entry ")[2]


def count(action: str) -> int:
    return AuditEntry.objects.filter(action=action).count()


def test_it_says_what_was_done_in_which_role_and_no_more(house: House, ada: Browser) -> None:
    case = claimed(house)
    made = house.decide(Proposed("warn"), case=case.id, now=utc_now())
    page = said(ada.get("audit"))
    entries = rows(page)
    assert f"Decision: made Warn a moderator case {str(case.id)[:8]} decision {str(made.id)[:8]}" in entries
    assert f"Case: claimed a moderator case {str(case.id)[:8]}" in entries
    assert entries.index("Decision: made") < entries.index("Case: claimed") < entries.index("Role: given")
    assert "Role: given the server or its operator" in entries
    cast = house.cast
    for person in (cast.max, cast.dora, cast.ana, cast.ben):
        assert str(person.account.id) not in page
    for word in (BAD, "Ben", house.of(cast.dora).alias):
        assert word not in entries


def test_who_acted_is_told_by_the_role_of_that_time(house: House, ada: Browser) -> None:
    claimed(house)
    end_role(account=house.cast.max.account, kind="moderator", by=None, now=utc_now())
    _note(by=house.cast.ana.account.id)
    _note(by=uuid4())
    entries = rows(said(ada.get("audit")))
    assert "Case: claimed a moderator" in entries
    assert "test.noted a member" in entries
    assert "test.noted somebody who is gone" in entries


def test_it_is_searched_by_action_and_by_id(house: House, ada: Browser) -> None:
    case = claimed(house)
    assert "Role: given" not in rows(find(ada, action="case.claimed"))
    of_case = rows(find(ada, of=case.id))
    assert "Case: claimed" in of_case
    assert "Role: given" not in of_case
    assert "Nothing fits." not in find(ada, of=uuid4())  # the search itself is there
    assert "Case: claimed" not in rows(find(ada, of=uuid4()))
    assert "Role: given" in rows(find(ada, of=house.cast.max.account.id))
    assert "Role: given" in rows(find(ada, action="role.given", of=house.cast.max.account.id))
    assert "Nothing fits." in find(ada, action="keys.rewrapped")
    assert ada.post("audit", {"of": "somebody"}).status_code == 400
    assert ada.post("audit", {"action": "nothing.of.it"}).status_code == 400
    assert ada.post("audit", {"action": "", "of": ""})["Location"] == "/console/audit"


def test_what_the_address_carries_is_for_its_reader_alone(house: House, ada: Browser) -> None:
    there = ada.post("audit", {"of": house.cast.max.account.id})["Location"].removeprefix("/console/")
    assert ada.get(there).status_code == 200
    assert ada.get(f"{there[:-4]}AAAA").status_code == 400
    other = new_person()
    give_role(account=other.account, kind="auditor", by=None, now=utc_now())
    assert signed_in(other).get(there).status_code == 400


def test_reading_is_an_entry_a_day_and_a_search_each_time(house: House, ada: Browser) -> None:
    for _ in range(3):
        ada.get("audit")
    assert count(READ) == 1
    find(ada, action="case.claimed")
    assert (count(READ), count(SEARCHED)) == (1, 0)
    for _ in range(2):
        find(ada, of=house.cast.max.account.id)
    assert (
        list(AuditEntry.objects.filter(action=SEARCHED).values_list("subject", flat=True))
        == [house.cast.max.account.id] * 2
    )
    connection.cursor().execute("SET session_replication_role = replica")
    AuditEntry.objects.filter(action=READ).update(at=utc_now() - timedelta(days=1))
    connection.cursor().execute("SET session_replication_role = origin")
    ada.get("audit")
    assert count(READ) == 2


def test_it_says_whether_the_chain_holds(house: House, ada: Browser) -> None:
    assert "Not known yet" in said(ada.get("audit"))
    while walk(now=utc_now()):
        pass
    assert "Yes: nothing was changed" in said(ada.get("audit"))
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")
        cursor.execute("UPDATE core_auditentry SET action = 'nothing' WHERE seq = 2")
        cursor.execute("SET session_replication_role = origin")
    while walk(now=utc_now() + timedelta(days=1)):
        pass
    page = said(ada.get("audit"))
    assert "No. It breaks at entry 2" in page
    assert "Yes: nothing was changed" not in page


def test_pages_cost_the_same_however_long_it_is(house: House, ada: Browser) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connections["default"]) as caught:
            assert ada.get("audit").status_code == 200
        return len(caught)

    ada.get("audit")
    once = cost()
    for number in range(120):
        _note(by=house.cast.max.account.id, number=number)
    assert cost() == once
    # Page after page, each entry once.
    seen, path = [], "audit"
    while path:
        shown = ada.get(path).content.decode()
        seen += re.findall(r'<td[^>]*>(\d+) <code class="quiet">', shown)
        onward = re.search(r'href="(\?after=[^"]+)"', shown)
        path = f"audit{onward[1]}" if onward else ""
    numbers = [int(number) for number in seen]
    assert numbers == list(range(max(numbers), 0, -1))


@write
def _note(*, by: Any, **data: object) -> None:
    audit(action="test.noted", at=utc_now(), by=by, data=data)


def test_the_rules_lead_to_what_everybody_can_read(ada: Browser) -> None:
    page = ada.get("rules").content.decode()
    for path in ("/info/rules", "/info/notice", "/info/figures"):
        assert f'href="{path}"' in page
