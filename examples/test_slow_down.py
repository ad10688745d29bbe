"""SlowDown twice, then success: the client must retry."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError


def with_retries():
    return boto3.client("s3", config=Config(retries={"mode": "standard", "total_max_attempts": 3}))


def without_retries():
    """Broken: this client does not retry."""
    return boto3.client("s3", config=Config(retries={"mode": "standard", "total_max_attempts": 1}))


@pytest.mark.fake_s3(buckets=["media"], open_uploads="ignore")
@pytest.mark.parametrize(
    "client", [with_retries, pytest.param(without_retries, marks=pytest.mark.xfail(raises=ClientError))]
)
def test_slow_down(fake_s3, client):
    s3 = client()
    upload = {"Bucket": "media", "Key": "video.mp4"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    fake_s3.faults.on("UploadPart", PartNumber=1).times(2).error("SlowDown")

    s3.upload_part(**upload, PartNumber=1, Body=b"x")

    part = fake_s3.uploads.one().part(1)
    assert len(part.attempts) == 3
    assert [attempt.outcome for attempt in part.attempts] == ["SlowDown", "SlowDown", "stored"]
    assert sum(attempt.call.waited for attempt in part.attempts) > 0  # seconds, which the test does not really wait
