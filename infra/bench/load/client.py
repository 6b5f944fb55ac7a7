"""Python's side of load.c: compiles it once, hands it sockets and lanes, brings back the figures."""

import ctypes
import enum
import itertools
import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from infra.bench.load.frames import CID, MARK
from infra.bench.machine import compile_c


class On(enum.IntEnum):
    """What completes a message: all its copies, a frame with its cid, or an HTTP response."""

    COPIES = 0
    ACKS = 1
    HTTP = 2


@dataclass
class Lane:
    """One sender: index of its socket, ready frames sent in turn, copies each message brings."""

    conn: int
    frames: Sequence[bytes]
    expect: int = 1
    window: int = 1


@dataclass
class Outcome:
    """Counts of the measured seconds; times in ms; `cpu` is the client's share of a core.

    `surplus` are copies past the expected number, `outstanding` what never completed,
    `refused` nacks and HTTP errors, `closed` sockets that the server ended."""

    sent: int
    completed: int
    delivered: int
    bytes: int
    refused: int
    surplus: int
    stale: int
    closed: int
    outstanding: int
    samples: int
    elapsed: float
    cpu: float
    p50: float
    p90: float
    p99: float
    p999: float
    max: float
    mean: float


class _Frame(ctypes.Structure):
    _fields_ = [
        ("bytes", ctypes.c_void_p),
        *((n, ctypes.c_int) for n in ("len", "mark_at", "cid_at", "pad")),
    ]


class _Lane(ctypes.Structure):
    _fields_ = [
        *((n, ctypes.c_int) for n in ("conn", "expect", "window", "frames")),
        ("frame", ctypes.POINTER(_Frame)),
    ]


_EDGE = ctypes.CFUNCTYPE(None, ctypes.c_int)


class _Plan(ctypes.Structure):
    _fields_ = [
        *((n, ctypes.c_int) for n in ("conns", "lanes", "complete_on", "pad")),
        ("fds", ctypes.POINTER(ctypes.c_int)),
        ("lane", ctypes.POINTER(_Lane)),
        *((n, ctypes.c_double) for n in ("rate", "warm", "seconds", "drain")),
        ("run", ctypes.c_int64),
        ("edge", _EDGE),
    ]


_COUNTS = tuple(Outcome.__dataclass_fields__)[:10]
_FIGURES = tuple(Outcome.__dataclass_fields__)[10:]


class _Result(ctypes.Structure):
    _fields_ = [*((n, ctypes.c_int64) for n in _COUNTS), *((n, ctypes.c_double) for n in _FIGURES)]


_runs = itertools.count(time.time_ns() // 1_000_000 % 10**11)


def run_load(
    *,
    sockets: Sequence[socket.socket],
    lanes: Sequence[Lane],
    complete_on: On = On.COPIES,
    rate: float = 0.0,
    warm_s: float = 1.0,
    seconds: float = 3.0,
    drain_s: float = 3.0,
    on_edge: Callable[[int], None] = lambda _: None,
    cores: set[int] | None = None,
) -> Outcome:
    """Load `sockets` for `seconds` after `warm_s`; closed loop, or open at `rate` messages a second.

    `on_edge(0)` and `on_edge(1)` are called as the measured time starts and ends (to read CPU).
    The load itself keeps to `cores`."""
    library = ctypes.CDLL(str(compile_c(Path(__file__).with_name("load.c"), shared=True)))
    keep: list[object] = []

    def frame_of(data: bytes) -> _Frame:
        buffer = ctypes.create_string_buffer(data, len(data))
        keep.append(buffer)
        return _Frame(ctypes.addressof(buffer), len(data), data.index(MARK), data.find(CID), 0)

    def lane_of(lane: Lane) -> _Lane:
        frames = (_Frame * len(lane.frames))(*map(frame_of, lane.frames))
        keep.append(frames)
        return _Lane(lane.conn, lane.expect, lane.window, len(frames), frames)

    plan = _Plan(
        len(sockets),
        len(lanes),
        complete_on,
        0,
        (ctypes.c_int * len(sockets))(*(s.fileno() for s in sockets)),
        (_Lane * len(lanes))(*map(lane_of, lanes)),
        rate,
        warm_s,
        seconds,
        drain_s,
        next(_runs),
        _EDGE(on_edge),
    )
    result = _Result()
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores or before)
    try:
        library.run_load(ctypes.byref(plan), ctypes.byref(result))
    finally:
        os.sched_setaffinity(0, before)
    return Outcome(**{name: getattr(result, name) for name in Outcome.__dataclass_fields__})
