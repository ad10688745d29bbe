"""What is stored takes in memory: an object, a part, a recorded call, beyond its key and its body.

    python -m benchmarks.memory

The figures are those of Python's allocator (tracemalloc), over some thousand of each.
"""

from __future__ import annotations

import gc
import tracemalloc
from collections.abc import Callable
from typing import Any

from fakes3mp import FakeS3

_NUMBER = 5_000
_WARM_UP = 100
_BODY = 100  # bytes
GOALS = {"an object of 100 B": 700, "a part of 100 B": 400, "a recorded call": 500}  # bytes


def measure(record: str, prepare: Callable[[Any], Callable[[int], Any]]) -> float:
    """Bytes that each call of what ``prepare`` returns leaves in memory; keys and bodies exist before."""
    with FakeS3(buckets=["media"], record=record, open_uploads="ignore") as fake:
        add = prepare(fake.client())
        for number in range(_WARM_UP):
            add(number)
        gc.collect()
        tracemalloc.start()
        before, _ = tracemalloc.get_traced_memory()
        for number in range(_WARM_UP, _WARM_UP + _NUMBER):
            add(number)
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    return (after - before) / _NUMBER


_KEYS = [f"key/{number:07}" for number in range(_WARM_UP + _NUMBER)]
_BODIES = [b"%0*d" % (_BODY, number) for number in range(_WARM_UP + _NUMBER)]


def _objects(s3: Any) -> Callable[[int], Any]:
    return lambda number: s3.put_object(Bucket="media", Key=_KEYS[number], Body=_BODIES[number])


def _parts(s3: Any) -> Callable[[int], Any]:
    upload = {"Bucket": "media", "Key": "m"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    return lambda number: s3.upload_part(**upload, PartNumber=number + 1, Body=_BODIES[number])


def _calls(s3: Any) -> Callable[[int], Any]:
    return lambda number: s3.put_object(Bucket="media", Key="k", Body=_BODIES[0])


def main() -> None:
    figures = zip(GOALS, (("none", _objects), ("none", _parts), ("all", _calls)), strict=True)
    print("| | bytes | at most |\n|---|---|---|")
    for name, (record, prepare) in figures:
        print(f"| {name} | {measure(record, prepare):.0f} | {GOALS[name]} |")


if __name__ == "__main__":
    main()
