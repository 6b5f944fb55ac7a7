"""Load and backlog in a real browser: looked at by axe, and used without script."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.console.browser import Member, chromium, look_at, press, visitor
from tests.console.test_coordinators_in_chromium import sign_in
from tests.journeys.server import Server, manage, serve

pytestmark = pytest.mark.timeout(400)
FILL = "from tests.console.tired import fill; fill()"


@pytest_asyncio.fixture
async def server(durable_services: dict[str, str]) -> AsyncIterator[Server]:
    async with serve(durable_services) as running:
        yield running


async def test_load_and_backlog(server: Server) -> None:
    told = json.loads((await manage(server.env, "shell", "--no-imports", "-c", FILL)).strip().splitlines()[-1])
    moderator = Member(account=told[0], code=told[1], token="")
    async with chromium() as browser, visitor(browser, server) as page:
        await sign_in(page, server, moderator)
        await page.goto("/console/backlog")
        await expect(page.get_by_role("status").first).to_contain_text("Nobody is on duty")
        await look_at(page, "moderator-backlog")
        await page.goto("/console/load")
        await look_at(page, "moderator-load")
        await page.get_by_label("Contempt").check()
        await press(page, "button", "Save")
        await expect(page.get_by_role("status").first).to_contain_text("Saved.")
        await expect(page.get_by_label("Contempt")).to_be_checked()
        async with page.expect_navigation():
            await page.get_by_role("button", name="We have talked").first.click()
        await expect(page.get_by_text("Nobody.")).to_be_visible()
