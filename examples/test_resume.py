"""Resume after a lost part: only the parts that S3 does not have are sent again."""

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
    stored_parts = s3.list_parts(**upload)["Parts"]
    parts = [{"PartNumber": part["PartNumber"], "ETag": part["ETag"]} for part in stored_parts]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})


def resume(s3, upload):
    """Send the parts that S3 does not have."""
    stored_numbers = {part["PartNumber"] for part in s3.list_parts(**upload).get("Parts", [])}
    send(s3, upload, sorted(PARTS.keys() - stored_numbers))
    finish(s3, upload)


def start_over(s3, upload):
    """Broken: it sends all parts again."""
    send(s3, upload, PARTS)
    finish(s3, upload)


def skip_ahead(s3, upload):
    """Broken: it does not send the lost part again."""
    send(s3, upload, [3])
    finish(s3, upload)


BROKEN = pytest.mark.xfail(raises=AssertionError)


@pytest.mark.fake_s3(buckets=["media"], min_part_size=4)
@pytest.mark.parametrize(
    "continue_upload", [resume, pytest.param(start_over, marks=BROKEN), pytest.param(skip_ahead, marks=BROKEN)]
)
def test_resume(fake_s3, continue_upload):
    s3 = boto3.client("s3", config=Config(retries={"total_max_attempts": 1}))
    upload = {**KEY, "UploadId": s3.create_multipart_upload(**KEY)["UploadId"]}
    fake_s3.faults.on("UploadPart", PartNumber=2).times(1).reset_connection()
    with pytest.raises(ConnectionClosedError):
        send(s3, upload, PARTS)

    continue_upload(s3, upload)

    view = fake_s3.uploads.one(key="video.mp4")
    view.assert_completed(parts=3)
    assert [attempt.outcome for attempt in view.part(1).attempts] == ["stored"]
    assert [attempt.outcome for attempt in view.part(2).attempts] == ["reset_connection", "stored"]
    assert fake_s3.faults.all_fired()
