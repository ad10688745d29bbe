"""What child processes cost: a small call of a child, and a start and stop of a fake without one.

    python -m benchmarks.children [--calls 300]

A forked child calls over the local socket, a program over HTTP; beside them stands a call in the process itself. Start and stop are
measured with ``children="ignore"``, which is how it was before children reached the fake, and with ``children="share"``.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from statistics import median

import boto3

from fakes3mp import FakeS3

ROUNDS = 5
KEYS = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}


def _milliseconds(function: Callable[[], object], count: int) -> float:
    """The median over some rounds of the mean time of a call."""
    function()
    rounds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        for _ in range(count):
            function()
        rounds.append((time.perf_counter() - began) * 1000 / count)
    return median(rounds)


def _small_call(count: int) -> float:
    s3 = boto3.client("s3", **KEYS)
    return _milliseconds(lambda: s3.put_object(Bucket="media", Key="k", Body=b"hello"), count)


def _in_fork(count: int) -> float:
    read_end, write_end = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(write_end, json.dumps(_small_call(count)).encode())
        os._exit(0)
    os.waitpid(child, 0)
    measured: float = json.loads(os.read(read_end, 100))
    os.close(read_end)
    os.close(write_end)
    return measured


def _in_program(count: int) -> float:
    code = f"from benchmarks.children import _small_call; print(_small_call({count}))"
    return float(subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout)


def _start_and_stop(children: str) -> None:
    with FakeS3(buckets=["media"], children=children):  # type: ignore[arg-type]
        pass


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.children")
    parser.add_argument("--calls", type=int, default=300)
    count = parser.parse_args().calls
    with FakeS3(buckets=["media"]):
        times = {"in the process": _small_call(count), "in a forked child": _in_fork(count)}
        times["in a program, over HTTP"] = _in_program(count)
    print("| PutObject of 5 bytes | ms | |\n|---|---|---|")
    for name, milliseconds in times.items():
        print(f"| {name} | {milliseconds:.2f} | {milliseconds / times['in the process']:.1f} x |")
    # By turns, so that both have the same share of what else the machine does.
    rounds = [
        {mode: _milliseconds(lambda mode=mode: _start_and_stop(mode), 30) for mode in ("ignore", "share")}  # type: ignore[misc]
        for _ in range(ROUNDS)
    ]
    print("\n| start and stop, no child | ms | |\n|---|---|---|")
    before, after = (median(each[mode] for each in rounds) for mode in ("ignore", "share"))
    print(f"| children='ignore' | {before:.3f} | |\n| children='share' | {after:.3f} | {after / before:.2f} x |")


if __name__ == "__main__":
    main()
