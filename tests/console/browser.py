"""A real Chromium at a real server: pages looked at by axe, in light and dark, narrow and wide, from right to left."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any, Literal

import httpx
import pytest
from playwright.async_api import Browser, BrowserContext, Locator, Page, async_playwright, expect

from tests.journeys.people import PATIENCE
from tests.journeys.server import Server, manage

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
NARROW, WIDE = (360, 740), (1280, 800)
PASSPHRASE = "lantern under the wide bridge"
expect.set_options(timeout=1_000 * PATIENCE)
SHOTS = os.environ.get("NAAST_SHOTS", "")  # a folder: keep what the pages look like


def find_chromium() -> str:
    """Where the browser is; the test fails, and says what to do, when there is none."""
    for name in PROGRAMS:
        if found := shutil.which(name):
            return found
    pytest.fail("No Chromium: `apt-get install chromium` (make test does it where it may).")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """A browser until the end of the block."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=find_chromium(), args=FLAGS)
        try:
            yield browser
        finally:
            await browser.close()


@asynccontextmanager
async def visitor(
    browser: Browser,
    server: Server,
    *,
    size: tuple[int, int] = WIDE,
    dark: bool = False,
    script: bool = True,
    language: str = "en",
) -> AsyncIterator[Page]:
    """Somebody with a fresh browser at the console. The rest of the test fails on any error that the page reports."""
    context: BrowserContext = await browser.new_context(
        # WebAuthn knows names only, no addresses.
        base_url=f"http://localhost:{server.port}",
        viewport={"width": size[0], "height": size[1]},
        color_scheme="dark" if dark else "light",
        java_script_enabled=script,
        locale=language,
    )
    context.set_default_timeout(1_000 * PATIENCE)
    page = await context.new_page()
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda said: faults.append(said.text) if _is_fault(said) else None)
    page.on("request", lambda asked: faults.append(asked.url) if f"localhost:{server.port}" not in asked.url else None)
    try:
        yield page
    finally:
        await context.close()
    assert faults == []


def _is_fault(said: Any) -> bool:
    # A refusal's status is on the console too; a form that was filled in wrongly is no fault of the page.
    return said.type == "error" and "Failed to load resource" not in said.text


async def security_key(page: Page) -> None:
    """Plug in a security key that answers by itself."""
    session = await page.context.new_cdp_session(page)
    await session.send("WebAuthn.enable")
    await session.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "usb",
                "hasResidentKey": False,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )


async def look_at(page: Page, name: str) -> None:
    """No page has anything that axe finds: wide, light and from left to right; narrow, dark and from right to left."""
    kept = page.viewport_size
    source = (resources.files("axe_playwright_python") / "axe.min.js").read_text()
    for size, scheme, direction in ((WIDE, "light", "ltr"), (NARROW, "dark", "rtl")):
        await page.set_viewport_size({"width": size[0], "height": size[1]})
        await page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        await page.evaluate(f"document.documentElement.dir = '{direction}'")
        await page.evaluate(source)
        told: dict[str, Any] = await page.evaluate(
            f"axe.run({{runOnly: {WCAG!r}}})",
        )
        found = [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in told["violations"]]
        assert found == [], (name, size, scheme, direction)
        spills = "document.documentElement.scrollWidth > document.documentElement.clientWidth"
        assert not await page.evaluate(spills), f"{name} is wider than {size[0]} px"
        if SHOTS:
            await page.screenshot(path=Path(SHOTS) / f"{name}-{size[0]}-{scheme}-{direction}.png", full_page=True)
    await page.evaluate("document.documentElement.dir = 'ltr'")
    await page.emulate_media(color_scheme="light")
    if kept:
        await page.set_viewport_size(kept)


async def follow(there: Locator) -> None:
    """Click what leads to another page, and wait until that is there: what is looked at next may be on both."""
    async with there.page.expect_navigation():
        await there.click()


async def press(page: Page, role: Literal["button", "link"], name: str) -> None:
    """Follow the button or link with this name."""
    await follow(page.get_by_role(role, name=name))


@dataclass
class Member:
    """Somebody who signed up by the API."""

    account: str
    code: str
    token: str


async def sign_up(server: Server) -> Member:
    """A new account at this server."""
    async with httpx.AsyncClient(base_url=f"{server.url}/api/v1", trust_env=False) as http:
        told = (await http.get("/meta")).json()
        body = {"locale": "en", "adult": True, "consents": {"account": told["consents"]["account"]}}
        made = await http.post("/accounts", json=body)
        assert made.status_code == 201, made.text
        known = made.json()
        rules = {"version": (await http.get("/rules")).json()["version"]}
        agreed = await http.put("/me/rules", json=rules, headers={"Authorization": f"Bearer {known['token']}"})
        assert agreed.status_code == 204, agreed.text
        return Member(account=known["account"], code=known["access_code"], token=known["token"])


async def enrolment_code(env: Mapping[str, str], member: Member) -> str:
    """What the operator prints for somebody with a staff role."""
    return (await manage(env, "enrol_staff", member.account)).split()[0]


async def begin_enrolment(page: Page, *, code: str, member: Member) -> None:
    """The first page of the enrolment, filled in."""
    await page.goto("/console/enrol")
    await page.get_by_label("The code you were given").fill(code)
    await page.get_by_label("Your own access code").fill(member.code)
    await page.get_by_label("A new passphrase").fill(PASSPHRASE)
    await press(page, "button", "Go on")


async def give_name_and_passphrase(page: Page, *, name: str, passphrase: str = PASSPHRASE) -> None:
    """The first page of the sign-in, filled in."""
    await page.goto("/console/sign-in")
    await page.get_by_label("Sign-in name").fill(name)
    await page.get_by_label("Passphrase").fill(passphrase)
    await press(page, "button", "Go on")
