"""The community's rules: no part in groups before a yes, and after they have changed, none until the next use's yes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from backend.core.accounts.models import Account
from backend.core.jobs import jobs, run_job
from messaging.actions.direct import open_direct
from messaging.models import Conversation
from moderation.models import Agreement
from moderation.rules import VERSION
from tests.asking import API, refused
from tests.cast import Cast, Person
from tests.messaging.circle import Circle, new_circle
from tests.messaging.rooms import NOON

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


@pytest.fixture
def circle(cast: Cast) -> Circle:
    made = new_circle(cast.ben)
    made.admit(cast.ana, "Zilveren Reiger")
    return made


def change_rules(*people: Person) -> int:
    """These have agreed to what has changed since; → how many are asked."""
    Agreement.objects.filter(account__in=[person.account for person in people]).update(version="2020-01")
    (job,) = [job for job in jobs() if job.name == "rules that have changed"]
    return run_job(job, now=NOON)


def say(client: APIClient, conversation: Any) -> Any:
    return client.post(f"{API}/conversations/{conversation}/messages", {"client_id": str(uuid4()), "body": "Hello"})


def agree(client: APIClient, version: str = VERSION) -> Any:
    return client.put(f"{API}/me/rules", {"version": version})


def sign_up() -> APIClient:
    """Somebody whom nobody has asked yet."""
    told = APIClient().get(f"{API}/meta").json()["consents"]
    body = {"locale": "en", "adult": True, "consents": {"account": told["account"]}}
    made = APIClient().post(f"{API}/accounts", body)
    client = APIClient()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {made.json()['token']}")
    return client


def test_no_group_before_a_yes(circle: Circle) -> None:
    client, asking = sign_up(), f"{API}/groups/{circle.id}/admission-requests"
    assert client.get(f"{API}/me/rules").json()["agreed_version"] is None
    refused(client.post(asking, {"alias": "Silver Fox"}), 403, "rules_first")
    assert agree(client).status_code == 204
    assert client.post(asking, {"alias": "Silver Fox"}).status_code == 201


def test_no_group_is_led_before_a_yes(cast: Cast, client_of: Client) -> None:
    change_rules(cast.ben)
    refused(client_of(cast.ben).post(f"{API}/groups", {"title": "Evenings"}), 403, "rules_first")
    assert not Conversation.objects.exists()


def test_changed_they_are_asked_at_the_next_use(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, ben = client_of(cast.ana), client_of(cast.ben)
    head = circle.head
    assert change_rules(cast.ana, cast.ben) == 2
    for client in (ana, ben):  # also who leads
        refused(say(client, circle.id), 403, "rules_first")
    assert circle.head == head
    refused(agree(ana, "2020-01"), 400, "rules_version_unknown", "/version")
    for _ in range(2):
        assert agree(ana).status_code == 204
    assert say(ana, circle.id).status_code == 201
    refused(say(ben, circle.id), 403, "rules_first")
    told = ana.get(f"{API}/me/rules").json()
    assert told["agreed_version"] == told["version"] == VERSION


def test_what_was_said_before_gets_no_other_words_either(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana = client_of(cast.ana)
    seq = say(ana, circle.id).json()["seq"]
    change_rules(cast.ana)
    edit = f"{API}/conversations/{circle.id}/messages/{seq}"
    refused(ana.patch(edit, {"body": "Other words"}), 403, "rules_first")
    agree(ana)
    assert ana.patch(edit, {"body": "Other words"}).status_code == 200


def test_who_is_beside_them_stays(cast: Cast, circle: Circle, client_of: Client) -> None:
    ana, talk = client_of(cast.ana), open_direct(by=cast.ana.account, peer=cast.peer.id, alias=None, now=NOON)
    change_rules(cast.ana)
    assert say(ana, talk.id).status_code == 201


def test_who_has_agreed_is_left_alone(cast: Cast, circle: Circle, client_of: Client) -> None:
    assert change_rules() == 0
    assert change_rules(cast.ana) == 1
    assert change_rules(cast.ana) == 0  # asked once
    assert say(client_of(cast.ben), circle.id).status_code == 201


def test_it_is_told(cast: Cast, client_of: Client) -> None:
    ana = client_of(cast.ana)

    def told() -> list[str]:
        events = ana.post(f"{API}/sync", {"cursors": {"inbox": 0}}).json()["streams"]["inbox"]["events"]
        return [event["type"] for event in events]

    before = told()
    change_rules(cast.ana)
    assert told() == [*before, "settings.changed"]
    agree(ana)
    assert told() == [*before, "settings.changed", "settings.changed"]
    agree(ana)
    assert told() == [*before, "settings.changed", "settings.changed"]
