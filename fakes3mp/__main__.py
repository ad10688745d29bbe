"""``python -m fakes3mp``: show the fake at work, or serve it.

What may live here: the command line, and what each command prints.
"""

from __future__ import annotations

import argparse
import ipaddress
import signal
import sys
import threading
from collections.abc import Sequence
from typing import Any

from fakes3mp import FakeS3, etag_of
from fakes3mp.options import Options

MiB = 1 << 20


def demo(arguments: argparse.Namespace) -> None:
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


def serve(arguments: argparse.Namespace) -> None:
    """Serve a fake until Ctrl-C; then say what was left in it."""
    from fakes3mp.server.server import Server

    fake = _served(arguments)
    ended = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: ended.set())
    told = (lambda line: print(line, flush=True)) if arguments.log else (lambda line: None)
    try:
        server = Server(fake, arguments.host, arguments.port, tls=arguments.tls, told=told)
    except (OSError, RuntimeError) as failure:
        raise SystemExit(f"cannot serve on {arguments.host}:{arguments.port}: {failure}") from None
    with server:
        print(server.url, flush=True)
        if not _is_loopback(arguments.host):
            print(f"{arguments.host} is not a loopback address: others on the network can reach it", file=sys.stderr)
        while not ended.wait(0.2):
            pass
    print(summary(fake))


def _served(arguments: argparse.Namespace) -> FakeS3:
    """The fake that the command line describes."""
    if bool(arguments.access_key) != bool(arguments.secret_key):
        raise SystemExit("--access-key and --secret-key belong together")
    options: Options = {"buckets": arguments.bucket, "region": arguments.region, "record_bodies": False}
    if arguments.min_part_size is not None:
        options["min_part_size"] = arguments.min_part_size
    if not arguments.access_key:
        return FakeS3(**options)
    options["check_signatures"] = "required"
    fake = FakeS3(**options)
    fake.credentials.add(arguments.access_key, arguments.secret_key, account_id=fake.account_id)
    return fake


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def summary(fake: FakeS3) -> str:
    """What a fake holds, in a few lines."""
    lines = [f"{len(fake.calls)} calls"]
    for name, bucket in fake.buckets.items():
        lines.append(f"bucket {name}: {len(bucket)} objects, {sum(each.size for each in bucket.values())} bytes")
    lines += [f"still open: {upload!r}" for upload in fake.uploads.open]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command named by the arguments."""
    parser = argparse.ArgumentParser(prog="python -m fakes3mp", description="An in-process fake of Amazon S3.")
    commands = parser.add_subparsers(required=True, metavar="command")
    showing = commands.add_parser("demo", help="run a multipart upload through the fake and print what was recorded")
    showing.set_defaults(run=demo)
    serving = commands.add_parser("serve", help="serve a fake over HTTP; its URL is printed when it is ready")
    serving.add_argument("--host", default="127.0.0.1", help="the address to listen at (default: %(default)s)")
    serving.add_argument("--port", type=int, default=0, help="the port, 0 for any that is free (default)")
    serving.add_argument("--bucket", action="append", default=[], help="a bucket to begin with; may be repeated")
    serving.add_argument("--region", default="us-east-1", help="where those are (default: %(default)s)")
    serving.add_argument("--min-part-size", type=int, metavar="BYTES", help="what every part but the last must have")
    serving.add_argument("--access-key", help="with --secret-key: refuse whoever signs with other credentials")
    serving.add_argument("--secret-key")
    serving.add_argument("--tls", action="store_true", help="serve HTTPS with a self-made certificate")
    serving.add_argument("--log", action="store_true", help="print a line for each call")
    serving.set_defaults(run=serve)
    parsed = parser.parse_args(arguments)
    parsed.run(parsed)


if __name__ == "__main__":
    main()
