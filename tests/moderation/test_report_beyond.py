"""Reports on what nobody has said in a conversation: an entry of the directory, a peer expert whom one has not met."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, transaction
from rest_framework.test import APIClient

from backend.core.accounts.actions.roles import end_role, give_role
from backend.core.accounts.models import Account, Role
from backend.core.db import write
from backend.core.errors import NotFound
from backend.core.models import AuditEntry
from moderation import errors
from moderation.access import Target
from moderation.actions.appeals import answer_appeal, appeal
from moderation.actions.cases import claim
from moderation.actions.decisions import Proposed, answer_second, decide, undo
from moderation.models import Case, Decision, Exhibit, Measure
from moderation.queries.cases import decisions_here, may_handle
from moderation.queries.duty import called
from moderation.queries.people import is_tied, untied
from moderation.queries.reading import read_claimed
from peers.contacts.actions.contacts import begin_contact, end_contact
from peers.directory import access as directory
from peers.directory.actions.entries import change_entry, withdraw_entry
from peers.directory.models import Entry
from peers.directory.queries import taken_out_of
from peers.experts.actions.experts import change_expert
from peers.matching.access import LATELY
from tests.asking import API, dump_databases, refused
from tests.cast import Cast, Person, new_person
from tests.messaging.rooms import NOON
from tests.moderation.house import LATER, House
from tests.peers.proposing import ask, make_peer
from tests.peers.shelf import new_entry
from tests.peers.test_hsds import ORGANISATION, run_import

pytestmark = pytest.mark.django_db

Client = Callable[[Person | Account], APIClient]
DAY = timedelta(days=1)
SOON = NOON + timedelta(minutes=5)


@pytest.fixture
def entry(cast: Cast) -> Entry:
    """Of olga's organisation."""
    return new_entry(cast.olga, texts={"nl": {"about": "Kanarie: well paid work for you"}})


@pytest.fixture
def moni(house: House) -> Role:
    """Moderates at olga's organisation."""
    person = new_person()
    return give_role(account=person.account, kind="moderator", organisation=house.cast.organisation, by=None, now=NOON)


def on_entry(entry: Entry, **given: Any) -> dict[str, Any]:
    return {"target": {"directory": str(entry.id)}, "reason": "recruiting", **given}


def on_peer(role: Role, **given: Any) -> dict[str, Any]:
    return {"target": {"peer": str(role.id)}, "reason": "threats", **given}


def taken_out(house: House, entry: Entry) -> Decision:
    case = house.report(target=Target(entry=entry.id), reason="recruiting").case
    claim(by=house.cast.max.account, case=case.id, now=NOON)
    measure = Proposed("withdraw_entry")
    given = {"rule": "recruiting", "facts": "Kanarie: it offers work", "measures": [measure], "now": SOON}
    return decide(by=house.cast.max.account, case=case.id, **given)  # type: ignore[arg-type]


# -- entries ----------------------------------------------------------------------------------------------------------


def test_an_entry_is_reported_by_a_member_and_they_hear_back(house: House, entry: Entry, client_of: Client) -> None:
    ana = client_of(house.cast.ana)
    told = ana.post(f"{API}/reports", on_entry(entry, note="Kanarie note"))
    assert told.status_code == 201, told.content
    case = Case.objects.get()
    assert (case.kind, case.entry, case.subject, case.conversation, case.priority) == (
        "rule", entry.id, None, None, "high",
    )  # fmt: skip
    again = ana.post(f"{API}/reports", on_entry(entry)).json()
    assert again["id"] == told.json()["id"]
    assert client_of(house.cast.cleo).post(f"{API}/reports", on_entry(entry, reason="spam")).status_code == 201
    assert (Case.objects.count(), case.reports.count()) == (1, 2)
    claim(by=house.cast.max.account, case=case.id, now=NOON)
    decide(by=house.cast.max.account, case=case.id, rule="", facts="Nothing", measures=[], now=SOON)
    assert ana.get(f"{API}/reports/{again['id']}").json()["outcome_code"] == "nothing_found"


def test_what_it_said_to_the_public_is_kept_as_it_was(house: House, entry: Entry) -> None:
    case = house.report(target=Target(entry=entry.id)).case
    change_entry(
        by=house.cast.olga.account,
        entry=entry.id,
        changes={"texts": {"nl": {"about": "Nothing"}}},
        check=lambda _: None,
        now=NOON,
    )
    house.report(house.cast.cleo, target=Target(entry=entry.id))
    house.report(house.cast.ben, target=Target(entry=entry.id))  # the same version: taken once
    claim(by=house.cast.max.account, case=case.id, now=NOON)
    told = read_claimed(by=house.cast.max.account, case=case.id, evidence=True, now=NOON)
    texts = [text for _, text in told.exhibits]
    assert len(texts) == Exhibit.objects.count() == 2
    assert sum("Kanarie: well paid work" in text for text in texts) == 1
    assert all("070 123 45 67" in text for text in texts)
    sealed = [line for line in dump_databases().splitlines() if str(Exhibit.objects.earliest("taken_at").id) in line]
    assert sealed
    assert not any("well paid" in line for line in sealed)


