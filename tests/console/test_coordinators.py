"""The coordinators' pages by forms: what each does, what it refuses and gives back, what it never shows."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import connections
from django.test.utils import CaptureQueriesContext

from backend.core.accounts.models import Duty, Invite, InvitePause, Organisation, Role
from backend.core.models import AuditEntry
from peers.contacts.actions.contacts import begin_contact
from peers.contacts.actions.interim import begin_interim
from peers.directory.actions import letters
from peers.directory.models import Entry, Problem, Question
from peers.experts.models import Expert, Vetting
from peers.matching.models import Request
from peers.referrals.models import Referral
from tests.cast import Cast, new_coordinator, new_peer, new_person, utc_now
from tests.console.staffed import Browser, signed_in
from tests.peers.beside import another_house, primary_of
from tests.peers.referring import send
from tests.peers.shelf import assured, new_entry, today
from tests.peers.vetted import ITEMS, vet

pytestmark = pytest.mark.django_db
NETWORK = b"n" * 32


@pytest.fixture
def olga(cast: Cast) -> Browser:
    """Olga, signed in."""
    return signed_in(cast.olga)


def said(reply: Any) -> str:
    """What a page says, without its markup."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", reply.content.decode()))


def done(browser: Browser, path: str, fields: dict[str, Any]) -> str:
    """Send a form that works; → what the page after it says."""
    reply = browser.post(path, fields)
    assert reply.status_code == 303, said(reply)
    return said(browser.get(reply["Location"].removeprefix("/console/")))


def refused(browser: Browser, path: str, fields: dict[str, Any]) -> str:
    """Send a form that does not work; → its markup as it came back."""
    reply = browser.post(path, fields)
    assert reply.status_code == 400, said(reply)
    assert 'role="alert"' in reply.content.decode()
    return str(reply.content.decode())


def actions() -> list[str]:
    """What is in the audit."""
    return list(AuditEntry.objects.values_list("action", flat=True))


def wait_long(cast: Cast) -> Request:
    """Ana waits, and the organisation is asked to look."""
    from peers.matching.actions import clock, requests
    from peers.matching.ranking import Wishes

    begun = utc_now() - timedelta(days=5)
    request, _ = requests.ask_match(by=cast.ana.account, wishes=Wishes(languages=("nl",), region="utrecht"), now=begun)
    for day in (1, 2, 3, 4):
        clock.advance_due(now=begun + timedelta(days=day))
    request.refresh_from_db()
    assert request.organisation_id == cast.organisation.id
    return request


# -- peer experts -----------------------------------------------------------------------------------------------------


def test_peer_experts_with_load_and_vetting(cast: Cast, olga: Browser) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    page = said(olga.get("peers"))
    assert "Ben 1 of 5 not vetted yet no: not vetted" in page
    vet(cast.peer, by=cast.olga, second=cast.rosa)
    page = said(olga.get("peers"))
    assert "good until" in page
    assert "to be renewed" not in page
    Expert.objects.update(vetted_until=utc_now() + timedelta(days=30))
    assert "to be renewed" in said(olga.get("peers"))
    assert str(cast.ana.account.id) not in olga.get(f"peers/{cast.peer.id}").content.decode()


def test_the_limit_is_set_and_nonsense_comes_back(cast: Cast, olga: Browser) -> None:
    path = f"peers/{cast.peer.id}"
    assert "Saved." in done(olga, f"{path}/limit", {"limit": "3"})
    assert Expert.objects.get(role=cast.peer).caseload_limit == 3
    for wrong in ("", "many", "-1", "31", "9" * 30):
        page = refused(olga, f"{path}/limit", {"limit": wrong})
        assert f'value="{wrong}"' in page or wrong == ""
        assert 'aria-invalid="true"' in page
    assert Expert.objects.get(role=cast.peer).caseload_limit == 3
    assert "expert.caseload_limited" in actions()


def test_pause_and_again(cast: Cast, olga: Browser) -> None:
    path = f"peers/{cast.peer.id}"
    assert "paused by you" in done(olga, f"{path}/pause", {"paused": "1"})
    assert Expert.objects.get(role=cast.peer).paused_at is not None
    done(olga, f"{path}/pause", {"paused": "0"})
    assert Expert.objects.get(role=cast.peer).paused_at is None


