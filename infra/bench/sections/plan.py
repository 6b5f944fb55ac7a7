"""Which rows are planted, which rounds run: shared by the sections."""

from dataclasses import dataclass, field

from infra.bench.database import Database
from infra.bench.measure import Record

HOT = 0  # conversation 0: 8 members
HOT_MEMBERS = 8
SPREAD = 1000  # conversations 1 to 1000: two members each, of accounts 0 to 64
SENDERS = 64
ROOMS = {10: 2010, 100: 2100, 500: 2500, 1000: 3000}  # members: conversation
ACCOUNTS = 1000

CONVERSATIONS = [
    (HOT, 0, HOT_MEMBERS),
    *((number, number % SENDERS, 2) for number in range(1, SPREAD + 1)),
    *((number, 0, members) for members, number in ROOMS.items()),
]


@dataclass
class Setting:
    """What a section is given to work with."""

    database: Database
    redis_url: str
    quick: bool = False
    peers: dict[str, str] = field(default_factory=dict)  # name: how it was there, or why not
    notes: list[str] = field(default_factory=list)

    @property
    def rounds(self) -> int:
        """How often everything is measured."""
        return 1 if self.quick else 3

    @property
    def seconds(self) -> float:
        """How long each load lasts."""
        return 1.5 if self.quick else 3.0

    def note_peers(self, records: list[Record]) -> None:
        """Remember who was there."""
        for record in records:
            self.peers[record.subject] = record.error or self.peers.get(record.subject) or "measured"
