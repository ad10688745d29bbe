"""An async service that uploads with aioboto3; the test looks at the state with boto3 and the fake. Needs ``fakes3mp[async]``."""

import asyncio
import io

import boto3
import pytest

from fakes3mp import mock_multipart

aioboto3 = pytest.importorskip("aioboto3")
MiB = 1 << 20


async def archive(bodies):
    """The code under test: it uploads all bodies at once."""
    async with aioboto3.Session().client("s3") as s3:
        await asyncio.gather(*(s3.upload_fileobj(io.BytesIO(body), "media", key) for key, body in bodies.items()))


@mock_multipart(buckets=["media"], inject="s3")
def test_all_are_uploaded(s3):
    asyncio.run(archive({"a": b"1", "b": bytes(20 * MiB)}))

    assert s3.buckets["media"].keys() == ["a", "b"]
    s3.uploads.one(key="b").assert_completed()
    assert boto3.client("s3").head_object(Bucket="media", Key="b")["ContentLength"] == 20 * MiB


@mock_multipart(buckets=["media"], inject="s3")
def test_a_throttled_part_is_uploaded_again(s3):
    s3.faults.on("UploadPart", PartNumber=2).times(1).error("SlowDown")
    asyncio.run(archive({"b": bytes(20 * MiB)}))
    assert [attempt.outcome for attempt in s3.uploads.one().part(2).attempts] == ["SlowDown", "stored"]