def test_two_sign_item_by_item(cast: Cast, olga: Browser) -> None:
    assert "Checklist" in done(olga, "peers/checklist", {"items": "\n".join(ITEMS) + "\n\n"})
    page = refused(olga, "peers/checklist", {"items": "x" * 300})
    assert "x" * 300 in page
    done(olga, f"peers/{cast.peer.id}/vetting", {"partner": ""})
    vetting = Vetting.objects.get()
    path = f"vettings/{vetting.id}"
    page = refused(olga, path, {"items": ["0"]})
    assert "Look at every item" in page
    assert page.count(" checked") == 1
    done(olga, path, {"items": ["0", "1"]})
    assert "Somebody else signs now" in said(olga.get(path))
    assert "Two different people" in refused(olga, path, {"items": ["0", "1"]})
    rosa = signed_in(cast.rosa)
    assert "Waits for your signature" in said(rosa.get("peers"))
    done(rosa, path, {"items": ["0", "1"]})
    assert Expert.objects.get(role=cast.peer).is_vetted(at=utc_now())


def test_a_partner_signs_and_sees_no_more(cast: Cast, olga: Browser) -> None:
    pia, paul = new_person(), new_person()
    from tests.cast import new_organisation

    partner, _, _ = new_organisation(pia, paul, name="Huis aan zee")
    done(olga, "peers/checklist", {"items": "\n".join(ITEMS)})
    done(olga, f"peers/{cast.peer.id}/vetting", {"partner": str(partner.id)})
    path = f"vettings/{Vetting.objects.get().id}"
    done(olga, path, {"items": ["0", "1"]})
    browser = signed_in(pia)
    assert "Ben, Voorbeeldhuis" in said(browser.get("peers"))
    assert browser.get(f"peers/{cast.peer.id}").status_code == 404
    done(browser, path, {"items": ["0", "1"]})
    assert Vetting.objects.get().state == "valid"


def test_a_vetting_is_ended_without_a_result(cast: Cast, olga: Browser) -> None:
    assert "needs a checklist first" in refused(olga, f"peers/{cast.peer.id}/vetting", {"partner": ""})
    done(olga, "peers/checklist", {"items": "One"})
    done(olga, f"peers/{cast.peer.id}/vetting", {"partner": ""})
    assert "being vetted already" in refused(olga, f"peers/{cast.peer.id}/vetting", {"partner": ""})
    done(olga, f"vettings/{Vetting.objects.get().id}/drop", {})
    assert Vetting.objects.get().state == "dropped"


def test_the_role_ends_and_somebody_steps_in(cast: Cast, olga: Browser) -> None:
    begin_contact(member=cast.ana.account, role=cast.peer, now=utc_now())
    assert "is there for: 1" in said(olga.get(f"peers/{cast.peer.id}/end"))
    done(olga, f"peers/{cast.peer.id}/end", {})
    assert Role.objects.get(id=cast.peer.id).ended_at is not None
    assert primary_of(cast.ana).interim
    assert olga.get(f"peers/{cast.peer.id}").status_code == 404


@pytest.mark.parametrize("path", ["peers/{peer}/end", "organisation/seats", "organisation/close"])
def test_grave_acts_ask_for_the_second_factor_again(cast: Cast, path: str) -> None:
    with time_machine.travel(utc_now(), tick=False) as clock:
        browser = signed_in(cast.olga)
        target = path.format(peer=cast.peer.id)
        assert browser.get(target).status_code == 200
        clock.shift(timedelta(minutes=11))
        for reply in (browser.get(target), browser.post(target, {})):
            assert reply["Location"] == f"/console/confirm?next=/console/{target}"
    assert Role.objects.get(id=cast.peer.id).ended_at is None


# -- invites ----------------------------------------------------------------------------------------------------------


