"""Writes results/: the figures as a table, the curves as a plot.

Ratios are between columns of one run; times are one machine's.
"""

from __future__ import annotations

import json
import statistics
from pathlib import Path
from typing import Any

from benchmarks.backends import BACKENDS

RESULTS = Path(__file__).parent / "results"
README = Path(__file__).parent.parent / "README.md"
PAGE = Path(__file__).parent.parent / "docs" / "performance.md"
# What the README shows of the table: these figures, beside moto.
SHORT = (
    "put_object 100 B",
    "create, 3 x 5 MiB, complete, read",
    "10,000 parts: upload",
    "list 20,000 keys",
    "upload_fileobj 256 MiB",
    "start and stop",
    "cold: import to first put",
)
BEGIN, END = "<!-- benchmarks -->\n", "<!-- /benchmarks -->"
FAKE = "fakes3mp"
_COLOURS = {name: f"C{number}" for number, name in enumerate(BACKENDS)}
Table = dict[str, dict[str, list[float]]]  # figure -> backend -> seconds of each round


def medians(table: Table) -> dict[str, dict[str, float]]:
    return {figure: {name: statistics.median(rounds) for name, rounds in row.items()} for figure, row in table.items()}


def markdown(table: dict[str, dict[str, float]], backends: list[str]) -> str:
    """The table: milliseconds, and how many times the fake's time each other backend takes."""
    others = [name for name in backends if name != FAKE]
    lines = [f"| | {FAKE} | {' | '.join(others)} |", "|---|---|" + "---|" * len(others)]
    for figure, row in table.items():
        lines.append(f"| {figure} | {' | '.join(_cell(figure, row, name) for name in [FAKE, *others])} |")
    return "\n".join(lines) + "\n"


def _cell(figure: str, row: dict[str, float], name: str) -> str:
    value, fake = row.get(name), row.get(FAKE)
    if value is None:
        return "-"
    if " / " in figure:
        return f"{value:.2f}"
    ratio = f" ({value / fake:.2g} x)" if name != FAKE and fake else ""
    return f"{value * 1e3:.{2 if value < 0.1 else 0}f} ms{ratio}"


def write(table: Table, curves: dict[str, dict[str, dict[str, Any]]], backends: list[str], machine: str) -> None:
    """Everything that was measured, into results/; the table into the documents too."""
    RESULTS.mkdir(exist_ok=True)
    seconds = medians(table)
    if seconds:
        text = markdown(seconds, backends)
        (RESULTS / "table.md").write_text(f"{machine}\n\n{text}")
        (RESULTS / "table.json").write_text(json.dumps({"machine": machine, "seconds": seconds}, indent=1) + "\n")
        write_pages(seconds, backends, machine)
    if curves:
        previous = RESULTS / "growth.json"
        if previous.exists():  # curves that were not measured this time stay
            curves = {**json.loads(previous.read_text())["seconds"], **curves}
        (RESULTS / "growth.json").write_text(json.dumps({"machine": machine, "seconds": curves}, indent=1) + "\n")
        plot(curves)


def write_pages(seconds: dict[str, dict[str, float]], backends: list[str], machine: str) -> None:
    """The short table into the README, and the whole one into docs/performance.md."""
    short = {figure: seconds[figure] for figure in SHORT if figure in seconds}
    _write_between_marks(README, markdown(short, [name for name in backends if name in (FAKE, "moto")]))
    _write_between_marks(PAGE, f"{machine}\n\n{markdown(seconds, backends)}")


def _write_between_marks(page: Path, table: str) -> None:
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    _, end, after = rest.partition(END)
    if begin and end:
        page.write_text(f"{before}{BEGIN}{table}{END}{after}", encoding="utf-8")


def plot(curves: dict[str, dict[str, dict[str, Any]]]) -> None:
    """One diagram for each curve, with both axes logarithmic."""
    import matplotlib

    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "fakes3mp", "svg.fonttype": "none"})
    from matplotlib import pyplot

    names = [name for name in curves if any(curves[name].values())]
    figure, diagrams = pyplot.subplots(
        (len(names) + 1) // 2, 2, figsize=(10, 3.2 * ((len(names) + 1) // 2)), squeeze=False
    )
    lines = {}
    for diagram, name in zip(diagrams.flat, names, strict=False):
        for backend, points in curves[name].items():
            sizes = sorted(map(int, points))
            if sizes:
                times = [points[str(size)] * 1e3 for size in sizes]
                (lines[backend],) = diagram.plot(sizes, times, marker="o", color=_COLOURS.get(backend), label=backend)
        diagram.set(xscale="log", yscale="log", title=name, ylabel="ms")
        diagram.grid(alpha=0.3)
    figure.tight_layout(rect=(0, 0.05, 1, 1))
    figure.legend(lines.values(), lines.keys(), loc="lower center", ncols=len(lines))
    figure.savefig(RESULTS / "growth.svg", metadata={"Date": None})