def test_what_cannot_be_reported_like_this(house: House, entry: Entry, client_of: Client) -> None:
    ana = client_of(house.cast.ana)
    url = f"{API}/reports"
    refused(ana.post(url, on_entry(entry, reason="worried")), 400, "report_unfit", "/reason")
    refused(ana.post(url, on_entry(entry, also_block=True)), 400, "report_unfit", "/also_block")
    refused(ana.post(url, {"target": {"directory": str(uuid4())}, "reason": "spam"}), 404, "not_found")
    both = {"directory": str(entry.id), "peer": str(house.cast.peer.id)}
    assert ana.post(url, {"target": both, "reason": "spam"}).status_code == 400
    withdraw_entry(by=house.cast.olga.account, entry=entry.id, now=NOON)
    refused(ana.post(url, on_entry(entry)), 404, "not_found")
    assert not Case.objects.exists()


def test_nobody_of_its_organisation_handles_it_by_any_path(house: House, entry: Entry, moni: Role) -> None:
    case = house.report(target=Target(entry=entry.id)).case
    late = case.due_at + 9 * DAY
    assert is_tied(role=moni, case=case)
    for at in (NOON, late):  # not even when it is overdue
        with pytest.raises(errors.Tied):
            claim(by=moni.account, case=case.id, now=at)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(id=case.id).update(claimed_by=moni, claimed_until=late + timedelta(minutes=30))
    with pytest.raises(IntegrityError), transaction.atomic():
        Decision.objects.create(case=case, by=moni, tied=True, made_at=NOON)
    assert not untied(Case.objects.all(), role=moni).exists()
    for step in ("duty", "reserves", "partners", "overdue"):
        people = {role.account_id for role in called(case=case, step=step, at=NOON)[1]}
        assert not people & {moni.account_id, house.cast.olga.account.id, house.cast.rosa.account.id}
    max_ = Role.objects.get(account=house.cast.max.account)
    assert may_handle(role=max_, case=case)
    assert untied(Case.objects.all(), role=max_).get() == case


def test_who_answers_for_an_entry_is_tied_as_who_looks_after_it(house: House, entry: Entry, moni: Role) -> None:
    Entry.objects.filter(id=entry.id).update(
        kept_by=None, assured_by=house.cast.organisation, assured_on=NOON.date(), assured_until=NOON.date()
    )
    case = house.report(target=Target(entry=entry.id)).case
    assert is_tied(role=moni, case=case)
    with pytest.raises(IntegrityError), transaction.atomic():
        Case.objects.filter(id=case.id).update(claimed_by=moni, claimed_until=NOON + timedelta(minutes=30))


def test_a_decision_takes_it_out_and_says_so_and_undone_it_is_as_it_was(house: House, entry: Entry) -> None:
    offer = new_entry(house.cast.olga, name="Een aanbod", of=entry.id)
    gone = new_entry(house.cast.olga, name="Weg", of=entry.id)
    withdraw_entry(by=house.cast.olga.account, entry=gone.id, now=NOON)
    made = taken_out(house, entry)
    for there in (entry, offer):
        with pytest.raises(NotFound):
            directory.entry(entry=there.id)
        with pytest.raises(NotFound):
            directory.kept_entry(by=house.cast.olga.account, entry=there.id)
    told = {there.name: why for there, why in taken_out_of(house.cast.organisation)}
    assert set(told) == {entry.name, offer.name}
    assert "Kanarie: it offers work" in told[entry.name]
    assert "Werf niemand" in told[entry.name] or "Do not recruit" in told[entry.name], "the rule, for olga"
    assert "Kanarie" not in dump_databases().replace("Kanarie: well paid", "")
    measure = Measure.objects.get()
    measure.decision = made
    write(undo)(made, by=house.cast.max.account, now=LATER + DAY)
    assert [directory.entry(entry=there.id).withdrawn_at for there in (entry, offer)] == [None, None]
    with pytest.raises(NotFound):
        directory.entry(entry=gone.id)
    assert not taken_out_of(house.cast.organisation)
    assert {"entry.taken_out", "entry.brought_back"} <= set(AuditEntry.objects.values_list("action", flat=True))


def test_an_offer_whose_house_left_meanwhile_stays_out(house: House, entry: Entry) -> None:
    offer = new_entry(house.cast.olga, name="Een aanbod", of=entry.id)
    made = taken_out(house, offer)
    assert directory.entry(entry=entry.id).taken_out_at is None, "only what it is about"
    withdraw_entry(by=house.cast.olga.account, entry=entry.id, now=SOON)
    write(undo)(made, by=house.cast.max.account, now=LATER)
    offer.refresh_from_db()
    assert (offer.taken_out_at, offer.withdrawn_at) == (None, LATER)


def test_what_a_file_brings_does_not_bring_it_back(house: House) -> None:
    run_import("organization_full.json", "--kind", "talk")
    entry = Entry.objects.get(id=ORGANISATION)
    made = taken_out(house, entry)
    run_import("organization_full.json", "--kind", "talk")
    with pytest.raises(NotFound):
        directory.entry(entry=entry.id)
    write(undo)(made, by=house.cast.max.account, now=LATER)
    assert directory.entry(entry=entry.id).texts == entry.texts


