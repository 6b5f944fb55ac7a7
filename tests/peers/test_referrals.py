"""A warm referral: seen before it is sent, read by one organisation, and by nobody any more once it ends."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation
from pytest_django import DjangoAssertNumQueries
from rest_framework.test import APIClient

from backend.core.accounts import standing
from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.errors import Conflict, DomainError, NotFound
from backend.core.jobs import run_due
from backend.core.models import AuditEntry
from backend.core.sealing import seal, vault
from backend.core.sealing.models import VaultKey
from peers.journeys.actions.lines import write_line
from peers.journeys.models import Goal
from peers.profiles.actions.profiles import change_profile
from peers.referrals import errors, queries
from peers.referrals.actions import ending, receiving, sending
from peers.referrals.lines import show_lines
from peers.referrals.models import Referral
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, new_organisation, new_person, utc_now
from tests.peers.referring import agree, send

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
PATH = f"{API}/referrals"
TOLD = "Kanarie: I would like to talk about a room"
PROFILE = {
    "alias": "Quiet Kanarie",
    "languages": ["ro", "nl"],
    "domains": ["housing", "work"],
    "directions": ["inside", "unsure"],
    "region": "utrecht",
    "about": "Evenings suit me.",
}


@pytest.fixture
def ana(cast: Cast) -> Account:
    """With a profile, who agrees to sharing."""
    account = cast.ana.account
    change_profile(by=account, changes=PROFILE, check=lambda version: None, now=utc_now())
    agree(account, "sharing", now=utc_now())
    return account


def accept(cast: Cast, referral: Referral, **given: Any) -> Referral:
    told = {"person": "Joke van de opvang", "first_on": utc_now().date() + timedelta(days=3), **given}
    return receiving.accept_referral(role=cast.coordinator, referral=referral.id, **told, now=utc_now())


def read(cast: Cast, referral: Referral) -> list[str]:
    _, lines = receiving.open_referral(role=cast.coordinator, referral=referral.id, now=utc_now())
    return [line.text for line in show_lines(lines)]


# -- seeing and sending -----------------------------------------------------------------------------------------------


def test_what_is_shown_is_what_is_sent_and_nothing_else(cast: Cast, ana: Account, client_of: Client) -> None:
    client = client_of(ana)
    goal, _ = write_line(Goal, by=ana, words={"text": "A room of my own"}, now=utc_now())
    write_line(Goal, by=ana, words={"text": "Not for them"}, now=utc_now())
    body = {
        "organisation": str(cast.organisation.id),
        "fields": ["alias", "domains"],
        "goals": [str(goal.id)],
        "message": TOLD,
    }
    shown = client.post(f"{PATH}/preview", body, HTTP_ACCEPT_LANGUAGE="nl").json()
    assert [(line["key"], line["text"]) for line in shown["lines"]] == [
        ("alias", "Quiet Kanarie"),
        ("domains", "Wonen, Werk en leren"),
        ("goal", "A room of my own"),
        ("message", TOLD),
    ]
    assert shown["organisation_name"] == "Voorbeeldhuis"
    assert not Referral.objects.exists()
    sent = client.post(PATH, {**body, "expires_in": 7 * 86_400, "preview": shown["preview"]}, HTTP_ACCEPT_LANGUAGE="nl")
    assert sent.status_code == 201, sent.content
    told = sent.json()
    assert told["lines"] == shown["lines"]
    assert (told["state"], told["responsible"], told["person"]) == ("waiting", "sender", None)
    assert client.get(f"{PATH}/{told['id']}", HTTP_ACCEPT_LANGUAGE="nl").json() == told
    assert client.get(PATH, HTTP_ACCEPT_LANGUAGE="nl").json()["items"] == [told]
    assert inbox_of(ana)[-1] == {
        "type": "referral.changed",
        "seq": inbox_of(ana)[-1]["seq"],
        "referral": told["id"],
        "state": "waiting",
    }
    # The receiver reads the same, in the receiver's language.
    assert read(cast, Referral.objects.get()) == [
        "Quiet Kanarie",
        "Housing, Work and learning",
        "A room of my own",
        TOLD,
    ]


@pytest.mark.parametrize("language", ["nl", "en", "es", "ro", "bg", "hu"])
def test_every_field_reads_in_every_language(cast: Cast, ana: Account, language: str) -> None:
    chosen: dict[str, Any] = {
        "organisation": cast.organisation.id,
        "fields": list(PROFILE),
        "goals": [],
        "message": TOLD,
    }
    with translation.override(language):
        lines = show_lines(sending.preview_referral(by=ana, **chosen, now=utc_now()).lines)
        assert [line.key for line in lines] == [
            "alias", "languages", "region", "domains", "directions", "about", "message"
        ]  # fmt: skip
        assert all(line.label and line.text for line in lines)
    assert lines[1].text == "Română, Nederlands"


def test_what_changed_since_it_was_shown_is_not_sent(cast: Cast, ana: Account) -> None:
    chosen: dict[str, Any] = {"organisation": cast.organisation.id, "fields": ["about"], "goals": [], "message": ""}
    shown = sending.preview_referral(by=ana, **chosen, now=utc_now())
    change_profile(by=ana, changes={"about": "Something else"}, check=lambda version: None, now=utc_now())
    more: dict[str, Any] = {"expires_in": timedelta(days=3), "now": utc_now()}
    for tag in (shown.tag, b"", b"x" * 33):
        with pytest.raises(errors.PreviewChanged):
            sending.send_referral(by=ana, **chosen, preview=tag, **more)
    other = sending.preview_referral(by=ana, **{**chosen, "message": "hi"}, now=utc_now())
    with pytest.raises(errors.PreviewChanged):
        sending.send_referral(by=ana, **chosen, preview=other.tag, **more)
    assert not Referral.objects.exists()


def test_nothing_without_the_consent(cast: Cast, client_of: Client) -> None:
    body = {"organisation": str(cast.organisation.id), "message": TOLD}
    refused(client_of(cast.ana).post(f"{PATH}/preview", body), 403, "sharing_consent_needed")
    refused(
        client_of(cast.ana).post(PATH, {**body, "expires_in": 86_400, "preview": "AAAA"}), 403, "sharing_consent_needed"
    )


def test_only_to_who_can_be_turned_to(cast: Cast, ana: Account, client_of: Client) -> None:
    client = client_of(ana)
    listed = client.get(f"{PATH}/receivers").json()["items"]
    assert [(one["name"], one["regions"]) for one in listed] == [("Voorbeeldhuis", ["utrecht"])]
    refused(client.post(f"{PATH}/preview", {"organisation": str(uuid4()), "message": TOLD}), 404, "not_found")
    goal, _ = write_line(Goal, by=cast.dora.account, words={"text": "Dora's"}, now=utc_now())
    body = {"organisation": str(cast.organisation.id), "goals": [str(goal.id)]}
    refused(client.post(f"{PATH}/preview", body), 404, "not_found")


@pytest.mark.parametrize(
    ("body", "pointer", "code"),
    [
        ({"organisation": "x"}, "/organisation", "not_uuid"),
        ({"fields": ["name"]}, "/fields/0", "not_choice"),
        ({"fields": ["alias", "alias"]}, "/fields", "doubled"),
        ({"goals": ["x"]}, "/goals/0", "not_uuid"),
        ({"message": "x" * 2001}, "/message", "text_too_long"),
        ({"expires_in": 60}, "/expires_in", "too_small"),
        ({"expires_in": 366 * 86_400}, "/expires_in", "too_large"),
        ({"expires_in": "long"}, "/expires_in", "not_whole"),
        ({"preview": None}, "/preview", "not_null"),
        ({"phone": "06"}, "", "unknown_field"),
    ],
)
def test_what_is_wrong_is_named(
    cast: Cast, ana: Account, client_of: Client, body: dict[str, Any], pointer: str, code: str
) -> None:
    given = {"organisation": str(cast.organisation.id), "message": TOLD, "expires_in": 86_400, "preview": "AAAA"}
    assert codes_at(client_of(ana).post(PATH, {**given, **body}))[pointer] == code


def test_nothing_to_send(cast: Cast, ana: Account, client_of: Client) -> None:
    body = {"organisation": str(cast.organisation.id), "fields": []}
    refused(client_of(ana).post(f"{PATH}/preview", body), 400, "referral_empty")


def test_not_more_than_anybody_can_follow(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sending, "MAX_OPEN", 1)
    send(cast, TOLD, now=utc_now())
    with pytest.raises(errors.ReferralsFull):
        send(cast, TOLD, now=utc_now())


def test_a_referral_is_its_senders_alone(cast: Cast, client_of: Client) -> None:
    referral = send(cast, TOLD, now=utc_now())
    for other in (cast.ben, cast.dora, cast.max, cast.olga):
        assert client_of(other).get(PATH).json()["items"] == []
        refused(client_of(other).get(f"{PATH}/{referral.id}"), 404, "not_found")
        refused(client_of(other).delete(f"{PATH}/{referral.id}"), 404, "not_found")
    refused(APIClient().get(PATH), 401, "sign_in_needed")
    with pytest.raises(ValueError, match="not one's own"):
        queries.read_kept([referral], by=cast.ben.account, now=utc_now())


# -- the organisation -------------------------------------------------------------------------------------------------


def test_a_look_is_an_entry_that_the_member_sees(cast: Cast, client_of: Client) -> None:
    referral = send(cast, TOLD, now=utc_now())
    assert read(cast, referral) == [TOLD]
    (look,) = client_of(cast.ana).get(f"{API}/me/looks").json()["items"]
    assert (look["what"], look["ref"], look["role"]) == ("referral", str(referral.id), "coordinator")


def test_waiting_ones_say_nothing_of_who_sent_them(
    cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first, second = send(cast, TOLD, now=utc_now()), send(cast, TOLD, now=utc_now())
    with django_assert_num_queries(1):
        found = [(one.id, one.state, one.sent_at) for one in queries.open_referrals_to(role=cast.coordinator)]
    assert [id_ for id_, _, _ in found] == [first.id, second.id]


def test_accepting_names_a_person_and_a_date(cast: Cast, client_of: Client) -> None:
    referral = send(cast, TOLD, now=utc_now())
    accepted = accept(cast, referral)
    told = client_of(cast.ana).get(f"{PATH}/{referral.id}").json()
    assert (told["state"], told["responsible"]) == ("accepted", "receiver")
    assert (told["person"], told["first_on"]) == ("Joke van de opvang", str(accepted.first_on))
    assert inbox_of(cast.ana.account)[-1]["state"] == "accepted"
    entry = AuditEntry.objects.latest("seq")
    assert (entry.action, entry.by) == ("referral.accepted", cast.olga.account.id)
    with pytest.raises(Conflict):
        accept(cast, referral)
    assert "Joke" not in dump_databases()
    assert read(cast, referral) == [TOLD], "it can still be read there"


def test_a_first_date_lies_ahead_and_a_person_has_a_name(cast: Cast) -> None:
    referral = send(cast, TOLD, now=utc_now())
    with pytest.raises(errors.DatePast):
        accept(cast, referral, first_on=utc_now().date() - timedelta(days=1))
    with pytest.raises(DomainError):
        accept(cast, referral, person=" ")
    assert Referral.objects.get().state == "waiting"
    with pytest.raises(IntegrityError), transaction.atomic():
        Referral.objects.update(state="accepted")


def test_nobody_else_reads_or_accepts(cast: Cast) -> None:
    referral = send(cast, TOLD, now=utc_now())
    _, foreign, _ = new_organisation(new_person(), new_person(), name="Elsewhere")
    for role in (foreign, cast.peer):
        for act in (
            partial(receiving.open_referral, role=role, referral=referral.id, now=utc_now()),
            partial(receiving.return_referral, role=role, referral=referral.id, now=utc_now()),
            partial(
                receiving.accept_referral,
                role=role,
                referral=referral.id,
                person="X",
                first_on=utc_now().date(),
                now=utc_now(),
            ),
        ):
            with pytest.raises(NotFound):
                act()
        assert list(queries.open_referrals_to(role=foreign)) == []
    now = utc_now()
    given = {"organisation": cast.organisation, "alias": "Past", "avatar_key": "hill-moss"}
    ended = Role.objects.create(account=cast.lea.account, kind="coordinator", given_at=now, ended_at=now, **given)
    with pytest.raises(NotFound):
        receiving.open_referral(role=ended, referral=referral.id, now=now)


def test_it_can_be_given_back(cast: Cast, client_of: Client) -> None:
    referral = send(cast, TOLD, now=utc_now())
    receiving.return_referral(role=cast.deputy, referral=referral.id, now=utc_now())
    told = client_of(cast.ana).get(f"{PATH}/{referral.id}").json()
    assert (told["state"], told["responsible"]) == ("returned", "sender")
    assert_unreadable(cast, referral)


# -- its ends ---------------------------------------------------------------------------------------------------------


def assert_unreadable(cast: Cast, referral: Referral, sealed: bytes | None = None) -> None:
    """For the receiver there is nothing; and what a copy of the database held does not open either."""
    for act in (partial(read, cast, referral), partial(accept, cast, referral)):
        with pytest.raises(NotFound):
            act()
    assert Referral.objects.get(id=referral.id).sent is None
    if sealed is not None:
        own = vault.Opening(reason=vault.Reason.SELF, by=referral.account_id, of=referral.account_id)
        with pytest.raises(seal.Unreadable):
            vault.open_one(
                owner=referral.id, opening=own, sealed=sealed, aad=queries.sent_place(referral), now=utc_now()
            )


@pytest.mark.parametrize("accepted", [False, True])
def test_withdrawn_means_unreadable_at_once(cast: Cast, client_of: Client, accepted: bool) -> None:
    referral = send(cast, TOLD, now=utc_now())
    sealed = bytes(referral.sent or b"")
    if accepted:
        accept(cast, referral)
    for _ in range(2):
        assert client_of(cast.ana).delete(f"{PATH}/{referral.id}").status_code == 204
    assert_unreadable(cast, referral, sealed)
    assert not VaultKey.objects.filter(owner=referral.id).exists()
    told = client_of(cast.ana).get(f"{PATH}/{referral.id}").json()
    assert (told["state"], told["lines"][0]["text"]) == ("withdrawn", TOLD), "the member still sees what was sent"
    assert [event["state"] for event in inbox_of(cast.ana.account) if "referral" in event][-1] == "withdrawn"


def test_who_died_between_commit_and_key_is_made_up_for(cast: Cast) -> None:
    referral = send(cast, TOLD, now=utc_now())
    ending._withdraw(by=cast.ana.account, referral=referral.id, now=utc_now())
    assert VaultKey.objects.filter(owner=referral.id).exists()
    run_due(now=utc_now())
    assert not VaultKey.objects.filter(owner=referral.id).exists()
    assert ending.shred_due(now=utc_now()) == 0


def test_a_lapse_returns_it(cast: Cast) -> None:
    now = utc_now()
    waiting, accepted = send(cast, TOLD, now=now, days=2), send(cast, TOLD, now=now, days=2)
    accept(cast, accepted)
    run_due(now=now + timedelta(days=2, seconds=-1))
    assert {one.state for one in Referral.objects.all()} == {"waiting", "accepted"}
    run_due(now=now + timedelta(days=2))
    assert Referral.objects.get(id=waiting.id).state == "lapsed"
    assert Referral.objects.get(id=accepted.id).state == "over"
    for referral in (waiting, accepted):
        assert_unreadable(cast, referral)
        assert not VaultKey.objects.filter(owner=referral.id).exists()
    told = [event for event in inbox_of(cast.ana.account) if event["type"] == "referral.changed"]
    assert {event["state"] for event in told[-2:]} == {"lapsed", "over"}
    before = len(told)
    run_due(now=now + timedelta(days=3))
    assert len([event for event in inbox_of(cast.ana.account) if event["type"] == "referral.changed"]) == before


def test_who_no_longer_agrees_to_sharing_takes_all_back(cast: Cast) -> None:
    referral = send(cast, TOLD, now=utc_now())
    agree(cast.ana.account, now=utc_now())
    assert Referral.objects.get().state == "withdrawn"
    assert_unreadable(cast, referral)


def test_an_organisation_that_closes_hands_no_referral_on(cast: Cast) -> None:
    waiting, accepted = send(cast, TOLD, now=utc_now()), send(cast, TOLD, now=utc_now())
    accept(cast, accepted)
    assert ending.follow_organisation in standing._organisation_closed
    write(ending.follow_organisation)(cast.organisation, None, utc_now())
    assert {one.id: one.state for one in Referral.objects.all()} == {waiting.id: "returned", accepted.id: "over"}


@pytest.mark.django_db(transaction=True)
def test_accepted_and_taken_back_at_once_has_one_outcome(cast: Cast) -> None:
    for _ in range(4):
        referral = send(cast, TOLD, now=utc_now())
        outcomes: list[Any] = together(
            partial(accept, cast, referral),
            partial(ending.withdraw_referral, by=cast.ana.account, referral=referral.id, now=utc_now()),
        )
        there = Referral.objects.get(id=referral.id)
        assert there.state == "withdrawn", "taking it back always works"
        assert isinstance(outcomes[0], NotFound) or there.answered_at is not None
        assert_unreadable(cast, referral)


def test_texts_are_in_no_dump_and_keys_of_referrals_are_not_swept(cast: Cast) -> None:
    now = utc_now()
    referral = send(cast, TOLD, now=now)
    assert "Kanarie" not in dump_databases()
    assert vault.sweep_orphans(now + timedelta(days=2)) == 0
    assert read(cast, referral) == [TOLD]


def test_lists_take_as_many_queries_for_one_as_for_many(
    cast: Cast, client_of: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client = client_of(cast.ana)
    for size in (1, 5):
        for _ in range(size):
            send(cast, TOLD, now=utc_now())
        with django_assert_num_queries(2):
            client.get(PATH)
