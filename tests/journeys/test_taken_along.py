"""A member takes their data along: over HTTP, made by a worker in a process of its own, sent piece by piece."""

from __future__ import annotations

import asyncio

import pytest

from infra.client import Refused, Rest
from tests.journeys.people import PATIENCE
from tests.journeys.server import manage, serve

LINES, LONG = 100, "naast mij " * 390  # together more than one piece


async def test_a_file_of_many_pieces(durable_services: dict[str, str]) -> None:
    env = durable_services
    async with serve(env) as server, Rest(server.url) as ana, asyncio.timeout(4 * PATIENCE):
        code = (await ana.sign_up(locale="nl"))["access_code"]
        for number in range(LINES):
            await ana.call("POST", "/me/journey/entries", {"text": f"→ {number} {LONG}", "domain": "money"})
        with pytest.raises(Refused, match="access_code_wrong"):
            await ana.call("POST", "/me/exports", {"access_code": "one two three four five six seven"})
        asked = await ana.call("POST", "/me/exports", {"access_code": code})
        assert asked["state"] == "asked"
        await manage(env, "work", "--once")
        (shown,) = (await ana.call("GET", "/me/exports"))["items"]
        assert (shown["id"], shown["state"]) == (asked["id"], "ready")
        heard = (await ana.sync({"inbox": 0}))["streams"]["inbox"]["events"]
        assert [(one["export"], one["state"]) for one in heard if one["type"] == "export.ready"] == [
            (asked["id"], "ready")
        ]
        answer = await ana.answer("POST", f"/me/exports/{asked['id']}/download", {"access_code": code})
        assert len(answer.content) == int(answer.headers["Content-Length"]) == shown["size"]
        parts = answer.json()["parts"]
        assert [line["text"] for line in parts["journey"]] == [f"→ {number} {LONG}".strip() for number in range(LINES)]
        assert len(parts["sessions"]) == 1
        async with Rest(server.url, token=ana.token) as other:  # nothing is left behind in the server
            assert (await other.call("GET", f"/me/exports/{asked['id']}"))["state"] == "ready"
