"""Tickets for the socket: 30 seconds, one use, bound to a session."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts.actions.accounts import change_locale, lock_account
from backend.core.accounts.actions.sessions import revoke_session
from backend.core.accounts.actions.tickets import LIFE, issue_ticket, redeem_ticket
from backend.core.accounts.models import Account, Session, Ticket
from backend.core.errors import SignInNeeded
from tests.asking import API, refused, together
from tests.cast import Cast, Person, client_with, new_person, utc_now

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]


def test_ticket_says_whose_socket_it_is(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ana)
    with django_assert_num_queries(1):
        reply = client.post(f"{API}/realtime/tickets")
    assert reply.status_code == 201
    assert set(reply.json()) == {"ticket"}
    change_locale(by=cast.ana.account, locale="hu", now=utc_now())
    with django_assert_num_queries(1):
        there = redeem_ticket(ticket=reply.json()["ticket"], now=utc_now())
    assert there is not None
    assert (there.account, there.session) == (cast.ana.account.id, cast.ana.session.id)
    assert (there.inbox, there.inbox_head) == (cast.ana.account.inbox, 1)
    assert (there.locked, there.revoked, there.expires_at) == (False, False, None)


def test_ticket_works_once(cast: Cast) -> None:
    ticket = issue_ticket(token=cast.ana.token, now=utc_now())
    assert redeem_ticket(ticket=ticket, now=utc_now()) is not None
    assert redeem_ticket(ticket=ticket, now=utc_now()) is None
    assert redeem_ticket(ticket="nonsense \udcff", now=utc_now()) is None


def test_ticket_that_came_too_late_is_gone(cast: Cast) -> None:
    now = utc_now()
    late, in_time = (issue_ticket(token=cast.ana.token, now=now) for _ in range(2))
    assert redeem_ticket(ticket=in_time, now=now + LIFE - timedelta(seconds=1)) is not None
    assert redeem_ticket(ticket=late, now=now + LIFE) is None
    assert not Ticket.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_ticket_opens_one_socket_however_many_try(cast: Cast) -> None:
    for _ in range(5):
        ticket = issue_ticket(token=cast.ana.token, now=utc_now())
        results = together(*[lambda ticket=ticket: redeem_ticket(ticket=ticket, now=utc_now())] * 6)
        assert sum(result is not None for result in results) == 1


def test_session_that_ended_meanwhile_is_told(cast: Cast) -> None:
    revoked = issue_ticket(token=cast.ana.token, now=utc_now())
    locked = issue_ticket(token=cast.ben.token, now=utc_now())
    revoke_session(by=cast.ana.account, session=cast.ana.session.id, now=utc_now())
    lock_account(account=cast.ben.account, by=None, now=utc_now())
    there = redeem_ticket(ticket=revoked, now=utc_now())
    assert there is not None
    assert (there.revoked, there.locked) == (True, False)
    there = redeem_ticket(ticket=locked, now=utc_now())
    assert there is not None
    assert there.locked


def test_ticket_of_a_shared_device_names_its_end() -> None:
    person, now = new_person(shared_device=True), utc_now()
    there = redeem_ticket(ticket=issue_ticket(token=person.token, now=now), now=now)
    assert there is not None
    assert there.expires_at == person.session.expires_at


def test_only_an_open_session_gets_one(cast: Cast, client_of: Client) -> None:
    path = f"{API}/realtime/tickets"
    refused(APIClient().post(path), 401, "sign_in_needed")
    refused(client_with("nonsense").post(path), 401, "sign_in_needed")
    refused(APIClient().post(path, HTTP_AUTHORIZATION="Basic YTpi"), 401, "sign_in_needed")
    revoke_session(by=cast.ana.account, session=cast.ana.session.id, now=utc_now())
    refused(client_of(cast.ana).post(path), 401, "sign_in_needed")
    Account.objects.filter(id=cast.ben.account.id).update(locked_at=utc_now())
    refused(client_of(cast.ben).post(path), 401, "sign_in_needed")
    shared = new_person(shared_device=True)
    with pytest.raises(SignInNeeded):
        issue_ticket(token=shared.token, now=utc_now() + timedelta(hours=12))
    assert not Ticket.objects.exists()


def test_bad_requests(cast: Cast, client_of: Client) -> None:
    client, path = client_of(cast.ana), f"{API}/realtime/tickets"
    reply = client.get(path)
    refused(reply, 405, "method_not_allowed")
    assert reply["Allow"] == "POST"
    refused(client.post(f"{path}?token=x"), 400, "parameter_unknown")
    refused(client.post(path, {"session": "x"}), 400, "unknown_field")
    refused(client.post(path, b"\x00\xff", content_type="application/json"), 400, "unknown_field")
    assert client.post(path, {}).status_code == 201
    assert not Ticket.objects.exclude(session=cast.ana.session).exists()


def test_asking_again_is_another_ticket(cast: Cast, client_of: Client) -> None:
    client, path = client_of(cast.ana), f"{API}/realtime/tickets"
    first, second = (client.post(path, HTTP_IDEMPOTENCY_KEY="same").json()["ticket"] for _ in range(2))
    assert first != second
    assert len(first) >= 43
    for _ in range(18):
        client.post(f"{API}/realtime/tickets")
    reply = client.post(f"{API}/realtime/tickets")
    refused(reply, 429, "too_many")
    assert int(reply["Retry-After"]) > 0


def test_asking_marks_the_day(cast: Cast, client_of: Client) -> None:
    with time_machine.travel(utc_now() + timedelta(days=2)):
        client_of(cast.ana).post(f"{API}/realtime/tickets")
        assert Session.objects.get(id=cast.ana.session.id).seen_on == utc_now().date()
