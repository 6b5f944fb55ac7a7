"""The public directory in a real browser: nothing that axe finds, no cookie, leaving first, without script too."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.console.browser import NARROW, chromium, look_at, press, visitor
from tests.journeys.server import manage, serve

pytestmark = pytest.mark.timeout(300)
SMALL = (320, 640)


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
                ("rules", "/info/rules"),
                ("figures", "/info/figures"),
                ("notice", "/info/notice"),
                ("look-up", "/info/notice/look-up"),
            ):
                await page.goto(path)
                await look_at(page, f"info-{name}")
                await page.set_viewport_size({"width": SMALL[0], "height": SMALL[1]})
                spills = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
                assert not await page.evaluate(spills), f"{name} is wider than {SMALL[0]} px"
            assert await page.context.cookies() == []
        async with visitor(browser, server, script=False, language="ro") as page:
            await page.goto("/info")
            await expect(page.locator("html")).to_have_attribute("lang", "ro")
            assert await page.context.cookies() == []


async def test_a_notice_without_a_script(durable_services: dict[str, str]) -> None:
    await manage(durable_services, "shell", "--no-imports", "-c", "from tests.console.reported import fill; fill()")
    async with serve(durable_services) as server, chromium() as browser:
        async with visitor(browser, server, size=SMALL, script=False) as page:
            await page.goto("/info/notice")
            await page.get_by_label("What is wrong?").select_option("recruiting")
            await page.get_by_label("Where is it?").fill("The group Side by side")
            await page.get_by_label("What is there").fill("Somebody offers rooms.")
            await page.locator("main form").evaluate("form => { form.noValidate = true; }")
            await press(page, "button", "Send")
            await expect(page.get_by_role("alert")).to_be_visible()
            await expect(page.get_by_label("What is there")).to_have_value("Somebody offers rooms.")
            await page.get_by_label("I believe").check()
            await press(page, "button", "Send")
            reference = await page.locator(".reference code").inner_text()
            await press(page, "link", "What became of my notice?")
            await page.get_by_label("Your reference").fill(reference)
            await press(page, "button", "Look up")
            await expect(page.get_by_text("nobody has looked yet")).to_be_visible()
            assert reference not in page.url
            assert await page.context.cookies() == []
        async with visitor(browser, server) as page:
            await page.goto("/info/figures")
            await look_at(page, "info-figures-of-a-year")
            await page.goto("/info/notice")
            await page.get_by_label("What is wrong?").select_option("recruiting")
            await page.get_by_label("Where is it?").fill("The group Side by side")
            await page.get_by_label("What is there").fill("Somebody offers rooms.")
            await page.locator("main form").evaluate("form => { form.noValidate = true; }")
            await press(page, "button", "Send")
            await look_at(page, "info-notice-wrong")
            await page.get_by_label("I believe").check()
            await press(page, "button", "Send")
            await look_at(page, "info-received")
            reference = await page.locator(".reference code").inner_text()
            await page.goto("/info/notice/look-up")
            await page.get_by_label("Your reference").fill(reference)
            await press(page, "button", "Look up")
            await look_at(page, "info-looked-up")
