"""How costs grow with the data: keys of a bucket, parts of an upload, bytes of a body.

Each function returns curves by name, each {size: seconds}. A curve ends where filling took longer than ``PATIENCE``.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.backends import FLOORS, client, start_backend
from benchmarks.workloads import once, per_call

Points = dict[int, float]
PATIENCE = 120.0  # seconds for filling a bucket or upload
MIB = 1 << 20
_PAGE = 100


def _fill(sizes: tuple[int, ...], add: Callable[[int], Any]) -> Iterator[int]:
    """Call ``add`` with 0, 1, 2 ...; yields at each size, and ends where it has taken too long."""
    began, count = time.perf_counter(), 0
    for size in sizes:
        for number in range(count, size):
            add(number)
            if time.perf_counter() - began > PATIENCE:
                return
        count = size
        yield size


def keys(backend: str) -> dict[str, Points]:
    """A page of a hundred keys, and of a hundred prefixes, from the middle of a bucket of n keys."""
    if backend in FLOORS:
        return {}
    page, folded = Points(), Points()
    with start_backend(backend) as fake:
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        if backend.startswith("fakes3mp"):  # filling is not what is measured
            put: Callable[[int], Any] = lambda n: fake.put("bucket", _key(n), b"")  # noqa: E731
        else:
            put = lambda n: s3.put_object(Bucket="bucket", Key=_key(n), Body=b"")  # noqa: E731
        for size in _fill((100, 1_000, 10_000, 100_000, 1_000_000), put):
            half = {"Bucket": "bucket", "MaxKeys": _PAGE, "StartAfter": "k5"}
            page[size] = per_call(lambda half=half: s3.list_objects_v2(**half), 2, 3)
            folded[size] = per_call(lambda half=half: s3.list_objects_v2(Delimiter="/", **half), 2, 3)
    return {"a page of 100 keys, of n": page, "a page of 100 prefixes, of n keys": folded}


def _key(number: int) -> str:
    """A key: those of successive numbers are far apart in the order of keys."""
    return f"k{number * 7919 % 1_000_003:07}/x"


def parts(backend: str) -> dict[str, Points]:
    """Uploading one more part, and completing, with n parts there."""
    upload, complete = Points(), Points()
    for size in (10, 100, 1_000, 10_000):
        with start_backend(backend):
            costs = _measure_parts(client(), size)
        if costs is None:
            break
        upload[size], complete[size] = costs
    return {"one more part, of n": upload, "complete n parts": complete}


def _measure_parts(s3: Any, size: int) -> tuple[float, float] | None:
    """Seconds for one more part and for completing, with this many parts; None where uploading them takes too long."""
    s3.create_bucket(Bucket="bucket")
    upload_params = {"Bucket": "bucket", "Key": "m"}
    upload_params["UploadId"] = s3.create_multipart_upload(**upload_params)["UploadId"]
    etags: list[str] = []

    def put(number: int) -> None:
        etags.append(s3.upload_part(PartNumber=number + 1, Body=b"%d" % number, **upload_params)["ETag"])

    if list(_fill((size,), put)) != [size]:
        return None
    one_more = per_call(lambda: s3.upload_part(PartNumber=1, Body=b"0", **upload_params), 20, 3)
    completed_parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    return one_more, once(
        lambda: s3.complete_multipart_upload(MultipartUpload={"Parts": completed_parts}, **upload_params)
    )


def bodies(backend: str) -> dict[str, Points]:
    """Putting and reading a body of n bytes."""
    put, get = Points(), Points()
    with start_backend(backend):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        for size in (1 << 10, 1 << 15, MIB, 32 * MIB, 256 * MIB, 1 << 30):
            if put and put[max(put)] * size / max(put) > PATIENCE / 10:
                break
            body = bytes(size)
            put[size] = _time(lambda body=body: s3.put_object(Bucket="bucket", Key="k", Body=body), size)
            get[size] = _time(lambda: s3.get_object(Bucket="bucket", Key="k")["Body"].read(), size)
    return {"put n bytes": put, "get n bytes": get if backend not in FLOORS else {}}


def _time(action: Callable[[], Any], size: int) -> float:
    """Seconds for one call; small bodies are timed more than once."""
    return per_call(action, 1, 3) if size <= 32 * MIB else once(action)


def states(backend: str) -> dict[str, Points]:
    """Snapshot, restore and a look at the buckets with n keys there; and filling them, for each key."""
    if not backend.startswith("fakes3mp"):
        return {}
    curves = {
        name: Points() for name in ("snapshot of n keys", "restore n keys", "fake.buckets of n keys", "fill, a key")
    }
    with start_backend(backend) as fake:
        fake.create_bucket("bucket")
        fake.fill("bucket", {"first": b""})  # imports are not what is measured
        count = 0
        for size in (1_000, 10_000, 50_000, 100_000, 1_000_000):
            bodies = {f"k{number:07}": b"%d" % number for number in range(count, size)}
            began = time.process_time()
            fake.fill("bucket", bodies)
            curves["fill, a key"][size] = (time.process_time() - began) / len(bodies)
            count, base = size, fake.snapshot()
            curves["snapshot of n keys"][size] = per_call(fake.snapshot, 20, 3)
            curves["restore n keys"][size] = per_call(lambda base=base: fake.restore(base), 20, 3)
            curves["fake.buckets of n keys"][size] = per_call(lambda: fake.buckets["bucket"], 20, 3)
    return curves


CURVES: dict[str, Callable[[str], dict[str, Points]]] = {
    curve.__name__: curve for curve in (keys, parts, bodies, states)
}