def test_an_invite_is_shown_once_listed_and_taken_back(olga: Browser) -> None:
    reply = olga.post("invites", {"kind": "peer_expert", "days": "7"})
    assert reply.status_code == 200
    found = re.search(r'class="code"><code>([^<]+)</code>', reply.content.decode())
    assert found
    assert found[1] not in olga.get("invites").content.decode()
    there = Invite.objects.get()
    assert (there.kind, (there.expires_at - there.created_at).days) == ("peer_expert", 7)
    assert "taken back" in done(olga, f"invites/{there.id}/withdraw", {})
    for wrong in ({"kind": "owner", "days": "7"}, {"kind": "member", "days": "31"}, {"kind": "member", "days": ""}):
        refused(olga, "invites", wrong)


def test_another_ones_invite_is_not_there(cast: Cast, olga: Browser) -> None:
    olga.post("invites", {"kind": "member", "days": "7"})
    rosa = signed_in(cast.rosa)
    rosa.get("invites")
    assert rosa.post(f"invites/{Invite.objects.get().id}/withdraw", {}).status_code == 404
    assert Invite.objects.get().withdrawn_at is None


def test_whose_invites_rest(cast: Cast, olga: Browser) -> None:
    pause = InvitePause.objects.create(inviter=cast.ben.account, paused_on=today())
    assert "May not invite for now" in said(olga.get("invites"))
    stranger = signed_in(new_stranger())
    stranger.get("invites")
    assert stranger.post(f"invites/pauses/{pause.id}", {}).status_code == 404
    assert "May not invite for now" not in done(olga, f"invites/pauses/{pause.id}", {})


def new_stranger() -> Any:
    """A coordinator of another organisation."""
    from tests.cast import new_organisation

    person = new_person()
    new_organisation(person, new_person(), name="Een ander huis")
    return person


# -- who waits --------------------------------------------------------------------------------------------------------


def test_who_waits_is_a_date_and_a_language(cast: Cast, olga: Browser) -> None:
    request = wait_long(cast)
    page = olga.get("waiting").content.decode()
    assert "Nederlands" in page
    assert "Waits since" in said(olga.get("waiting"))
    for hidden in (request.id, cast.ana.account.id, "Utrecht"):
        assert str(hidden) not in page
    assert "Waits since" not in said(signed_in(new_stranger()).get("waiting"))


def test_whom_somebody_is_there_for_meanwhile(cast: Cast, olga: Browser) -> None:
    begin_interim(member=cast.ana.account, role=cast.coordinator, now=utc_now())
    assert "You have stepped in" in said(olga.get("waiting"))
    assert str(cast.ana.account.id) not in olga.get("waiting").content.decode()
    assert "You have stepped in" not in said(signed_in(cast.rosa).get("waiting"))


def test_a_referral_is_opened_by_a_look_that_is_told(cast: Cast, olga: Browser) -> None:
    referral = send(cast, "I would like to talk on a Tuesday.", now=utc_now())
    path = f"referrals/{referral.id}"
    assert f"/console/{path}" in olga.get("waiting").content.decode()
    assert "Tuesday" not in said(olga.get(path))
    assert actions().count("vault.opened") == 0
    assert "Tuesday" in said(olga.post(path, {}))
    assert actions().count("vault.opened") == 1
    stranger = signed_in(new_stranger())
    for target in (path, f"{path}/accept", f"{path}/return"):
        stranger.get("waiting")
        assert stranger.get(path).status_code == 404
        assert stranger.post(target, {"person": "X", "first_on": str(today())}).status_code == 404
    assert Referral.objects.get().state == "waiting"


def test_a_referral_is_taken_on(cast: Cast, olga: Browser) -> None:
    path = f"referrals/{send(cast, 'Hello', now=utc_now()).id}"
    olga.get(path)
    for wrong in ({"person": "Mira", "first_on": "soon"}, {"person": "Mira", "first_on": "2020-01-01"}):
        page = refused(olga, f"{path}/accept", wrong)
        assert 'value="Mira"' in page
        assert f'value="{wrong["first_on"]}"' in page
    day = today() + timedelta(days=3)
    page = done(olga, f"{path}/accept", {"person": "Mira", "first_on": str(day)})
    assert "Who will be there Mira" in page
    assert Referral.objects.get().first_on == day


def test_a_referral_is_given_back(cast: Cast, olga: Browser) -> None:
    path = f"referrals/{send(cast, 'Hello', now=utc_now()).id}"
    olga.get(path)
    done(olga, f"{path}/return", {})
    assert olga.get(path).status_code == 404


