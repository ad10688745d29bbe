"""``python -m fakes3mp``: show the fake at work.

What may live here: the command line, and what each command prints.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from fakes3mp import FakeS3, etag_of

MiB = 1 << 20


def demo() -> None:
    """A real boto3 multipart upload of several parts, one of them put twice; then what the fake saw of it."""
    import boto3

    bodies = [b"first " * MiB, b"second" * MiB, b"and the last part, which may be small"]
    with FakeS3(buckets=["media"]) as s3:
        client = boto3.client("s3")
        upload_id = client.create_multipart_upload(Bucket="media", Key="video.mp4")["UploadId"]
        parts: list[Any] = []
        for number, body in enumerate(bodies, 1):
            answer = client.upload_part(
                Bucket="media", Key="video.mp4", UploadId=upload_id, PartNumber=number, Body=body
            )
            parts.append({"PartNumber": number, "ETag": answer["ETag"]})
        client.upload_part(Bucket="media", Key="video.mp4", UploadId=upload_id, PartNumber=3, Body=bodies[2])
        client.complete_multipart_upload(
            Bucket="media", Key="video.mp4", UploadId=upload_id, MultipartUpload={"Parts": parts}
        )
        whole = client.get_object(Bucket="media", Key="video.mp4")["Body"].read()
    upload = s3.uploads.one(key="video.mp4")
    upload.assert_completed(parts=3, etag=etag_of(whole, part_size=6 * MiB))
    print(upload.timeline())
    for part in upload.parts:
        outcomes = ", ".join(attempt.outcome for attempt in part.attempts)
        print(f"part {part.number}  {part.size:>8} bytes  ETag {part.etag}  attempts: {outcomes}")
    print(f"object  {len(whole):>6} bytes  ETag {upload.etag}")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command named by the arguments."""
    parser = argparse.ArgumentParser(prog="python -m fakes3mp", description="An in-process fake of Amazon S3.")
    commands = parser.add_subparsers(required=True, metavar="command")
    commands.add_parser(
        "demo", help="run a multipart upload through the fake and print what was recorded"
    ).set_defaults(run=demo)
    parser.parse_args(arguments).run()


if __name__ == "__main__":
    main()
