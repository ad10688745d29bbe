"""What users write, with types. mypy --strict and pyright find nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import boto3
import pytest
from mypy_boto3_s3 import S3Client, S3ServiceResource

from fakes3mp import ANY, FakeS3, Server, etag_of, explore, mock_aws, mock_multipart
from fakes3mp.types import BucketView, Call, ObjectView, OperationName, Options, Outcome, PartView, Snapshot, UploadView


@mock_multipart
def test_bare() -> None:
    boto3.client("s3").create_bucket(Bucket="media")


@mock_multipart(buckets=["media"], min_part_size=1024, open_uploads="error")
async def test_coroutine() -> int:
    return 1


@mock_multipart(inject="s3", buckets=["media"])
def test_injected(s3: FakeS3, *, number: int) -> str:
    return s3.region * number


@mock_aws
def test_like_moto() -> None: ...


@pytest.fixture
@mock_multipart(buckets=["media"])
def stocked() -> Iterator[S3Client]:
    yield boto3.client("s3")
    print("done")


@pytest.mark.fake_s3(buckets=["media"])
def test_views(fake_s3: FakeS3, tmp_path: Path) -> None:
    client: S3Client = fake_s3.client()
    resource: S3ServiceResource = fake_s3.resource()
    client.put_object(Bucket="media", Key="k", Body=b"x")
    resource.Bucket("media").put_object(Key="k2", Body=b"x")
    for body in (b"x", "x", bytearray(b"x"), memoryview(b"x"), tmp_path / "file", [b"x"], iter([b"x"])):
        view: ObjectView = fake_s3.put("media", "k", body)
        assert view.body == b"x"
    with open(tmp_path / "file", "rb") as file:
        fake_s3.put("media", "k", file)
    size: int = fake_s3.object("media", "k").size
    upload: UploadView = fake_s3.uploads[0]
    first: UploadView = fake_s3.uploads.one(key="k")
    part: PartView = first.part(2)
    bucket: BucketView = fake_s3.buckets["media"]
    keys: list[str] = bucket.keys()
    call: Call = fake_s3.calls[0]
    base: Snapshot = fake_s3.snapshot()
    fake_s3.restore(base)
    if upload.state == "open" and call.operation == "UploadPart" and part.attempts[0].outcome == "SlowDown":
        assert part.attempts[1].outcome == Outcome.STORED
        print(keys, size)
    fake_s3.faults.on("UploadPart", PartNumber=2).times(1).error("SlowDown")
    fake_s3.faults.on(ANY).delay(0.01)
    fake_s3.assert_called("UploadPart", PartNumber=ANY, times=2)
    assert first.etag == etag_of(b"x", part_size=5)
    for each in fake_s3.uploads.open[:1]:
        each.assert_completed(parts=2)


def test_names() -> None:
    operation: OperationName = "PutObject"
    options: Options = {"buckets": ["media"], "wire": "http"}
    with FakeS3(**options) as fake, fake.serve() as server:
        current: FakeS3 | None = FakeS3.current()
        assert current is fake
        fake.assert_not_called(operation)
        s3: S3Client = server.client()
        body: bytes = server.fake.object("media", "k").body
        print(s3.list_buckets()["Buckets"], body)


def test_server(fake_s3_server: Server) -> None:
    url: str = fake_s3_server.url
    fake: FakeS3 = fake_s3_server.fake
    print(url, fake.uploads.completed)


def test_exploration() -> None:
    report = explore(lambda s3: None, buckets=["media"])
    runs: int = report.runs
    assert runs
