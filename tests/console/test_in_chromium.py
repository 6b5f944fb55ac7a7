"""Enrolment and sign-in in a real browser: with a security key, with an app, by recovery code, by keyboard, without
script."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pyotp
import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.console.browser import (
    NARROW,
    begin_enrolment,
    chromium,
    enrolment_code,
    give_name_and_passphrase,
    look_at,
    press,
    security_key,
    sign_up,
    visitor,
)
from tests.console.staffed import code_of
from tests.journeys.server import Server, manage, serve

pytestmark = pytest.mark.timeout(300)


@pytest_asyncio.fixture
async def server(durable_services: dict[str, str]) -> AsyncIterator[Server]:
    async with serve(durable_services) as running:
        yield running


async def test_with_a_security_key(server: Server) -> None:
    member = await sign_up(server)
    await manage(server.env, "give_role", member.account, "moderator")
    code = await enrolment_code(server.env, member)
    async with chromium() as browser, visitor(browser, server) as page:
        await security_key(page)
        await page.goto("/console/")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")
        await look_at(page, "sign-in")
        await page.goto("/console/enrol")
        await look_at(page, "enrol")
        await begin_enrolment(page, code="aaaa-bbbb-cccc-dddd", member=member)
        await expect(page.get_by_role("alert")).to_contain_text("do not open an enrolment")
        await look_at(page, "enrol-wrong")
        await begin_enrolment(page, code=code, member=member)
        await look_at(page, "enrol-second")
        await press(page, "button", "Use a security key")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Keep this")
        await look_at(page, "enrolled")
        name = await page.locator(".facts code").inner_text()
        await press(page, "link", "I have kept it")

        await give_name_and_passphrase(page, name=name, passphrase="some other words here")
        await expect(page.get_by_role("alert")).to_contain_text("do not belong together")
        await look_at(page, "sign-in-wrong")
        await give_name_and_passphrase(page, name=name)
        await look_at(page, "second")
        await press(page, "button", "Use a security key")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        await look_at(page, "overview")
        await press(page, "link", "Your sign-in")
        await look_at(page, "own")
        await press(page, "link", "Change your passphrase")
        await look_at(page, "own-passphrase")
        await page.goto("/console/own/codes")
        await look_at(page, "own-codes")
        await press(page, "button", "Make new codes")
        await expect(page.locator(".codes li")).to_have_count(10)
        await page.goto("/console/confirm?next=/console/own")
        await look_at(page, "confirm")
        await press(page, "button", "Use a security key")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Your sign-in")
        cookies = {cookie["name"]: cookie for cookie in await page.context.cookies()}
        assert set(cookies) == {"console", "console-browser"}
        for cookie in cookies.values():
            assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Strict")
        await page.goto("/console/nothing")
        await look_at(page, "nothing")
        # The role ends, and with it what is open.
        await manage(server.env, "end_role", member.account, "moderator")
        await page.goto("/console/")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")


async def test_with_an_app_by_keyboard_alone_and_without_script(server: Server) -> None:
    member = await sign_up(server)
    await manage(server.env, "give_role", member.account, "auditor")
    code = await enrolment_code(server.env, member)
    async with chromium() as browser, visitor(browser, server, size=NARROW, script=False) as page:
        await begin_enrolment(page, code=code, member=member)
        await expect(page.get_by_role("button", name="Use a security key")).not_to_be_visible()
        secret = (await page.locator("section code").inner_text()).replace(" ", "")
        assert len(pyotp.TOTP(secret).secret) == 32
        await page.get_by_label("The six digits").fill("123456")
        await press(page, "button", "Go on")
        await expect(page.get_by_role("alert")).to_be_visible()
        await page.get_by_label("The six digits").fill(code_of(secret, -1))
        await press(page, "button", "Go on")
        name = await page.locator(".facts code").inner_text()
        recovery = await page.locator(".codes code").all_inner_texts()

        # By keyboard alone: the name has the focus.
        await page.goto("/console/sign-in")
        await expect(page.get_by_label("Sign-in name")).to_be_focused()  # on a busy machine after the page is there
        for text in (name, "lantern under the wide bridge"):
            await page.keyboard.type(text)
            await page.keyboard.press("Tab" if text == name else "Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Second step")
        await expect(page.get_by_label("recovery code")).to_be_focused()
        await page.keyboard.type(code_of(secret))
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Overview")
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="To the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await page.get_by_role("button", name="Sign out").focus()
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("heading", level=1)).to_have_text("Sign in")

        # A recovery code opens once.
        for expected in ("Overview", "Second step"):
            await give_name_and_passphrase(page, name=name)
            await page.get_by_label("recovery code").fill(recovery[0])
            await press(page, "button", "Go on")
            await expect(page.get_by_role("heading", level=1)).to_have_text(expected)
            if expected == "Overview":
                await press(page, "button", "Sign out")
