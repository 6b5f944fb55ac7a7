"""Plots of the results, one message each: bars of the median, a line from minimum to maximum."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib

matplotlib.use("Agg")

from matplotlib import pyplot as plt
from matplotlib.patches import Patch

from infra.bench.measure import Record, figures_of, spread_of
from infra.bench.report import number

OURS, OTHERS = ["#0b6e4f", "#3c9d78", "#8fd0b3"], ["#5b7c99", "#c98b3b", "#8c6bb1", "#b5553c", "#6f6f6f"]


def draw_plots(folder: Path, records: Sequence[Record]) -> list[Path]:
    """Draw what there is something for; the files."""
    drawn = [
        _bars(
            folder,
            records,
            "fanout",
            "µs/delivery",
            "fanout-cpu",
            "Fan-out: what one delivery costs the server (lower is better)",
            "members online in the group",
            "server CPU per delivery in µs (log)",
        ),
        _bars(
            folder,
            records,
            "fanout",
            "deliveries/s",
            "fanout-rate",
            "Fan-out: deliveries a second, server on one core (higher is better)",
            "members online in the group",
            "deliveries a second (log)",
        ),
        _bars(
            folder,
            records,
            "durable",
            "messages/s",
            "durable",
            "Durable sends: accepted and committed a second (higher is better)",
            "hot: one conversation · spread: a thousand",
            "messages a second (log)",
        ),
        _bars(
            folder,
            records,
            "idle",
            "KiB/socket",
            "idle-memory",
            "Idle sockets: memory of each (lower is better)",
            "sockets open",
            "KiB per socket",
            log=False,
        ),
        _bars(
            folder,
            records,
            "reads",
            "p50 ms",
            "reads",
            "Reads: the time must not grow with what is stored (lower is better)",
            "messages in the conversation · conversations · events behind",
            "median in ms",
            log=False,
        ),
        _bars(
            folder,
            records,
            "peers",
            "deliveries/s",
            "peers-rate",
            "Same work, history on disk (NATS: none), 32 in flight (higher is better)",
            "members online in the room",
            "deliveries a second (log)",
        ),
        _bars(
            folder,
            records,
            "peers",
            "light p50 ms",
            "peers-latency",
            "Same work at 10 messages a second: median delay to a member (lower is better)",
            "members online in the room",
            "ms",
            log=False,
        ),
    ]
    return [path for path in drawn if path is not None]


def _bars(
    folder: Path,
    records: Sequence[Record],
    section: str,
    figure: str,
    name: str,
    title: str,
    x: str,
    y: str,
    *,
    log: bool = True,
) -> Path | None:
    mine = [r for r in records if r.section == section and figure in r.figures]
    sizes = list(dict.fromkeys(r.size for r in mine))
    subjects = list(dict.fromkeys(r.subject for r in mine))
    if not mine:
        return None
    ours, others = iter(OURS), iter(OTHERS * 3)
    colours = {subject: next(ours if subject.startswith("ours") else others) for subject in subjects}
    most = max(len({r.subject for r in mine if r.size == size}) for size in sizes)
    width = 0.84 / most
    plot, axes = plt.subplots(figsize=(max(6.4, 0.7 * len(sizes) * most + 1), 4.6), layout="constrained")
    for column, size in enumerate(sizes):
        there = [subject for subject in subjects if any((r.subject, r.size) == (subject, size) for r in mine)]
        for place, subject in enumerate(there):
            spread = spread_of(figures_of(mine, subject, size, figure).values())
            if spread is None:
                continue
            at = column + (place - (len(there) - 1) / 2) * width
            axes.bar(at, spread.median, width * 0.92, color=colours[subject])
            axes.plot([at, at], [spread.low, spread.high], color="black", linewidth=1)
            label, above = number(spread.median), (at, spread.high)
            axes.annotate(label, above, xytext=(0, 3), textcoords="offset points", ha="center", fontsize=7)
    handles = [Patch(color=colour, label=subject) for subject, colour in colours.items()]
    if log:
        axes.set_yscale("log")
        axes.yaxis.set_major_formatter(lambda value, _: number(value))
    axes.margins(y=0.12)
    axes.set_xticks(range(len(sizes)), sizes)
    axes.set(xlabel=x, ylabel=y)
    axes.set_title(title, fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    plot.legend(handles=handles, loc="outside lower center", ncols=min(6, len(handles)), frameon=False, fontsize=8)
    path = folder / f"{name}.png"
    plot.savefig(path, dpi=110)
    plt.close(plot)
    return path
