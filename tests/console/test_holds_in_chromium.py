"""A moderator looks at a message that nobody in its group has looked at, in a real browser."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import expect

from backend.core.accounts.actions.organisations import load_regions
from backend.core.accounts.actions.roles import give_role
from messaging.accepting.batch import Send
from messaging.actions.messages import send_or_hold
from moderation.actions.holds import escalate_due
from tests.cast import new_organisation, new_peer, new_person, utc_now
from tests.console.browser import Member, chromium, follow, look_at, visitor
from tests.console.test_coordinators_in_chromium import sign_in
from tests.journeys.server import Server, manage, serve
from tests.messaging.circle import new_circle

pytestmark = pytest.mark.timeout(400)
FILL = "from tests.console.test_holds_in_chromium import fill; fill()"


def fill() -> None:
    """A group that ben leads, in which a message of ana has waited for a day; prints who moderates."""
    load_regions()
    ben, ana, max_ = new_person(), new_person(), new_person()
    there, _, _ = new_organisation(new_person(), new_person(), name="Voorbeeldhuis")
    new_peer(ben, organisation=there, alias="Ben")
    circle = new_circle(ben, premoderation={"first_messages": 1, "words": True})
    circle.admit(ana, "Zilveren Reiger")
    give_role(account=max_.account, kind="moderator", by=None, now=utc_now())
    body = "Wil je me een keer bellen?\nIk ben bereikbaar op 06 12 34 56 78, of mail zilver at gmail punt com."
    before = utc_now() - timedelta(days=1, minutes=5)
    for minute, text in enumerate((body, "Hallo allemaal, ik ben nieuw hier.")):
        at = before + timedelta(minutes=minute)
        send_or_hold(send=Send(ana.account.id, ana.session.id, circle.id, uuid4(), text), now=at)
    escalate_due(now=utc_now())
    print(json.dumps([str(max_.account.id), max_.code]))


@pytest_asyncio.fixture
async def server(durable_services: dict[str, str]) -> AsyncIterator[Server]:
    async with serve(durable_services) as running:
        yield running


async def test_what_waits_is_read_posted_and_given_back(server: Server) -> None:
    told = json.loads((await manage(server.env, "shell", "--no-imports", "-c", FILL)).strip().splitlines()[-1])
    member = Member(account=told[0], code=told[1], token="")
    async with chromium() as browser, visitor(browser, server) as page:
        await sign_in(page, server, member)
        await follow(page.get_by_role("link", name="Before it is posted").first)
        await look_at(page, "moderator-holds")
        await follow(page.get_by_role("link", name="Side by side").first)
        assert "06 12" not in await page.content()
        await look_at(page, "moderator-hold")
        await follow(page.get_by_role("button", name="Read it"))
        assert "06 12 34 56 78" in await page.content()
        await look_at(page, "moderator-hold-read")
        await page.get_by_label("A word to whoever wrote it").fill("Tell it to Ben alone")
        await follow(page.get_by_role("button", name="Give it back"))
        await expect(page.get_by_role("status")).to_contain_text("It is given back, with your word.")
        await follow(page.get_by_role("link", name="Side by side").first)
        await follow(page.get_by_role("button", name="Read it"))
        await follow(page.get_by_role("button", name="Post it"))
        await expect(page.get_by_role("status")).to_contain_text("It is posted.")
        assert "Nothing waits." in await page.content()
