"""Coming back without the code: nobody finds out whose it is, one helper is not enough, the old code stops it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from backend.core.accounts import errors, phrase, queries
from backend.core.accounts.actions import recoveries as actions
from backend.core.accounts.actions.accounts import NewAccount, lock_account, rotate_code
from backend.core.accounts.actions.recovery_settings import name_helpers
from backend.core.accounts.actions.roles import end_role
from backend.core.accounts.actions.sessions import sign_in
from backend.core.accounts.models import Account, Recovery, RecoveryHelper, Session
from backend.core.errors import NotFound, TooMany
from backend.core.models import AuditEntry
from tests.asking import API, codes_at, dump_databases, inbox_of, refused, together
from tests.cast import Cast, Person, client_with, new_coordinator, new_peer, new_person, utc_now

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]

SAID = "The lamp at the old mill"
MINE = f"{API}/me/recovery"
DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def cheap_phrases(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrase, "_COST", 2)


@pytest.fixture
def named(cast: Cast) -> Cast:
    """ana has named ben and olga."""
    name(cast.ana, cast)
    return cast


def name(person: Person, cast: Cast, said: str | None = SAID) -> None:
    helpers = [cast.peer.id, cast.coordinator.id]
    name_helpers(by=person.account, helpers=helpers, phrase_said=said, access_code=person.code, now=utc_now())


def confirm(helper: Person, asked: actions.NewRecovery, said: str = SAID) -> None:
    actions.confirm_recovery(by=helper.account, number=asked.recovery.number, phrase_said=said, now=utc_now())


def fetch(asked: actions.NewRecovery, *, now: datetime) -> NewAccount | None:
    given = {"number": asked.recovery.number, "secret": asked.secret}
    return actions.fetch_recovery(**given, device_name=None, shared_device=False, now=now)


def confirmed(cast: Cast) -> actions.NewRecovery:
    asked = actions.ask_recovery(now=utc_now())
    confirm(cast.ben, asked)
    confirm(cast.olga, asked, said="the LAMP, at the old-mill.")
    return asked


def state(asked: actions.NewRecovery) -> str:
    return Recovery.objects.get(id=asked.recovery.id).state


def told(person: Person) -> list[str]:
    return [event["state"] for event in inbox_of(person.account) if event["type"] == "recovery.changed"]


def objected(number: str, code: str) -> None:
    actions.object_to_recovery(number=number, access_code=code, network=b"n", now=utc_now())


# -- naming -----------------------------------------------------------------------------------------------------------


def test_two_helpers_are_named_with_the_code(cast: Cast, client_of: Client) -> None:
    ana = client_of(cast.ana)
    body = {"helpers": [str(cast.peer.id), str(cast.coordinator.id)], "phrase": SAID, "access_code": cast.ana.code}
    refused(ana.put(MINE, body | {"access_code": cast.cleo.code}), 403, "access_code_wrong")
    reply = ana.put(MINE, body)
    assert reply.status_code == 200, reply.content
    assert [(one["peer"], one["alias"], one["counts"]) for one in reply.json()["helpers"]] == [
        (str(cast.peer.id), "Ben", True),
        (str(cast.coordinator.id), "Olga", True),
    ]
    assert reply.json()["running"] == []
    assert SAID not in dump_databases()
    assert ana.put(MINE, {"helpers": [], "access_code": cast.ana.code}).json()["helpers"] == []


def test_helpers_who_do_not_fit_are_all_the_same(cast: Cast, client_of: Client) -> None:
    ben, olga = cast.peer.id, cast.coordinator.id
    both, gone = new_person(), new_person()
    twice = [new_peer(both, organisation=cast.organisation, alias="Both").id]
    twice.append(new_coordinator(both, organisation=cast.organisation, alias="Both").id)
    ended = new_peer(gone, organisation=cast.organisation, alias="Gone").id
    end_role(account=gone.account, kind="peer_expert", by=None, now=utc_now())
    moderator = queries.roles_of(account=cast.max.account)[0].id
    given = {"by": cast.ana.account, "phrase_said": SAID, "access_code": cast.ana.code}
    for day, helpers in enumerate(([ben], [ben, ben], [ben, uuid4()], twice, [ben, ended], [ben, moderator])):
        with pytest.raises(errors.HelpersUnfit):
            name_helpers(helpers=helpers, now=utc_now() + DAY * day, **given)  # type: ignore[arg-type]
    with pytest.raises(errors.HelpersUnfit):  # oneself
        name(cast.ben, cast)
    for said in ("mill", "a b c", "lampoldmillxx"):
        with pytest.raises(phrase.PhraseTooShort):
            name(cast.dora, cast, said)
    assert codes_at(client_of(cast.ana).put(MINE, {"helpers": [str(ben), str(olga), str(ben)], "access_code": "x"}))
    assert not RecoveryHelper.objects.exists()


def test_a_phrase_is_heard_in_any_script() -> None:
    phrase.check(text="Лампата на старата мелница")
    assert phrase.normalise(text="Лампата, НА  старата") == phrase.normalise(text="лампата на старата")
    hashed = {phrase.hash_phrase(text=SAID, role=uuid4(), pepper=b"p" * 32) for _ in range(2)}
    assert len(hashed) == 2  # not alike at two helpers


# -- coming back ------------------------------------------------------------------------------------------------------


def test_the_way_back(named: Cast, client_of: Client) -> None:
    reply = APIClient().post(f"{API}/recoveries")
    assert reply.status_code == 201, reply.content
    asked = reply.json()
    assert set(asked) == {"recovery", "secret", "expires_at"}
    url = f"{API}/recoveries/{asked['recovery']}"
    fetched = APIClient().post(f"{url}/fetch", {"secret": asked["secret"]})
    assert (fetched.status_code, fetched.json()) == (200, {"state": "asked", "confirmed": 0, "due_at": None})
    for helper, count in ((named.ben, 1), (named.olga, 2)):
        said = client_of(helper).post(f"{url}/confirm", {"phrase": SAID})
        assert (said.status_code, said.content) == (204, b"")
        assert APIClient().post(f"{url}/fetch", {"secret": asked["secret"]}).json()["confirmed"] == count
    running = client_of(named.ana).get(MINE).json()["running"]
    assert [(one["recovery"], one["state"]) for one in running] == [(asked["recovery"], "waiting")]
    assert told(named.ana) == ["waiting", "waiting"]  # rendered as it is now
    Recovery.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    new = APIClient().post(f"{url}/fetch", {"secret": asked["secret"]})
    assert new.status_code == 201, new.content
    assert client_with(new.json()["token"]).get(f"{API}/me").json()["account"] == str(named.ana.account.id)
    refused(client_of(named.ana).get(f"{API}/me"), 401, "sign_in_needed")  # all sessions have ended
    refused(APIClient().post(f"{API}/sessions", {"access_code": named.ana.code}), 401, "sign_in_failed")
    code = new.json()["access_code"]
    opened = sign_in(access_code=code, device_name=None, shared_device=False, network=b"n", now=utc_now())
    assert opened.account == named.ana.account
    assert not RecoveryHelper.objects.filter(account=named.ana.account).exists()  # two people know the phrase now
    entry = AuditEntry.objects.get(action="account.recovered")
    assert entry.data == {"helpers": sorted([str(named.peer.id), str(named.coordinator.id)])}


def test_72_hours_pass_first(named: Cast) -> None:
    asked = confirmed(named)
    due_at = Recovery.objects.get(id=asked.recovery.id).due_at
    assert due_at is not None
    assert timedelta(hours=71, minutes=59) < due_at - utc_now() <= timedelta(hours=72)
    assert fetch(asked, now=due_at - timedelta(microseconds=1)) is None
    first = fetch(asked, now=due_at)
    assert first is not None
    again = fetch(asked, now=due_at + timedelta(minutes=10))  # a reply that got lost
    assert again is not None
    assert again.access_code != first.access_code
    assert Session.objects.get(id=first.session.id).revoked_at is not None
    assert fetch(asked, now=due_at + timedelta(minutes=11)) is None


def test_one_helper_is_not_enough(named: Cast) -> None:
    asked = actions.ask_recovery(now=utc_now())
    for _ in range(3):
        confirm(named.ben, asked)
    assert state(asked) == "asked"
    assert fetch(asked, now=utc_now() + 4 * DAY) is None
    assert told(named.ana) == ["asked"]  # and the devices hear of the first at once


def test_nobody_comes_back_as_somebody_else(named: Cast) -> None:
    name(named.dora, named)  # the same phrase for the same two
    asked = confirmed(named)
    assert state(asked) == "asked"
    assert fetch(asked, now=utc_now() + 4 * DAY) is None


def test_nobody_learns_anything_by_confirming(named: Cast, client_of: Client) -> None:
    asked = actions.ask_recovery(now=utc_now())
    url = f"{API}/recoveries/{asked.recovery.number}/confirm"
    replies = [
        client_of(named.ben).post(url, {"phrase": SAID}),
        client_of(named.ben).post(url, {"phrase": "something else entirely"}),
        client_of(named.ben).post(f"{API}/recoveries/000000000000/confirm", {"phrase": SAID}),
        client_of(named.rosa).post(url, {"phrase": SAID}),
        client_of(named.cleo).post(url, {"phrase": SAID}),
    ]
    assert {(reply.status_code, reply.content) for reply in replies} == {(204, b"")}
    assert queries.confirmed(recovery=asked.recovery) == 1
    audited = AuditEntry.objects.filter(action="recovery.confirmed")
    assert [(entry.by, entry.subject) for entry in audited] == [(named.ben.account.id, named.ana.account.id)]


def test_confirming_is_limited(named: Cast) -> None:
    asked = actions.ask_recovery(now=utc_now())
    for n in range(5):
        confirm(named.ben, asked, said=f"guess number {n} of mine")
    with pytest.raises(TooMany):
        confirm(named.ben, asked)


def test_the_secret_opens_it_and_nothing_else(named: Cast) -> None:
    asked = confirmed(named)
    other = actions.ask_recovery(now=utc_now())
    for number, secret in (
        (asked.recovery.number, other.secret),
        (other.recovery.number, asked.secret),
        ("0" * 12, "x"),
    ):
        with pytest.raises(NotFound):
            actions.fetch_recovery(
                number=number, secret=secret, device_name=None, shared_device=False, now=utc_now() + 4 * DAY
            )


def test_a_locked_account_does_not_come_back(named: Cast) -> None:
    asked = confirmed(named)
    lock_account(account=named.ana.account, by=None, now=utc_now())
    assert fetch(asked, now=utc_now() + 4 * DAY) is None


def test_a_helper_whose_role_ends_counts_no_more(named: Cast, client_of: Client) -> None:
    asked = confirmed(named)
    end_role(account=named.ben.account, kind="peer_expert", by=None, now=utc_now())
    assert state(asked) == "asked"
    assert fetch(asked, now=utc_now() + 4 * DAY) is None
    assert [one["counts"] for one in client_of(named.ana).get(MINE).json()["helpers"]] == [False, True]
    again = new_peer(named.ben, organisation=named.organisation, alias="Ben")
    assert again.id != named.peer.id
    confirm(named.ben, asked)
    assert state(asked) == "asked"


# -- objecting --------------------------------------------------------------------------------------------------------


def test_the_old_code_stops_it_from_anywhere(named: Cast) -> None:
    asked = confirmed(named)
    url = f"{API}/recoveries/{asked.recovery.number}/object"
    for _ in range(2):
        assert APIClient().post(url, {"access_code": named.ana.code}).status_code == 204
    assert state(asked) == "over"
    assert fetch(asked, now=utc_now() + 4 * DAY) is None
    assert not RecoveryHelper.objects.exists()
    assert told(named.ana)[-1] == "over"


def test_after_one_helper_it_can_be_stopped_too(named: Cast) -> None:
    asked = actions.ask_recovery(now=utc_now())
    confirm(named.ben, asked)
    objected(asked.recovery.number, named.ana.code)
    confirm(named.olga, asked)
    assert state(asked) == "over"


def test_objecting_says_the_same_of_whatever_does_not_fit(named: Cast) -> None:
    asked = confirmed(named)
    for number, code in (
        (asked.recovery.number, named.cleo.code),
        (asked.recovery.number, "not a code at all"),
        ("0" * 12, named.ana.code),
        (actions.ask_recovery(now=utc_now()).recovery.number, named.ana.code),
    ):
        refused(APIClient().post(f"{API}/recoveries/{number}/object", {"access_code": code}), 401, "objection_failed")
    assert state(asked) == "waiting"


def test_an_open_device_alone_stops_nothing_and_a_new_code_does(named: Cast) -> None:
    asked = confirmed(named)
    rotate_code(by=named.ana.account, session=named.ana.session, access_code=named.ana.code, now=utc_now())
    assert state(asked) == "over"


@pytest.mark.django_db(transaction=True)
def test_objecting_while_it_is_fetched(named: Cast) -> None:
    asked = confirmed(named)
    Recovery.objects.update(due_at=utc_now() - timedelta(seconds=1))
    fetched, stopped = together(
        lambda: fetch(asked, now=utc_now()), lambda: objected(asked.recovery.number, named.ana.code)
    )
    assert (fetched is None) != isinstance(stopped, errors.ObjectionFailed)


@pytest.mark.django_db(transaction=True)
def test_both_confirm_at_once(named: Cast) -> None:
    asked = actions.ask_recovery(now=utc_now())
    together(lambda: confirm(named.ben, asked), lambda: confirm(named.olga, asked))
    assert state(asked) == "waiting"


# -- in time ----------------------------------------------------------------------------------------------------------


def test_what_nobody_confirms_or_fetches_goes(named: Cast) -> None:
    waiting, now = confirmed(named), utc_now()
    asked = actions.ask_recovery(now=now)
    assert actions.sweep_recoveries(now + 6 * DAY) == 0
    assert actions.sweep_recoveries(now + 8 * DAY) == 1
    assert not Recovery.objects.filter(id=asked.recovery.id).exists()
    assert actions.sweep_recoveries(now + 18 * DAY) == 1
    assert state(waiting) == "over"
    assert actions.sweep_recoveries(now + 60 * DAY) == 1
    assert not Recovery.objects.exists()
    assert told(named.ana)[-1] == "over"
