"""What a test does, timed: small calls, a multipart upload, lists, transfers, starting. Each workload gives {figure: seconds}.

What may live here: one function for each workload. A floor has no state, and so no part in some of them.
"""

from __future__ import annotations

import hashlib
import io
import os
import resource
import statistics
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from benchmarks.backends import FLOORS, client, started

MIB = 1 << 20
Figures = dict[str, float]
THREADS = 10  # s3transfer's


def per_call(act: Callable[[], Any], times: int, repeat: int = 5) -> float:
    """Seconds for one call: the median of some rounds, after one that does not count."""
    act()
    rounds = []
    for _ in range(repeat):
        began = time.perf_counter()
        for _ in range(times):
            act()
        rounds.append((time.perf_counter() - began) / times)
    return statistics.median(rounds)


def once(act: Callable[[], Any]) -> float:
    began = time.perf_counter()
    act()
    return time.perf_counter() - began


def small(name: str) -> Figures:
    """Calls of 100 bytes."""
    body = b"x" * 100
    with started(name):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        put = per_call(lambda: s3.put_object(Bucket="bucket", Key="k", Body=body), 200)
        get = per_call(lambda: s3.get_object(Bucket="bucket", Key="k")["Body"].read(), 200)
        head = per_call(lambda: s3.head_object(Bucket="bucket", Key="k"), 200)
        where = {"Bucket": "bucket", "Key": "m"}
        where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
        part = per_call(lambda: s3.upload_part(PartNumber=1, Body=body, **where), 200)
    return {"put_object 100 B": put, "get_object 100 B": get, "head_object": head, "upload_part 100 B": part}


def multipart(name: str) -> Figures:
    """Create, three parts of 5 MiB, complete, read."""
    bodies = [os.urandom(5 * MIB) for _ in range(3)]
    with started(name):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        told = per_call(lambda: _uploaded(s3, bodies), 2)
    hashed = per_call(lambda: [hashlib.md5(body).digest() for body in bodies], 2)
    return {"create, 3 x 5 MiB, complete, read": told, "MD5 of these 15 MiB": hashed}


def _uploaded(s3: Any, bodies: list[bytes]) -> None:
    where = {"Bucket": "bucket", "Key": "m"}
    where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]
    etags = [s3.upload_part(PartNumber=n, Body=body, **where)["ETag"] for n, body in enumerate(bodies, 1)]
    parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
    s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)
    s3.get_object(Bucket="bucket", Key="m")["Body"].read()


def many_parts(name: str, parts: int = 10_000) -> Figures:
    """Very many parts: uploaded, listed page by page, completed."""
    with started(name):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        where = {"Bucket": "bucket", "Key": "m"}
        where["UploadId"] = s3.create_multipart_upload(**where)["UploadId"]

        def upload() -> None:
            for number in range(1, parts + 1):
                s3.upload_part(PartNumber=number, Body=b"%d" % number, **where)

        told = {f"{parts:,} parts: upload": once(upload)}
        if name in FLOORS:
            claims = [{"PartNumber": number, "ETag": '"x"'} for number in range(1, parts + 1)]
        else:
            listed: list[Any] = []
            pages = s3.get_paginator("list_parts").paginate(**where)
            told[f"{parts:,} parts: list"] = once(
                lambda: listed.extend(each for page in pages for each in page["Parts"])
            )
            claims = [{name: part[name] for name in ("PartNumber", "ETag")} for part in listed]
        complete = once(lambda: s3.complete_multipart_upload(MultipartUpload={"Parts": claims}, **where))
        return {**told, f"{parts:,} parts: complete": complete}


def listing(name: str, keys: int = 20_000) -> Figures:
    """Very many keys, listed page by page and folded."""
    if name in FLOORS:
        return {}
    with started(name):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        for number in range(keys):
            s3.put_object(Bucket="bucket", Key=f"d{number % 100:03}/k{number:06}", Body=b"")
        pages = s3.get_paginator("list_objects_v2")
        plain = once(lambda: [len(page["Contents"]) for page in pages.paginate(Bucket="bucket")])
        folded = once(lambda: [page["CommonPrefixes"] for page in pages.paginate(Bucket="bucket", Delimiter="/")])
        return {f"list {keys:,} keys": plain, "list 100 prefixes of them": folded}


def transfer(name: str, size: int = 256 * MIB) -> Figures:
    """A large file through s3transfer's ten threads, up and down; memory beyond the payload."""
    if name in FLOORS:
        return {}
    payload = os.urandom(size)
    hashed = once(lambda: _hashed(payload))
    with started(name):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        up = once(lambda: s3.upload_fileobj(io.BytesIO(payload), "bucket", "big"))
        more = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        sink = io.BytesIO()
        down = once(lambda: s3.download_fileobj("bucket", "big", sink))
        assert sink.getbuffer() == payload
    return {
        "upload_fileobj 256 MiB": up,
        "download_fileobj 256 MiB": down,
        "MD5 of these 256 MiB, ten threads": hashed,
        "peak memory of the upload / payload": more / size,
    }


def _hashed(payload: bytes) -> None:
    view = memoryview(payload)
    pieces = [view[at : at + 8 * MIB] for at in range(0, len(view), 8 * MIB)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda piece: hashlib.md5(piece).digest(), pieces))


def setup(name: str) -> Figures:
    """Starting and stopping, and clients made under it."""
    if name in FLOORS:
        with started(name):
            return _clients()
    with started(name):
        client().create_bucket(Bucket="bucket")

    def cycle() -> None:
        with started(name):
            pass

    told = {"start and stop": per_call(cycle, 20)}
    with started(name):
        return {**told, **_clients()}


def _clients() -> Figures:
    import boto3

    boto3.client("s3")
    made = per_call(lambda: boto3.Session().client("s3"), 2, 3)
    return {"boto3.client('s3')": per_call(lambda: boto3.client("s3"), 5, 3), "boto3.Session().client('s3')": made}


def cold(name: str) -> Figures:
    """A fresh interpreter up to its first answered put."""
    began = time.perf_counter()
    with started(name):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    return {"cold: import to first put": time.perf_counter() - began}


WORKLOADS: dict[str, Callable[[str], Figures]] = {
    each.__name__: each for each in (small, multipart, many_parts, listing, transfer, setup, cold)
}
