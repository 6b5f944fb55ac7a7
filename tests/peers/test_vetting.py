"""Vetting: two people sign a checklist, one of whom may be a partner's; nobody signs for themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.db import DatabaseError, transaction
from django.utils import timezone

from backend.core.accounts.models import Organisation
from backend.core.errors import Conflict, DomainError, NotFound
from backend.core.models import AuditEntry
from peers.experts import errors, queries
from peers.experts.actions.vettings import a_year_after, drop_vetting, set_checklist, sign_vetting, start_vetting
from peers.experts.models import Checklist, Expert, Vetting
from tests.asking import inbox_of, together
from tests.cast import Cast, Person, new_coordinator, new_organisation, new_peer, new_person, utc_now
from tests.peers.vetted import ITEMS, sign, vet

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(cast: Cast) -> Vetting:
    """A vetting of ben that nobody has signed."""
    set_checklist(by=cast.olga.account, items=ITEMS, now=utc_now())
    return start_vetting(by=cast.olga.account, peer=cast.peer.id, now=utc_now())


def partner() -> tuple[Organisation, Person]:
    """Another organisation and its coordinator."""
    pia, deputy = new_person(), new_person()
    there, _, _ = new_organisation(pia, deputy, name=f"Partner {pia.account.id}")
    return there, pia


def test_two_people_make_it_valid_for_a_year(cast: Cast, asked: Vetting) -> None:
    now = timezone.now()
    assert sign(asked, by=cast.olga, now=now).state == "signed_once"
    assert not queries.may_be_matched(role=cast.peer.id, at=now)
    before = len(inbox_of(cast.ben.account))
    there = sign(asked, by=cast.rosa, now=now)
    assert (there.state, there.valid_until) == ("valid", a_year_after(now))
    assert Expert.objects.get().vetted_until == a_year_after(now)
    assert queries.may_be_matched(role=cast.peer.id, at=now)
    assert not queries.may_be_matched(role=cast.peer.id, at=a_year_after(now))
    assert [event["type"] for event in inbox_of(cast.ben.account)[before:]] == ["settings.changed"]
    told = AuditEntry.objects.filter(action__startswith="vetting").order_by("seq").values_list("action", "by")
    olga, rosa = cast.olga.account.id, cast.rosa.account.id
    assert list(told) == [("vetting.asked", olga), ("vetting.signed", olga), ("vetting.signed", rosa)]


def test_it_is_renewed_by_two_again(cast: Cast) -> None:
    now = utc_now()
    vet(cast.peer, by=cast.olga, second=cast.rosa, now=now)
    later = now + timedelta(days=340)
    anew = start_vetting(by=cast.olga.account, peer=cast.peer.id, now=later)
    assert sign(anew, by=cast.rosa, now=later).state == "signed_once"
    assert Expert.objects.get().vetted_until == a_year_after(now)  # the old one is good until then
    sign(anew, by=cast.olga, now=later)
    assert Expert.objects.get().vetted_until == a_year_after(later)


def test_nobody_signs_twice_or_for_themselves(cast: Cast, asked: Vetting) -> None:
    sign(asked, by=cast.olga)
    with pytest.raises(errors.SignedAlready):
        sign(asked, by=cast.olga)
    own = new_peer(cast.rosa, organisation=cast.organisation, alias="Rosa too")
    theirs = start_vetting(by=cast.olga.account, peer=own.id, now=utc_now())
    with pytest.raises(errors.OwnVetting):
        sign(theirs, by=cast.rosa)
    assert Vetting.objects.filter(state="valid").count() == 0


def test_the_database_holds_that_two_others_sign(cast: Cast, asked: Vetting) -> None:
    for first, second in (
        (cast.coordinator, cast.coordinator),
        (cast.peer, cast.coordinator),
        (cast.coordinator, cast.peer),
    ):
        with pytest.raises(DatabaseError, match="two other people"), transaction.atomic():
            Vetting.objects.update(first_by=first, second_by=second)
    with pytest.raises(DatabaseError, match="valid_is_signed_by_two"), transaction.atomic():
        Vetting.objects.update(first_by=cast.coordinator, state="valid")
    Vetting.objects.update(first_by=cast.coordinator, second_by=cast.deputy)


def test_a_partner_may_give_one_of_the_two(cast: Cast) -> None:
    there, pia = partner()
    set_checklist(by=cast.olga.account, items=ITEMS, now=utc_now())
    asked = start_vetting(by=cast.olga.account, peer=cast.peer.id, partner=there.id, now=utc_now())
    role = pia.account.roles.get(kind="coordinator")
    assert list(queries.vettings_to_sign(role=role)) == [asked]
    sign(asked, by=pia)
    assert list(queries.vettings_to_sign(role=role)) == []
    other = new_person()
    new_coordinator(other, organisation=there, alias="Pim")
    with pytest.raises(errors.OwnSignatureNeeded):  # not both of them
        sign(asked, by=other)
    assert sign(asked, by=cast.olga).state == "valid"


def test_no_other_organisation_knows_of_it(cast: Cast, asked: Vetting) -> None:
    _, stranger = partner()
    for person in (stranger, cast.ana, cast.ben, cast.max):
        for act in (partial(sign, asked, by=person), partial(_drop, asked, person), partial(_start, cast, person)):
            with pytest.raises(NotFound):
                act()
    assert list(queries.vettings_to_sign(role=stranger.account.roles.get(kind="coordinator"))) == []


def test_every_item_is_looked_at(cast: Cast, asked: Vetting) -> None:
    for items in ([], [0], [0, 1, 2], [1, 2]):
        with pytest.raises(errors.ChecklistIncomplete):
            sign_vetting(by=cast.olga.account, vetting=asked.id, items=items, now=utc_now())
    assert Vetting.objects.get().state == "asked"


def test_it_needs_a_checklist_and_runs_once(cast: Cast) -> None:
    with pytest.raises(errors.ChecklistNeeded):
        _start(cast, cast.olga)
    set_checklist(by=cast.olga.account, items=ITEMS, now=utc_now())
    closed, _ = partner()
    Organisation.objects.filter(id=closed.id).update(closed_at=utc_now())
    for unfit in (cast.organisation.id, closed.id, cast.peer.id):
        with pytest.raises(errors.PartnerUnfit):
            start_vetting(by=cast.olga.account, peer=cast.peer.id, partner=unfit, now=utc_now())
    first = _start(cast, cast.olga)
    with pytest.raises(errors.VettingRunning):
        _start(cast, cast.rosa)
    for _ in range(2):
        assert _drop(first, cast.rosa).state == "dropped"
    with pytest.raises(Conflict):
        sign(first, by=cast.olga)
    assert _start(cast, cast.rosa).state == "asked"


def test_a_checklist_has_versions(cast: Cast, asked: Vetting) -> None:
    again = set_checklist(by=cast.rosa.account, items=[f" {ITEMS[0]} ", *ITEMS], now=utc_now())
    assert (again.version, again.items) == (1, ITEMS)
    anew = set_checklist(by=cast.rosa.account, items=["Only this"], now=utc_now())
    assert anew.version == 2
    assert sign(asked, by=cast.olga).checklist.version == 1  # what began goes on with its own
    for items in ([], [f"Item {n}" for n in range(31)]):
        with pytest.raises(errors.ChecklistEmpty):
            set_checklist(by=cast.olga.account, items=items, now=utc_now())
    with pytest.raises(NotFound):
        set_checklist(by=cast.ben.account, items=ITEMS, now=utc_now())
    assert Checklist.objects.count() == 2


def test_the_year_of_a_leap_day() -> None:
    assert a_year_after(datetime(2028, 2, 29, 12, tzinfo=UTC)) == datetime(2029, 2, 28, 12, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_one_person_signing_twice_at_once_counts_once(cast: Cast) -> None:
    set_checklist(by=cast.olga.account, items=ITEMS, now=utc_now())
    asked = start_vetting(by=cast.olga.account, peer=cast.peer.id, now=utc_now())
    results = together(*[partial(sign, asked, by=cast.olga) for _ in range(2)])
    assert sorted(isinstance(result, DomainError) for result in results) == [False, True]
    assert Vetting.objects.get().state == "signed_once"


@pytest.mark.django_db(transaction=True)
def test_of_two_vettings_at_once_one_runs(cast: Cast) -> None:
    set_checklist(by=cast.olga.account, items=ITEMS, now=utc_now())
    results = together(partial(_start, cast, cast.olga), partial(_start, cast, cast.rosa))
    assert [type(result) for result in results if isinstance(result, DomainError)] == [errors.VettingRunning]


def _start(cast: Cast, by: Person) -> Vetting:
    return start_vetting(by=by.account, peer=cast.peer.id, now=utc_now())


def _drop(vetting: Vetting, by: Person) -> Vetting:
    return drop_vetting(by=by.account, vetting=vetting.id, now=utc_now())
