"""``fakes3mp demo``: a multipart upload through boto3, and what the fake recorded of it."""

from __future__ import annotations

import argparse
from typing import Any

from fakes3mp.fake import FakeS3
from fakes3mp.inspection.part_views import etag_of

MiB = 1 << 20


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    parser = commands.add_parser(
        "demo", help="upload a file in parts to the fake with boto3, and print what was recorded"
    )
    parser.set_defaults(run=demo)


def demo(arguments: argparse.Namespace) -> int:
    """Upload several parts with boto3, one of them twice, and print what the fake recorded."""
    import boto3

    bodies = [b"first " * MiB, b"second" * MiB, b"and the last part, which may be small"]
    with FakeS3(buckets=["media"]) as s3:
        client = boto3.client("s3")
        upload_id = client.create_multipart_upload(Bucket="media", Key="video.mp4")["UploadId"]
        parts: list[Any] = []
        for number, body in enumerate(bodies, 1):
            response = client.upload_part(
                Bucket="media", Key="video.mp4", UploadId=upload_id, PartNumber=number, Body=body
            )
            parts.append({"PartNumber": number, "ETag": response["ETag"]})
        client.upload_part(Bucket="media", Key="video.mp4", UploadId=upload_id, PartNumber=3, Body=bodies[2])
        client.complete_multipart_upload(
            Bucket="media", Key="video.mp4", UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
        object_body = client.get_object(Bucket="media", Key="video.mp4")["Body"].read()
    upload = s3.uploads.one(key="video.mp4")
    upload.assert_completed(parts=3, etag=etag_of(object_body, part_size=6 * MiB))
    print(upload.timeline())
    for part in upload.parts:
        outcomes = ", ".join(attempt.outcome for attempt in part.attempts)
        print(f"part {part.number}  {part.size:>8} bytes  ETag {part.etag}  attempts: {outcomes}")
    print(f"object  {len(object_body):>6} bytes  ETag {upload.etag}")
    return 0