# -- the directory ----------------------------------------------------------------------------------------------------


def fields_of(page: str) -> dict[str, Any]:
    """What a form on a page would send as it is."""
    form = page[page.index('name="version"') - 200 :]
    form = form[: form.index("</form>")]
    sent: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", form):
        told = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if told.get("type") == "checkbox":
            if " checked" in tag:
                sent.setdefault(told["name"], []).append(told.get("value", "on"))
        elif told["name"] != "csrf":
            sent[told["name"]] = told.get("value", "")
    for name, options in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        sent[name] = chosen[1] if chosen else ""
    for name, text in re.findall(r'<textarea name="([^"]+)".*?>\n?(.*?)</textarea>', form, re.DOTALL):
        sent[name] = text.strip()
    return sent


def test_an_entry_is_made_changed_assured_and_withdrawn(cast: Cast, olga: Browser) -> None:
    olga.get("entries")
    fields = {
        "of": "", "name": "Open table", "kinds": ["meeting"], "channel__0": "phone", "value__0": "070 123 45 67",
        "about__nl": "Samen eten", "regions": ["utrecht"],
    }  # fmt: skip
    assert "Saved." in done(olga, "entries/new", fields)
    entry = Entry.objects.get()
    assert (entry.kept_by, entry.kinds, entry.texts) == (
        cast.organisation,
        ["meeting"],
        {"nl": {"about": "Samen eten"}},
    )
    path = f"entries/{entry.id}"
    assert path in olga.get("entries").content.decode()
    before = (entry.version, entry.changed_at)
    done(olga, path, fields_of(olga.get(path).content.decode()))
    entry.refresh_from_db()
    assert (entry.version, entry.changed_at) == before  # as it is: nothing is written

    typed = fields_of(olga.get(path).content.decode()) | {"places_free": "4", "hours": "Fridays"}
    done(olga, path, typed)
    entry.refresh_from_db()
    assert (entry.places_free, entry.places_checked_on, entry.hours) == (4, today(), "Fridays")
    page = refused(olga, path, typed | {"hours": "Mondays"})  # of the version before
    assert "changed in the meantime" in page
    assert 'value="Mondays"' in page

    until = today() + timedelta(days=90)
    assert "Checked" in done(olga, f"{path}/assure", {"until": str(until)})
    assert 'value="2020-01-01"' in refused(olga, f"{path}/assure", {"until": "2020-01-01"})
    assert "Open table" not in done(olga, f"{path}/withdraw", {})


def test_a_wrong_entry_comes_back_whole(olga: Browser) -> None:
    olga.get("entries")
    fields = {
        "of": "", "name": "A house", "kinds": ["temporary_home"], "address": "Kade 1", "channel__0": "email",
        "value__0": "no address", "note__0": "only at night", "about__bg": "дом",
    }  # fmt: skip
    page = refused(olga, "entries/new", fields)
    for typed in ("A house", "Kade 1", "no address", "only at night", "дом"):
        assert typed in page
    assert "has no address here" in refused(olga, "entries/new", fields | {"channel__0": "", "value__0": ""})
    assert "Both are needed" in refused(olga, "entries/new", fields | {"channel__0": ""})
    assert not Entry.objects.exists()


def test_an_entry_that_nobody_looks_after_is_taken_on(cast: Cast, olga: Browser) -> None:
    entry = new_entry(cast.olga)
    Entry.objects.filter(id=entry.id).update(kept_by=None)
    path = f"entries/{entry.id}"
    assert path in olga.get("entries/open").content.decode()
    assert 'name="version"' not in olga.get(path).content.decode()
    assert olga.post(path, {"name": "Mine"}).status_code == 404
    done(olga, f"{path}/assure", {"until": str(today() + timedelta(days=9))})
    assert Entry.objects.get().kept_by == cast.organisation


