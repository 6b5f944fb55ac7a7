"""Invites: one time, one person; a role by who may give it; nobody can tell who came by whom."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, datetime, timedelta
from io import StringIO
from uuid import UUID, uuid4

import pytest
from django.core.management import call_command
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core import limits
from backend.core.accounts import errors, invite_code, queries
from backend.core.accounts.actions import invites as actions
from backend.core.accounts.actions.accounts import lock_account
from backend.core.accounts.actions.invite_pauses import pause_inviter, review_pause
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.consents import CONSENTS
from backend.core.accounts.models import Account, Invite, InvitePause, Role, Vouch
from backend.core.accounts.sweep import forget_invites
from backend.core.errors import NotFound
from backend.core.models import AuditEntry, KeptReply
from backend.core.sealing.models import DataKey
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, client_with, new_coordinator, new_organisation, new_person, utc_now

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]

INVITES = f"{API}/invites"
SIGN_UP = {"locale": "nl", "adult": True, "consents": {"account": CONSENTS["account"]}}


def invite(person: Person, kind: str = "member", *, now: datetime | None = None, days: int = 14) -> actions.NewInvite:
    return actions.make_invite(by=person.account, kind=kind, days=days, now=now or utc_now())


def redeem(person: Person, code: str, *, now: datetime | None = None, **name: str) -> Role | None:
    return actions.redeem_invite(
        by=person.account, redeeming=actions.Redeeming(code=code, **name), now=now or utc_now()
    )


def pause_of(person: Person) -> InvitePause:
    return InvitePause.objects.get(inviter=person.account)


# -- the code ---------------------------------------------------------------------------------------------------------


def test_a_code_has_80_bits_and_is_typed_any_way() -> None:
    code = invite_code.new_code(rng=random.Random(7))
    assert len(code) == 19
    normal = invite_code.normalise(text=code)
    assert normal is not None
    assert len(normal) * 5 == 80
    misread = normal.replace("0", "o").replace("1", "l").lower()
    for typed in (code.lower(), f"  {normal} ", code.replace("-", " "), code.replace("-", "\u2013"), misread):
        assert invite_code.normalise(text=typed) == normal
    for no_code in ("", normal[:-1], normal + "0", normal[:-1] + "U", "é" * 16, "7" * 61):
        assert invite_code.normalise(text=no_code) is None


# -- making -----------------------------------------------------------------------------------------------------------


def test_an_invite_is_shown_once_and_listed_without_its_code(cast: Cast, client_of: Client) -> None:
    ben = client_of(cast.ben)
    reply = ben.post(INVITES, {"kind": "member"}, HTTP_IDEMPOTENCY_KEY="same")
    assert reply.status_code == 201, reply.content
    told = reply.json()
    assert set(told) == {"id", "kind", "state", "created_at", "expires_at", "used_on", "code"}
    assert (told["kind"], told["state"], told["used_on"]) == ("member", "open", None)
    assert not KeptReply.objects.exists()
    del told["code"]
    assert ben.get(INVITES).json()["items"] == [told]
    assert client_of(cast.ana).get(INVITES).json()["items"] == []


def test_who_may_invite_whom(cast: Cast, client_of: Client) -> None:
    may = {
        (name, kind): client_of(getattr(cast, name)).post(INVITES, {"kind": kind}).status_code
        for name in ("ana", "ben", "max", "olga")
        for kind in ("member", "peer_expert", "coordinator")
    }
    assert {pair for pair, status in may.items() if status == 201} == {
        ("ben", "member"),
        ("olga", "member"),
        ("olga", "peer_expert"),
        ("olga", "coordinator"),
    }
    assert set(may.values()) == {201, 403}
    refused(client_of(cast.ana).post(INVITES, {"kind": "member"}), 403, "may_not_invite")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({}, "/kind", "required"),
        ({"kind": "moderator"}, "/kind", "not_choice"),
        ({"kind": "member", "days": 0}, "/days", "too_small"),
        ({"kind": "member", "days": 31}, "/days", "too_large"),
        ({"kind": "member", "days": "7"}, "/days", "not_whole"),
        ({"kind": "member", "for": "ana"}, "", "unknown_field"),
    ],
)
def test_an_invite_asked_for_wrongly(
    cast: Cast, client_of: Client, body: dict[str, object], pointer: str, code: str
) -> None:
    assert codes_at(client_of(cast.olga).post(INVITES, body))[pointer] == code
    assert not Invite.objects.exists()


def test_only_so_many_wait_at_once(cast: Cast) -> None:
    made = [invite(cast.ben) for _ in range(5)]
    with pytest.raises(errors.InvitesOpen):
        invite(cast.ben)
    actions.withdraw_invite(by=cast.ben.account, invite=made[0].invite.id, now=utc_now())
    invite(cast.ben)
    later = utc_now() + timedelta(days=15)
    invite(cast.ben, now=later)  # the others have expired


@pytest.mark.django_db(transaction=True)
def test_only_so_many_wait_when_asked_for_at_once(cast: Cast) -> None:
    results = together(*[lambda: invite(cast.ben)] * 7)
    assert sum(isinstance(result, errors.InvitesOpen) for result in results) == 2


def test_withdrawn_by_its_inviter_alone(cast: Cast, client_of: Client) -> None:
    made = invite(cast.ben)
    url = f"{INVITES}/{made.invite.id}"
    for stranger in (cast.ana, cast.olga):
        refused(client_of(stranger).delete(url), 404, "not_found")
    refused(client_of(cast.ben).delete(f"{INVITES}/{uuid4()}"), 404, "not_found")
    for _ in range(2):
        assert client_of(cast.ben).delete(url).status_code == 204
    assert client_of(cast.ben).get(INVITES).json()["items"][0]["state"] == "withdrawn"
    with pytest.raises(errors.InviteInvalid):
        redeem(cast.ana, made.code)


# -- coming in --------------------------------------------------------------------------------------------------------


def test_a_newcomer_comes_by_an_invite(cast: Cast, client_of: Client) -> None:
    made = invite(cast.ben)
    reply = APIClient().post(f"{API}/accounts", SIGN_UP | {"invite": made.code.lower()})
    assert reply.status_code == 201, reply.content
    told = reply.json()
    assert set(told) == {"account", "access_code", "token", "session"}
    assert queries.invited_accounts([UUID(told["account"])]) == {UUID(told["account"])}
    assert queries.invited_accounts([cast.ana.account.id]) == set()
    [shown] = client_of(cast.ben).get(INVITES).json()["items"]
    assert (shown["state"], shown["used_on"]) == ("used", utc_now().date().isoformat())
    assert inbox_of(cast.ben.account)[1:] == []  # no moment at which somebody came
    refused(client_of(cast.ben).delete(f"{INVITES}/{made.invite.id}"), 409, "invite_used")


def test_a_newcomer_gets_a_role_by_an_invite(cast: Cast) -> None:
    made = invite(cast.olga, "peer_expert")
    named = {"invite": made.code, "alias": "Warm Wind", "avatar_key": "leaf-teal"}
    token = APIClient().post(f"{API}/accounts", SIGN_UP | named).json()["token"]
    [role] = client_with(token).get(f"{API}/me").json()["roles"]
    assert (role["kind"], role["alias"], role["avatar_key"]) == ("peer_expert", "Warm Wind", "leaf-teal")
    assert role["organisation"]["id"] == str(cast.organisation.id)
    entry = AuditEntry.objects.filter(action="role.given").latest("seq")
    assert (entry.by, entry.data["role"]) == (cast.olga.account.id, role["id"])


def test_a_name_for_the_role_is_suggested(cast: Cast) -> None:
    role = redeem(cast.ana, invite(cast.olga, "coordinator").code)
    assert role is not None
    assert role.kind == "coordinator"
    assert role.alias
    assert role.avatar_key


def test_a_name_is_for_roles_only(cast: Cast, client_of: Client) -> None:
    made = invite(cast.ben)
    for given in ({"alias": "Ana"}, {"alias": "Ana", "invite": made.code}, {"avatar_key": "leaf-teal"}):
        refused(APIClient().post(f"{API}/accounts", SIGN_UP | given), 400, "alias_not_wanted")
    refused(client_of(cast.ana).post(f"{INVITES}/redeem", {"invite": made.code, "alias": "A"}), 400, "alias_not_wanted")
    assert queries.open_invites(account=cast.ben.account, at=utc_now()).exists()


def test_an_account_that_is_there_uses_an_invite(cast: Cast, client_of: Client) -> None:
    url = f"{INVITES}/redeem"
    reply = client_of(cast.ana).post(url, {"invite": invite(cast.ben).code})
    assert (reply.status_code, reply.json()) == (200, {"role": None})
    again = client_of(cast.ana).post(url, {"invite": invite(cast.olga, "peer_expert").code, "alias": "Ana"})
    assert again.json()["role"]["alias"] == "Ana"
    refused(client_of(cast.ana).post(url, {"invite": invite(cast.olga, "peer_expert").code}), 409, "role_given")
    assert Vouch.objects.filter(account=cast.ana.account).count() == 2


def test_nothing_says_what_is_wrong_with_an_invite(cast: Cast) -> None:
    """Never there, used, withdrawn, expired, of an ended role, of a locked account, of a pause: all the same."""
    now = utc_now()
    used, withdrawn, expired, ended, locked, paused = (
        invite(person, days=days)
        for person, days in (
            (cast.olga, 9),
            (cast.olga, 9),
            (cast.rosa, 1),
            (cast.ben, 9),
            (cast.rosa, 9),
            (cast.olga, 9),
        )
    )
    redeem(cast.ana, used.code)
    actions.withdraw_invite(by=cast.olga.account, invite=withdrawn.invite.id, now=now)
    Invite.objects.filter(id=expired.invite.id).update(expires_at=now)
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=now)
    assert Invite.objects.get(id=ended.invite.id).withdrawn_at == now
    lock_account(account=cast.rosa.account, by=None, now=now)
    pause_inviter(account=cast.ana.account, by=None, now=now)
    before = (Account.objects.count(), DataKey.objects.count(), Vouch.objects.count())
    told = set()
    for code in (
        "7777-7777-7777-7777",
        "x",
        *(made.code for made in (used, withdrawn, expired, ended, locked, paused)),
    ):
        limits._local.clear()
        reply = APIClient().post(f"{API}/accounts", SIGN_UP | {"invite": code})
        refused(reply, 400, "invite_invalid", "/invite")
        told.add(str({**reply.json(), "request_id": ""}))
    assert len(told) == 1
    assert (Account.objects.count(), DataKey.objects.count(), Vouch.objects.count()) == before


def test_nobody_uses_their_own(cast: Cast) -> None:
    made = invite(cast.olga, "peer_expert")
    with pytest.raises(errors.InviteInvalid):
        redeem(cast.olga, made.code)
    assert redeem(cast.ana, made.code) is not None


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_one_comes_in(cast: Cast) -> None:
    made = invite(cast.olga, "peer_expert")
    people = [new_person() for _ in range(4)]
    results = together(*[lambda person=person: redeem(person, made.code) for person in people])
    assert sum(isinstance(result, Role) for result in results) == 1
    assert sum(isinstance(result, errors.InviteInvalid) for result in results) == 3
    assert Vouch.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_used_while_the_role_of_its_inviter_ends(cast: Cast) -> None:
    made = invite(cast.ben)
    redeemed, ended = together(
        lambda: redeem(cast.ana, made.code),
        lambda: end_role(account=cast.ben.account, kind="peer_expert", by=None, now=utc_now()),
    )
    assert isinstance(ended, Role)
    assert Vouch.objects.exists() is not isinstance(redeemed, errors.InviteInvalid)


def test_trying_is_limited(cast: Cast, client_of: Client) -> None:
    newcomers = [APIClient().post(f"{API}/accounts", SIGN_UP | {"invite": "7" * 16}) for _ in range(21)]
    assert {reply.status_code for reply in newcomers[:20]} == {400}
    refused(newcomers[20], 429, "too_many")
    ana = client_of(cast.ana)
    tries = [ana.post(f"{INVITES}/redeem", {"invite": "7" * 16}) for _ in range(11)]
    assert {reply.status_code for reply in tries[:10]} == {400}
    refused(tries[10], 429, "too_many")
    assert APIClient().post(f"{API}/accounts", SIGN_UP).status_code == 201  # without one, as ever


# -- who by whom ------------------------------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_a_stolen_database_does_not_tell_who_came_by_whom(cast: Cast) -> None:
    made = invite(cast.ben)
    redeem(cast.ana, made.code)
    vouch, used = Vouch.objects.get(), Invite.objects.get()
    shown = dump_databases()
    for secret in (made.code, made.code.replace("-", "")):
        assert secret not in shown
    rows = [row for row in shown.splitlines() if str(cast.ana.account.id) in row]
    assert rows
    assert not any(str(cast.ben.account.id) in row or str(used.id) in row or str(cast.peer.id) in row for row in rows)
    assert cast.ben.account.id.bytes not in bytes(vouch.inviter or b"")
    assert utc_now().date().isoformat().encode() not in bytes(used.used_on or b"")
    assert vouch.forget_on.day == 1
    assert not AuditEntry.objects.filter(subject=cast.ana.account.id).exists()


@pytest.mark.parametrize(
    ("used", "forgotten"),
    [
        (date(2026, 11, 25), date(2027, 12, 1)),
        (date(2026, 12, 1), date(2028, 1, 1)),
        (date(2028, 2, 29), date(2029, 3, 1)),
    ],
)
def test_it_is_forgotten_after_a_year(used: date, forgotten: date) -> None:
    assert actions._first_of_month_after_a_year(used) == forgotten
    assert (forgotten - used).days >= 365


def test_what_is_forgotten_stays_an_invitation(cast: Cast) -> None:
    redeem(cast.ana, invite(cast.ben).code)
    assert forget_invites(utc_now() + timedelta(days=360)) == 0
    later = utc_now() + timedelta(days=400)
    assert forget_invites(later) == 1
    assert forget_invites(later) == 0
    assert Vouch.objects.get().inviter is None
    assert queries.invited_accounts([cast.ana.account.id])
    assert not Invite.objects.exists()
    pause_inviter(account=cast.ana.account, by=None, now=later)
    assert not InvitePause.objects.exists()


# -- harm -------------------------------------------------------------------------------------------------------------


def test_a_pause_lets_invites_rest_and_says_nothing(cast: Cast, client_of: Client) -> None:
    waiting = invite(cast.ben)
    redeem(cast.ana, invite(cast.ben).code)
    somebody = pause_inviter(account=cast.ana.account, by=cast.max.account, now=utc_now())
    nobody = pause_inviter(account=cast.cleo.account, by=cast.max.account, now=utc_now())
    assert len(somebody) == len(nobody)
    entries = AuditEntry.objects.filter(action="inviter.paused")
    assert [(entry.by, entry.subject, entry.data) for entry in entries] == [
        (cast.max.account.id, cast.ana.account.id, {}),
        (cast.max.account.id, cast.cleo.account.id, {}),
    ]
    refused(client_of(cast.ben).post(INVITES, {"kind": "member"}), 409, "invites_paused")
    with pytest.raises(errors.InviteInvalid):
        redeem(cast.dora, waiting.code)
    pause_inviter(account=cast.ana.account, by=None, now=utc_now())  # again: one pause
    assert pause_of(cast.ben).paused_on == utc_now().date()
    assert len(inbox_of(cast.ben.account)) == 1  # their role, from before

    review_pause(pause=pause_of(cast.ben).id, by=cast.olga.account, now=utc_now())
    review_pause(pause=pause_of(cast.ben).id, by=cast.olga.account, now=utc_now())
    assert [(e.by, e.subject) for e in AuditEntry.objects.filter(action="inviter.reviewed")] == [
        (cast.olga.account.id, cast.ben.account.id)
    ]
    redeem(cast.dora, waiting.code)


def test_a_coordinator_reviews_their_own_people_and_not_themselves(cast: Cast) -> None:
    redeem(cast.ana, invite(cast.olga).code)
    redeem(cast.dora, invite(cast.ben).code)
    for account in (cast.ana.account, cast.dora.account):
        pause_inviter(account=account, by=None, now=utc_now())
    theirs, own = pause_of(cast.ben), pause_of(cast.olga)
    assert set(queries.open_pauses(coordinator=cast.olga.account)) == {theirs}
    assert set(queries.open_pauses(coordinator=cast.rosa.account)) == {theirs, own}
    elsewhere = new_person()
    new_organisation(elsewhere, new_person(), name="Ander huis")
    for stranger in (elsewhere, cast.ana, cast.ben, cast.max):
        assert not queries.open_pauses(coordinator=stranger.account)
        with pytest.raises(NotFound):
            review_pause(pause=theirs.id, by=stranger.account, now=utc_now())
    with pytest.raises(errors.ReviewedByOthers):
        review_pause(pause=own.id, by=cast.olga.account, now=utc_now())
    review_pause(pause=own.id, by=cast.rosa.account, now=utc_now())
    assert not queries.invites_are_paused(account=cast.olga.account)


def test_operator_pauses_and_reviews(cast: Cast) -> None:
    redeem(cast.ana, invite(cast.ben).code)
    out = StringIO()
    call_command("pause_inviter", str(cast.ana.account.id), stdout=out)
    assert queries.invites_are_paused(account=cast.ben.account)
    call_command("pause_inviter", str(cast.cleo.account.id), stdout=out)
    assert out.getvalue() == "done\ndone\n"
    call_command("review_inviter", str(cast.peer.id), stdout=out)
    assert not queries.invites_are_paused(account=cast.ben.account)


# -- reading ----------------------------------------------------------------------------------------------------------


def test_a_long_list_costs_no_more(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for person in [new_person() for _ in range(6)]:
        redeem(person, invite(cast.olga).code)
    new_coordinator(new_person(), organisation=cast.organisation, alias="Third")
    olga = client_of(cast.olga)
    olga.get(INVITES)
    with django_assert_num_queries(2):  # session, invites
        assert len(olga.get(INVITES, {"limit": 4}).json()["items"]) == 4
