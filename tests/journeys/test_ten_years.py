"""Ten years of a member, through the real worker with moved time; the timeline is that of `docs/aftercare.md`.

Ana moves to another zone, pauses half a year, begins anew, gets another contact person, takes a share back, is silent
for a year and comes back. Nothing is lost, nothing comes twice, and nobody is asked outside of her hours.
`WRITE_TIMELINE=1` writes what happened into the page.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.management import call_command
from django.db.models import Min

from backend.core.errors import NotFound
from peers.checkins import picture
from peers.checkins.actions import answers, plans, requests, safety, sharing
from peers.checkins.actions.planning import plan_next
from peers.checkins.actions.plans import WayBackWish
from peers.checkins.api.views import steps_shown
from peers.checkins.cadence import is_safe
from peers.checkins.models import Checkin, ContactRequest, Plan, Share
from peers.checkins.queries import read_answers, rows_shown, ways_back_to, years_of
from peers.contacts.actions.contacts import begin_contact, change_contact
from tests.asking import inbox_of
from tests.cast import Cast, utc_now
from tests.peers.asking_how import AMSTERDAM, set_wishes
from tests.peers.beside import another_peer

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]

PAGE = Path(__file__).parents[2] / "docs" / "aftercare.md"
PICTURE = PAGE.parent / "img" / "own-years.svg"
BEGUN = datetime(2026, 3, 2, 18, 30, tzinfo=UTC)
ENDS = datetime(2036, 3, 2, 18, 30, tzinfo=UTC)
CURACAO = "America/Curacao"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """The time of the whole process."""
    with time_machine.travel(BEGUN, tick=False) as traveller:
        yield traveller


class Years:
    """The worker at each moment when something is due, and Ana, who answers as long as she is not silent."""

    def __init__(self, clock: time_machine.Traveller, cast: Cast) -> None:
        self.clock, self.cast, self.ana = clock, cast, cast.ana.account
        self.silent = False
        self.wish = "no"
        self.told: list[tuple[datetime, str]] = []
        self.zones: dict[object, str] = {}  # check-in → where she lived when it opened

    def note(self, what: str) -> None:
        """A line of the timeline."""
        self.told.append((datetime.now(UTC), what))

    def until(self, moment: datetime) -> None:
        """Let the time pass; the worker looks whenever a row is due."""
        while (due := self.next_due()) is not None and due < moment:
            self.clock.move_to(max(due, datetime.now(UTC)) + timedelta(seconds=1))
            before = set(Checkin.objects.filter(state="open").values_list("id", "reminded_at"))
            call_command("work", once=True)
            for checkin in Checkin.objects.filter(state="open"):
                self.look(checkin, before={one for one, _ in before}, known=before)
            for there in Checkin.objects.filter(state="lapsed", resolved_at=datetime.now(UTC)):
                self.note(f"the one of {there.opened_at:%-d %b} rests unanswered")
        self.clock.move_to(moment)

    def look(self, checkin: Checkin, *, before: Collection[object], known: Collection[object]) -> None:
        """She looks at her phone."""
        if checkin.id not in before:
            self.zones[checkin.id] = Plan.objects.get().zone
            if not self.silent:
                said = {"overall": "good" if checkin.index % 3 else "so_so", "housing": "good"}
                answers.answer_checkin(
                    by=self.ana, checkin=checkin.id, answers=said, wish=self.wish, note="", now=datetime.now(UTC)
                )
                self.note("asked, answered")
            else:
                self.note("asked")
        elif (checkin.id, checkin.reminded_at) not in known:
            self.note("reminded, once")

    def next_due(self) -> datetime | None:
        """When the worker has something to do next."""
        return min(
            (
                moment
                for found in (
                    Checkin.objects.aggregate(at=Min("due_at")),
                    Plan.objects.aggregate(at=Min("way_back_due")),
                    Share.objects.filter(ended_at=None).aggregate(at=Min("expires_at")),
                    ContactRequest.objects.aggregate(at=Min("respond_by")),
                )
                if (moment := found["at"]) is not None
            ),
            default=None,
        )

    def lines(self) -> list[str]:
        """The timeline, a line for each year and kind of thing in a row."""
        shown = []
        zone = ZoneInfo(AMSTERDAM)
        for (year, what), some in groupby(self.told, key=lambda one: (one[0].astimezone(zone).year, one[1])):
            days = ", ".join(f"{at.astimezone(zone):%-d %b}" for at, _ in some)
            shown.append(f"| {year} | {days} | {what} |")
        return shown


def test_ten_years(clock: time_machine.Traveller, cast: Cast) -> None:
    years, ana = Years(clock, cast), cast.ana.account
    now = utc_now
    way = WayBackWish(months=6, organisation=cast.organisation.id, words="Just say hello, that is enough.")
    begin_contact(member=ana, role=cast.peer, now=now())
    plan = set_wishes(ana, now=now(), way_back=way)
    Plan.objects.update(seed=b"a fixed seed....")  # so that the page stays true
    plan.refresh_from_db()
    plan_next(plan, now=now())
    years.note("begins: standard, evenings in Amsterdam; Ben is her contact person")

    years.until(datetime(2028, 6, 10, 12, tzinfo=UTC))
    set_wishes(ana, now=now(), way_back=way, zone=CURACAO)
    years.note("moves to Curaçao: evenings there from now on")

    years.until(datetime(2029, 1, 5, 12, tzinfo=UTC))
    asked = Checkin.objects.filter(opened_at__isnull=False).count()
    set_wishes(ana, now=now(), way_back=way, zone=CURACAO, paused_until=datetime(2029, 7, 5, tzinfo=UTC))
    years.note("pauses for half a year")
    years.until(datetime(2029, 7, 4, 12, tzinfo=UTC))
    assert Checkin.objects.filter(opened_at__isnull=False).count() == asked, "nobody asks while she pauses"

    years.until(datetime(2029, 9, 3, 12, tzinfo=UTC))
    set_wishes(ana, now=now(), way_back=way)
    plans.begin_anew(by=ana, now=now())
    years.note("is back in Amsterdam with new work: the early series begins anew")

    years.until(datetime(2030, 2, 20, 12, tzinfo=UTC))
    change_contact(by=ana, reason_code=None, now=now())
    years.note("wishes for another contact person: Olga, the coordinator, steps in at once")
    noor, role = another_peer(cast)
    years.until(datetime(2030, 3, 1, 12, tzinfo=UTC))
    begin_contact(member=ana, role=role, now=now())
    years.note("Noor is her contact person")

    years.until(datetime(2030, 4, 2, 12, tzinfo=UTC))
    last = Checkin.objects.filter(state="answered").latest("answered_at")
    share = sharing.share_answer(by=ana, checkin=last.id, item="housing", to=role.id, now=now())
    sharing.read_share(by=noor.account, share=share.id, now=now())
    years.note("shares one answer with Noor, who reads it; Ana sees that")
    years.until(datetime(2030, 4, 5, 12, tzinfo=UTC))
    sharing.revoke_share(by=ana, share=share.id, now=now())
    with pytest.raises(NotFound):
        sharing.read_share(by=noor.account, share=share.id, now=now())
    years.note("takes it back: for Noor it is gone at once")

    years.until(datetime(2031, 4, 1, 12, tzinfo=UTC))
    years.silent = True
    years.until(datetime(2032, 1, 10, 12, tzinfo=UTC))
    (asked_back,) = ways_back_to(role=cast.coordinator)
    words = safety.read_way_back(role=cast.coordinator, way_back=asked_back.id, now=now())
    safety.mark_greeted(role=cast.coordinator, way_back=asked_back.id, now=now())
    years.note(f"after six silent months, as she chose, her organisation greets her: “{words}”")
    years.until(datetime(2032, 5, 6, 12, tzinfo=UTC))
    years.silent = False
    late = Checkin.objects.exclude(opened_at=None).latest("opened_at")
    answers.answer_checkin(
        by=ana, checkin=late.id, answers={"overall": "bad"}, wish="no", note="It was a long year.", now=now()
    )
    years.note("comes back and answers the last one, late: that is welcome, and the pace is as before")

    years.until(datetime(2034, 1, 1, 12, tzinfo=UTC))
    years.wish = "contact"
    while not ContactRequest.objects.exists():
        due = years.next_due()
        assert due is not None
        years.until(due + timedelta(minutes=1))
    years.wish = "no"
    years.note("with an answer she wishes for contact: it comes to Noor")
    request = ContactRequest.objects.get()
    years.until(request.asked_at + timedelta(hours=25))
    request.refresh_from_db()
    assert (request.part, request.holder) == ("coordinator", cast.coordinator)
    years.note("Noor has not answered within a day, there is no backup: it is Olga's turn")
    requests.acknowledge_request(by=cast.olga.account, request=request.id, now=now())
    requests.close_request(by=cast.olga.account, request=request.id, now=now())
    years.note("Olga is in touch")
    years.until(ENDS)
    years.note("ten years: the next one lies ahead")

    check_everything(years)
    page = PAGE.read_text(encoding="utf-8")
    head, _, rest = page.partition("<!-- timeline -->\n")
    _, _, tail = rest.partition("<!-- end of timeline -->\n")
    lines = "\n".join(["| year | when | what |", "|---|---|---|", *years.lines()]) + "\n"
    whole = f"{head}<!-- timeline -->\n{lines}<!-- end of timeline -->\n{tail}"
    drawn = picture.draw(
        years_of(by=ana, now=now()),
        rows=rows_shown(),
        steps=steps_shown(),
        title="Your years",
        nothing="",
        language="en",
    )
    if os.environ.get("WRITE_TIMELINE"):
        PAGE.write_text(whole, encoding="utf-8")
        PICTURE.write_text(drawn + "\n", encoding="utf-8")
    assert PICTURE.read_text(encoding="utf-8") == drawn + "\n"
    assert page == whole or os.environ.get("WRITE_TIMELINE"), "the page tells another story"


def check_everything(years: Years) -> None:
    """Every check-in once, in her hours, resolved; every answer is there; every one was told in her inbox."""
    plan = Plan.objects.get()
    every = list(Checkin.objects.order_by("opened_at"))
    opened = [one for one in every if one.opened_at is not None]
    assert len(opened) > 40
    assert len({(one.series, one.index) for one in every}) == len(every)
    assert [one.state for one in every].count("planned") == 1
    assert all(one.state in ("answered", "lapsed") for one in opened)
    for one in opened:
        plan.zone = years.zones[one.id]
        for moment in (one.opened_at, one.reminded_at):
            assert moment is None or is_safe(plan.rhythm, moment), one.opened_at
    given = [one for one in opened if one.state == "answered"]
    told = read_answers(given, by=years.ana, now=ENDS)
    assert len(told) == len(given) > 30
    events = [event for event in inbox_of(years.ana) if event["type"] == "checkin.due"]
    reminded = sum(one.reminded_at is not None for one in opened)
    assert len(events) == len(opened) + reminded
    assert Plan.objects.get().stopped_at is None, "only she would end it"
