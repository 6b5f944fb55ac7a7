"""A session without a socket: sign up, sign in, say things by REST, ask for what has happened."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, Self
from uuid import uuid4

from infra.client.outbox import AGAIN
from infra.client.reader import Reader
from infra.client.rest import Refused, Rest, Unreachable
from infra.client.socket import Backoff
from infra.client.state import State


class Session:
    """What a client is while it has no socket. `state` survives the process if its store does."""

    def __init__(
        self,
        url: str,
        *,
        state: State | None = None,
        backoff: Backoff | None = None,
        on_event: Callable[[str, Mapping[str, Any]], None] = lambda stream, event: None,
    ) -> None:
        self.state = state or State()
        self.rest = Rest(url, token=self.state.token)
        self.backoff = backoff or Backoff()
        self.reader = Reader(self.state, self.rest, tell=self._tell, on_event=on_event, on_read=self._notify)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, at: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close its connections; the state is kept."""
        if self.state.token:
            self.state.save()
        await self.rest.close()

    def _tell(self, frame: Mapping[str, Any]) -> None:
        """No socket, nobody to tell."""

    def _notify(self) -> None:
        """Something was read; here, nobody waits for it."""

    async def sign_up(self, *, locale: str = "en", invite: str | None = None) -> str:
        """Make an account and sign in to it; returns the access code, which is shown this once."""
        told = await self.rest.sign_up(locale=locale, invite=invite)
        self._enter(told)
        return str(told["access_code"])

    async def sign_in(self, access_code: str, *, shared_device: bool | None = None) -> None:
        """Open a session of an account."""
        self._enter(await self.rest.sign_in(access_code, shared_device=shared_device))

    def _enter(self, told: Mapping[str, Any]) -> None:
        self.state.token = self.rest.token = told["token"]
        self.state.session, self.state.account = _id_of(told["session"]), _id_of(told["account"])
        self.state.save()

    async def post(self, conversation: str, body: str, *, reply_to: int | None = None) -> dict[str, Any]:
        """Say something by REST, again and again until there is a final answer. Raises Refused."""
        client_id, backoff = str(uuid4()), Backoff(self.backoff.first, self.backoff.last)
        while True:
            try:
                return await self.rest.send(conversation, body, client_id=client_id, reply_to=reply_to)
            except Unreachable:
                await asyncio.sleep(backoff.next())
            except Refused as refused:
                if refused.status not in AGAIN:
                    raise
                await asyncio.sleep(refused.retry_after or backoff.next())

    async def sync(self) -> None:
        """Take in all that has happened, without a socket. Raises Refused or Unreachable."""
        while True:
            told = await self.rest.sync(self.state.cursors)
            self.reader.take_heads(told["heads"], first=True)
            for stream, part in told["streams"].items():
                if part.get("resync"):
                    self.reader.take_resync(stream)
                else:
                    self.reader.take_events({"stream": stream, **part})
            await self.reader.read_unread()
            if all(self.state.cursors.get(stream, -1) >= head for stream, head in told["heads"].items()):
                return

    async def refresh(self, conversation: str) -> None:
        """Read one conversation's entry of the list again."""
        entry = await self.rest.call("GET", f"/conversations/{conversation}")
        if conversation in self.state.conversations:
            self.state.conversations[conversation].update(entry)


def _id_of(told: Any) -> str:
    """An id, whether it comes alone or with more."""
    return str(told["id"] if isinstance(told, Mapping) else told)
