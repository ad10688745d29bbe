"""The same stories in children of every kind: forked, spawned, of a fork server, and a program of its own."""

import http.client
import multiprocessing
import os
import signal
import subprocess
import sys
import time
from urllib.parse import urlsplit

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.interceptors import fork_channel

MiB = 1 << 20
pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="this platform has no fork"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork.*:DeprecationWarning"),
]
KINDS = ("fork", "spawn", "forkserver", "program")


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        yield fake


class Program:
    """A Python program that calls a function of this file, with the methods of multiprocessing's processes."""

    def __init__(self, target, args=()):
        self._command = [sys.executable, "-c", f"from {__name__} import *; {target.__name__}(*{args!r})"]

    def start(self):
        self._process = subprocess.Popen(self._command)
        self.pid = self._process.pid

    def join(self):
        self.exitcode = self._process.wait()


def child_of(kind, target, *args):
    """A child that is started."""
    make = Program if kind == "program" else multiprocessing.get_context(kind).Process
    child = make(target=target, args=args)
    child.start()
    return child


def run(kind, target, *args):
    """A child's exit code."""
    child = child_of(kind, target, *args)
    child.join()
    return child.exitcode


def wait_for(condition, seconds=30):
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def upload_three():
    s3 = boto3.client("s3")
    upload = {"Bucket": "media", "Key": "k"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    etags = [s3.upload_part(**upload, PartNumber=n, Body=b"x" * n)["ETag"] for n in (1, 2, 3)]
    parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})


@pytest.mark.parametrize("kind", KINDS)
def test_faults_hit_a_childs_parts(fake, kind):
    fake.faults.on("UploadPart", PartNumber=2).times(1).error("SlowDown")
    fake.faults.on("UploadPart", PartNumber=3).times(1).reset_connection()
    assert run(kind, upload_three) == 0
    upload = fake.uploads.one(key="k")
    upload.assert_completed(parts=3)
    assert [attempt.outcome for attempt in upload.part(2).attempts] == ["SlowDown", "stored"]
    assert [attempt.outcome for attempt in upload.part(3).attempts] == ["reset_connection", "stored"]


def put_before_and_after():
    s3 = boto3.client("s3")
    s3.put_object(Bucket="media", Key="before", Body=b"")
    s3.get_waiter("object_exists").wait(Bucket="media", Key="go", WaiterConfig={"Delay": 0.01, "MaxAttempts": 1000})
    s3.put_object(Bucket="media", Key="after", Body=b"")


@pytest.mark.parametrize("kind", KINDS)
def test_the_clock_moves_between_a_childs_calls(fake, kind):
    fake.clock.freeze("2026-01-01T00:00:00Z")
    child = child_of(kind, put_before_and_after)
    wait_for(lambda: "before" in fake.buckets["media"])
    fake.clock.advance(days=3)
    fake.put("media", "go", b"")
    child.join()
    assert child.exitcode == 0
    assert (fake.object("media", "after").modified - fake.object("media", "before").modified).days == 3


def upload_every_eighth(upload_id, first):
    s3 = boto3.client("s3")
    for part in range(first, 41, 8):
        s3.upload_part(Bucket="media", Key="big", UploadId=upload_id, PartNumber=part, Body=bytes([part]) * part)


@pytest.mark.parametrize("kind", ["fork", "spawn"])
def test_eight_children_upload_parts_of_one_upload(fake, kind):
    upload_id = fake.client().create_multipart_upload(Bucket="media", Key="big")["UploadId"]
    children = [child_of(kind, upload_every_eighth, upload_id, first) for first in range(1, 9)]
    for child in children:
        child.join()
    assert [child.exitcode for child in children] == [0] * 8
    upload = fake.uploads.one()
    assert [part.size for part in upload.parts] == list(range(1, 41))
    upload.assert_each_part_once()


def send_half_a_part(upload_id):
    """Half of the bytes that Content-Length declares, then wait to be killed."""
    s3 = boto3.client("s3")
    params = {"Bucket": "media", "Key": "k", "UploadId": upload_id, "PartNumber": 1}
    url = urlsplit(s3.generate_presigned_url("upload_part", Params=params))
    connection = http.client.HTTPConnection(url.netloc)
    connection.putrequest("PUT", f"{url.path}?{url.query}")
    connection.putheader("Content-Length", str(MiB))
    connection.endheaders()
    connection.send(bytes(MiB // 2))
    s3.put_object(Bucket="media", Key="half is sent", Body=b"")
    time.sleep(60)


@pytest.mark.parametrize("kind", ["spawn", "forkserver", "program"])
def test_a_child_that_is_killed_in_the_middle_of_a_part(fake, kind):
    upload_id = fake.client().create_multipart_upload(Bucket="media", Key="k")["UploadId"]
    child = child_of(kind, send_half_a_part, upload_id)
    wait_for(lambda: "half is sent" in fake.buckets["media"])
    os.kill(child.pid, signal.SIGKILL)
    child.join()
    assert child.exitcode == -signal.SIGKILL
    assert fake.uploads.one(key="k").parts == ()
    assert not [call for call in fake.calls.of("UploadPart") if call.error is None]
    assert run(kind, upload_three) == 0


def expect_no_such_upload():
    with pytest.raises(ClientError, match="NoSuchUpload"):
        boto3.client("s3").list_parts(Bucket="media", Key="k", UploadId="none")


@pytest.mark.parametrize("kind", KINDS)
def test_errors_are_the_childs_own(fake, kind):
    assert run(kind, expect_no_such_upload) == 0


# What goes wrong between a forked child and its parent


def test_a_broken_connection_is_made_anew(fake):
    """The client retries, as after any connection that was reset."""
    child = child_of("fork", put_before_and_after)
    wait_for(lambda: "before" in fake.buckets["media"])
    for connection in list(fork_channel.LISTENER._connections):
        connection.shutdown(2)
    fake.put("media", "go", b"")
    child.join()
    assert child.exitcode == 0
    assert "after" in fake.buckets["media"]


def test_a_parent_that_is_gone_is_named(tmp_path):
    fake = FakeS3(buckets=["media"]).start()
    go, error = tmp_path / "go", tmp_path / "error"

    def child():
        s3 = boto3.client("s3")
        s3.put_object(Bucket="media", Key="before", Body=b"")
        wait_for(go.exists)
        try:
            s3.put_object(Bucket="media", Key="after", Body=b"")
        except BaseException as raised:
            error.write_text(f"{type(raised).__name__}: {raised}")

    process = child_of("fork", child)
    wait_for(lambda: "before" in fake.buckets["media"])
    fake.stop()
    go.touch()
    process.join()
    assert error.read_text().startswith("RuntimeError: the fake S3 of process ")
    assert "has stopped" in error.read_text()


def test_a_child_of_another_version(fake, tmp_path):
    error = tmp_path / "error"

    def child():
        fork_channel.own_version = lambda: "9.9.9"
        try:
            boto3.client("s3").list_buckets()
        except BaseException as raised:
            error.write_text(str(raised))

    assert run("fork", child) == 0
    assert "fakes3mp 9.9.9" in error.read_text()
    assert f"fakes3mp {fork_channel.own_version()}" in error.read_text()
    assert not fake.calls
