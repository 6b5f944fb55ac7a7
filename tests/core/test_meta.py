"""What anybody and what operators can ask: meta, schema, docs, health, figures."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from django.db import DatabaseError, connections
from django.test import AsyncClient, Client
from openapi_spec_validator import validate
from pytest_django import Settings

from backend.core.http import api, health
from infra.embedded.valkey import Valkey

PAGES = ["/healthz", "/api/v1/meta", "/api/v1/schema", "/api/docs", "/api/docs/swagger-ui.css", "/api/docs/start.js"]


@pytest.fixture(autouse=True)
def _ask_anew() -> None:
    api._find_failing.cache_clear()


def test_meta() -> None:
    told = Client().get("/api/v1/meta").json()
    assert told == {
        "name": "Naast",
        "api_level": 1,
        "min_client": 1,
        "protocols": ["naast.v1"],
        "languages": ["nl", "en", "es", "ro", "bg", "hu"],
        "reactions": ["heart", "thanks", "strength", "hug", "laugh", "sad", "yes", "no"],
        "consents": told["consents"],
    }
    assert told["consents"].keys() == {"account", "checkins", "sharing", "figures"}


@pytest.mark.parametrize("target", PAGES)
async def test_who_may_ask_and_how(target: str) -> None:
    client = AsyncClient()
    response = await client.get(target)
    assert response.status_code == 200
    assert (await client.head(target)).status_code == 200
    refused = await client.post(target)
    assert (refused.status_code, json.loads(refused.content)["code"]) == (405, "method_not_allowed")
    assert "GET" in refused["Allow"]


async def test_what_a_view_allows() -> None:
    response = await AsyncClient().options("/api/v1/meta")
    assert (response.status_code, response.content, response["Allow"]) == (204, b"", "GET, HEAD, OPTIONS")


def test_the_schema_is_valid_and_tells_problems() -> None:
    schema: dict[str, Any] = Client().get("/api/v1/schema").json()
    assert schema["openapi"].startswith("3.1")
    validate(schema)
    operations = [one for path in schema["paths"].values() for one in path.values()]
    assert operations
    assert all("application/problem+json" in one["responses"]["default"]["content"] for one in operations)


def test_the_docs_need_no_other_host() -> None:
    response = Client().get("/api/docs")
    page = response.content.decode()
    assert "//" not in page.replace("<!doctype", "")
    assert "script-src 'self'" in response["Content-Security-Policy"]
    assert "<script>" not in page
    for address in re.findall(r'(?:src|href)="([^"]+)"', page):
        asset = Client().get(address)
        assert asset.status_code == 200
        assert asset["Content-Type"].split(";")[0] in ("text/css", "text/javascript", "image/png")
    assert '"/api/v1/schema"' in Client().get("/api/docs/start.js").content.decode()


@pytest.mark.parametrize("name", ["x", "swagger-ui.css.map", "..%2f__init__.py", "%00"])
def test_other_files_are_not_there(name: str) -> None:
    assert Client().get(f"/api/docs/{name}").json()["code"] == "not_found"


@pytest.mark.django_db
def test_ready() -> None:
    response = Client().get("/readyz")
    assert (response.status_code, response.json()) == (200, {"ready": True, "failing": []})


@pytest.mark.django_db
def test_what_fails_is_named_and_no_more(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    def lose(*_: object) -> None:
        raise DatabaseError("kanarie")

    settings.READY_WITHOUT = ""  # the tests' database may lose what it accepts
    settings.REDIS_URL = "unix:///nowhere"
    monkeypatch.setattr(connections["keystore"], "cursor", lose)
    response = Client().get("/readyz")
    assert response.status_code == 503
    assert response.json() == {"ready": False, "failing": ["keystore", "migrations", "durability", "ring"]}


@pytest.mark.django_db
def test_not_durable_is_not_ready(settings: Settings) -> None:
    settings.READY_WITHOUT = ""
    assert health.find_failing() == ["durability"]


@pytest.mark.django_db
def test_a_lacking_migration_is_not_ready() -> None:
    with connections["default"].cursor() as cursor:
        cursor.execute("DELETE FROM django_migrations WHERE app = 'profiles'")
    assert health.find_failing() == ["migrations"]


@pytest.mark.django_db
def test_the_ring_s_server_counts_when_there_is_one(settings: Settings, own_valkey: Valkey) -> None:
    settings.REDIS_URL = own_valkey.url
    assert health.find_failing() == []
    own_valkey.kill()
    assert health.find_failing() == ["ring"]


def test_figures_are_for_this_machine_or_the_token(settings: Settings) -> None:
    client = Client()
    client.get("/api/v1/meta")
    told = client.get("/metrics").content.decode()
    assert 'naast_http_request_seconds_count{method="GET",route="api/v1/meta",status="200"}' in told
    away = "203.0.113.7"
    assert client.get("/metrics", REMOTE_ADDR=away).status_code == 404
    for header in ("X-Forwarded-For", "Forwarded", "X-Real-IP", "Via"):
        assert client.get("/metrics", headers={header: "127.0.0.1"}).status_code == 404
    assert client.get("/metrics", REMOTE_ADDR=away, headers={"Authorization": "Bearer "}).status_code == 404
    settings.METRICS_TOKEN = "a token"
    given = {"Authorization": "Bearer a token"}
    assert client.get("/metrics", REMOTE_ADDR=away, headers=given).status_code == 200
    assert client.get("/metrics", REMOTE_ADDR=away, headers={"Authorization": "Bearer é"}).status_code == 404
