"""How costs grow with the data: keys of a bucket, parts of an upload, bytes of a body. Each curve gives {size: seconds}.

What may live here: one function for each curve, and how far each backend is driven: a curve ends where filling took longer
than one is patient.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks.backends import FLOORS, client, started
from benchmarks.workloads import once, per_call

Points = dict[int, float]
PATIENCE = 120.0  # seconds for filling a bucket or upload
MIB = 1 << 20
_PAGE = 100


def _filling(sizes: tuple[int, ...], add: Callable[[int], Any]) -> Iterator[int]:
    """Add one thing after the other; stops at each size, and for good when it has taken too long."""
    began, done = time.perf_counter(), 0
    for size in sizes:
        for number in range(done, size):
            add(number)
            if time.perf_counter() - began > PATIENCE:
                return
        done = size
        yield size


def keys(name: str) -> dict[str, Points]:
    """A page of a hundred keys, and of a hundred prefixes, out of the middle of a bucket of n keys."""
    if name in FLOORS:
        return {}
    page, folded = Points(), Points()
    with started(name) as fake:
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        if name.startswith("fakes3mp"):  # filling is not what is measured
            put: Callable[[int], Any] = lambda n: fake.put("bucket", _key(n), b"")  # noqa: E731
        else:
            put = lambda n: s3.put_object(Bucket="bucket", Key=_key(n), Body=b"")  # noqa: E731
        for size in _filling((100, 1_000, 10_000, 100_000, 1_000_000), put):
            half = {"Bucket": "bucket", "MaxKeys": _PAGE, "StartAfter": "k5"}
            page[size] = per_call(lambda half=half: s3.list_objects_v2(**half), 2, 3)
            folded[size] = per_call(lambda half=half: s3.list_objects_v2(Delimiter="/", **half), 2, 3)
    return {"a page of 100 keys, of n": page, "a page of 100 prefixes, of n keys": folded}


def _key(number: int) -> str:
    """Spread over the whole alphabet of keys, in folders."""
    return f"k{number * 7919 % 1_000_003:07}/x"


def parts(name: str) -> dict[str, Points]:
    """Uploading one more part, and completing, with n parts there."""
    upload, complete = Points(), Points()
    for size in (10, 100, 1_000, 10_000):
        with started(name):
            told = _with_parts(client(), size)
        if told is None:
            break
        upload[size], complete[size] = told
    return {"one more part, of n": upload, "complete n parts": complete}


def _with_parts(s3: Any, size: int) -> tuple[float, float] | None:
    """The two costs with so many parts; None where uploading them takes too long."""
    s3.create_bucket(Bucket="bucket")
    where = {"Bucket": "bucket", "Key": "m"}
    where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
    etags: list[str] = []

    def put(number: int) -> None:
        etags.append(s3.upload_part(PartNumber=number + 1, Body=b"%d" % number, **where)["ETag"])

    if list(_filling((size,), put)) != [size]:
        return None
    more = per_call(lambda: s3.upload_part(PartNumber=1, Body=b"0", **where), 20, 3)
    claims = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
    return more, once(lambda: s3.complete_multipart_upload(MultipartUpload={"Parts": claims}, **where))


def bodies(name: str) -> dict[str, Points]:
    """Putting and reading a body of n bytes."""
    put, get = Points(), Points()
    with started(name):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        for size in (1 << 10, 1 << 15, MIB, 32 * MIB, 256 * MIB, 1 << 30):
            if put and put[max(put)] * size / max(put) > PATIENCE / 10:
                break
            body = bytes(size)
            put[size] = _timed(lambda body=body: s3.put_object(Bucket="bucket", Key="k", Body=body), size)
            get[size] = _timed(lambda: s3.get_object(Bucket="bucket", Key="k")["Body"].read(), size)
    return {"put n bytes": put, "get n bytes": get if name not in FLOORS else {}}


def _timed(act: Callable[[], Any], size: int) -> float:
    """Small bodies more than once."""
    return per_call(act, 1, 3) if size <= 32 * MIB else once(act)


CURVES: dict[str, Callable[[str], dict[str, Points]]] = {each.__name__: each for each in (keys, parts, bodies)}
