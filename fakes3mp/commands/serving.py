"""What the commands ``serve`` and ``run`` share: the fake that the command line describes, its state and its summary."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from fakes3mp.fake import FakeS3
from fakes3mp.options import CHOICES, Options


def add_fake_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that describe the fake."""
    parser.add_argument("--bucket", action="append", default=[], help="a bucket to create; can be given several times")
    parser.add_argument("--region", default="us-east-1", help="the region of the buckets (default: %(default)s)")
    parser.add_argument(
        "--min-part-size",
        type=int,
        metavar="BYTES",
        help="the minimum size of every part but the last (default: 5 MiB)",
    )
    parser.add_argument(
        "--bucket-defaults",
        choices=("2023", "legacy"),
        default="2023",
        help="how open new buckets are: legacy is S3 before April 2023, with ACLs and public access (default: %(default)s)",
    )
    parser.add_argument(
        "--bucket-names",
        choices=("s3", "any"),
        default="s3",
        help="whether S3's rules of naming hold for new buckets (default: %(default)s)",
    )
    parser.add_argument(
        "--replication",
        choices=CHOICES["replication"],
        default="clock",
        help="whether replicas arrive when the fake's clock has moved, or at once (default: %(default)s)",
    )
    parser.add_argument(
        "--record",
        default="all",
        metavar="all|none|last:N",
        help="which calls are recorded: all, none, or the last N, for long runs (default: %(default)s)",
    )
    parser.add_argument(
        "--state",
        type=Path,
        metavar="DIR",
        help="load buckets and objects from this directory, if it is there, and dump them to it at the end",
    )
    parser.add_argument(
        "--report", type=Path, metavar="PATH.html", help="write a page with the calls and uploads at the end"
    )


def create_fake(arguments: argparse.Namespace, **options: Any) -> FakeS3:
    """The fake that the command line describes. SystemExit with one line where it describes none."""
    given: Options = {"region": arguments.region, "record_bodies": False, "open_uploads": "ignore", **options}  # type: ignore[typeddict-item]
    given["bucket_defaults"], given["bucket_names"] = arguments.bucket_defaults, arguments.bucket_names
    given["replication"], given["record"] = arguments.replication, arguments.record
    if arguments.min_part_size is not None:
        given["min_part_size"] = arguments.min_part_size
    try:
        if arguments.state is None or not arguments.state.is_dir() or not any(arguments.state.iterdir()):
            given["buckets"] = tuple(dict.fromkeys(arguments.bucket))
            return FakeS3(**given)
        loaded = FakeS3.load(arguments.state, **given).buckets
        given["buckets"] = tuple(name for name in dict.fromkeys(arguments.bucket) if name not in loaded)
        return FakeS3.load(arguments.state, **given)  # with initial buckets, which are there after a reset too
    except Exception as error:
        raise SystemExit(f"cannot create the fake: {error}") from None


def finish(fake: FakeS3, arguments: argparse.Namespace) -> None:
    """Dump the state and write the report, where the command line asks for them."""
    if arguments.state is not None:
        fake.dump(arguments.state)
    if arguments.report is not None:
        from fakes3mp.report.page import write_page
        from fakes3mp.report.summary import summarise

        test = {"test": "fakes3mp", "outcome": "passed", "fakes": [summarise(fake)]}
        write_page(arguments.report, [test])


def format_summary(fake: FakeS3) -> str:
    """What a fake holds: its calls, its buckets, its uploads, and the fault rules that never fired."""
    lines = [_count(len(fake.calls), "call")]
    for name, bucket in fake.buckets.items():
        size = sum(view.size for view in bucket.values())
        lines.append(f"bucket {name}: {_count(len(bucket), 'object')}, {_count(size, 'byte')}")
    uploads = fake.uploads
    if uploads:
        states = (("completed", uploads.completed), ("aborted", uploads.aborted), ("open", uploads.open))
        lines.append("uploads: " + ", ".join(f"{len(matching)} {state}" for state, matching in states if matching))
    lines += [f"still open: {upload!r}" for upload in uploads.open]
    lines += [f"never fired: {rule!r}" for rule in fake.faults.unfired]
    return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