def test_letters_are_settled_answered_or_deleted(cast: Cast, olga: Browser) -> None:
    entry = assured(new_entry(cast.olga, name="Open table", kinds=["meeting"]), cast.olga)
    now = utc_now()
    letters.report_problem(entry=entry.id, kind="full", note="No place on Friday", network=NETWORK, now=now)
    for body in ("May I bring my son?", "Is there coffee?"):
        letters.ask_question(entry=entry.id, body=body, network=NETWORK, now=now)
    page = said(olga.get("entries/letters"))
    assert "No place on Friday" in page
    assert "May I bring my son?" in page
    done(olga, f"entries/letters/problems/{Problem.objects.get().id}", {})
    first, second = Question.objects.order_by("id")
    path = f"entries/letters/questions/{first.id}"
    olga.get(path)
    page = refused(olga, path, {"asked": "", "answer": "You are welcome."})
    assert "You are welcome." in page
    done(olga, path, {"asked": "What about children?", "answer": "You are welcome."})
    entry.refresh_from_db()
    assert entry.answers[0]["question"] == "What about children?"
    done(olga, f"entries/letters/questions/{second.id}/drop", {})
    assert not Question.objects.exists()


def test_another_organisations_letters_and_entries_are_not_there(cast: Cast) -> None:
    entry = assured(new_entry(cast.olga, kinds=["meeting"]), cast.olga)
    letters.report_problem(entry=entry.id, kind="full", note=None, network=NETWORK, now=utc_now())
    letters.ask_question(entry=entry.id, body="?!", network=NETWORK, now=utc_now())
    stranger = signed_in(new_stranger())
    stranger.get("entries")
    question = f"entries/letters/questions/{Question.objects.get().id}"
    for path in (f"entries/{entry.id}", f"entries/{entry.id}/withdraw", question):
        assert stranger.get(path).status_code == 404
        assert stranger.post(path, {"asked": "a", "answer": "b"}).status_code == 404
    for path in (
        f"entries/letters/problems/{Problem.objects.get().id}",
        f"{question}/drop",
        f"entries/{entry.id}/assure",
    ):
        assert stranger.post(path, {"until": str(today())}).status_code == 404


# -- duty and the organisation ----------------------------------------------------------------------------------------


def test_the_roster(cast: Cast, olga: Browser) -> None:
    begins, ends = today() + timedelta(days=1), today() + timedelta(days=2)
    fields = {
        "role": str(cast.coordinator.id),
        "reserve": str(cast.deputy.id),
        "begins_at": f"{begins}T09:00",
        "ends_at": f"{ends}T09:00",
    }
    assert "Olga Rosa" in done(olga, "duty", fields)
    for wrong in (
        fields,  # somebody is on duty then
        fields | {"begins_at": f"{ends}T10:00"},
        fields | {"begins_at": "never"},
        fields | {"begins_at": f"{ends}T09:00", "ends_at": f"{ends}T10:00", "reserve": str(cast.coordinator.id)},
        fields | {"role": str(cast.peer.id)},
        fields | {"begins_at": "9999-12-31T23:59", "ends_at": "9999-12-31T23:59"},
    ):
        refused(olga, "duty", wrong)
    duty = Duty.objects.get()
    stranger = signed_in(new_stranger())
    stranger.get("duty")
    assert stranger.post(f"duty/{duty.id}/drop", {}).status_code == 404
    assert "Nobody is on duty." in done(olga, f"duty/{duty.id}/drop", {})


def test_where_and_with_what(cast: Cast, olga: Browser) -> None:
    done(olga, "organisation", {"kinds": ["talk"], "languages": ["nl", "bg"], "regions": ["utrecht"]})
    there = Organisation.objects.get(id=cast.organisation.id)
    assert (there.kinds, there.languages) == (["talk"], ["nl", "bg"])
    refused(olga, "organisation", {"kinds": ["gold"]})
    assert actions().count("organisation.changed") == 1


def test_the_seats(cast: Cast, olga: Browser) -> None:
    third = new_coordinator(new_person(), organisation=cast.organisation, alias="Tess")
    olga.get("organisation/seats")
    one = str(cast.coordinator.id)
    assert "two people" in refused(olga, "organisation/seats", {"coordinator": one, "deputy": one})
    refused(olga, "organisation/seats", {"coordinator": one, "deputy": str(cast.peer.id)})
    done(olga, "organisation/seats", {"coordinator": one, "deputy": str(third.id)})
    assert Organisation.objects.get(id=cast.organisation.id).deputy_id == third.id


