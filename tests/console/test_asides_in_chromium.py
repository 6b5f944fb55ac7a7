"""What is done beside a case for a life, in a real browser: every page looked at, by axe too."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.console.browser import Member, chromium, follow, look_at, visitor
from tests.console.test_coordinators_in_chromium import press, sign_in
from tests.journeys.server import Server, manage, serve

pytestmark = pytest.mark.timeout(400)
FILL = "from tests.console.caseload import fill; fill()"


@pytest_asyncio.fixture
async def server(durable_services: dict[str, str]) -> AsyncIterator[Server]:
    async with serve(durable_services) as running:
        yield running


async def fill_in(page: Page) -> None:
    """What both forms ask."""
    await page.get_by_label("Why, for the other person who decides").fill("Schreef dat dit het laatste bericht was.")
    await page.get_by_label("What the person is told").fill("Wij waren bang voor je leven.")
    await page.get_by_label("When the person is told").select_option("168")


async def claim(page: Page) -> None:
    """A case, from the queue."""
    await page.goto("/console/cases?kind=report")
    await follow(page.get_by_role("link", name="Threats or pressure").first)
    await follow(page.get_by_role("button", name="Claim it"))


async def test_for_a_life(server: Server) -> None:
    told = json.loads((await manage(server.env, "shell", "--no-imports", "-c", FILL)).strip().splitlines()[-1])
    max_, _, lea = (Member(account=account, code=code, token="") for account, code in told)
    async with chromium() as browser, visitor(browser, server) as page, visitor(browser, server) as beside:
        await sign_in(page, server, max_)
        await sign_in(beside, server, lea)
        await claim(page)
        case = page.url
        await look_at(page, "aside-case")
        await follow(page.get_by_role("link", name="Tell an authority"))
        await look_at(page, "aside-disclose")
        await fill_in(page)
        await page.get_by_label("Authority", exact=True).fill("Politie Haaglanden")
        await page.get_by_label("Its reference, or who you spoke with").fill("2026-4711")
        await follow(page.get_by_role("button", name="Ask for it"))
        await expect(page.get_by_role("alert")).to_be_visible()  # nothing was chosen
        await look_at(page, "aside-disclose-wrong")
        await page.get_by_label("Languages").check()
        await page.locator("input[name=evidence]").first.check()
        await press(page, "Ask for it", says="once a second person agrees")

        await beside.goto("/console/cases?kind=second")
        await follow(beside.get_by_role("link", name="Threats or pressure").first)
        await follow(beside.get_by_role("button", name="Show notes and letters only"))
        await expect(beside.get_by_text("Politie Haaglanden")).to_be_visible()
        await look_at(beside, "aside-second")
        await press(beside, "I agree", says="Done.")

        await page.goto(case)
        await look_at(page, "aside-case-open")
        await follow(page.get_by_role("link", name="What an authority is told"))
        await look_at(page, "aside-extract")
        await follow(page.get_by_role("button", name="Take it away now"))
        await expect(page.get_by_text("Politie Haaglanden")).to_be_visible()
        await look_at(page, "aside-extract-open")

        await page.goto(case)
        await follow(page.get_by_role("link", name="Unseal who somebody is"))
        await look_at(page, "aside-unseal")
        await fill_in(page)
        await page.get_by_label("At once").check()
        await press(page, "Ask for it", says="within a day")
        await follow(page.get_by_role("link", name="Who somebody is", exact=True))
        await look_at(page, "aside-identity")
        await follow(page.get_by_role("button", name="Show it"))
        await expect(page.get_by_text("Nederlands")).to_be_visible()
        await look_at(page, "aside-identity-open")

        await beside.goto("/console/cases?kind=review")
        await follow(beside.get_by_role("link", name="Threats or pressure").first)
        await look_at(beside, "aside-review")
        await press(beside, "It stands, and is told as asked for", says="Done.")
        await follow(beside.get_by_role("link", name="Not told yet").first)
        await look_at(beside, "aside-untold")
        await follow(beside.locator("[data-row]").first)
        await look_at(beside, "aside-one-untold")
        await beside.get_by_label("Why it would endanger somebody now").fill("Hij is er nog.")
        await press(beside, "Ask for it", says="once another agrees")
