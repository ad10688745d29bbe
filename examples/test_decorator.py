"""A decorator on a function that uploads with ``upload_file``: the code under test only uses boto3."""

import os

import boto3

from fakes3mp import etag_of, mock_multipart

MiB = 1 << 20


def publish(path, bucket):
    """The code under test."""
    boto3.client("s3").upload_file(str(path), bucket, path.name)


@mock_multipart(buckets=["media"])
def test_publish(tmp_path):
    path = tmp_path / "video.mp4"
    path.write_bytes(os.urandom(20 * MiB))

    publish(path, "media")

    with mock_multipart() as s3:  # inside, without options: the fake that is active already
        upload = s3.uploads.one(key="video.mp4")
        upload.assert_completed(parts=3, etag=etag_of(path.read_bytes(), part_size=8 * MiB))
        upload.assert_contiguous()
        s3.assert_object("media", "video.mp4", body=path.read_bytes())
