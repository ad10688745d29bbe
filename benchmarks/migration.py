"""100 small tests under moto and under this package, each in a process of its own, printed as ratios.

    pip install -e . --group bench "moto[server]"
    python -m benchmarks.migration [--rounds 3]

Each test creates a bucket, writes, reads and lists one object. ``fresh client`` creates a boto3 client in each test,
``shared client`` uses one, ``server`` goes through a server in a thread. The time of the process is that of everything, with
the imports.
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
from typing import Any

TESTS = 100
KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "us-east-1"}
LIBRARIES = ("fakes3mp", "moto")


def _small_test(s3: Any) -> None:
    s3.create_bucket(Bucket="media")
    s3.put_object(Bucket="media", Key="k", Body=b"hello")
    assert s3.get_object(Bucket="media", Key="k")["Body"].read() == b"hello"
    assert s3.list_objects_v2(Bucket="media")["KeyCount"] == 1


def _decorator(library: str) -> Callable[..., Any]:
    if library == "moto":
        from moto import mock_aws

        return mock_aws
    from fakes3mp import mock_aws as ours

    return ours


def fresh_client(library: str) -> None:
    """A client for each test."""
    import boto3

    test = _decorator(library)(lambda: _small_test(boto3.client("s3")))
    for _ in range(TESTS):
        test()


def shared_client(library: str) -> None:
    """One client for all tests."""
    import boto3

    decorate = _decorator(library)
    s3 = boto3.client("s3")
    test = decorate(lambda: _small_test(s3))
    for _ in range(TESTS):
        test()


def server(library: str) -> None:
    """One server for all tests, reset after each."""
    import urllib.request

    import boto3

    if library == "moto":
        from moto.server import ThreadedMotoServer as Server
    else:
        from fakes3mp import Server
    running = Server(ip_address="127.0.0.1", port=0, verbose=False)
    running.start()
    host, port = running.get_host_and_port()
    s3 = boto3.client("s3", endpoint_url=f"http://{host}:{port}")
    reset = urllib.request.Request(f"http://{host}:{port}/moto-api/reset", method="POST")
    for _ in range(TESTS):
        _small_test(s3)
        urllib.request.urlopen(reset).close()
    running.stop()


SUITES = {"fresh client": fresh_client, "shared client": shared_client, "server": server}


def _measure(suite: str, library: str) -> tuple[float, float] | None:
    """Seconds of the whole process, and of its tests; None where a package is missing."""
    command = [sys.executable, "-m", "benchmarks.migration", "--child", suite, library]
    began = time.perf_counter()
    process = subprocess.run(command, capture_output=True, text=True, check=False, env={**os.environ, **KEYS})
    if process.returncode:
        print(process.stderr.splitlines()[-1], file=sys.stderr)
        return None
    return time.perf_counter() - began, json.loads(process.stdout.splitlines()[-1])


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.migration")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--child", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        suite, library = arguments.child
        began = time.perf_counter()
        SUITES[suite](library)
        print(json.dumps(time.perf_counter() - began))
        return
    print(f"| {TESTS} tests | process, fakes3mp | moto | | tests, fakes3mp | moto | |\n|---|---|---|---|---|---|---|")
    for suite in SUITES:
        measured = {library: [_measure(suite, library) for _ in range(arguments.rounds)] for library in LIBRARIES}
        rounds = {library: [each for each in results if each] for library, results in measured.items()}
        if not all(rounds.values()):
            print(f"| {suite} | - | - | | - | - | |")
            continue
        cells = []
        for position in (0, 1):
            ours, moto = (median(each[position] for each in rounds[library]) for library in LIBRARIES)
            cells += [f"{ours:.2f} s", f"{moto:.2f} s", f"{moto / ours:.1f} x"]
        print(f"| {suite} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main()
