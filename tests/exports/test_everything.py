"""Every part holds what it says: a year of somebody's, and of who is beside them, taken along."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from backend.core.accounts import phrase
from backend.core.accounts.actions.duties import add_duty
from backend.core.accounts.actions.invite_pauses import pause_inviter
from backend.core.accounts.actions.invites import Redeeming, make_invite, redeem_invite
from backend.core.accounts.actions.recovery_settings import name_helpers
from backend.core.accounts.models import Account
from backend.core.push.actions.notifications import Wanted, change_notifications
from backend.core.push.quiet import parse_quiet
from backend.core.push.vocabulary import Kind
from moderation.actions import agreements, load, reports
from moderation.actions.appeals import answer_appeal
from moderation.actions.care import set_care_wish
from moderation.models import CareTalk
from moderation.rules import RULES, VERSION
from peers.checkins.actions import caring, requests, safety, sharing
from peers.checkins.actions.plans import WayBackWish
from peers.checkins.models import Plan, WayBack
from peers.contacts.actions import contacts
from peers.contacts.models import Handover
from peers.experts.actions.experts import change_expert
from peers.journeys.actions.lines import write_line
from peers.journeys.models import Entry, Goal
from peers.profiles.actions.profiles import change_profile
from tests.cast import Cast, Person, utc_now
from tests.console.staffed import enrol
from tests.exports.along import file_of
from tests.messaging.rooms import NOON
from tests.messaging.test_snapshots import LATER, World
from tests.moderation import happenings as looked_at
from tests.peers import asked, happenings, matched
from tests.peers.asking_how import answer, open_next, set_wishes
from tests.peers.referring import agree, send

pytestmark = pytest.mark.django_db

Parts = dict[str, list[Any]]


def parts_of(person: Person) -> Parts:
    found: Parts = file_of(person)["parts"]
    return found


def test_the_account(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(phrase, "_COST", 2)
    now = utc_now()
    agree(cast.ana.account, "figures", now=now)
    agree(cast.ana.account, now=now)
    helpers = [cast.peer.id, cast.coordinator.id]
    said = "the lamp at the old mill"
    name_helpers(by=cast.ana.account, helpers=helpers, phrase_said=said, access_code=cast.ana.code, now=now)
    made = make_invite(by=cast.ben.account, kind="member", now=now)
    redeem_invite(by=cast.ana.account, redeeming=Redeeming(code=made.code), now=now)
    pause_inviter(account=cast.ana.account, by=None, now=now)
    quiet = parse_quiet(timezone="Europe/Sofia", start="22:00", end="07:30")
    wanted = Wanted(text_key="tips", quiet=quiet, kinds=frozenset({Kind.CHECKINS}))
    change_notifications(by=cast.ana.account, wanted=wanted, check=lambda version: None, now=now)
    told = parts_of(cast.ana)
    assert told["account"][0]["was_invited"] is True
    assert [(one["purpose"], one["withdrawn_at"] is None) for one in told["consents"]] == [
        ("account", True),
        ("figures", False),
    ]
    assert [one["alias"] for one in told["recovery"][0]["helpers"]] == ["Ben", "Olga"]
    assert told["notifications"] == [
        {
            "kinds": ["checkins"],
            "text": "tips",
            "quiet_hours": {"timezone": "Europe/Sofia", "start": "22:00", "end": "07:30"},
            "devices": [],
        }
    ]
    (invite,), (pause,) = parts_of(cast.ben)["invites"], parts_of(cast.ben)["invite_pauses"]
    assert (invite["state"], invite["used_on"]) == ("used", now.date().isoformat())
    assert pause["reviewed_at"] is None
    assert said not in str(told)


def test_own_words(cast: Cast) -> None:
    ana, now = cast.ana.account, NOON
    write_line(Entry, by=ana, words={"text": "A line", "domain": "money"}, now=now)
    write_line(Goal, by=ana, words={"text": "A goal", "directions": ["inside"]}, now=now)
    changes = {"alias": "Reiger", "languages": ["nl"], "about": "About me"}
    change_profile(by=ana, changes=changes, check=lambda version: None, now=now)
    safety.set_safety_plan(by=ana, texts={"helps": "Tea", "call": "Bo"}, check=lambda version: None, now=now)
    told = parts_of(cast.ana)
    assert [(one["text"], one["domain"]) for one in told["journey"]] == [("A line", "money")]
    assert [(one["text"], one["directions"]) for one in told["goals"]] == [("A goal", ["inside"])]
    assert (told["profile"][0]["alias"], told["profile"][0]["about"]) == ("Reiger", "About me")
    assert told["safety_plan"] == [{"helps": "Tea", "call": "Bo", "not_call": "", "other": ""}]


def test_aftercare(cast: Cast) -> None:
    World(cast)
    ana, now = cast.ana.account, LATER
    contacts.begin_contact(member=ana, role=cast.peer, now=now)
    way = WayBackWish(months=6, organisation=cast.organisation.id, words="Say hello to me")
    set_wishes(ana, now=now, caring=True, way_back=way)
    there = open_next(ana)
    at = asked.moment(there)
    answer(ana, there, now=at, overall="bad")
    share = sharing.share_answer(by=ana, checkin=there.id, item="overall", to=cast.peer.id, now=at)
    sharing.read_share(by=cast.ben.account, share=share.id, now=at)
    requests.ask_contact(by=ana, now=at)
    caring.confirm_caring(by=cast.ben.account, text_key="here", now=now)
    Plan.objects.update(caring_due=at)
    caring.send_caring(now=at)
    WayBack.objects.create(account=ana, organisation=cast.organisation, asked_at=at)
    told = parts_of(cast.ana)
    (plan,) = told["checkin_plan"]
    assert (plan["timezone"], plan["first"], plan["end"]) == ("Europe/Amsterdam", "18:00", "21:00")
    assert (plan["way_back_organisation"], plan["way_back_words"]) == ("Voorbeeldhuis", "Say hello to me")
    assert [one["answers"]["overall"] for one in told["checkins"]] == ["bad"]
    assert [(one["item"], one["with"], one["ended_at"]) for one in told["shares"]] == [("overall", "Ben", None)]
    assert [(one["what"], one["role"]) for one in told["looks"]] == [("answer", "peer_expert")]
    assert [step["who"] for step in told["contact_requests"][0]["steps"]] == ["Ben"]
    assert len(told["caring_messages"]) == len(told["ways_back"]) == 1
    assert [one["who"] for one in told["contacts"]] == ["Ben"]
    assert told["promise"][0]["state"] == "kept"
    ben = parts_of(cast.ben)
    assert [one["text"] for one in ben["caring_texts"]] == ["here"]
    for part in ("contacts", "shares", "contact_requests", "checkins", "promise"):
        assert ben[part] == []  # whom one is beside is theirs


def test_who_is_beside(cast: Cast) -> None:
    world = World(cast)
    happenings.introduce(world)
    told = parts_of(cast.ana)
    (handover,) = told["handovers"]
    assert (handover["giving"], handover["receiving"], handover["note"]) == ("Ben", "Noor", "In my words")
    assert {one["kind"] for one in told["conversations"]} == {"group", "direct", "introduction"}
    assert [one["with"] for one in told["conversations"] if one["kind"] == "introduction"] == [["Ben", "Noor"]]
    contacts.change_contact(by=cast.ana.account, reason_code="times", now=LATER)
    assert [one["reason"] for one in parts_of(cast.ana)["contact_changes"]] == ["times"]
    assert parts_of(cast.ben)["handovers"] == []


def test_the_draft_of_a_note_is_who_wrote_its(cast: Cast) -> None:
    happenings.ask_to_hand_over(World(cast))
    assert Handover.objects.get().draft is not None
    assert parts_of(cast.ana)["handovers"][0]["note"] is None


def test_finding_somebody(cast: Cast) -> None:
    matched.decline(World(cast))
    told = parts_of(cast.ana)
    (match,) = told["matches"]
    assert (match["who"], match["state"]) == ("Ben", "declined")
    assert told["match_requests"][0]["wishes"]["languages"] == ["nl"]
    change_expert(by=cast.ben.account, changes={"about": "I was there"}, check=lambda version: None, now=LATER)
    ben = parts_of(cast.ben)
    assert (ben["peer_expert"][0]["about"], ben["vettings"][0]["state"]) == ("I was there", "valid")
    assert ben["match_requests"] == ben["matches"] == []


def test_referrals(cast: Cast) -> None:
    send(cast, "Please call me Ana", now=NOON)
    (referral,) = parts_of(cast.ana)["referrals"]
    assert referral["organisation"] == "Voorbeeldhuis"
    assert "Please call me Ana" in str(referral["lines"])
    assert parts_of(cast.olga)["referrals"] == []


def test_a_decision_is_the_full_statement_of_reasons_in_ones_language(cast: Cast) -> None:
    world = World(cast)
    Account.objects.filter(id=cast.ana.account.id).update(locale="bg")
    made = looked_at.appealed(world)
    answer_appeal(by=cast.lea.account, appeal=made.id, upholds=False, text="We looked again", now=LATER)
    told = parts_of(cast.ana)
    (decision,) = told["decisions"]
    assert (decision["facts"], decision["rule"], decision["rule_version"]) == ("Why", "respect", VERSION)
    with translation.override("bg"):
        assert decision["rule_text"] == str(RULES["respect"])
    assert decision["rule_text"] != str(RULES["respect"])
    assert "обжалваш" in decision["how_to_appeal"]
    assert [one["kind"] for one in decision["measures"]] == ["hide", "mute"]
    assert (decision["automation"], decision["state"]) == ("none", "in_force")
    assert decision["appeal_until"]
    (appeal,) = told["appeals"]
    assert appeal["decision"] == decision["id"]
    assert [(line["by_me"], line["text"]) for line in appeal["lines"]] == [(True, "No"), (False, "We looked again")]
    for person in (cast.ben, cast.cleo, cast.max, cast.lea):
        other = parts_of(person)
        assert other["decisions"] == other["appeals"] == []


def test_reports_and_care(cast: Cast) -> None:
    world = World(cast)
    agreements.agree(by=cast.ben.account, version=VERSION, now=LATER)
    made = looked_at.reported(world)
    reports.say_to_moderators(by=cast.ben.account, report=made.id, text="One thing more", now=LATER)
    set_care_wish(by=cast.ana.account, contact_may_be_asked=True, now=LATER)
    looked_at.spoken_to(world)
    talk = CareTalk.objects.get()
    told = parts_of(cast.ben)
    assert told["rules"][0]["version"] == VERSION
    assert sorted(one["reason"] for one in told["reports"]) == ["contempt", "worried"]
    assert [line["text"] for one in told["reports"] for line in one["lines"]] == ["One thing more"]
    assert "Look" not in str(told)  # the note, sealed to the case
    (care,) = parts_of(cast.ana)["care"]
    assert care["contact_may_be_asked"] is True
    assert [line["text"] for line in care["talks"][0]["lines"]] == ["Are you there?"]
    assert talk.member_id == cast.ana.account.id
    assert parts_of(cast.ben)["care"] == [{"contact_may_be_asked": False, "talks": []}]


def test_who_works_here(cast: Cast) -> None:
    world = World(cast)
    now = utc_now()
    looked_at.decided(world)
    load.decline(by=cast.max.account, reasons=["minor"], now=LATER)
    given = {"begins_at": now + timedelta(days=1), "ends_at": now + timedelta(days=2), "now": now}
    add_duty(by=cast.olga.account, role=cast.coordinator.id, reserve=cast.deputy.id, **given)
    enrol(cast.max)
    told = parts_of(cast.max)
    assert told["console"][0]["one_time_codes"] is True
    assert told["moderating"][0]["declined"] == ["minor"]
    assert [one["reason"] for one in told["moderating"][0]["met"]] == ["contempt"]
    assert [one["as"] for one in parts_of(cast.olga)["duties"]] == ["on_duty"]
    assert [one["as"] for one in parts_of(cast.rosa)["duties"]] == ["reserve"]
    assert [(one["kind"], one["alias"]) for one in parts_of(cast.olga)["roles"]] == [("coordinator", "Olga")]


def test_conversations(cast: Cast) -> None:
    world = World(cast)
    group = str(world.group)
    told = parts_of(cast.ana)
    assert [one["title"] for one in told["conversations"] if one["conversation"] == group] == ["Side by side"]
    said = {one["seq"]: one["body"] for one in told["messages"] if one["conversation"] == group}
    assert (said[world.first], said[world.last]) == ("One", None)
    assert [one["state"] for one in told["admission_requests"]] == ["accepted"]
    assert [one["key"] for one in parts_of(cast.ben)["reactions"]] == ["hug"]
    assert len(parts_of(cast.dora)["blocks"]) == 1
