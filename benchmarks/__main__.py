"""Measure everything and write benchmarks/results/.

    pip install -e ".[bench]"
    python -m benchmarks [--only small,cold] [--rounds 3] [--backends fakes3mp,moto]

Each workload runs in a fresh process for each backend, the backends interleaved, and the medians are kept: compare columns of
one run, not runs. The growth curves take some minutes.
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

from benchmarks.backends import BACKENDS
from benchmarks.growth import CURVES
from benchmarks.report import Table, markdown, medians, write
from benchmarks.workloads import WORKLOADS


def main() -> None:
    asked = _arguments()
    if asked.child:
        work, name = asked.child
        print(json.dumps({**WORKLOADS, **CURVES}[work](name)))
        return
    backends, wanted = asked.backends.split(";"), asked.only.split(",")
    table = _table([each for each in wanted if each in WORKLOADS], backends, asked.rounds)
    write(table, _curves([each for each in wanted if each in CURVES], backends), backends, _machine())
    print(markdown(medians(table), backends))


def _table(workloads: list[str], backends: list[str], rounds: int) -> Table:
    table: Table = {}
    for work, _, name in product(workloads, range(rounds), backends):
        for figure, seconds in _measured(work, name).items():
            table.setdefault(figure, {}).setdefault(name, []).append(seconds)
    return table


def _curves(wanted: list[str], backends: list[str]) -> dict[str, dict[str, dict[str, Any]]]:
    curves: dict[str, dict[str, dict[str, Any]]] = {}
    for work, name in product(wanted, backends):
        for curve, points in _measured(work, name).items():
            curves.setdefault(curve, {})[name] = points
    return curves


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__.splitlines()[0] if __doc__ else ""
    )
    parser.add_argument(
        "--only", default=",".join([*WORKLOADS, *CURVES]), help="workloads and curves, with commas between"
    )
    parser.add_argument("--backends", default=";".join(BACKENDS), help="with semicolons between")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    return parser.parse_args()


def _measured(work: str, name: str) -> dict[str, Any]:
    print(f"{work}: {name}", file=sys.stderr)
    command = [sys.executable, "-m", "benchmarks", "--child", work, name]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode:
        sys.exit(f"{work} failed with {name}:\n{ran.stderr}")
    measured: dict[str, Any] = json.loads(ran.stdout.splitlines()[-1])
    return measured


def _machine() -> str:
    libraries = ", ".join(f"{name} {version(name)}" for name in ("botocore", "moto"))
    return f"Python {platform.python_version()}, {libraries}, {platform.machine()}. Medians; in brackets, times the fake's own."


if __name__ == "__main__":
    main()
