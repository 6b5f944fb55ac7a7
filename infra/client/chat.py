"""Talk from the terminal: `make chat CODE="…"`, or `python -m infra.client.chat --code "…" [--url …] [--as alias]`.

Keeps nothing on this machine, and ends its session when it is left. Without a code it asks for one; `new` signs up,
with the invite in INVITE if somebody gave one.
"""

from __future__ import annotations

import argparse
import asyncio
import getpass
import os
import sys
from contextlib import suppress

from infra.client.client import LOCKED, REVOKED, Client, Ended
from infra.client.commands import Chat
from infra.client.rest import Refused, Unreachable
from infra.client.screen import REFUSALS, note, wrap
from infra.client.terminal import open_terminal

NEW = "new"
ENDS = {
    REVOKED: "This session was ended from another device. Sign in again.",
    LOCKED: "This account is locked.",
}


async def talk(url: str, code: str, alias: str | None, invite: str | None = None) -> int:
    """Sign in, talk, sign out; → the exit status."""
    async with Client(url) as client:
        try:
            if code == NEW:
                await sign_up(client, invite)
            else:
                await client.sign_in(code, shared_device=True)
        except Refused as refused:
            return fail(REFUSALS.get(refused.code, refused.code))
        except Unreachable:
            return fail(f"There is no server at {url}. Start it with `make run`.")
        terminal = open_terminal()
        try:
            await Chat(client, terminal, alias=alias).run()
        except Ended as end:
            terminal.show(note(ENDS.get(end.code, "The server has ended this session.")))
        finally:
            terminal.close()
            with suppress(Refused, Unreachable):
                if client.state.session:
                    await client.rest.call("DELETE", f"/sessions/{client.state.session}")
    return 0


async def sign_up(client: Client, invite: str | None) -> None:
    """Make an account, if the texts are agreed to, and show its code."""
    for text in (await client.rest.call("GET", "/consents"))["items"]:
        if text["purpose"] == "account":
            print("\n".join(wrap(text["text"], 80)), end="\n\n")
    for rule in (await client.rest.rules())["rules"]:
        print("\n".join(wrap(f"· {rule['text']}", 80)))
    if (await asyncio.to_thread(input, "I am 18 or older and I agree (yes/no): ")).strip().lower() != "yes":
        raise SystemExit(0)
    code = await client.sign_up(invite=invite)
    print(f"\nYour access code. It is shown this once; who has it is you:\n\n  {code}\n")


def fail(text: str) -> int:
    """Say why, and end."""
    print(text, file=sys.stderr)
    return 1


def main() -> int:
    """Read the command line and the environment."""
    options = argparse.ArgumentParser(prog="infra.client.chat", description=__doc__)
    options.add_argument(
        "--code", help="the access code; better as CODE in the environment, where no list of processes shows it"
    )
    options.add_argument("--url", default=f"http://127.0.0.1:{os.environ.get('PORT') or 8000}")
    options.add_argument(
        "--as", dest="alias", default=os.environ.get("AS") or None, help="what to be called in the next group"
    )
    chosen = options.parse_args()
    code = chosen.code or os.environ.get("CODE") or ""
    if not code:
        if not sys.stdin.isatty():
            return fail('The access code is missing: make chat CODE="…"')
        code = getpass.getpass("Access code (or new, to sign up): ")
    try:
        return asyncio.run(talk(chosen.url, code.strip(), chosen.alias, os.environ.get("INVITE") or None))
    except (KeyboardInterrupt, EOFError):
        return 0


if __name__ == "__main__":
    sys.exit(main())
