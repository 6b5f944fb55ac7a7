"""Three at night: somebody writes that she cannot go on. One moderator is on duty, and her contact person is away."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from rest_framework.test import APIClient

from backend.core.accounts.models import Account, Duty, Role
from backend.core.models import AuditEntry
from moderation.actions.care import ask_contact, find_enough, reach_out
from moderation.actions.cases import claim, note
from moderation.actions.duty import call_due
from moderation.actions.reports import ask_reporter
from moderation.models import Case, Watch
from moderation.queries.care import helplines_for, read_talk
from moderation.queries.cases import look
from peers.contacts.actions.contacts import begin_contact
from peers.experts.models import Expert
from tests.asking import API, inbox_of
from tests.cast import Cast, Person
from tests.moderation.house import House
from tests.peers.beside import another_peer

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
NIGHT = datetime(2026, 12, 4, 2, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


def called(person: Person) -> int:
    return sum(event["type"] == "duty.called" for event in inbox_of(person.account))


def test_a_night(house: House, cast: Cast, client_of: Client) -> None:
    noor, _ = another_peer(cast)
    dora, ben, max_ = client_of(cast.dora), client_of(cast.ben), cast.max.account
    with time_machine.travel(NIGHT - timedelta(days=3), tick=False):
        begin_contact(member=cast.dora.account, role=cast.peer, now=NIGHT - timedelta(days=3))
        begin_contact(
            member=cast.dora.account, role=Role.objects.get(account=noor.account), now=NIGHT - timedelta(days=3)
        )
        dora.put(f"{API}/me/care", {"contact_may_be_asked": True})
    Expert.objects.filter(role=cast.peer).update(away_until=NIGHT + timedelta(days=2))
    Duty.objects.create(
        organisation=cast.organisation,
        role=Role.objects.get(account=cast.max.account),
        begins_at=NIGHT - timedelta(hours=6),
        ends_at=NIGHT + timedelta(hours=6),
    )
    seq = house.circle.say(cast.dora, "Kanarie: I cannot go on", now=NIGHT)

    # Ben, though away, sees it and passes it on in one tap; he is told what to do, and is not alone with it.
    with time_machine.travel(NIGHT + 5 * MINUTE, tick=False):
        passed = ben.post(f"{API}/care/worries", {"conversation": str(house.circle.id), "seq": seq}).json()
    assert passed["helplines"]
    assert passed["report"]["state"] == "received"

    # Within seconds whoever is on duty is called, and nobody else is woken.
    call_due(now=NIGHT + 5 * MINUTE)
    assert [called(person) for person in (cast.max, house.mia, cast.lea, cast.olga)] == [1, 0, 0, 0]

    # Max takes it, reads, speaks to her; Ben's phone shows that somebody is there.
    at = NIGHT + 9 * MINUTE
    case = Case.objects.get(kind="care")
    claim(by=max_, case=case.id, now=at)
    _, proofs = look(by=max_, case=case.id, now=at)
    assert "Kanarie: I cannot go on" in [proof.text for proof in proofs if proof.genuine]
    assert helplines_for(case=case)
    reach_out(by=max_, case=case.id, text="I am here. Are you safe now?", now=at)
    ask_reporter(by=max_, case=case.id, report=case.reports.get().id, text="Was she alone before?", now=at)
    assert ben.get(f"{API}/reports/{passed['report']['id']}").json()["state"] == "in_review"

    # Ben is her contact person and away: Noor is asked, as Dora has allowed, and learns nothing of what was said.
    asked = ask_contact(by=max_, case=case.id, now=at + MINUTE)
    (told,) = client_of(noor).get(f"{API}/care/asks").json()["items"]
    assert (told["id"], told["state"]) == (str(asked.id), "open")
    assert "Kanarie" not in str(told)
    assert ben.get(f"{API}/care/asks").json()["items"] == []

    # Dora answers; helplines in her language stand beside it.
    (talk,) = dora.get(f"{API}/care/talks").json()["items"]
    with time_machine.travel(NIGHT + 15 * MINUTE, tick=False):
        answered = dora.post(f"{API}/care/talks/{talk['id']}", {"text": "My sister is with me now"}).json()
        client_of(noor).post(f"{API}/care/asks/{asked.id}", {"in_touch": True})
    assert answered["helplines"]
    at = NIGHT + 20 * MINUTE
    assert [text for _, text in read_talk(by=max_, case=case.id, now=at)][-1] == "My sister is with me now"
    note(by=max_, case=case.id, text="Noor is in touch", now=at)
    find_enough(by=max_, case=case.id, now=at)

    # While it is well nobody else is called that night.
    call_due(now=NIGHT + timedelta(hours=3))
    assert [called(person) for person in (cast.max, house.mia, cast.lea, cast.olga)] == [1, 0, 0, 0]

    # In the morning somebody else looks once more, and only then is it closed.
    at = NIGHT + timedelta(hours=7)
    claim(by=house.mia.account, case=case.id, now=at)
    find_enough(by=house.mia.account, case=case.id, now=at)
    assert Case.objects.get(id=case.id).state == "decided"
    assert ben.get(f"{API}/reports/{passed['report']['id']}").json()["outcome_code"] == "looked_after"
    call_due(now=NIGHT + timedelta(hours=48))
    assert not Watch.objects.exists()

    # No rule, no strike, no statement; and she sees that her words were read, by whom in which role.
    assert dora.get(f"{API}/me/decisions").json()["items"] == []
    looks = {(one["what"], one["role"]) for one in dora.get(f"{API}/me/looks").json()["items"]}
    assert looks == {("evidence", "moderator"), ("care", "moderator")}
    assert AuditEntry.objects.filter(action="case.escalated").count() == 0


def test_the_same_night_and_nobody_answers(house: House, cast: Cast, client_of: Client) -> None:
    Duty.objects.create(
        organisation=cast.organisation,
        role=Role.objects.get(account=cast.max.account),
        begins_at=NIGHT - timedelta(hours=6),
        ends_at=NIGHT + timedelta(hours=6),
    )
    seq = house.circle.say(cast.dora, "Kanarie: I cannot go on", now=NIGHT)
    with time_machine.travel(NIGHT, tick=False):
        client_of(cast.ben).post(f"{API}/care/worries", {"conversation": str(house.circle.id), "seq": seq})
    counts = []
    for minutes in (0, 10, 60):
        while call_due(now=NIGHT + minutes * MINUTE):
            pass
        counts.append([called(person) for person in (cast.max, house.mia, cast.lea, cast.olga, cast.rosa)])
    # Nobody stands in for max: after ten minutes all who moderate or coordinate anywhere are called, and again.
    assert counts == [[1, 0, 0, 0, 0], [2, 1, 1, 1, 1], [3, 2, 2, 2, 2]]
    assert AuditEntry.objects.filter(action="case.escalated").count() == 1
