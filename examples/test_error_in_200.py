"""CompleteMultipartUpload may answer 200 with an error document: then there is no object, in spite of the status."""

import contextlib

import boto3
import pytest
from botocore.exceptions import ClientError

KEY = {"Bucket": "media", "Key": "video.mp4"}


def publish(s3, announce):
    _upload(s3)
    announce("video.mp4")


def publish_anyway(s3, announce):
    """Broken: it announces the object although the call failed."""
    try:
        _upload(s3)
    except ClientError as error:
        print("upload failed:", error)
    announce("video.mp4")


def _upload(s3):
    upload = {**KEY, "UploadId": s3.create_multipart_upload(**KEY)["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})


BROKEN = pytest.param(publish_anyway, marks=pytest.mark.xfail(raises=AssertionError))


@pytest.mark.fake_s3(buckets=["media"], open_uploads="ignore")
@pytest.mark.parametrize("code", [publish, BROKEN])
def test_only_objects_that_exist_are_announced(fake_s3, code):
    fake_s3.faults.on("CompleteMultipartUpload").ok_with_error("InternalError")
    announced = []

    with contextlib.suppress(ClientError):
        code(boto3.client("s3"), announced.append)

    assert announced == fake_s3.buckets["media"].keys()


@pytest.mark.fake_s3(buckets=["media"])
def test_boto3_retries(fake_s3):
    fake_s3.faults.on("CompleteMultipartUpload").times(1).ok_with_error("InternalError")

    publish(boto3.client("s3"), announce=print)

    (story,) = fake_s3.calls.of("CompleteMultipartUpload").grouped
    assert [call.outcome for call in story.attempts] == ["InternalError", "ok"]
