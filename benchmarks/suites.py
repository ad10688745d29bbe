"""A whole test suite of 300 tests, run by pytest beside each way of faking S3, alone and by two processes.

    pip install -e . --group bench
    python -m benchmarks.suites [--rounds 3] [--tests 300] [--fakes fakes3mp,moto]

Each test has a fake of its own, which a fixture starts and stops (a server is reset instead), and makes a client and ten calls;
every third test uploads an object in parts. The time is that of the whole pytest process, with its start and all imports; in
brackets, times the first one's, by the clock and in processor time.
``no S3`` is the same number of tests that do nothing: what pytest itself takes.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
import time
from collections.abc import Sequence
from itertools import product
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

from fakes3mp.terminal import show_progress

KEYS = {"AWS_ACCESS_KEY_ID": "x", "AWS_SECRET_ACCESS_KEY": "y", "AWS_DEFAULT_REGION": "us-east-1"}
PROCESSES = (0, 2)  # of pytest-xdist; 0 is pytest alone

_IN_PROCESS = """
import boto3, pytest
from {module} import {fake}

@pytest.fixture
def make_client():
    with {fake}():
        yield lambda: boto3.client("s3")
"""
_SERVER = """
import urllib.request
import boto3, pytest
{import_server}

@pytest.fixture(scope="session")
def url():
    server = Server(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    yield "http://%s:%s" % server.get_host_and_port()
    server.stop()

@pytest.fixture
def make_client(url):
    yield lambda: boto3.client("s3", endpoint_url=url)
    urllib.request.urlopen(urllib.request.Request(url + "/moto-api/reset", method="POST")).close()
"""
# Name -> the conftest.py of the suite.
FAKES = {
    "fakes3mp": _IN_PROCESS.format(module="fakes3mp", fake="FakeS3"),
    "moto": _IN_PROCESS.format(module="moto", fake="mock_aws"),
    "fakes3mp, server": _SERVER.format(import_server="from fakes3mp import Server"),
    "moto, server": _SERVER.format(import_server="from moto.server import ThreadedMotoServer as Server"),
    "no S3": "import pytest\n\n@pytest.fixture\ndef make_client():\n    return lambda: None\n",
}
_TESTS = """
import pytest

@pytest.mark.parametrize("number", range({tests}))
def test_calls(make_client, number):
    s3 = make_client()
    if s3 is None:
        return
    s3.create_bucket(Bucket="media")
    (upload_in_parts if number % 3 == 0 else write_and_read)(s3, f"dir/{{number}}")

def write_and_read(s3, key):
    body = key.encode() * 100
    s3.put_object(Bucket="media", Key=key, Body=body, Metadata={{"note": "x"}})
    assert s3.head_object(Bucket="media", Key=key)["ContentLength"] == len(body)
    assert s3.get_object(Bucket="media", Key=key)["Body"].read() == body
    s3.copy_object(Bucket="media", Key="copy", CopySource={{"Bucket": "media", "Key": key}})
    assert s3.list_objects_v2(Bucket="media")["KeyCount"] == 2
    s3.put_object_tagging(Bucket="media", Key="copy", Tagging={{"TagSet": [{{"Key": "k", "Value": "v"}}]}})
    assert s3.get_object_tagging(Bucket="media", Key="copy")["TagSet"]
    s3.delete_objects(Bucket="media", Delete={{"Objects": [{{"Key": key}}]}})
    with pytest.raises(s3.exceptions.ClientError, match="NoSuchKey"):
        s3.get_object(Bucket="media", Key=key)

def upload_in_parts(s3, key):
    bodies = [bytes([number]) * (5 << 20 if number < 2 else 100) for number in range(3)]
    upload = {{"Bucket": "media", "Key": key}}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    parts = [
        {{"PartNumber": number, "ETag": s3.upload_part(PartNumber=number, Body=body, **upload)["ETag"]}}
        for number, body in enumerate(bodies, 1)
    ]
    assert len(s3.list_parts(**upload)["Parts"]) == 3
    s3.complete_multipart_upload(MultipartUpload={{"Parts": parts}}, **upload)
    assert s3.head_object(Bucket="media", Key=key)["ETag"].endswith('-3"')
    assert s3.get_object(Bucket="media", Key=key, Range="bytes=0-9")["Body"].read() == bytes(10)
    s3.delete_object(Bucket="media", Key=key)
"""


def main() -> None:
    arguments = _parse_arguments()
    print(measure(arguments.fakes.split(";"), arguments.rounds, arguments.tests))


def measure(fakes: Sequence[str] = tuple(FAKES), rounds: int = 3, tests: int = 300) -> str:
    """The table of all runs: the fakes in turn, the medians of all rounds."""
    runs = list(product(range(rounds), PROCESSES, fakes))
    seconds: dict[tuple[str, int], list[Seconds]] = {}
    for _, processes, fake in show_progress(runs, "test suites"):
        seconds.setdefault((fake, processes), []).append(run_suite(fake, processes, tests))
    medians = {key: Seconds(*map(median, zip(*of_key, strict=True))) for key, of_key in seconds.items()}
    return table(medians, fakes, tests)


class Seconds(NamedTuple):
    """How long a run took, by the clock and of all processors together."""

    clock: float
    processors: float


def run_suite(fake: str, processes: int, tests: int) -> Seconds:
    """What pytest takes for the suite."""
    with TemporaryDirectory() as directory:
        Path(directory, "conftest.py").write_text(FAKES[fake])
        Path(directory, "test_suite.py").write_text(_TESTS.format(tests=tests))
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-W", "ignore", directory]
        if processes:
            command += ["-n", str(processes)]
        began, used = time.perf_counter(), _processor_time()
        process = subprocess.run(
            command, cwd=directory, env={**os.environ, **KEYS}, capture_output=True, text=True, check=False
        )
        elapsed = Seconds(time.perf_counter() - began, _processor_time() - used)
    if process.returncode:
        sys.exit(f"{fake}:\n{process.stdout}\n{process.stderr}")
    return elapsed


def _processor_time() -> float:
    """Seconds that processes which have ended have used."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def table(seconds: dict[tuple[str, int], Seconds], fakes: Sequence[str], tests: int) -> str:
    """Seconds, and how many times those of the first fake each other one takes."""
    lines = [f"| {tests} tests | {' | '.join(fakes)} |", "|---|" + "---|" * len(fakes)]
    for processes in PROCESSES:
        row = [_cell(seconds[fake, processes], seconds[fakes[0], processes]) for fake in fakes]
        lines.append(f"| {f'-n {processes}' if processes else 'alone'} | {' | '.join(row)} |")
    return "\n".join(lines)


def _cell(seconds: Seconds, first: Seconds) -> str:
    by_clock, by_processors = seconds.clock / first.clock, seconds.processors / first.processors
    return f"{seconds.clock:.1f} s ({by_clock:.2g} x, {by_processors:.2g} x)"


def _parse_arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.suites")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tests", type=int, default=300)
    parser.add_argument("--fakes", default=";".join(FAKES), help="with semicolons between")
    return parser.parse_args()


if __name__ == "__main__":
    main()
