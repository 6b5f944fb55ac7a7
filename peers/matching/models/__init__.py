from peers.matching.models.match import Match
from peers.matching.models.request import Request

__all__ = ["Match", "Request"]
