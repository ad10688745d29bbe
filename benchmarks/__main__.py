"""Measure everything and write benchmarks/results/.

    pip install -e . --group bench
    python -m benchmarks [--only small,cold,suites] [--rounds 3] [--backends "fakes3mp;moto"]

Each workload runs in a fresh process for each backend, the backends in turn, and the table has the medians of all rounds.
Compare columns of one run, not runs. The growth curves and the suites of ``benchmarks.suites`` take some minutes each.
"""

from __future__ import annotations

import argparse
import json
import platform
import subprocess
import sys
from importlib.metadata import version
from itertools import product
from typing import Any

from benchmarks import suites
from benchmarks.backends import BACKENDS
from benchmarks.growth import CURVES
from benchmarks.report import Table, markdown, medians, write
from benchmarks.workloads import WORKLOADS


def main() -> None:
    arguments = _parse_arguments()
    if arguments.child:
        workload, backend = arguments.child
        print(json.dumps({**WORKLOADS, **CURVES}[workload](backend)))
        return
    backends, names = arguments.backends.split(";"), arguments.only.split(",")
    table = _measure_table([name for name in names if name in WORKLOADS], backends, arguments.rounds)
    curves = _measure_curves([name for name in names if name in CURVES], backends)
    write(table, curves, backends, _describe_machine())
    print(markdown(medians(table), backends))
    if "suites" in names:
        print(suites.measure(rounds=1))  # each run is 300 tests


def _measure_table(workloads: list[str], backends: list[str], rounds: int) -> Table:
    table: Table = {}
    for workload, _, backend in product(workloads, range(rounds), backends):
        for figure, seconds in _measure(workload, backend).items():
            table.setdefault(figure, {}).setdefault(backend, []).append(seconds)
    return table


def _measure_curves(names: list[str], backends: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    curves: dict[str, dict[str, dict[str, Any]]] = {}
    for name, backend in product(names, backends):
        for curve, points in _measure(name, backend).items():
            curves.setdefault(curve, {})[backend] = points
    return curves


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--only",
        default=",".join([*WORKLOADS, *CURVES, "suites"]),
        help="workloads, curves and suites, with commas between",
    )
    parser.add_argument("--backends", default=";".join(BACKENDS), help="with semicolons between")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measure(workload: str, backend: str) -> dict[str, Any]:
    """The figures or curves of one workload, measured in a process of its own."""
    if sys.stderr.isatty():
        print(f"\r{workload}: {backend}\x1b[K", end="", file=sys.stderr, flush=True)
    command = [sys.executable, "-m", "benchmarks", "--child", workload, backend]
    process = subprocess.run(command, capture_output=True, text=True, check=False)
    if process.returncode:
        sys.exit(f"{workload} failed with {backend}:\n{process.stderr}")
    figures: dict[str, Any] = json.loads(process.stdout.splitlines()[-1])
    return figures


def _describe_machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("botocore", "moto"))
    return f"Python {platform.python_version()}, {libraries}, {platform.machine()}. Medians; in brackets, times the fake's own."


if __name__ == "__main__":
    main()