def test_earlier_decisions_about_the_same_entry_are_told_and_no_others(house: House, entry: Entry) -> None:
    write(undo)(taken_out(house, entry), by=house.cast.max.account, now=LATER)
    other = new_entry(house.cast.olga, name="Een ander huis")
    cases = [house.report(target=Target(entry=there.id), reason="spam").case for there in (entry, other)]
    assert [len(decisions_here(case=case)) for case in cases] == [1, 0]


@pytest.mark.parametrize("kind", ["warn", "exclude", "close_group"])
def test_what_does_not_fit_an_entry(house: House, entry: Entry, kind: str) -> None:
    case = house.report(target=Target(entry=entry.id)).case
    claim(by=house.cast.max.account, case=case.id, now=NOON)
    with pytest.raises(errors.MeasureUnfit):
        house.decide(Proposed(kind, until=None), case=case.id, now=SOON)


def test_an_entry_is_not_taken_out_by_a_case_about_somebody(house: House) -> None:
    with pytest.raises(errors.MeasureUnfit):
        house.decide(Proposed("withdraw_entry"))


# -- peer experts whom one has not met --------------------------------------------------------------------------------


def test_who_was_proposed_can_be_reported(house: House, client_of: Client) -> None:
    cast = house.cast
    noor = new_person()
    role = make_peer(cast, "Noor", person=noor)
    about = {"about": "Kanarie: pay me first"}
    change_expert(by=noor.account, changes=about, check=lambda _: None, now=NOON)
    _, matches = ask(cast.cleo)
    assert role in [match.peer for match in matches]
    told = client_of(cast.cleo).post(f"{API}/reports", on_peer(role))
    assert told.status_code == 201, told.content
    case = Case.objects.get()
    assert (case.subject, case.conversation, case.membership) == (noor.account, None, None)
    assert client_of(cast.cleo).post(f"{API}/reports", on_peer(role)).json()["id"] == told.json()["id"]
    refused(client_of(cast.dora).post(f"{API}/reports", on_peer(role)), 404, "not_found")
    refused(client_of(noor).post(f"{API}/reports", on_peer(role)), 404, "not_found")
    block = on_peer(role, also_block=True)
    refused(client_of(cast.cleo).post(f"{API}/reports", block), 400, "report_unfit", "/also_block")
    now = case.opened_at
    claim(by=cast.max.account, case=case.id, now=now)
    read = read_claimed(by=cast.max.account, case=case.id, evidence=True, now=now)
    assert [text for _, text in read.exhibits] == ["Noor\n\nKanarie: pay me first"]
    made = house.decide(Proposed("warn"), case=case.id, rule="role", now=now)
    assert made.subject == noor.account
    assert len(client_of(noor).get(f"{API}/me/decisions").json()["items"]) == 1


def test_who_was_beside_somebody_lately_can_be_reported(house: House) -> None:
    cast = house.cast
    begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    case = house.report(target=Target(peer=cast.peer.id)).case
    assert case.subject == cast.ben.account
    end_contact(by=cast.ana.account, now=NOON)
    end_role(account=cast.ben.account, kind="peer_expert", by=None, now=NOON)
    assert house.report(target=Target(peer=cast.peer.id), now=NOON + LATELY - DAY).case == case
    with pytest.raises(NotFound):
        house.report(target=Target(peer=cast.peer.id), now=NOON + LATELY + DAY)


def test_the_same_ties_hold(house: House) -> None:
    cast = house.cast
    begin_contact(member=house.mia.account, role=cast.peer, now=NOON)
    begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    case = house.report(target=Target(peer=cast.peer.id)).case
    with pytest.raises(errors.Tied):
        claim(by=house.mia.account, case=case.id, now=NOON)
    claim(by=cast.max.account, case=case.id, now=NOON)


def test_their_role_is_taken_and_comes_back(house: House) -> None:
    cast = house.cast
    begin_contact(member=cast.ana.account, role=cast.peer, now=NOON)
    case = house.report(target=Target(peer=cast.peer.id)).case
    claim(by=cast.max.account, case=case.id, now=LATER)
    made = house.decide(Proposed("unverify"), case=case.id, rule="role")
    answer_second(by=cast.lea.account, decision=made.id, agrees=True, now=LATER)
    assert Role.objects.get(id=cast.peer.id).ended_at == LATER
    asked = appeal(by=cast.ben.account, decision=made.id, text="No", now=LATER)
    answer_appeal(by=house.mia.account, appeal=asked.id, upholds=True, text="Yes", now=LATER)
    assert Role.objects.get(id=cast.peer.id).ended_at is None


def test_others_may_worry_about_a_peer_expert(house: House) -> None:
    begin_contact(member=house.cast.ana.account, role=house.cast.peer, now=NOON)
    case = house.report(target=Target(peer=house.cast.peer.id), reason="worried").case
    assert (case.kind, case.subject) == ("care", house.cast.ben.account)