def test_closing_asks_for_the_name_and_who_takes_over(cast: Cast, olga: Browser) -> None:
    there, _ = another_house()
    olga.get("organisation/close")
    page = refused(olga, "organisation/close", {"successor": str(there.id), "name": "Something"})
    assert 'value="Something"' in page
    refused(olga, "organisation/close", {"successor": str(cast.organisation.id), "name": cast.organisation.name})
    assert Organisation.objects.get(id=cast.organisation.id).is_active
    reply = olga.post("organisation/close", {"successor": str(there.id), "name": cast.organisation.name.upper()})
    assert reply.status_code == 303
    assert Organisation.objects.get(id=cast.organisation.id).closed_at is not None
    assert Role.objects.get(id=cast.peer.id).organisation_id == there.id
    assert olga.get("organisation").status_code == 303  # to sign in: the role is over


# -- all of them ------------------------------------------------------------------------------------------------------


def test_what_is_another_organisations_or_nothing_is_not_there(cast: Cast, olga: Browser) -> None:
    there, first = another_house()
    theirs = new_peer(new_person(), organisation=there, alias="Noor")
    olga.get("peers")
    for peer in (theirs.id, first.id, cast.coordinator.id, uuid4()):
        for path in (f"peers/{peer}", f"peers/{peer}/vetting", f"peers/{peer}/end"):
            assert olga.get(path).status_code == 404
        for path in ("limit", "pause", "vetting", "end"):
            assert olga.post(f"peers/{peer}/{path}", {"limit": "1", "paused": "1"}).status_code == 404
    assert "Noor" not in said(olga.get("peers"))


def fill(cast: Cast, count: int) -> None:
    """Rows on every list."""
    for number in range(count):
        tag = uuid4().hex[:6]
        person = new_person()
        role = new_peer(person, organisation=cast.organisation, alias=f"Peer {tag}")
        begin_contact(member=new_person().account, role=role, now=utc_now())
        begin_interim(member=new_person().account, role=cast.coordinator, now=utc_now())
        from peers.experts.actions.vettings import start_vetting

        start_vetting(by=cast.olga.account, peer=role.id, now=utc_now())
        entry = assured(new_entry(cast.olga, name=f"Table {tag}", kinds=["meeting"]), cast.olga)
        letters.report_problem(entry=entry.id, kind="full", note="a", network=uuid4().bytes * 2, now=utc_now())
        letters.ask_question(entry=entry.id, body="b?", network=uuid4().bytes * 2, now=utc_now())
        request = Request.objects.create(
            member=new_person().account, seed=b"s" * 16, asked_at=utc_now(), waiting_since=utc_now(),
            told_at=utc_now(), organisation=cast.organisation,
        )  # fmt: skip
        from peers.matching.ranking import Wishes
        from peers.matching.wishes import seal_wishes

        request.wishes = seal_wishes(request, Wishes(languages=("nl",)))
        request.save()
        Duty.objects.create(
            organisation=cast.organisation, role=cast.coordinator, reserve=cast.deputy,
            begins_at=utc_now(), ends_at=utc_now() + timedelta(hours=number + 1),
        )  # fmt: skip
        InvitePause.objects.create(inviter=person.account, paused_on=today())


@pytest.mark.parametrize(
    "path", ["peers", "waiting", "invites", "entries", "entries/open", "entries/letters", "duty", "organisation"]
)
def test_lists_take_the_same_queries_however_long(cast: Cast, olga: Browser, path: str) -> None:
    from backend.core.sealing import datakeys
    from peers.experts.actions.vettings import set_checklist

    set_checklist(by=cast.olga.account, items=ITEMS, now=utc_now())
    counts = []
    for more in (1, 4):
        fill(cast, more)
        datakeys.forget()
        olga.get("")
        with (
            CaptureQueriesContext(connections["default"]) as seen,
            CaptureQueriesContext(connections["keystore"]) as keys,
        ):
            assert olga.get(path).status_code == 200
        counts.append(len(seen) + len(keys))
    assert counts[0] == counts[1], [query["sql"][:150] for query in seen.captured_queries]
    assert counts[0] <= 16
