"""A moderator's day in a real browser: every page looked at, by axe too, by hand, by keyboard, and without script."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.console.browser import (
    NARROW,
    Member,
    begin_enrolment,
    chromium,
    enrolment_code,
    follow,
    give_name_and_passphrase,
    look_at,
    visitor,
)
from tests.console.staffed import code_of
from tests.console.test_coordinators_in_chromium import press, sign_in
from tests.journeys.server import Server, manage, serve

pytestmark = pytest.mark.timeout(400)
FILL = "from tests.console.caseload import fill; fill()"


@pytest_asyncio.fixture
async def server(durable_services: dict[str, str]) -> AsyncIterator[Server]:
    async with serve(durable_services) as running:
        yield running


async def staff(server: Server) -> list[Member]:
    """Two moderators and a second approver, and something of every kind that waits for them."""
    told = json.loads((await manage(server.env, "shell", "--no-imports", "-c", FILL)).strip().splitlines()[-1])
    return [Member(account=account, code=code, token="") for account, code in told]


async def open_case(page: Page, name: str) -> None:
    """From the queue to a case."""
    await page.goto("/console/cases")
    await follow(page.get_by_role("link", name=name).first)


async def test_a_case_from_the_queue_to_the_decision(server: Server) -> None:
    _, mia, _ = await staff(server)
    async with chromium() as browser, visitor(browser, server) as page:
        await sign_in(page, server, mia)
        await expect(page.locator("[data-badge]")).to_have_text("5 wait")
        await follow(page.get_by_role("link", name="Cases").first)
        await look_at(page, "moderator-queue")

        # By keyboard: down to the second line, claim it there.
        await page.keyboard.press("j")
        await page.keyboard.press("j")
        await expect(page.locator("[data-row]").nth(1)).to_be_focused()
        await page.keyboard.press("k")
        await expect(page.locator("[data-row]").first).to_be_focused()
        await page.keyboard.press("?")
        await expect(page.get_by_text("down and up the list")).to_be_visible()
        await look_at(page, "moderator-keys")
        await open_case(page, "Threats or pressure")
        await look_at(page, "moderator-case")
        async with page.expect_navigation():
            await page.keyboard.press("c")
        await expect(page.get_by_text("yours until")).to_be_visible()
        await look_at(page, "moderator-case-claimed")
        async with page.expect_navigation():
            await page.keyboard.press("r")
        await expect(page.get_by_text("Ik weet waar je woont.")).to_be_visible()
        await expect(page.get_by_text("Unchanged: this is exactly what was sent.").first).to_be_visible()
        await look_at(page, "moderator-case-open")
        await page.keyboard.press("d")
        await expect(page.get_by_role("heading", name="Decide", exact=True)).to_be_focused()
        await page.get_by_label("Rule", exact=True).select_option("safety")
        await follow(page.get_by_role("button", name="Begin with words for this rule"))
        await expect(page.get_by_label("What happened")).to_have_value(
            "Je hebt iets geschreven dat iemand bedreigt of onder druk zet. Mensen moeten hier veilig zijn."
        )
        await expect(page.get_by_text("Ik weet waar je woont.")).to_be_visible()
        # Keys do nothing where somebody writes.
        await page.get_by_label("What happened").press("End")
        await page.keyboard.type(" jkcdr?")
        await expect(page.get_by_label("What happened")).to_be_focused()
        await page.get_by_label("Rule", exact=True).select_option("")
        await page.get_by_label("Warn").check()
        await follow(page.get_by_role("button", name="Decide", exact=True))
        await expect(page.get_by_role("alert")).to_be_visible()
        await look_at(page, "moderator-decide-wrong")
        await page.get_by_label("Rule", exact=True).select_option("safety")
        await page.locator("input[name=hide]").check()
        await page.get_by_label("Mute in this place").select_option("24")
        await press(page, "Decide", says="Decided.")
        await look_at(page, "moderator-decided")
        async with page.expect_navigation():
            await page.keyboard.press("n")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Worried about somebody")
        await page.goto("/console/rules")
        await look_at(page, "moderator-rules")


async def test_appeal_and_review_and_keys_switched_off(server: Server) -> None:
    _, mia, lea = await staff(server)
    async with chromium() as browser:
        async with visitor(browser, server) as page:
            await sign_in(page, server, mia)
            await page.goto("/console/cases?kind=appeal")
            await follow(page.locator("[data-row]").first)
            await look_at(page, "moderator-appeal")
            await follow(page.get_by_role("button", name="Show notes and letters only"))
            await expect(page.get_by_text("Het was een grap.")).to_be_visible()
            await look_at(page, "moderator-appeal-open")
            await page.get_by_label("Why, as the person is told").fill("Het was geen grap.")
            await press(page, "Reject it", says="Done.")
            await page.goto("/console/cases?kind=review")
            await follow(page.locator("[data-row]").first)
            await look_at(page, "moderator-review")
            await press(page, "It stands", says="Done.")
            await page.keyboard.press("?")
            await press(page, "Switch the keys off", says="Saved.")
            await page.keyboard.press("j")
            await expect(page.locator("[data-row]").first).not_to_be_focused()
        async with visitor(browser, server) as page:
            await sign_in(page, server, lea)
            await page.goto("/console/cases?kind=second")
            await follow(page.locator("[data-row]").first)
            await follow(page.get_by_role("button", name="Show what was said"))
            await expect(page.get_by_text("Kom bij ons werken")).to_be_visible()
            await look_at(page, "moderator-second")
            await press(page, "I agree", says="Done.")


async def test_without_script(server: Server) -> None:
    _, mia, _ = await staff(server)
    code = await enrolment_code(server.env, mia)
    async with chromium() as browser, visitor(browser, server, size=NARROW, script=False) as page:
        await begin_enrolment(page, code=code, member=mia)
        secret = (await page.locator("section code").inner_text()).replace(" ", "")
        await page.get_by_label("The six digits").fill(code_of(secret, -1))
        await follow(page.get_by_role("button", name="Go on"))
        name = await page.locator(".facts code").inner_text()
        await give_name_and_passphrase(page, name=name)
        await page.get_by_label("Six digits").fill(code_of(secret))
        await follow(page.get_by_role("button", name="Go on"))
        await page.goto("/console/cases?kind=report")
        line = page.get_by_role("listitem").filter(has_text="Threats or pressure")
        await follow(line.get_by_role("button"))
        await follow(page.get_by_role("button", name="Show what was said"))
        await expect(page.get_by_text("Ik weet waar je woont.")).to_be_visible()
        await page.get_by_label("What happened").fill("Een dreiging.")
        await page.get_by_label("Rule", exact=True).select_option("safety")
        await page.get_by_label("Remove from this place").check()
        await press(page, "Decide", says="Decided.")
        await follow(page.get_by_role("button", name="Next case"))
        await page.get_by_text("Keys", exact=True).click()
        await expect(page.get_by_text("down and up the list")).to_be_visible()
