"""Resume after a lost part: what arrived is not sent again, what did not is."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ConnectionClosedError

KEY = {"Bucket": "media", "Key": "video.mp4"}
PARTS = {1: b"aaaa", 2: b"bbbb", 3: b"c"}


def send(s3, upload, numbers):
    for number in numbers:
        s3.upload_part(**upload, PartNumber=number, Body=PARTS[number])


def finish(s3, upload):
    listed = s3.list_parts(**upload)["Parts"]
    parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in listed]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})


def resume(s3, upload):
    """Ask S3 what it has."""
    there = {part["PartNumber"] for part in s3.list_parts(**upload).get("Parts", [])}
    send(s3, upload, sorted(PARTS.keys() - there))
    finish(s3, upload)


def start_over(s3, upload):
    """The broken twin sends everything again."""
    send(s3, upload, PARTS)
    finish(s3, upload)


def skip_ahead(s3, upload):
    """Another one takes the lost part for sent."""
    send(s3, upload, [3])
    finish(s3, upload)


BROKEN = pytest.mark.xfail(raises=AssertionError)


@pytest.mark.fake_s3(buckets=["media"], min_part_size=4)
@pytest.mark.parametrize(
    "again", [resume, pytest.param(start_over, marks=BROKEN), pytest.param(skip_ahead, marks=BROKEN)]
)
def test_resume(fake_s3, again):
    s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
    upload = {**KEY, "UploadId": s3.create_multipart_upload(**KEY)["UploadId"]}
    fake_s3.faults.on("UploadPart", PartNumber=2).times(1).reset_connection()
    with pytest.raises(ConnectionClosedError):
        send(s3, upload, PARTS)

    again(s3, upload)

    found = fake_s3.uploads.one(key="video.mp4")
    found.assert_completed(parts=3)
    assert [attempt.outcome for attempt in found.part(1).attempts] == ["stored"]
    assert [attempt.outcome for attempt in found.part(2).attempts] == ["reset_connection", "stored"]
    assert fake_s3.faults.all_fired()
