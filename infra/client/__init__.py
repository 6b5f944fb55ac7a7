"""The reference client: signs up, signs in, talks, and loses nothing. Uses nothing but the contract."""

from infra.client.client import Client, Ended
from infra.client.outbox import Ack
from infra.client.rest import Refused, Rest, Unreachable
from infra.client.socket import Backoff
from infra.client.state import JsonFile, State

__all__ = ["Ack", "Backoff", "Client", "Ended", "JsonFile", "Refused", "Rest", "State", "Unreachable"]
