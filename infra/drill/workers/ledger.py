"""The ledger of the worker: what was due against what became of it and what the push services heard.

Pure: the same facts give the same verdict.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from infra.drill.check import Fault

KINDS = ("lost", "doubled", "left")


class Due(NamedTuple):
    """Something that fell due. `kind`: check-in, reminder or wish; `wakes`: an account."""

    kind: str
    id: str
    wakes: str


@dataclass
class Found:
    """What became of one of them. `acts`: how often it happened, by its own rows; `told`: by events in the inbox."""

    acts: int = 0
    told: int = 0
    ahead: int | None = None  # check-ins that lie ahead of its plan; None: it has none to have


@dataclass
class Facts:
    """`left`: rows that are still to be done, by what they are. `pushes`: by account, as the services heard them."""

    found: Mapping[str, Found]
    pushes: Mapping[str, int]
    left: Mapping[str, int]
    gaps: Sequence[str] = field(default_factory=list)  # streams whose seqs are not 1, 2, 3, …


@dataclass
class Verdict:
    """What the check found."""

    due: int
    devices: int
    pushes: int
    most: int  # pushes to one device beyond what was due for it
    kills: int
    faults: list[Fault]

    def line(self) -> str:
        """The last line of the drill."""
        found = Counter(fault.kind for fault in self.faults)
        lost, doubled, left = (found[kind] for kind in KINDS)
        return (
            f"{self.due} fell due, {lost} lost, {doubled} doubled, {left} left behind; {self.devices} devices, "
            f"{self.pushes} pushes, at most {self.most} more to one of them after {self.kills} kills"
        )


def check(due: Sequence[Due], devices: Mapping[str, str], facts: Facts, *, kills: int) -> Verdict:
    """Compare. `devices`: address → account. Each act is one reason to wake; several may be one push."""
    faults: list[Fault] = []
    reasons = Counter[str]()
    for each in due:
        faults += _check_one(each, facts.found.get(each.id, Found()))
        reasons[each.wakes] += 1
    most = 0
    for account in devices.values():
        pushed = facts.pushes.get(account, 0)
        if pushed == 0 and reasons[account]:
            faults.append(Fault("lost", f"the device of {account} was never woken"))
        most = max(most, pushed - reasons[account])
        if pushed > reasons[account] + kills:
            faults.append(Fault("doubled", f"the device of {account} was woken {pushed} times"))
    faults += [Fault("left", f"{count} {what}") for what, count in facts.left.items() if count]
    faults += [Fault("lost", f"stream {stream} has a gap") for stream in facts.gaps]
    return Verdict(len(due), len(devices), sum(facts.pushes.values()), most, kills, faults)


def _check_one(each: Due, found: Found) -> Iterable[Fault]:
    name = f"{each.kind} {each.id}"
    for what, count in (("happened", found.acts), ("was told", found.told)):
        if count != 1:
            yield Fault("lost" if count == 0 else "doubled", f"{name} {what} {count} times")
    if found.ahead is not None and found.ahead != 1:
        yield Fault("lost" if found.ahead == 0 else "doubled", f"{name}: {found.ahead} lie ahead of its plan")
