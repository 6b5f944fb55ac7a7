"""From a report to what is undone: as the reporter, the reported, two moderators in a browser, and an auditor."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.console.browser import Member, chromium, follow, visitor
from tests.console.test_coordinators_in_chromium import press, sign_in
from tests.journeys.server import Server, manage, serve

pytestmark = pytest.mark.timeout(400)
BEGIN = "from tests.console.caseload import begin; begin()"
BAD = "Zij heet eigenlijk anders en woont in de Dorpsstraat."


@pytest_asyncio.fixture
async def server(durable_services: dict[str, str]) -> AsyncIterator[Server]:
    async with serve(durable_services) as running:
        yield running


class Phone:
    """Somebody's app: asks the API with their token."""

    def __init__(self, server: Server, member: Member) -> None:
        self.http = httpx.AsyncClient(
            base_url=f"{server.url}/api/v1", trust_env=False, headers={"Authorization": f"Bearer {member.token}"}
        )

    async def get(self, path: str) -> Any:
        return (await self.http.get(path)).json()

    async def post(self, path: str, body: dict[str, Any]) -> Any:
        made = await self.http.post(path, json=body)
        assert made.status_code == 201, made.text
        return made.json()

    async def reads(self, group: str) -> list[str | None]:
        """What the group shows."""
        return [item["body"] for item in (await self.get(f"/conversations/{group}/messages"))["items"]]


async def decide(page: Page) -> None:
    """From the queue, by the first line, to a decision."""
    await page.goto("/console/cases")
    await follow(page.get_by_role("button", name="Claim").first)
    await follow(page.get_by_role("button", name="Show what was said"))
    await expect(page.get_by_text(BAD)).to_be_visible()
    await expect(page.get_by_text("said around it")).to_be_visible()
    await page.get_by_label("Rule", exact=True).select_option("identity")
    await page.get_by_label("What happened").fill("You told who somebody is.")
    await page.locator("input[name=hide]").check()
    await page.get_by_label("Mute in this place").select_option("24")
    await press(page, "Decide", says="Decided.")


async def press_show(page: Page) -> None:
    """Search the audit."""
    await follow(page.get_by_role("button", name="Show", exact=True))


async def test_report_to_upheld_appeal(server: Server) -> None:
    told = json.loads((await manage(server.env, "shell", "--no-imports", "-c", BEGIN)).strip().splitlines()[-1])
    people = {name: Member(*known) for name, known in told["people"].items()}
    ana, dora = Phone(server, people["ana"]), Phone(server, people["dora"])
    group, seq = told["group"], told["seq"]

    # ana reports it: it is hidden at once, until a person has looked.
    target = {"conversation": group, "seq": seq}
    receipt = await ana.post("/reports", {"target": target, "reason": "identity", "note": "Dat ben ik."})
    assert receipt["state"] == "received"
    assert (await ana.reads(group))[-1] is None

    async with chromium() as browser:
        async with visitor(browser, server) as page:
            await sign_in(page, server, people["max"])
            await decide(page)

        # dora is told why, not by whom; she saw that somebody looked. ana is told that it was decided.
        (statement,) = (await dora.get("/me/decisions"))["items"]
        assert (statement["facts"], statement["rule"]) == ("You told who somebody is.", "identity")
        assert [measure["kind"] for measure in statement["measures"]] == ["hide", "mute"]
        assert people["ana"].account not in json.dumps(statement)
        assert (await dora.get("/me/looks"))["items"] != []
        assert (await ana.get(f"/reports/{receipt['id']}"))["outcome_code"] == "measure_taken"
        refused = await dora.http.post(
            f"/conversations/{group}/messages",
            json={"client_id": "6a3f0f63-4f8c-4d63-9a58-0c1d0b2e7a11", "body": "?"},
        )
        assert refused.status_code == 403

        appealed = await dora.post(f"/decisions/{statement['id']}/appeals", {"text": "Dat was mijn eigen straat."})
        async with visitor(browser, server) as page:
            await sign_in(page, server, people["mia"])
            await page.goto("/console/cases?kind=appeal")
            await follow(page.locator("[data-row]").first)
            await follow(page.get_by_role("button", name="Show what was said"))
            await expect(page.get_by_text("Dat was mijn eigen straat.")).to_be_visible()
            await expect(page.get_by_text(BAD)).to_be_visible()
            await expect(page.get_by_text("said around it")).to_have_count(0)  # bystanders' words are gone
            await page.get_by_label("Why, as the person is told").fill("You are right.")
            await press(page, "Uphold it", says="Done.")

        # Everything is as it was, and both sides are told.
        assert (await dora.get(f"/appeals/{appealed['id']}"))["state"] == "upheld"
        assert (await dora.get("/me/decisions"))["items"][0]["state"] == "undone"
        assert (await ana.reads(group))[-1] == BAD
        assert (await ana.get(f"/reports/{receipt['id']}"))["outcome_code"] == "nothing_found"

        # Who audits sees each step in its role, and that the chain holds; no case, no word, nobody's account.
        await manage(server.env, "work", "--once")
        async with visitor(browser, server) as page:
            await sign_in(page, server, people["ada"])
            await follow(page.get_by_role("link", name="Audit").first)
            await expect(page.get_by_role("status")).to_contain_text("Yes: nothing was changed")
            await page.get_by_label("What was done").select_option("appeal.upheld")
            await press_show(page)
            await follow(page.get_by_role("button", name="decision "))
            told = [await row.inner_text() for row in await page.locator("tbody th").all()]
            for step in ("Decision: undone", "Appeal: upheld", "Decision: made"):
                assert any(line.startswith(step) for line in told), (step, told)
            shown = await page.content()
            assert not [word for word in (BAD, *(person.account for person in people.values())) if word in shown]
            await page.goto("/console/cases")
            await expect(page.get_by_role("heading", level=1)).to_have_text("There is nothing here.")
    assert "The audit holds." in await manage(server.env, "audit", "verify")
    for phone in (ana, dora):
        await phone.http.aclose()
