"""The load client: Python logs sockets in, a small C loop sends, counts and times."""

from infra.bench.load.client import Lane, On, Outcome, run_load
from infra.bench.load.frames import CID, MARK, body_of, mask_frame, open_socket, open_websocket

__all__ = [
    "CID",
    "MARK",
    "Lane",
    "On",
    "Outcome",
    "body_of",
    "mask_frame",
    "open_socket",
    "open_websocket",
    "run_load",
]
