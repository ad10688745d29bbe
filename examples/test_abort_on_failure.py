"""Abort on failure: S3 charges for the parts of an upload that is neither completed nor aborted."""

import boto3
import pytest
from botocore.exceptions import ClientError

KEY = {"Bucket": "media", "Key": "video.mp4"}


def upload_or_abort(s3, bodies):
    upload = {**KEY, "UploadId": s3.create_multipart_upload(**KEY)["UploadId"]}
    try:
        _send(s3, upload, bodies)
    except Exception:
        s3.abort_multipart_upload(**upload)
        raise


def upload_without_abort(s3, bodies):
    """Broken: the upload stays open after a failure."""
    upload = {**KEY, "UploadId": s3.create_multipart_upload(**KEY)["UploadId"]}
    _send(s3, upload, bodies)


def _send(s3, upload, bodies):
    parts = []
    for number, body in enumerate(bodies, 1):
        etag = s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]
        parts.append({"PartNumber": number, "ETag": etag})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})


@pytest.mark.fake_s3(buckets=["media"], min_part_size=1)
@pytest.mark.parametrize(
    "send", [upload_or_abort, pytest.param(upload_without_abort, marks=pytest.mark.xfail(raises=AssertionError))]
)
def test_a_failed_upload_is_aborted(fake_s3, send):
    fake_s3.faults.on("UploadPart", PartNumber=2).error("AccessDenied")

    with pytest.raises(ClientError, match="AccessDenied"):
        send(boto3.client("s3"), [b"one", b"two"])

    fake_s3.assert_no_open_uploads()
    assert fake_s3.uploads.one().state == "aborted"
