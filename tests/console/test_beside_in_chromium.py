"""Greeting somebody after a long silence, and a wish for contact, in a real browser."""

from __future__ import annotations

import pytest
from playwright.async_api import expect

from tests.console.browser import chromium, follow, look_at, visitor
from tests.console.test_coordinators_in_chromium import coordinators, press, server, sign_in
from tests.journeys.server import Server

pytestmark = pytest.mark.timeout(400)
__all__ = ["server"]  # the fixture


async def test_somebody_is_greeted_and_a_wish_is_taken_on(server: Server) -> None:
    olga, _ = await coordinators(server)
    async with chromium() as browser, visitor(browser, server) as page:
        await sign_in(page, server, olga)
        await follow(page.get_by_role("link", name="Who waits").first)
        await expect(page.get_by_role("heading", name="Wishes for contact")).to_be_visible()
        await look_at(page, "coordinator-beside")
        await press(page, "Take it on", says="You have taken it on.")
        await look_at(page, "coordinator-wish-taken-on")
        await press(page, "We are in touch", says="The member sees it too.")
        await press(page, "Pass it on", says="the next person")
        await expect(page.get_by_role("heading", name="Wishes for contact")).to_have_count(0)
        await follow(page.get_by_role("link", name="Waits for a greeting since"))
        await expect(page.get_by_text("Just say hello.")).to_have_count(0)
        await look_at(page, "coordinator-way-back")
        await follow(page.get_by_role("button", name="Read their words"))
        await expect(page.get_by_text("Just say hello.")).to_be_visible()
        await look_at(page, "coordinator-way-back-read")
        await press(page, "Open a talk", says="Write to them there.")
        await press(page, "I have greeted them", says="only after another silence")
        await expect(page.get_by_role("link", name="Waits for a greeting")).to_have_count(0)
