"""Which rows are planted, which rounds run: shared by the sections."""

from dataclasses import dataclass, field

from infra.bench.database import Database

SENDERS = 64  # so many that the limits for one account (which stay on) do not matter
HOT, HOT_ONLINE = 0, 8  # conversation 0: all senders are members, eight have a socket
SPREAD = 1000  # conversations 1 to 1000: two members each, of accounts 0 to 64
ROOMS = {10: 2010, 100: 2100, 500: 2500, 1000: 3000}  # members: conversation
TENS_FIRST, TENS = 8000, 100  # a hundred rooms of ten
IDLE_FIRST, IDLE_MEMBERS = 5000, 50  # rooms of all accounts
LISTER = 300  # has 500 conversations more
LIST_FIRST, LISTED = 6000, 500
READER, READERS, SHORT, LONG = 400, 60, 7000, 7001
ACCOUNTS = 10_000

CONVERSATIONS = [
    (HOT, 0, SENDERS),
    *((number, number % SENDERS, 2) for number in range(1, SPREAD + 1)),
    *((number, 0, members) for members, number in ROOMS.items()),
    *((TENS_FIRST + n, n * 10, 10) for n in range(TENS)),
    *((IDLE_FIRST + n, n * IDLE_MEMBERS, IDLE_MEMBERS) for n in range(ACCOUNTS // IDLE_MEMBERS)),
    *((LIST_FIRST + n, LISTER, 1) for n in range(LISTED)),
    *((number, READER, READERS) for number in (SHORT, LONG)),
]


@dataclass
class Setting:
    """What a section is given to work with."""

    database: Database
    redis_url: str
    quick: bool = False
    rounds: int = 3  # how often everything is measured
    notes: dict[str, str] = field(default_factory=dict)  # section: what a reader must know

    @property
    def seconds(self) -> float:
        """How long each load lasts."""
        return 1.5 if self.quick else 3.0
