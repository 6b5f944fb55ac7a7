"""Ids and secrets of the bench's own accounts, by number: who loads them need not ask the database."""

import hashlib
from base64 import urlsafe_b64encode
from uuid import UUID


def _digest(kind: str, *numbers: int) -> str:
    """The MD5 of `bench-<kind>-<n>-<m>`; pgbench's scripts compute the same in SQL."""
    return hashlib.md5("-".join(["bench", kind, *map(str, numbers)]).encode(), usedforsecurity=False).hexdigest()


def account_id(account: int) -> UUID:
    """The account's id."""
    return UUID(_digest("account", account))


def inbox_id(account: int) -> UUID:
    """The id of its inbox."""
    return UUID(_digest("inbox", account))


def session_id(account: int) -> UUID:
    """The id of its one session."""
    return UUID(_digest("session", account))


def conversation_id(conversation: int) -> UUID:
    """A conversation's id, and its stream's."""
    return UUID(_digest("conversation", conversation))


def membership_id(conversation: int, account: int) -> UUID:
    """The id of an account's membership in a conversation."""
    return UUID(_digest("membership", conversation, account))


def token_of(account: int) -> str:
    """The bearer token of its session."""
    return urlsafe_b64encode(hashlib.sha256(_digest("token", account).encode()).digest()).decode().rstrip("=")


def ticket_of(account: int, turn: int) -> str:
    """The ticket of its socket number `turn`."""
    return urlsafe_b64encode(hashlib.sha256(_digest("ticket", account, turn).encode()).digest()).decode().rstrip("=")
