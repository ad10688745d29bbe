"""A browser uploads a large file by a presigned URL for each part; the server begins and completes the upload."""

import boto3
import pytest
import requests


class Uploads:
    """The server's code: what its web handlers call."""

    def __init__(self, bucket):
        self.s3 = boto3.client("s3")
        self.bucket = bucket

    def begin(self, key, parts):
        """The id of a new upload, and a URL for each part, which are valid for an hour."""
        upload_id = self.s3.create_multipart_upload(Bucket=self.bucket, Key=key)["UploadId"]
        where = {"Bucket": self.bucket, "Key": key, "UploadId": upload_id}
        urls = [
            self.s3.generate_presigned_url("upload_part", Params={**where, "PartNumber": number}, ExpiresIn=3600)
            for number in range(1, parts + 1)
        ]
        return upload_id, urls

    def finish(self, key, upload_id, etags):
        parts = [{"PartNumber": number, "ETag": etag} for number, etag in enumerate(etags, 1)]
        self.s3.complete_multipart_upload(
            Bucket=self.bucket, Key=key, UploadId=upload_id, MultipartUpload={"Parts": parts}
        )


@pytest.mark.fake_s3(buckets=["media"], min_part_size=4)
def test_a_browser_uploads_parts(fake_s3):
    uploads = Uploads("media")
    upload_id, urls = uploads.begin("video.mp4", parts=2)
    responses = [requests.put(url, data=body) for url, body in zip(urls, (b"aaaa", b"bb"), strict=True)]
    uploads.finish("video.mp4", upload_id, [response.headers["ETag"] for response in responses])

    fake_s3.assert_object("media", "video.mp4", body=b"aaaabb")
    fake_s3.uploads.one().assert_completed(parts=2)


@pytest.mark.fake_s3(buckets=["media"], open_uploads="ignore")
def test_a_url_that_is_too_old(fake_s3):
    _, (url,) = Uploads("media").begin("video.mp4", parts=1)
    fake_s3.clock.advance(hours=2)
    response = requests.put(url, data=b"aaaa")
    assert response.status_code == 403
    assert "Request has expired" in response.text
