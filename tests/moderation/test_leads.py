"""What who leads a group decides there: told with its reasons, appealed, undone, as what moderators decide."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.models import AuditEntry
from messaging.actions import groups
from messaging.models import Message
from moderation.actions.appeals import answer_appeal, appeal
from moderation.actions.decisions import Proposed, end_due
from moderation.models import Case, Decision, Evidence, Measure
from moderation.queries.cases import queue
from tests.asking import API, inbox_of, refused
from tests.cast import Person, new_peer, utc_now
from tests.messaging.circle import new_circle
from tests.messaging.rooms import NOON
from tests.moderation.house import BAD, LATER, House

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
DAY = timedelta(days=1)


def dora_at(house: House) -> str:
    return f"{house.circle.url}/members/{house.of(house.cast.dora).id}"


def hidden_at(house: House, seq: int | None = None) -> str:
    return f"{house.circle.url}/messages/{seq or house.seq}/hidden"


def mute(house: House, ben: APIClient, *, days: int = 1, **given: Any) -> None:
    until = (utc_now() + days * DAY).isoformat()
    assert ben.patch(dora_at(house), {"muted_until": until, **given}).status_code == 200


def decisions(client: APIClient) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = client.get(f"{API}/me/decisions").json()["items"]
    return items


def world(house: House) -> tuple[Any, ...]:
    there = house.of(house.cast.dora)
    there.refresh_from_db()
    hidden = list(Message.objects.filter(hidden_at__isnull=False).values_list("seq", flat=True))
    return there.state, there.visible_to, there.muted_until, hidden


ACTS: dict[str, Callable[[House, APIClient], object]] = {
    "hide": lambda house, ben: ben.put(hidden_at(house), {"rule": "safety", "words": "Kanarie: a threat"}),
    "mute": lambda house, ben: mute(house, ben, rule="safety", words="Kanarie: a threat"),
    "remove": lambda house, ben: ben.post(f"{dora_at(house)}/remove", {"rule": "safety", "words": "Kanarie: a threat"}),
}


@pytest.mark.parametrize("kind", ACTS)
def test_it_is_told_with_its_reasons_and_undone_by_an_appeal(house: House, client_of: Client, kind: str) -> None:
    before, dora = world(house), client_of(house.cast.dora)
    ACTS[kind](house, client_of(house.cast.ben))
    assert world(house) != before
    (told,) = decisions(dora)
    assert (told["state"], told["by_lead"], told["automation"]) == ("in_force", True, "none")
    assert (told["rule"], told["facts"]) == ("safety", "Kanarie: a threat")
    (measure,) = told["measures"]
    assert (measure["kind"], measure["conversation"], measure["state"]) == (kind, str(house.circle.id), "applied")
    heard = [event["type"] for event in inbox_of(house.cast.dora.account)]
    assert "decision.made" in heard
    entry = AuditEntry.objects.get(action="decision.made")
    assert (entry.by, entry.subject) == (house.cast.ben.account.id, house.cast.dora.account.id)
    reply = dora.post(f"{API}/decisions/{told['id']}/appeals", {"text": "It was a joke"})
    assert reply.status_code == 201
    answer_appeal(by=house.mia.account, appeal=reply.json()["id"], upholds=True, text="So it was", now=utc_now())
    assert world(house) == before
    assert [each["state"] for each in decisions(dora)] == ["undone"]


def test_without_a_word_it_is_the_groups_own_rules(house: House, client_of: Client) -> None:
    ben = client_of(house.cast.ben)
    assert ben.delete(dora_at(house)).status_code == 204
    (told,) = decisions(client_of(house.cast.dora))
    assert (told["rule"], told["facts"], told["rule_text"]) == (
        "group",
        "",
        "Keep to the rules of the group that you are in.",
    )
    assert ben.delete(dora_at(house)).status_code == 204
    assert Decision.objects.count() == 1, "again changes nothing"


def test_a_rule_that_there_is_not_changes_nothing(house: House, client_of: Client) -> None:
    ben, before = client_of(house.cast.ben), world(house)
    refused(ben.put(hidden_at(house), {"rule": "taste"}), 400, "rule_needed", "/rule")
    refused(ben.post(f"{dora_at(house)}/remove", {"rule": "taste"}), 400, "rule_needed", "/rule")
    until = (utc_now() + DAY).isoformat()
    refused(ben.patch(dora_at(house), {"muted_until": until, "rule": "taste"}), 400, "rule_needed", "/rule")
    assert world(house) == before
    assert not Decision.objects.exists()


def test_its_case_is_in_no_queue_and_has_proof(house: House, client_of: Client) -> None:
    ACTS["hide"](house, client_of(house.cast.ben))
    assert not queue(by=house.cast.max.account).exists()
    assert Case.objects.get().state == "decided"
    (proof,) = Evidence.objects.all()
    assert (proof.seq, proof.is_context) == (house.seq, False)


def test_who_leads_takes_it_back(house: House, client_of: Client) -> None:
    ben, dora, before = client_of(house.cast.ben), client_of(house.cast.dora), world(house)
    ACTS["hide"](house, ben)
    ACTS["mute"](house, ben)
    assert ben.delete(hidden_at(house)).status_code == 204
    assert ben.patch(dora_at(house), {"muted_until": None}).status_code == 200
    assert world(house) == before
    assert [told["state"] for told in decisions(dora)] == ["undone", "undone"]
    assert ben.delete(hidden_at(house)).status_code == 204, "what is shown stays so"


def test_a_further_mute_takes_the_place_of_the_one_before(house: House, client_of: Client) -> None:
    ben, dora, before = client_of(house.cast.ben), client_of(house.cast.dora), world(house)
    mute(house, ben, days=1)
    mute(house, ben, days=3)
    assert [told["state"] for told in decisions(dora)] == ["in_force", "undone"]
    second = decisions(dora)[0]["id"]
    made = appeal(by=house.cast.dora.account, decision=second, text="No", now=utc_now())
    answer_appeal(by=house.mia.account, appeal=made.id, upholds=True, text="Yes", now=utc_now())
    assert world(house) == before


def test_what_moderators_decided_is_not_theirs_to_lift(house: House, client_of: Client) -> None:
    ben, until = client_of(house.cast.ben), utc_now() + DAY
    house.decide(house.hide(), Proposed("mute", until=until))
    after = world(house)
    refused(ben.patch(dora_at(house), {"muted_until": None}), 403, "decided_by_others")
    refused(ben.delete(hidden_at(house)), 403, "decided_by_others")
    assert world(house) == after


def test_a_mute_whose_time_is_over_is_over(house: House, client_of: Client) -> None:
    mute(house, client_of(house.cast.ben))
    end_due(now=utc_now() + 2 * DAY)
    assert Measure.objects.get().state == "over"


def test_who_leads_is_not_hidden_and_a_stranger_hides_nothing(house: House, client_of: Client) -> None:
    own = house.circle.say(house.cast.ben, "I lead")
    refused(client_of(house.cast.ben).put(hidden_at(house, own), {}), 409, "is_lead")
    refused(client_of(house.cast.ben).put(hidden_at(house, own + 9), {}), 404, "not_found")
    refused(client_of(house.cast.ana).put(hidden_at(house), {}), 403, "forbidden")
    refused(client_of(house.cast.max).put(hidden_at(house), {}), 404, "not_found")
    assert not Decision.objects.exists()


def test_a_lead_of_another_group_decides_nothing_here_by_any_path(house: House) -> None:
    """The constraint trigger: only who leads there, and about somebody else."""
    rosa = new_peer(house.cast.cleo, organisation=house.cast.organisation, alias="Elsewhere")
    new_circle(house.cast.cleo)
    case = house.report().case
    for role in (rosa, house.cast.peer):
        allowed = role == house.cast.peer
        given = {"case": case, "subject": case.subject, "by": role, "by_lead": True, "made_at": NOON}
        if allowed:
            Decision.objects.create(**given)
            continue
        with pytest.raises(IntegrityError), transaction.atomic():
            Decision.objects.create(**given)
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(case=case, subject=case.subject, by=house.cast.peer, made_at=NOON)


def test_pace_and_hours_concern_nobody_alone_and_are_noted(house: House) -> None:
    given: dict[str, Any] = {"by": house.cast.ben.account, "group": house.circle.id, "check": lambda version: None}
    groups.edit_group(**given, changes={"slow_mode_s": 60, "title": "Another"}, now=LATER)
    groups.edit_group(**given, changes={"title": "And another"}, now=LATER)
    (entry,) = AuditEntry.objects.filter(action="group.changed")
    assert entry.data == {"group": str(house.circle.id), "fields": ["slow_mode_s"]}
    assert not Decision.objects.exists()


def test_bystanders_and_texts_are_not_in_the_clear(house: House, client_of: Client) -> None:
    ACTS["hide"](house, client_of(house.cast.ben))
    made = Decision.objects.get()
    assert b"anarie" not in bytes(made.facts_for_case or b"") + bytes(made.facts_for_subject or b"")
    assert not Evidence.objects.filter(is_context=True).exists()
    assert BAD not in str(Evidence.objects.values_list("body"))
