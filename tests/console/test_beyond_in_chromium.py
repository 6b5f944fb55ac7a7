"""A reported entry, a peer expert and a notice in a real browser: looked at by axe, and decided by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.console.browser import Member, chromium, follow, look_at, press, visitor
from tests.console.test_coordinators_in_chromium import sign_in
from tests.journeys.server import Server, manage, serve

pytestmark = pytest.mark.timeout(400)
FILL = "from tests.console.beyond import fill; fill()"


@pytest_asyncio.fixture
async def server(durable_services: dict[str, str]) -> AsyncIterator[Server]:
    async with serve(durable_services) as running:
        yield running


async def take(page: Page, name: str) -> None:
    """From the queue to a case, claimed, with its evidence open."""
    await page.goto("/console/cases")
    await follow(page.get_by_role("link", name=name).first)
    await press(page, "button", "Claim it")
    await press(page, "button", "Show what was said")


async def test_what_is_reported_beside_talks(server: Server) -> None:
    told = json.loads((await manage(server.env, "shell", "--no-imports", "-c", FILL)).strip().splitlines()[-1])
    mia, olga = (Member(account=account, code=code, token="") for account, code in told)
    async with chromium() as browser, visitor(browser, server) as page:
        await sign_in(page, server, mia)
        await take(page, "Threats")
        await expect(page.get_by_text("Daar wordt gedreigd.")).to_be_visible()
        await look_at(page, "moderator-notice")
        await page.get_by_label("What the notice is about").fill("No such group")
        await press(page, "button", "This is what it is about")
        await expect(page.get_by_role("alert").first).to_be_visible()
        await page.get_by_label("What the notice is about").fill("ander werk ernaast")
        await press(page, "button", "This is what it is about")
        await expect(page.get_by_text("Ander werk ernaast")).to_be_visible()
        await expect(page.get_by_label("Slow the group down")).to_be_visible()

        await take(page, "Contempt")
        await expect(page.get_by_text("as a peer expert").first).to_be_visible()

        await take(page, "Recruiting")
        await expect(page.get_by_text("Snel veel verdienen")).to_be_visible()
        await look_at(page, "moderator-entry")
        await page.get_by_label("Rule").select_option("recruiting")
        await page.get_by_label("What happened").fill("De vermelding biedt werk aan.")
        await page.get_by_label("Take the entry out of the directory").check()
        await press(page, "button", "Decide")
        await expect(page.get_by_role("status").first).to_contain_text("Decided.")

    async with chromium() as browser, visitor(browser, server) as page:
        await sign_in(page, server, olga)
        await page.goto("/console/entries")
        await expect(page.get_by_role("heading", name="Taken out by a decision")).to_be_visible()
        await expect(page.get_by_text("De vermelding biedt werk aan.")).to_be_visible()
        await look_at(page, "coordinator-taken-out")
        await page.goto("/console/duty")
        await look_at(page, "coordinator-duty-roles")
