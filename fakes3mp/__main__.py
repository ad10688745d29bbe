"""``python -m fakes3mp``: the command line, with the commands ``demo`` and ``serve``."""

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


def serve(arguments: argparse.Namespace) -> None:
    """Serve a fake over HTTP until SIGINT (Ctrl-C) or SIGTERM, then print what it holds."""
    from fakes3mp.server.server import Server

    fake = _create_fake(arguments)
    stopped = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stopped.set())
    log = (lambda line: print(line, flush=True)) if arguments.log else (lambda line: None)
    try:
        server = Server(fake, arguments.host, arguments.port, tls=arguments.tls, log=log)
    except (OSError, RuntimeError) as error:
        raise SystemExit(f"cannot serve on {arguments.host}:{arguments.port}: {error}") from None
    with server:
        print(server.url, flush=True)
        if not _is_loopback(arguments.host):
            print(f"{arguments.host} is not a loopback address: others on the network can reach it", file=sys.stderr)
        while not stopped.wait(0.2):
            pass
    print(summary(fake))


def _create_fake(arguments: argparse.Namespace) -> FakeS3:
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
    """What a fake holds: its calls, its buckets, and its open uploads."""
    lines = [f"{len(fake.calls)} calls"]
    for name, bucket in fake.buckets.items():
        lines.append(f"bucket {name}: {len(bucket)} objects, {sum(view.size for view in bucket.values())} bytes")
    lines += [f"still open: {upload!r}" for upload in fake.uploads.open]
    return "\n".join(lines)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the command named by the arguments."""
    parser = argparse.ArgumentParser(prog="python -m fakes3mp", description="An in-process fake of Amazon S3.")
    commands = parser.add_subparsers(required=True, metavar="command")
    demo_parser = commands.add_parser(
        "demo", help="upload a file in parts to the fake with boto3, and print what was recorded"
    )
    demo_parser.set_defaults(run=demo)
    serve_parser = commands.add_parser("serve", help="serve a fake over HTTP; prints its URL when it is ready")
    serve_parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (default: %(default)s)")
    serve_parser.add_argument(
        "--port", type=int, default=0, help="the port to listen on; 0 is a free one (default: %(default)s)"
    )
    serve_parser.add_argument(
        "--bucket", action="append", default=[], help="a bucket to create; can be given several times"
    )
    serve_parser.add_argument("--region", default="us-east-1", help="the region of the buckets (default: %(default)s)")
    serve_parser.add_argument(
        "--min-part-size",
        type=int,
        metavar="BYTES",
        help="the minimum size of every part but the last (default: 5 MiB)",
    )
    serve_parser.add_argument(
        "--access-key", help="with --secret-key: refuse requests that are signed with other credentials"
    )
    serve_parser.add_argument("--secret-key", help="the secret key of --access-key")
    serve_parser.add_argument("--tls", action="store_true", help="serve HTTPS, with a self-signed certificate")
    serve_parser.add_argument("--log", action="store_true", help="print a line for each call")
    serve_parser.set_defaults(run=serve)
    parsed = parser.parse_args(arguments)
    parsed.run(parsed)


if __name__ == "__main__":
    main()
