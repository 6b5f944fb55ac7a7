"""The auditor's page and the forms of care in a real browser: looked at by axe, and used without script."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.console.browser import Member, chromium, follow, look_at, press, visitor
from tests.console.test_coordinators_in_chromium import sign_in
from tests.journeys.server import Server, manage, serve

pytestmark = pytest.mark.timeout(400)
FILL = "from tests.console.cared import fill; fill()"


@pytest_asyncio.fixture
async def server(durable_services: dict[str, str]) -> AsyncIterator[Server]:
    async with serve(durable_services) as running:
        yield running


async def people(server: Server) -> dict[str, Member]:
    told = json.loads((await manage(server.env, "shell", "--no-imports", "-c", FILL)).strip().splitlines()[-1])
    return {name: Member(account=account, code=code, token="") for name, (account, code) in told.items()}


async def test_the_audit_is_read_and_searched(server: Server) -> None:
    ada = (await people(server))["ada"]
    async with chromium() as browser, visitor(browser, server) as page:
        await sign_in(page, server, ada)
        await follow(page.get_by_role("link", name="Audit").first)
        await expect(page.get_by_role("status")).to_contain_text("Not known yet")
        await look_at(page, "auditor-not-known")
        await manage(server.env, "work", "--once")
        await page.reload()
        await expect(page.get_by_role("status")).to_contain_text("Yes: nothing was changed")
        await look_at(page, "auditor")
        await page.get_by_label("What was done").select_option("decision.made")
        await press(page, "button", "Show")
        await expect(page.get_by_role("row")).to_have_count(2)
        await follow(page.get_by_role("button", name="case ").first)
        await expect(page.get_by_text("Case: claimed").last).to_be_visible()
        assert "only=" in page.url
        await look_at(page, "auditor-searched")
        await page.get_by_label("The id of").fill("somebody")
        await press(page, "button", "Show")
        await expect(page.get_by_role("alert")).to_be_visible()
        await look_at(page, "auditor-wrong")
        await page.goto("/console/audit")
        await page.set_viewport_size({"width": 320, "height": 640})
        spills = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await page.evaluate(spills)


async def test_a_care_case_with_two_people(server: Server) -> None:
    known = await people(server)
    async with chromium() as browser:
        async with visitor(browser, server) as page:
            await sign_in(page, server, known["max"])
            await page.goto("/console/cases?kind=care")
            await follow(page.locator("[data-row]").first)
            await look_at(page, "care-unclaimed")
            await follow(page.get_by_role("button", name="Claim it"))
            await page.get_by_label("What you say to them").fill(
                "Hello. Somebody noticed that it is hard now. I am here."
            )
            await press(page, "button", "Send")
            await press(page, "button", "Propose to ask them")
            await expect(page.get_by_text("You have proposed it.")).to_be_visible()
            await follow(page.get_by_role("button", name="Show notes and letters only"))
            await expect(page.get_by_text("I am here.")).to_be_visible()
            await look_at(page, "care")
            await page.set_viewport_size({"width": 320, "height": 640})
            spills = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
            assert not await page.evaluate(spills)
            await page.goto(page.url.partition("/care")[0])
            await press(page, "button", "It is enough for now")
            await look_at(page, "care-looked")
        async with visitor(browser, server) as page:
            await sign_in(page, server, known["mia"])
            await page.goto("/console/cases?kind=ask")
            await follow(page.locator("[data-row]").first)
            await look_at(page, "care-second")
            await press(page, "button", "I agree: ask them")
            await expect(page.get_by_text("asked, no answer yet")).to_be_visible()
            await follow(page.get_by_role("button", name="Claim it"))
            await look_at(page, "care-second-look")
            await press(page, "button", "It is enough: close it")
            await expect(page.get_by_text("Two people found that it is enough")).to_be_visible()
            await look_at(page, "care-closed")
