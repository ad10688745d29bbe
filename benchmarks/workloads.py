"""What a test does, timed: small calls, a multipart upload, lists, transfers, starting.

Each workload returns {figure: seconds}. The floors have no state, so some workloads leave them out.
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

from benchmarks.backends import FLOORS, client, start_backend

MIB = 1 << 20
Figures = dict[str, float]
THREADS = 10  # s3transfer's


def per_call(action: Callable[[], Any], times: int, repeat: int = 5) -> float:
    """Seconds for one call: the median of ``repeat`` rounds of ``times`` calls, after one call that is not timed."""
    action()
    rounds = []
    for _ in range(repeat):
        began = time.perf_counter()
        for _ in range(times):
            action()
        rounds.append((time.perf_counter() - began) / times)
    return statistics.median(rounds)


def once(action: Callable[[], Any]) -> float:
    """Seconds for one call."""
    began = time.perf_counter()
    action()
    return time.perf_counter() - began


def small(backend: str) -> Figures:
    """Calls of 100 bytes."""
    body = b"x" * 100
    with start_backend(backend):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        put = per_call(lambda: s3.put_object(Bucket="bucket", Key="k", Body=body), 200)
        get = per_call(lambda: s3.get_object(Bucket="bucket", Key="k")["Body"].read(), 200)
        head = per_call(lambda: s3.head_object(Bucket="bucket", Key="k"), 200)
        upload_params = {"Bucket": "bucket", "Key": "m"}
        upload_params["UploadId"] = s3.create_multipart_upload(**upload_params)["UploadId"]
        part = per_call(lambda: s3.upload_part(PartNumber=1, Body=body, **upload_params), 200)
    return {"put_object 100 B": put, "get_object 100 B": get, "head_object": head, "upload_part 100 B": part}


def multipart(backend: str) -> Figures:
    """Create, three parts of 5 MiB, complete, read."""
    bodies = [os.urandom(5 * MIB) for _ in range(3)]
    with start_backend(backend):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        upload = per_call(lambda: _upload(s3, bodies), 2)
    digests = per_call(lambda: [hashlib.md5(body).digest() for body in bodies], 2)
    return {"create, 3 x 5 MiB, complete, read": upload, "MD5 of these 15 MiB": digests}


def _upload(s3: Any, bodies: list[bytes]) -> None:
    upload_params = {"Bucket": "bucket", "Key": "m"}
    upload_params["UploadId"] = s3.create_multipart_upload(**upload_params)["UploadId"]
    etags = [s3.upload_part(PartNumber=n, Body=body, **upload_params)["ETag"] for n, body in enumerate(bodies, 1)]
    parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
    s3.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload_params)
    s3.get_object(Bucket="bucket", Key="m")["Body"].read()


def many_parts(backend: str, parts: int = 10_000) -> Figures:
    """Very many parts: uploaded, listed page by page, completed."""
    with start_backend(backend):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        upload_params = {"Bucket": "bucket", "Key": "m"}
        upload_params["UploadId"] = s3.create_multipart_upload(**upload_params)["UploadId"]

        def upload() -> None:
            for number in range(1, parts + 1):
                s3.upload_part(PartNumber=number, Body=b"%d" % number, **upload_params)

        figures = {f"{parts:,} parts: upload": once(upload)}
        if backend in FLOORS:
            completed_parts = [{"PartNumber": number, "ETag": '"x"'} for number in range(1, parts + 1)]
        else:
            uploaded_parts: list[Any] = []
            pages = s3.get_paginator("list_parts").paginate(**upload_params)
            figures[f"{parts:,} parts: list"] = once(
                lambda: uploaded_parts.extend(part for page in pages for part in page["Parts"])
            )
            completed_parts = [{member: part[member] for member in ("PartNumber", "ETag")} for part in uploaded_parts]
        complete = once(
            lambda: s3.complete_multipart_upload(MultipartUpload={"Parts": completed_parts}, **upload_params)
        )
        return {**figures, f"{parts:,} parts: complete": complete}


def listing(backend: str, keys: int = 20_000) -> Figures:
    """Very many keys, listed page by page and folded."""
    if backend in FLOORS:
        return {}
    with start_backend(backend):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        for number in range(keys):
            s3.put_object(Bucket="bucket", Key=f"d{number % 100:03}/k{number:06}", Body=b"")
        pages = s3.get_paginator("list_objects_v2")
        plain = once(lambda: [len(page["Contents"]) for page in pages.paginate(Bucket="bucket")])
        folded = once(lambda: [page["CommonPrefixes"] for page in pages.paginate(Bucket="bucket", Delimiter="/")])
        return {f"list {keys:,} keys": plain, "list 100 prefixes of them": folded}


def transfer(backend: str, size: int = 256 * MIB) -> Figures:
    """A large file through s3transfer's ten threads, up and down; memory beyond the payload."""
    if backend in FLOORS:
        return {}
    payload = os.urandom(size)
    digests = once(lambda: _hash_in_threads(payload))
    with start_backend(backend):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        up = once(lambda: s3.upload_fileobj(io.BytesIO(payload), "bucket", "big"))
        peak = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        sink = io.BytesIO()
        down = once(lambda: s3.download_fileobj("bucket", "big", sink))
        assert sink.getbuffer() == payload
    return {
        "upload_fileobj 256 MiB": up,
        "download_fileobj 256 MiB": down,
        "MD5 of these 256 MiB, ten threads": digests,
        "peak memory of the upload / payload": peak / size,
    }


def _hash_in_threads(payload: bytes) -> None:
    view = memoryview(payload)
    chunks = [view[start : start + 8 * MIB] for start in range(0, len(view), 8 * MIB)]
    with ThreadPoolExecutor(THREADS) as pool:
        list(pool.map(lambda chunk: hashlib.md5(chunk).digest(), chunks))


def setup(backend: str) -> Figures:
    """Starting and stopping a backend, and creating clients in it."""
    if backend in FLOORS:
        with start_backend(backend):
            return _measure_clients()
    with start_backend(backend):
        client().create_bucket(Bucket="bucket")

    def cycle() -> None:
        with start_backend(backend):
            pass

    figures = {"start and stop": per_call(cycle, 20)}
    with start_backend(backend):
        return {**figures, **_measure_clients()}


def _measure_clients() -> Figures:
    import boto3

    boto3.client("s3")
    of_session = per_call(lambda: boto3.Session().client("s3"), 2, 3)
    return {
        "boto3.client('s3')": per_call(lambda: boto3.client("s3"), 5, 3),
        "boto3.Session().client('s3')": of_session,
    }


def cold(backend: str) -> Figures:
    """A fresh interpreter up to its first answered put."""
    began = time.perf_counter()
    with start_backend(backend):
        s3 = client()
        s3.create_bucket(Bucket="bucket")
        s3.put_object(Bucket="bucket", Key="k", Body=b"x")
    return {"cold: import to first put": time.perf_counter() - began}


WORKLOADS: dict[str, Callable[[str], Figures]] = {
    workload.__name__: workload for workload in (small, multipart, many_parts, listing, transfer, setup, cold)
}
