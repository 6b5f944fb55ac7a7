"""The real libraries against services that speak the real protocols: what goes out, and what each answer means."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from pytest_django import Settings

from backend.core.push import endpoints, transports
from backend.core.push.address import Address, decode
from backend.core.push.transports import webpush
from backend.core.push.transports.verdicts import Outcome, Push, read_retry_after
from infra.drill.services import Answer, Browser, fcm_error
from tests.push.conftest import House


def to_phone(token: str = "token-of-a-phone", kind: str = "token", text: str = "news") -> Push:
    return Push(Address("fcm", kind, token), text)


def to_browser(there: Browser, text: str = "news") -> Push:
    return Push(Address("webpush", "token", there.endpoint, **there.given["keys"]), text)


# -- what goes out ----------------------------------------------------------------------------------------------------


def test_fcm_gets_one_message_for_both_kinds_of_phone(house: House) -> None:
    assert [it.outcome for it in transports.send([to_phone("a"), to_phone("b", "fid")])] == [Outcome.SENT] * 2
    first, second = sorted(house.fcm.messages(), key=lambda told: "fid" in told)
    assert (first.pop("token"), second.pop("fid")) == ("a", "b")
    assert first["data"] == {"wake": "1", "text": "news"}
    assert first["android"] == {"collapse_key": "sync", "priority": "high", "ttl": "86400s"}
    alert = {"alert": {"loc-key": "push_news"}, "mutable-content": 1, "sound": "default"}
    assert first["apns"]["payload"] == {"aps": alert}
    assert first["apns"]["headers"]["apns-collapse-id"] == "sync"
    assert "notification" not in first
    assert house.fcm.tokens[0]["iss"] == "push@demo.iam.gserviceaccount.com"


def test_a_browser_opens_what_comes_and_the_service_knows_who_sent_it(house: House) -> None:
    there = Browser(f"{house.web.url}/push/1?x=2")
    assert [it.outcome for it in transports.send([to_browser(there)])] == [Outcome.SENT]
    ((path, headers, body),) = house.web.got
    assert path == "/push/1?x=2"
    assert json.loads(there.read(body)) == {"wake": 1, "text": "news"}
    assert len(there.read(body)) == webpush.PADDED
    assert {name: headers[name] for name in ("ttl", "topic", "content-encoding")} == {
        "ttl": "86400",
        "topic": "sync",
        "content-encoding": "aes128gcm",
    }
    token, key = [part.partition("=")[2] for part in headers["authorization"].removeprefix("vapid ").split(",")]
    assert key == webpush.public_key()
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), decode(key))
    claims = jwt.decode(token, public, algorithms=["ES256"], audience=house.web.url)
    assert claims["sub"] == "mailto:push@naast.test"


def test_each_text_makes_the_same_length(house: House) -> None:
    from backend.core.push.vocabulary import TEXTS

    there = Browser(f"{house.web.url}/p")
    transports.send([push for text in TEXTS for push in (to_phone(text=text), to_browser(there, text))])
    for service in (house.fcm, house.web):
        assert len(service.got) == len(TEXTS)
        assert len({len(body) for _, _, body in service.got}) == 1


# -- what each answer means -------------------------------------------------------------------------------------------

FCM: list[tuple[Answer, Outcome]] = [
    (fcm_error(404, "NOT_FOUND", fcm="UNREGISTERED"), Outcome.GONE),
    (fcm_error(404, "NOT_FOUND"), Outcome.DENIED),
    (fcm_error(400, "INVALID_ARGUMENT", field_="message.token"), Outcome.GONE),
    (fcm_error(400, "INVALID_ARGUMENT", field_="message.apns"), Outcome.REFUSED),
    (fcm_error(400, "INVALID_ARGUMENT", fcm="INVALID_ARGUMENT"), Outcome.REFUSED),
    (fcm_error(401, "UNAUTHENTICATED", fcm="THIRD_PARTY_AUTH_ERROR"), Outcome.DENIED),
    (fcm_error(403, "PERMISSION_DENIED", fcm="SENDER_ID_MISMATCH"), Outcome.DENIED),
    (fcm_error(403, "PERMISSION_DENIED"), Outcome.DENIED),
    (fcm_error(429, "RESOURCE_EXHAUSTED", fcm="QUOTA_EXCEEDED", after="77"), Outcome.LATER),
    (fcm_error(500, "INTERNAL"), Outcome.LATER),
    (fcm_error(503, "UNAVAILABLE", after="77"), Outcome.LATER),
    ((0, {}, None), Outcome.LATER),
    ((-1, {}, None), Outcome.LATER),
]


@pytest.mark.parametrize(("answer", "outcome"), FCM, ids=lambda it: str(it)[:50])
def test_fcm_says(house: House, answer: Answer, outcome: Outcome) -> None:
    house.fcm.answers["one"] = [answer] * 3  # a 401 is asked again once, with a fresh token
    verdicts = transports.send([to_phone("one"), to_phone("other")])
    assert [it.outcome for it in verdicts] == [outcome, Outcome.SENT]
    assert verdicts[0].retry_after == (77 if "Retry-After" in answer[1] else None)
    asked = [told for told in house.fcm.messages() if told["token"] == "one"]
    assert len(asked) == (1 if answer[0] != 401 else 3)  # the one that tries again is ours


def test_without_a_token_of_google_nothing_is_decided_about_phones(house: House) -> None:
    house.fcm.deny_tokens = True
    assert [it.outcome for it in transports.send([to_phone("a"), to_phone("b")])] == [Outcome.DENIED] * 2
    assert house.fcm.got == []


WEB: list[tuple[Answer, Outcome]] = [
    ((404, {}, None), Outcome.GONE),
    ((410, {}, None), Outcome.GONE),
    ((401, {}, None), Outcome.DENIED),
    ((403, {}, None), Outcome.DENIED),
    ((413, {}, None), Outcome.REFUSED),
    ((400, {}, None), Outcome.REFUSED),
    ((302, {"Location": "http://127.0.0.1:1/"}, None), Outcome.REFUSED),
    ((429, {"Retry-After": "77"}, None), Outcome.LATER),
    ((500, {}, None), Outcome.LATER),
    ((503, {"Retry-After": "77"}, None), Outcome.LATER),
    ((0, {}, None), Outcome.LATER),
    ((-1, {}, None), Outcome.LATER),
]


@pytest.mark.parametrize(("answer", "outcome"), WEB, ids=lambda it: str(it)[:50])
def test_web_push_says(house: House, answer: Answer, outcome: Outcome) -> None:
    house.web.answers["/one"] = [answer]
    pushes = [to_browser(Browser(f"{house.web.url}{path}")) for path in ("/one", "/other")]
    verdicts = transports.send(pushes)
    assert [it.outcome for it in verdicts] == [outcome, Outcome.SENT]
    assert verdicts[0].retry_after == (77 if "Retry-After" in answer[1] else None)
    assert len([path for path, _, _ in house.web.got if path == "/one"]) == 1


def test_retry_after_is_a_number_or_a_date() -> None:
    assert read_retry_after("120", now_s=0) == 120
    assert read_retry_after("Thu, 01 Jan 1970 00:01:00 GMT", now_s=0) == 60
    assert read_retry_after("soon", now_s=0) is None


# -- where an endpoint may lead ---------------------------------------------------------------------------------------

NOT_CALLED = [
    "http://updates.push.services.mozilla.com/x",
    "https://updates.push.services.mozilla.com:8443/x",
    "https://user@updates.push.services.mozilla.com/x",
    "https://updates.push.services.mozilla.com.evil.example/x",
    "https://evil.example/x",
    "https://evil.example/#updates.push.services.mozilla.com",
    "https://evil.example\\@updates.push.services.mozilla.com/x",
    "https://push.apple.com.evil.example/x",
    "https://127.0.0.1/x",
    "https://[::1]/x",
    "https://2130706433/x",
    "https://localhost/x",
    "https://updates.push.services.mozilla.com:99999/x",
    "ftp://updates.push.services.mozilla.com/x",
    "file:///etc/passwd",
    "gopher://127.0.0.1:6379/x",
    "",
]


@pytest.mark.parametrize("url", NOT_CALLED)
def test_where_no_push_service_is_nothing_is_called(url: str) -> None:
    with pytest.raises(endpoints.EndpointRefused):
        endpoints.read(url)


def test_hosts_are_those_of_the_list(settings: Settings) -> None:
    settings.PUSH_HOSTS = ["push.example", "*.up.example", "own.example:8443"]
    for good in ("https://push.example/x", "https://a.up.example/x", "https://own.example:8443/x?y=1"):
        assert endpoints.read(good).scheme == "https"
    for bad in ("https://up.example/x", "https://a.push.example/", "https://own.example/x", "https://bup.example/"):
        with pytest.raises(endpoints.EndpointRefused):
            endpoints.read(bad)


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
        ),
        *("::1", "::", "fe80::1", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1"),
        *("2002:7f00:1::", "255.255.255.255", "198.18.0.1", "192.0.2.1"),
    ],
)
def test_addresses_inside_a_house_are_not_public(address: str) -> None:
    assert not endpoints.is_public(address)


def test_public_addresses_are() -> None:
    assert all(endpoints.is_public(it) for it in ("8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"))


Looker = Callable[..., Any]


def answer_with(*addresses: str) -> Looker:
    return lambda host, port, **_: [(2, 1, 6, "", (address, port)) for address in addresses]


def test_one_private_address_among_public_ones_is_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    there = endpoints.read("https://updates.push.services.mozilla.com/x")
    monkeypatch.setattr("socket.getaddrinfo", answer_with("8.8.8.8", "10.0.0.1"))
    with pytest.raises(endpoints.EndpointRefused):
        endpoints.resolve(there)
    monkeypatch.setattr("socket.getaddrinfo", answer_with("8.8.8.8", "8.8.4.4"))
    assert endpoints.resolve(there) == "8.8.8.8"


def test_the_call_goes_to_the_address_that_was_looked_at(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the name says the second time; and the certificate must be for the name."""
    calls: list[tuple[str, str, Any]] = []

    def handle(self: httpx.HTTPTransport, request: httpx.Request) -> httpx.Response:
        calls.append((str(request.url), request.headers["Host"], request.extensions["sni_hostname"]))
        return httpx.Response(201)

    monkeypatch.setattr("socket.getaddrinfo", answer_with("8.8.8.8"))
    monkeypatch.setattr(httpx.HTTPTransport, "handle_request", handle)
    there = Browser("https://updates.push.services.mozilla.com/wpush/v2/x")
    assert transports.send([to_browser(there)])[0].outcome == Outcome.SENT
    host = "updates.push.services.mozilla.com"
    assert calls == [("https://8.8.8.8/wpush/v2/x", host, host)]
