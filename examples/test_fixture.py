"""The fixture, with an upload part by part: resume after a part that failed, and abort."""

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3mp import etag_of

KEY = {"Bucket": "media", "Key": "video.mp4"}
pytestmark = pytest.mark.fake_s3(buckets=["media"], min_part_size=4)


class Uploader:
    """The code under test: it skips parts that S3 has already, so that it can be run again after a failure."""

    def __init__(self, upload_id=None):
        self.s3 = boto3.client("s3")
        self.upload_id = upload_id or self.s3.create_multipart_upload(**KEY)["UploadId"]

    def run(self, parts):
        stored_parts = self.s3.list_parts(**KEY, UploadId=self.upload_id).get("Parts", [])
        etags = {part["PartNumber"]: part["ETag"] for part in stored_parts}
        for number, (body, md5) in parts.items():
            if number not in etags:
                digest = {"ContentMD5": md5} if md5 else {}
                response = self.s3.upload_part(**KEY, UploadId=self.upload_id, PartNumber=number, Body=body, **digest)
                etags[number] = response["ETag"]
        completed_parts = [{"PartNumber": number, "ETag": etag} for number, etag in sorted(etags.items())]
        self.s3.complete_multipart_upload(**KEY, UploadId=self.upload_id, MultipartUpload={"Parts": completed_parts})

    def abort(self):
        self.s3.abort_multipart_upload(**KEY, UploadId=self.upload_id)


WRONG_MD5 = "not an MD5"


def test_resume_after_a_failed_part(fake_s3):
    uploader = Uploader()
    with pytest.raises(ClientError, match="InvalidDigest"):
        uploader.run({1: (b"aaaa", None), 2: (b"bbbb", WRONG_MD5), 3: (b"c", None)})

    Uploader(uploader.upload_id).run({1: (b"aaaa", None), 2: (b"bbbb", None), 3: (b"c", None)})

    upload = fake_s3.uploads.one(key="video.mp4")
    upload.assert_completed(parts=3, etag=etag_of(b"aaaabbbbc", part_size=4))
    assert [attempt.outcome for attempt in upload.part(1).attempts] == ["stored"]
    assert [attempt.outcome for attempt in upload.part(2).attempts] == ["InvalidDigest", "stored"]


def test_abort(fake_s3):
    uploader = Uploader()
    with pytest.raises(ClientError, match="InvalidDigest"):
        uploader.run({1: (b"aaaa", WRONG_MD5)})
    uploader.abort()

    fake_s3.assert_no_open_uploads()
    fake_s3.assert_called("AbortMultipartUpload", UploadId=uploader.upload_id, times=1)
    assert fake_s3.buckets["media"].keys() == []
