"""The public directory in a real browser: nothing that axe finds, no cookie, leaving first, without script too."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.console.browser import NARROW, chromium, look_at, visitor
from tests.journeys.server import manage, serve

pytestmark = pytest.mark.timeout(300)


async def test_anybody_can_read_them(durable_services: dict[str, str]) -> None:
    await manage(durable_services, "load_directory")
    async with serve(durable_services) as server, chromium() as browser:
        async with visitor(browser, server, size=NARROW) as page:
            await page.goto("/info")
            await page.keyboard.press("Tab")
            assert await page.evaluate("document.activeElement.id") == "leave"
            entry = await page.locator("main a[href^='/info/']").first.get_attribute("href")
            assert entry
            for name, path in (
                ("info", "/info"),
                ("numbers", "/info/numbers"),
                ("gaps", "/info/gaps"),
                ("entry", entry),
            ):
                await page.goto(path)
                await look_at(page, f"info-{name}")
            assert await page.context.cookies() == []
        async with visitor(browser, server, script=False, language="ro") as page:
            await page.goto("/info")
            await expect(page.locator("html")).to_have_attribute("lang", "ro")
            assert await page.context.cookies() == []
