"""A coordinator's day in a real browser: every page looked at, by axe too, and the work done by hand."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pyotp
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
    security_key,
    visitor,
)
from tests.console.staffed import code_of
from tests.journeys.server import Server, manage, serve

pytestmark = pytest.mark.timeout(400)
FILL = "from tests.console.house import fill; fill()"


@pytest_asyncio.fixture
async def server(durable_services: dict[str, str]) -> AsyncIterator[Server]:
    async with serve(durable_services) as running:
        yield running


async def coordinators(server: Server) -> list[Member]:
    """The two who coordinate an organisation that has something on every page."""
    told = json.loads((await manage(server.env, "shell", "--no-imports", "-c", FILL)).strip().splitlines()[-1])
    return [Member(account=account, code=code, token="") for account, code in told]


async def sign_in(page: Page, server: Server, member: Member) -> None:
    """Enrol and sign in with a security key."""
    code = await enrolment_code(server.env, member)
    await security_key(page)
    await begin_enrolment(page, code=code, member=member)
    await page.get_by_role("button", name="Use a security key").click()
    name = await page.locator(".facts code").inner_text()
    await give_name_and_passphrase(page, name=name)
    assert page.url.endswith("/sign-in/second"), await page.inner_text("body")
    await page.get_by_role("button", name="Use a security key").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("Overview")


async def press(page: Page, name: str, *, says: str) -> None:
    """Press a button; the page after it says what was done."""
    await follow(page.get_by_role("button", name=name, exact=True).first)
    await expect(page.get_by_role("status")).to_contain_text(says)


async def test_people(server: Server) -> None:
    olga, rosa = await coordinators(server)
    async with chromium() as browser:
        async with visitor(browser, server) as page:
            await sign_in(page, server, olga)
            await look_at(page, "coordinator-start")
            await follow(page.get_by_role("link", name="Peer experts").first)
            await look_at(page, "coordinator-peers")
            await follow(page.get_by_role("link", name="Marit"))
            await look_at(page, "coordinator-peer")
            await page.get_by_label("For how many people").fill("2")
            await press(page, "Save", says="Saved.")
            await press(page, "Pause", says="Nobody new comes")
            await press(page, "Let new people come again", says="Somebody new may come")
            await page.goto("/console/peers")
            await follow(page.get_by_role("link", name="Sanne, Voorbeeldhuis"))
            boxes = page.get_by_role("checkbox")
            await boxes.first.check()
            await follow(page.get_by_role("button", name="Sign", exact=True))
            await expect(page.get_by_role("alert")).to_contain_text("every item")
            await expect(boxes.first).to_be_checked()
            await look_at(page, "coordinator-vetting")
            await boxes.last.check()
            await press(page, "Sign", says="You have signed.")
            await follow(page.get_by_role("link", name="Checklist"))
            await look_at(page, "coordinator-checklist")
            await page.goto("/console/peers")
            await follow(page.get_by_role("link", name="Ilse"))
            await follow(page.get_by_role("link", name="End the role"))
            await look_at(page, "coordinator-end")
            await press(page, "End the role", says="The role has ended.")

            await page.goto("/console/invites")
            await look_at(page, "coordinator-invites")
            await follow(page.get_by_role("button", name="We have talked"))
            await expect(page.get_by_role("status")).to_contain_text("may invite again")
            await page.get_by_label("For whom").select_option("peer_expert")
            await follow(page.get_by_role("button", name="Make an invite"))
            await expect(page.locator(".code code")).to_have_count(1)
            await look_at(page, "coordinator-invite")
            await follow(page.get_by_role("link", name="I have given it"))
            await press(page, "Take back", says="does not work any more")
        async with visitor(browser, server) as page:
            await sign_in(page, server, rosa)
            await follow(page.get_by_role("link", name="Peer experts").first)
            await follow(page.get_by_role("link", name="Sanne, Voorbeeldhuis"))
            for box in await page.get_by_role("checkbox").all():
                await box.check()
            await press(page, "Sign", says="You have signed.")
            await expect(page.get_by_role("row", name="Sanne")).to_contain_text("good until")


async def test_what_waits_and_the_directory(server: Server) -> None:
    olga, _ = await coordinators(server)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date()
    async with chromium() as browser, visitor(browser, server) as page:
        await sign_in(page, server, olga)
        await follow(page.get_by_role("link", name="Who waits").first)
        await look_at(page, "coordinator-waiting")
        await follow(page.get_by_role("link", name="Sent on"))
        await look_at(page, "coordinator-referral")
        await follow(page.get_by_role("button", name="Open it"))
        await expect(page.get_by_text("Tuesdays are good.")).to_be_visible()
        await look_at(page, "coordinator-referral-open")
        await page.get_by_label("Who will be there").fill("Mira")
        await page.get_by_label("The first date").fill(tomorrow.isoformat())
        await press(page, "Take it on", says="The member sees")
        await look_at(page, "coordinator-referral-accepted")

        await follow(page.get_by_role("link", name="Directory").first)
        await look_at(page, "coordinator-entries")
        await follow(page.get_by_role("link", name="Nobody looks after these"))
        await look_at(page, "coordinator-entries-open")
        await follow(page.get_by_role("link", name="Night desk"))
        await page.get_by_label("True until").fill((tomorrow + timedelta(days=90)).isoformat())
        await press(page, "Answer for it", says="answers for this entry")
        await look_at(page, "coordinator-entry")
        await page.get_by_label("Hours").fill("At night")
        await page.get_by_label("Contact 2: how").select_option("email")
        await follow(page.get_by_role("button", name="Save"))
        await expect(page.get_by_role("alert")).to_be_visible()
        await expect(page.get_by_label("Hours")).to_have_value("At night")
        await look_at(page, "coordinator-entry-wrong")
        await page.get_by_label("Contact 2: number or address").fill("desk@example.org")
        await press(page, "Save", says="Saved.")
        await follow(page.get_by_role("link", name="Take out of the directory"))
        await look_at(page, "coordinator-entry-withdraw")
        await press(page, "Take out of the directory", says="not in the directory any more")
        await follow(page.get_by_role("link", name="A new entry"))
        await look_at(page, "coordinator-entry-new")
        await page.goto("/console/entries/letters")
        await look_at(page, "coordinator-letters")
        await press(page, "I have looked at it", says="Done.")
        await follow(page.get_by_role("link", name="Answer or delete"))
        await look_at(page, "coordinator-question")
        await page.get_by_label("The question, in your words").fill("May children come?")
        await page.get_by_label("Your answer").fill("Yes.")
        await press(page, "Publish", says="Done.")
        await page.goto("/console/entries/gaps")
        await look_at(page, "coordinator-gaps")


async def test_duty_and_the_organisation_by_keyboard_and_without_script(server: Server) -> None:
    olga, _ = await coordinators(server)
    code = await enrolment_code(server.env, olga)
    async with chromium() as browser:
        async with visitor(browser, server, size=NARROW, script=False) as page:
            await begin_enrolment(page, code=code, member=olga)
            secret = (await page.locator("section code").inner_text()).replace(" ", "")
            assert len(pyotp.TOTP(secret).secret) == 32
            await page.get_by_label("The six digits").fill(code_of(secret, -1))
            await follow(page.get_by_role("button", name="Go on"))
            name = await page.locator(".facts code").inner_text()
            await give_name_and_passphrase(page, name=name)
            await page.get_by_label("Six digits").fill(code_of(secret))
            await follow(page.get_by_role("button", name="Go on"))
            await page.goto("/console/duty")
            await expect(page.locator("tbody tr")).to_have_count(2)
            # By keyboard alone: from the first field on.
            await page.get_by_label("On duty").focus()
            await page.keyboard.type("Rosa")
            await page.keyboard.press("Tab")
            await page.keyboard.press("Tab")
            await page.get_by_label("From").fill("2020-01-01T09:00")
            await page.get_by_label("Until").fill("2020-01-01T17:00")
            await page.get_by_role("button", name="Add", exact=True).focus()
            await page.keyboard.press("Enter")
            await expect(page.get_by_role("alert")).to_contain_text("is not over yet")
            await expect(page.get_by_label("From")).to_have_value("2020-01-01T09:00")
            await press(page, "Take off", says="not on the roster")
        async with visitor(browser, server) as page:
            await give_name_and_passphrase(page, name=name)
            await page.get_by_label("Six digits").fill(code_of(secret, 1))
            await follow(page.get_by_role("button", name="Go on"))
            await follow(page.get_by_role("link", name="Duty").first)
            await look_at(page, "coordinator-duty")
            await follow(page.get_by_role("link", name="Organisation").first)
            await look_at(page, "coordinator-organisation")
            await page.locator("summary", has_text="What you help with").click()
            await page.get_by_label("Money and debts").check()
            await press(page, "Save", says="Saved.")
            await page.goto("/console/organisation/seats")
            await look_at(page, "coordinator-seats")
            await page.goto("/console/organisation/close")
            await look_at(page, "coordinator-close")
            await page.get_by_label("Type the name").fill("Voorbeeldhuis")
            await follow(page.get_by_role("button", name="Close the organisation"))
            await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
