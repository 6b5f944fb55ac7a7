"""`/me/push` and `/me/notifications`: what is given, refused and told, and what lies in the database."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from pytest_django import Settings
from rest_framework.test import APIClient

from backend.core.accounts.models import Account, Session
from backend.core.push.models import Device
from infra.drill.services import Browser
from tests.asking import API, codes_at, dump_databases, refused
from tests.cast import Cast, Person, client_with, new_person, utc_now
from tests.push.conftest import House

pytestmark = pytest.mark.django_db
Client = Callable[[Person | Account], APIClient]
FCM = {"transport": "fcm", "address": "kanarie-token-of-a-phone"}
ALL = {"text_key": "plan", "quiet_hours": None, "kinds": ["checkins"]}


def put(client: APIClient, body: Any) -> Any:
    return client.put(f"{API}/me/notifications", body, headers={"If-Match": "*"})


def test_an_address_is_given_tested_and_taken_back(house: House, cast: Cast, client_of: Client) -> None:
    ana = client_of(cast.ana)
    told = ana.get(f"{API}/me/push").json()
    assert (told["transports"], told["devices"]) == (["fcm", "webpush"], [])
    assert len(told["vapid_public_key"]) == 87
    refused(ana.post(f"{API}/me/push/test"), 409, "push_off")
    for _ in range(2):
        assert ana.put(f"{API}/me/push", FCM).status_code == 204
    (device,) = ana.get(f"{API}/me/push").json()["devices"]
    assert device == {"session": str(cast.ana.session.id), "seen_on": str(utc_now().date()), "unseen": False}
    assert put(ana, {**ALL, "kinds": []}).status_code == 200
    assert ana.post(f"{API}/me/push/test").status_code == 204
    house.work(after=0.5)
    assert [it["token"] for it in house.fcm.messages()] == [FCM["address"]]
    for _ in range(2):
        assert ana.delete(f"{API}/me/push").status_code == 204
    assert not Device.objects.exists()


def test_a_browser_subscribes(house: House, cast: Cast, client_of: Client) -> None:
    there = Browser(f"{house.web.url}/push/1")
    ana = client_of(cast.ana)
    assert ana.put(f"{API}/me/push", there.given).status_code == 204
    assert ana.post(f"{API}/me/push/test").status_code == 204
    house.work()
    assert there.read(house.web.got[0][2]).startswith(b'{"wake":1')


def test_who_was_not_here_for_a_month_is_shown(house: House, cast: Cast, client_of: Client) -> None:
    house.phone(cast.ana)
    Session.objects.filter(id=cast.ana.session.id).update(seen_on=(utc_now() - timedelta(days=30)).date())
    (device,) = client_of(cast.ana.account).get(f"{API}/me/push").json()["devices"]
    assert device["unseen"] is True


def test_a_shared_device_has_none(house: House) -> None:
    person = new_person(shared_device=True)
    refused(client_with(person.token).put(f"{API}/me/push", FCM), 409, "push_on_shared_device")


def test_what_the_server_is_not_set_up_for_is_refused(
    house: House, cast: Cast, client_of: Client, settings: Settings
) -> None:
    settings.FCM_CREDENTIALS = settings.VAPID_KEY = ""
    ana = client_of(cast.ana)
    refused(ana.put(f"{API}/me/push", FCM), 409, "push_transport_off")
    told = ana.get(f"{API}/me/push").json()
    assert (told["transports"], told["vapid_public_key"]) == ([], None)


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"address": "http://updates.push.services.mozilla.com/x"}, "/address"),
        ({"address": "https://10.0.0.1/x"}, "/address"),
        ({"address": "https://evil.example/x"}, "/address"),
        ({"keys": None}, "/keys"),
        ({"keys": {"p256dh": "A" * 87, "auth": "A" * 22}}, "/keys/p256dh"),
        ({"keys": {"p256dh": "?", "auth": "A" * 22}}, "/keys/p256dh"),
        ({"transport": "fcm"}, "/keys"),
        ({"transport": "sms"}, "/transport"),
        ({"address_kind": "imei"}, "/address_kind"),
        ({"address": "two words"}, "/address"),
    ],
)
def test_bad_addresses(house: House, cast: Cast, client_of: Client, change: Any, pointer: str) -> None:
    given = Browser("https://updates.push.services.mozilla.com/wpush/v2/x").given
    reply = client_of(cast.ana).put(f"{API}/me/push", {**given, **change})
    assert pointer in codes_at(reply)
    assert not Device.objects.exists()


def test_nobody_with_the_database_reads_an_address_or_sees_that_two_are_one(
    house: House, cast: Cast, client_of: Client
) -> None:
    for person in (cast.ana, cast.dora):
        assert client_of(person).put(f"{API}/me/push", FCM).status_code == 204
    there = Browser("https://updates.push.services.mozilla.com/wpush/v2/kanarie")
    client_of(cast.cleo).put(f"{API}/me/push", there.given)
    quiet = {"timezone": "Europe/Bucharest", "start": "21:07", "end": "07:00"}
    put(client_of(cast.ana), {**ALL, "quiet_hours": quiet})
    dump = dump_databases()
    for word in ("kanarie", "mozilla", "Bucharest", "21:07", there.given["keys"]["auth"]):
        assert word not in dump
        assert word.encode().hex() not in dump
    sealed = [bytes(row) for row in Device.objects.values_list("sealed", flat=True)]
    assert len(set(sealed)) == 3
    assert len({len(one) for one in sealed}) == 1


def test_notifications(cast: Cast, client_of: Client) -> None:
    ana = client_of(cast.ana)
    first = ana.get(f"{API}/me/notifications")
    told = first.json()
    assert (told["text_key"], told["quiet_hours"]) == ("news", None)
    assert told["kinds"] == ["messages", "groups", "checkins", "contacts", "account"]
    assert {"key": "news", "text": "There is something new."} in told["texts"]
    quiet = {"timezone": "Europe/Sofia", "start": "22:30", "end": "06:00"}
    given = {"text_key": "tips", "quiet_hours": quiet, "kinds": ["checkins", "account"]}
    refused(ana.put(f"{API}/me/notifications", given), 428, "if_match_needed")
    changed = ana.put(f"{API}/me/notifications", given, headers={"If-Match": first["ETag"]})
    assert changed.status_code == 200
    assert {name: changed.json()[name] for name in given} == given
    assert ana.get(f"{API}/me/notifications").json() == changed.json()
    refused(ana.put(f"{API}/me/notifications", given, headers={"If-Match": first["ETag"]}), 412, "stale")
    again = ana.put(f"{API}/me/notifications", given, headers={"If-Match": changed["ETag"]})
    assert again["ETag"] == changed["ETag"]


@pytest.mark.parametrize(
    ("quiet", "pointer"),
    [
        ({"timezone": "Europe/Nowhere"}, "timezone"),
        ({"timezone": "../../etc/passwd"}, "timezone"),
        ({"timezone": "right/UTC"}, "timezone"),
        ({"start": "24:00"}, "start"),
        ({"end": "7:00"}, "end"),
        ({"end": "22:00"}, "end"),
    ],
)
def test_quiet_hours_that_are_none(cast: Cast, client_of: Client, quiet: Any, pointer: str) -> None:
    hours = {"timezone": "UTC", "start": "22:00", "end": "08:00", **quiet}
    assert f"/quiet_hours/{pointer}" in codes_at(put(client_of(cast.ana), {**ALL, "quiet_hours": hours}))
