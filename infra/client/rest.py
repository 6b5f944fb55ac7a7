"""The REST half of the contract, one method per endpoint that talking needs."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

import httpx

PAGE = 100


class Unreachable(Exception):
    """The server did not answer, or not with anything of the contract: nothing is known of what it did."""


class Refused(Exception):
    """The server's answer is no. `errors`: [{pointer, code}]; `retry_after` in seconds, where there is one."""

    def __init__(
        self, *, status: int, code: str, errors: list[dict[str, Any]] | None = None, retry_after: float | None = None
    ) -> None:
        self.status = status
        self.code = code
        self.errors = errors or []
        self.retry_after = retry_after
        super().__init__(f"{status} {code}")

    @classmethod
    def of(cls, problem: Mapping[str, Any], *, retry_after: float | None = None) -> Refused:
        """From a problem document, or from the problem in a `nack`."""
        return cls(
            status=problem["status"],
            code=problem["code"],
            errors=problem.get("errors"),
            retry_after=problem.get("retry_after", retry_after),
        )


class Rest:
    """One person's calls to one server; `token` may be set later."""

    def __init__(self, url: str, *, token: str = "", language: str = "en", timeout: float = 20.0) -> None:
        self.url = url.rstrip("/")
        self.token = token
        self.faults = 0  # answers that say that the server did not get to the end
        self.http = httpx.AsyncClient(
            base_url=f"{self.url}/api/v1", timeout=timeout, trust_env=False, headers={"Accept-Language": language}
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections."""
        await self.http.aclose()

    async def answer(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        headers: Mapping[str, str] | None = None,
        **parameters: Any,
    ) -> httpx.Response:
        """The answer to one call. Raises Refused or Unreachable."""
        sent = {**(headers or {}), **({"Authorization": f"Bearer {self.token}"} if self.token else {})}
        asked = {name: value for name, value in parameters.items() if value is not None}
        try:
            answer = await self.http.request(method, path, json=body, params=asked or None, headers=sent)
        except httpx.TransportError as fault:
            raise Unreachable(type(fault).__name__) from None
        if answer.is_success:
            return answer
        if answer.headers.get("Content-Type") != "application/problem+json" or answer.status_code == 500:
            self.faults += 1
            raise Unreachable(f"status {answer.status_code}")
        retry_after = answer.headers.get("Retry-After")
        raise Refused.of(answer.json(), retry_after=float(retry_after) if retry_after else None)

    async def call(self, method: str, path: str, body: Mapping[str, Any] | None = None, **parameters: Any) -> Any:
        """The JSON of one call's answer, None where there is none."""
        answer = await self.answer(method, path, body, **parameters)
        return answer.json() if answer.content else None

    async def pages(self, path: str, **parameters: Any) -> AsyncIterator[dict[str, Any]]:
        """All items of a list, page by page."""
        after: str | None = None
        while True:
            page = await self.call("GET", path, limit=PAGE, after=after, **parameters)
            for item in page["items"]:
                yield item
            after = page["next"]
            if after is None:
                return

    # -- accounts -----------------------------------------------------------------------------------------------------

    async def sign_up(
        self, *, locale: str = "en", device_name: str | None = None, invite: str | None = None
    ) -> dict[str, Any]:
        """A new account that has agreed to the rules: `{account, access_code, token, session}`, the code this once."""
        texts = (await self.call("GET", "/consents"))["items"]  # to be read before they are agreed to
        agreed = {text["purpose"]: text["version"] for text in texts if text["purpose"] == "account"}
        body = {"locale": locale, "adult": True, "consents": agreed}
        told: dict[str, Any] = await self.call(
            "POST", "/accounts", body | _given(device_name=device_name, invite=invite)
        )
        self.token = told["token"]
        await self.agree_to_rules((await self.rules())["version"])
        return told

    async def rules(self) -> dict[str, Any]:
        """The community's rules: `{version, rules: [{key, text}]}`."""
        told: dict[str, Any] = await self.call("GET", "/rules")
        return told

    async def agree_to_rules(self, version: str) -> None:
        """Say yes to them: before that there is no part in groups."""
        await self.call("PUT", "/me/rules", {"version": version})

    async def sign_in(
        self, access_code: str, *, device_name: str | None = None, shared_device: bool | None = None
    ) -> dict[str, Any]:
        """A session: `{account, token, session}`."""
        given = _given(device_name=device_name, shared_device=shared_device)
        told: dict[str, Any] = await self.call("POST", "/sessions", {"access_code": access_code} | given)
        self.token = told["token"]
        return told

    async def ticket(self) -> str:
        """A ticket for one connection: 30 s, one use."""
        return str((await self.call("POST", "/realtime/tickets"))["ticket"])

    async def aliases(self) -> list[dict[str, Any]]:
        """A few names and avatars to choose from; nothing is kept of it."""
        items: list[dict[str, Any]] = (await self.call("GET", "/me/aliases"))["items"]
        return items

    # -- groups -------------------------------------------------------------------------------------------------------

    async def create_group(self, *, title: str, **told: Any) -> dict[str, Any]:
        """A group that the caller, a peer expert, leads."""
        made: dict[str, Any] = await self._post_once("/groups", {"title": title} | told)
        return made

    async def groups(self, **wanted: Any) -> list[dict[str, Any]]:
        """The groups that can be asked for, by `language`, `domain`, `region`."""
        return [group async for group in self.pages("/groups", **wanted)]

    async def ask_admission(self, group: str, *, alias: str, answer: str | None = None) -> dict[str, Any]:
        """Ask to join under an alias of one's own for this group."""
        body = {"alias": alias} | _given(answer=answer)
        asked: dict[str, Any] = await self._post_once(f"/groups/{group}/admission-requests", body)
        return asked

    async def admission_requests(self, group: str) -> list[dict[str, Any]]:
        """Who asks to join, for the group's lead."""
        return [asked async for asked in self.pages(f"/groups/{group}/admission-requests")]

    async def decide_admission(self, request: str, *, accept: bool) -> None:
        """A person decides: the group's lead."""
        await self._post_once(f"/admission-requests/{request}/{'accept' if accept else 'decline'}", {})

    async def members(self, group: str) -> list[dict[str, Any]]:
        """Who belongs to the group, as the others there know them."""
        return [member async for member in self.pages(f"/groups/{group}/members")]

    # -- talks --------------------------------------------------------------------------------------------------------

    async def conversations(self) -> dict[str, Any]:
        """`{items, seq}`: all conversations, and the seq of the inbox at which that was true."""
        page = await self.call("GET", "/conversations", limit=PAGE)
        found = {"items": page["items"], "seq": page["seq"]}
        while page["next"] is not None:
            page = await self.call("GET", "/conversations", limit=PAGE, after=page["next"])
            found["items"] += page["items"]
        return found

    async def open_direct(self, peer: str, *, alias: str | None = None) -> dict[str, Any]:
        """The direct talk with a peer expert, by their peer id; made if there is none."""
        body = {"kind": "direct", "with": peer} | _given(alias=alias)
        talk: dict[str, Any] = await self._post_once("/conversations", body)
        return talk

    async def history(self, conversation: str, **where: Any) -> dict[str, Any]:
        """A page of messages, oldest first; `before_seq` or `after_seq` and `limit` say which."""
        page: dict[str, Any] = await self.call("GET", f"/conversations/{conversation}/messages", **where)
        return page

    async def send(
        self, conversation: str, body: str, *, client_id: str | None = None, reply_to: int | None = None
    ) -> dict[str, Any]:
        """Send a message; with the same `client_id` it is sent once, however often this is called."""
        told = {"client_id": client_id or str(uuid4()), "body": body} | _given(reply_to=reply_to)
        message: dict[str, Any] = await self.call("POST", f"/conversations/{conversation}/messages", told)
        return message

    async def edit(self, conversation: str, seq: int, body: str) -> None:
        """Give one's own message another text."""
        await self.call("PATCH", f"/conversations/{conversation}/messages/{seq}", {"body": body})

    async def retract(self, conversation: str, seq: int) -> None:
        """Take one's own message back."""
        await self.call("DELETE", f"/conversations/{conversation}/messages/{seq}")

    async def react(self, conversation: str, seq: int, key: str, *, on: bool = True) -> None:
        """Put a reaction on a message, or take it back."""
        await self.call("PUT" if on else "DELETE", f"/conversations/{conversation}/messages/{seq}/reactions/{key}")

    async def block(self, membership: str, *, on: bool = True) -> None:
        """Hide somebody and oneself from each other, in the conversation of that membership."""
        await self.call("PUT" if on else "DELETE", f"/blocks/{membership}")

    async def leave(self, conversation: str) -> None:
        """Leave a conversation."""
        await self.call("DELETE", f"/conversations/{conversation}/membership")

    async def sync(self, cursors: Mapping[str, int]) -> dict[str, Any]:
        """The same events as the socket's, for a network that lets no socket through."""
        told: dict[str, Any] = await self.call("POST", "/sync", {"cursors": dict(cursors)})
        return told

    async def _post_once(self, path: str, body: Mapping[str, Any]) -> Any:
        """A POST that is done once even if it has to be sent twice because the answer got lost."""
        headers = {"Idempotency-Key": str(uuid4())}
        try:
            return await self.call("POST", path, body, headers=headers)
        except Unreachable:
            return await self.call("POST", path, body, headers=headers)


def _given(**told: Any) -> dict[str, Any]:
    """Without what was not said."""
    return {name: value for name, value in told.items() if value is not None}
