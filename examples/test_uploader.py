"""An uploader of large files: parts of 8 MiB, metadata, and nothing left open where it fails."""

import boto3
import pytest
from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig

from fakes3mp import etag_of

MiB = 1 << 20
CONFIG = TransferConfig(multipart_threshold=8 * MiB, multipart_chunksize=8 * MiB)


def publish(path, bucket, key, owner):
    """The code under test."""
    arguments = {"ContentType": "video/mp4", "Metadata": {"owner": owner}}
    boto3.client("s3").upload_file(str(path), bucket, key, ExtraArgs=arguments, Config=CONFIG)


@pytest.fixture
def video(tmp_path):
    path = tmp_path / "video.mp4"
    path.write_bytes(bytes(range(256)) * (20 * MiB // 256))
    return path


@pytest.mark.fake_s3(buckets=["media"], open_uploads="error")
def test_a_large_file_is_uploaded_in_parts(fake_s3, video):
    publish(video, "media", "video.mp4", "ann")

    upload = fake_s3.uploads.one(key="video.mp4")
    upload.assert_completed(parts=3, etag=etag_of(video.read_bytes(), part_size=8 * MiB))
    upload.assert_each_part_once()
    assert upload.metadata == {"owner": "ann"}
    fake_s3.assert_object("media", "video.mp4", body=video.read_bytes())


@pytest.mark.fake_s3(buckets=["media"], open_uploads="error")
def test_an_upload_that_fails_leaves_nothing_open(fake_s3, video):
    fake_s3.faults.on("UploadPart", PartNumber=2).error("SlowDown")
    with pytest.raises(S3UploadFailedError, match="SlowDown"):
        publish(video, "media", "video.mp4", "ann")
    fake_s3.assert_called("AbortMultipartUpload", times=1)
    assert fake_s3.buckets["media"].keys() == []
