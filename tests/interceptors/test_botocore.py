"""The botocore interceptor: which clients it catches, that no socket is opened, and that nothing is left behind."""

import io
import json
import os
import socket
import subprocess
import sys
import threading

import boto3
import botocore.session
import pytest
from boto3.s3.transfer import TransferConfig
from botocore import UNSIGNED
from botocore.config import Config
from botocore.endpoint import Endpoint
from botocore.exceptions import ClientError
from botocore.signers import RequestSigner

from fakes3mp import FakeS3, etag_of, mock_multipart

MiB = 1 << 20
EARLY = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


@pytest.fixture(autouse=True)
def no_socket(monkeypatch):
    """Whoever opens a socket here fails."""

    def refuse(*args, **kwargs):
        raise AssertionError(f"a socket was opened: {args}")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", refuse)


@pytest.fixture
def bare(monkeypatch, tmp_path):
    """A machine without credentials, region or profile."""
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")


def session():
    return boto3.Session(botocore_session=botocore.session.Session())


CLIENTS = {
    "default": lambda: session().client("s3"),
    "region": lambda: session().client("s3", region_name="eu-west-1"),
    "credentials": lambda: session().client("s3", aws_access_key_id="a", aws_secret_access_key="b"),
    "anonymous": lambda: session().client("s3", config=Config(signature_version=UNSIGNED)),
    "sigv2": lambda: session().client("s3", config=Config(signature_version="s3")),
    "endpoint": lambda: session().client("s3", endpoint_url="http://localhost:9000"),
    "https endpoint": lambda: session().client("s3", endpoint_url="https://minio.internal"),
    "virtual endpoint": lambda: session().client(
        "s3", endpoint_url="http://minio:9000", config=Config(s3={"addressing_style": "virtual"})
    ),
    "path": lambda: session().client("s3", config=Config(s3={"addressing_style": "path"})),
    "accelerate": lambda: session().client("s3", config=Config(s3={"use_accelerate_endpoint": True})),
    "dualstack": lambda: session().client("s3", config=Config(use_dualstack_endpoint=True)),
    "fips": lambda: session().client("s3", region_name="us-east-1", config=Config(use_fips_endpoint=True)),
    "payload signing": lambda: session().client("s3", config=Config(s3={"payload_signing_enabled": True})),
    "standard retries": lambda: session().client("s3", config=Config(retries={"mode": "standard"})),
    "adaptive retries": lambda: session().client("s3", config=Config(retries={"mode": "adaptive"})),
    "always checksums": lambda: session().client("s3", config=Config(request_checksum_calculation="when_supported")),
    "resource": lambda: session().resource("s3").meta.client,
}


def walk_through(client, bucket="media"):
    """A multipart upload of three parts, from create to read, through this client."""
    upload_id = client.create_multipart_upload(Bucket=bucket, Key="a/k")["UploadId"]
    parts = []
    for number, body in enumerate((b"aaaaa", io.BytesIO(b"bbbbb"), bytearray(b"c")), 1):
        answer = client.upload_part(Bucket=bucket, Key="a/k", UploadId=upload_id, PartNumber=number, Body=body)
        parts.append({"PartNumber": number, "ETag": answer["ETag"]})
    listing = client.list_parts(Bucket=bucket, Key="a/k", UploadId=upload_id)["Parts"]
    assert [part["ETag"] for part in listing] == [part["ETag"] for part in parts]
    client.complete_multipart_upload(Bucket=bucket, Key="a/k", UploadId=upload_id, MultipartUpload={"Parts": parts})
    assert client.get_object(Bucket=bucket, Key="a/k")["Body"].read() == b"aaaaabbbbbc"
    with pytest.raises(ClientError, match="NoSuchKey"):
        client.get_object(Bucket=bucket, Key="other")
    client.delete_object(Bucket=bucket, Key="a/k")


@pytest.mark.parametrize("name", CLIENTS)
@pytest.mark.parametrize("environment", ["bare", "set"])
@pytest.mark.parametrize("age", ["early", "late"])
def test_clients(request, monkeypatch, name, environment, age):
    if environment == "bare":
        request.getfixturevalue("bare")
    else:
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "own")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own")
    client = CLIENTS[name]() if age == "early" else None
    with mock_multipart(buckets=["media"], min_part_size=1) as s3:
        client = client or CLIENTS[name]()
        if name == "anonymous":  # who cannot start multipart uploads
            open_to_everybody(s3, "media")
            client.put_object(Bucket="media", Key="a/k", Body=b"x")
            assert client.get_object(Bucket="media", Key="a/k")["Body"].read() == b"x"
            return
        walk_through(client)
        assert s3.uploads.one().state == "completed"
        creations = [(call.region, call.outcome) for call in s3.calls.of("CreateMultipartUpload")]
        redirects = [("eu-west-1", "PermanentRedirect")] if name == "region" else []
        assert creations == [*redirects, ("us-east-1", "ok")]


def open_to_everybody(s3, bucket):
    """Anonymous calls are refused unless a policy (or ACL) allows them."""
    client = s3.client()
    client.delete_public_access_block(Bucket=bucket)
    resources = [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]
    statement = {"Effect": "Allow", "Principal": "*", "Action": "s3:*", "Resource": resources}
    client.put_bucket_policy(Bucket=bucket, Policy=json.dumps({"Version": "2012-10-17", "Statement": [statement]}))


def test_a_client_made_at_module_level():
    with mock_multipart(buckets=["media"], min_part_size=1):
        walk_through(EARLY)


def test_a_client_made_before_our_import():
    code = """
import boto3
client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
from fakes3mp import mock_multipart
with mock_multipart(buckets=["media"]) as s3:
    client.put_object(Bucket="media", Key="k", Body=b"x")
print(s3.object("media", "k").body)
"""
    process = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert process.stdout.strip() == "b'x'"


def files(tmp_path, size):
    path = tmp_path / "big.bin"
    path.write_bytes(os.urandom(size))
    return path


def test_transfers(tmp_path):
    """upload_file, upload_fileobj, download, copy, each in several parts through s3transfer's threads."""
    config = TransferConfig(multipart_threshold=5 * MiB, multipart_chunksize=5 * MiB, max_concurrency=10)
    path = files(tmp_path, 21 * MiB)
    data = path.read_bytes()
    with mock_multipart(buckets=["media"]) as s3:
        client = boto3.client("s3")
        client.upload_file(str(path), "media", "file", Config=config)
        s3.uploads.one(key="file").assert_completed(parts=5, etag=etag_of(data, 5 * MiB))
        s3.uploads.one(key="file").assert_contiguous()
        s3.uploads.one(key="file").assert_each_part_once()
        with path.open("rb") as stream:
            client.upload_fileobj(stream, "media", "stream", Config=config)
        client.copy({"Bucket": "media", "Key": "file"}, "media", "copy", Config=config)
        s3.uploads.one(key="copy").assert_completed(parts=5, etag=etag_of(data, 5 * MiB))
        for key in ("file", "stream", "copy"):
            sink = io.BytesIO()
            client.download_fileobj("media", key, sink, Config=config)
            assert sink.getvalue() == data
        client.download_file("media", "file", str(tmp_path / "down"), Config=config)
        assert (tmp_path / "down").read_bytes() == data
        threads = {call.thread for call in s3.calls.of("UploadPart", Key="file")}
        assert len(threads) > 1


def test_the_default_checksum_makes_it_composite(tmp_path):
    """F91: over the threshold boto3 itself creates the upload with CRC32."""
    with mock_multipart(buckets=["media"]) as s3:
        boto3.client("s3").upload_file(str(files(tmp_path, 9 * MiB)), "media", "k")
        stored = s3.object("media", "k")
        assert stored.checksum_type == "COMPOSITE"
        assert stored.checksums["CRC32"].endswith("-2")


def test_boto3s_own_checksum_is_echoed():
    """F3, F108: a CRC32 with every UploadPart, over HTTPS as a trailer, over HTTP as a header."""
    for options in ({}, {"endpoint_url": "http://localhost:1"}):
        with mock_multipart(buckets=["media"], open_uploads="ignore"):
            client = boto3.client("s3", **options)
            upload_id = client.create_multipart_upload(Bucket="media", Key="k")["UploadId"]
            answer = client.upload_part(Bucket="media", Key="k", UploadId=upload_id, PartNumber=1, Body=b"123456789")
            assert answer["ChecksumCRC32"] == "y/Q5Jg=="
            assert "ChecksumType" not in answer


def test_waiters_and_paginators():
    with mock_multipart(buckets=["media"]) as s3:
        client = s3.client()
        for n in range(5):
            s3.put("media", f"k{n}", b"")
        client.get_waiter("object_exists").wait(Bucket="media", Key="k1")
        client.get_waiter("bucket_exists").wait(Bucket="media")
        pages = client.get_paginator("list_objects_v2").paginate(Bucket="media", PaginationConfig={"PageSize": 2})
        assert [entry["Key"] for page in pages for entry in page["Contents"]] == ["k0", "k1", "k2", "k3", "k4"]


def test_resources():
    with mock_multipart(buckets=["media"], min_part_size=1) as s3:
        bucket = s3.resource().Bucket("media")
        upload = bucket.Object("k").initiate_multipart_upload()
        part = upload.Part(1).upload(Body=b"x")
        upload.complete(MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})
        assert [summary.key for summary in bucket.objects.all()] == ["k"]
        assert bucket.Object("k").get()["Body"].read() == b"x"
        bucket.objects.all().delete()
        assert list(bucket.objects.all()) == []


def test_bodies_read_in_pieces():
    with mock_multipart(buckets=["media"]) as s3:
        s3.put("media", "k", b"0123456789\nline\n")
        body = s3.client().get_object(Bucket="media", Key="k")["Body"]
        assert body.read(4) == b"0123"
        assert list(body.iter_chunks(5)) == [b"45678", b"9\nlin", b"e\n"]
        assert list(s3.client().get_object(Bucket="media", Key="k")["Body"].iter_lines()) == [b"0123456789", b"line"]
        with s3.client().get_object(Bucket="media", Key="k")["Body"] as stream:
            buffer = bytearray(6)
            assert stream.readinto(buffer) == 6
            assert bytes(buffer) == b"012345"


def test_body_kinds(tmp_path):
    """What boto3 takes as a body, read as http.client would."""
    path = tmp_path / "f"
    path.write_bytes(b"file")
    with mock_multipart(buckets=["media"]) as s3:
        client = s3.client()
        bodies = {"b": b"bytes", "s": "téxt", "a": bytearray(b"array"), "o": io.BytesIO(b"stream")}
        for key, body in bodies.items():
            client.put_object(Bucket="media", Key=key, Body=body)
        with path.open("rb") as stream:
            client.put_object(Bucket="media", Key="f", Body=stream)
        stored = {key: s3.object("media", key).body for key in s3.buckets["media"]}
        assert stored == {"b": b"bytes", "s": "téxt".encode(), "a": b"array", "o": b"stream", "f": b"file"}


@pytest.mark.parametrize("length", [3, 8])
def test_a_declared_length_that_is_not_the_bodys(length):
    """seeds: nothing is stored."""
    with mock_multipart(buckets=["media"]) as s3:
        client = boto3.client("s3", config=Config(request_checksum_calculation="when_required"))
        with pytest.raises(ClientError, match="IncompleteBody"):
            client.put_object(Bucket="media", Key="k", Body=b"12345", ContentLength=length)
        assert s3.buckets["media"].keys() == []


def test_other_services_are_left_alone():
    """An AWS call that is not S3's goes where it would have gone, if the fake may let it out."""
    with mock_multipart(other_services="allow"):
        client = boto3.client("sts", region_name="us-east-1", config=Config(retries={"total_max_attempts": 1}))
        with pytest.raises(Exception, match="a socket was opened"):
            client.get_caller_identity()


def test_passthrough():
    with mock_multipart(passthrough=["http://localhost:9000"]) as s3:
        out = boto3.client("s3", endpoint_url="http://localhost:9000", config=Config(retries={"total_max_attempts": 1}))
        with pytest.raises(Exception, match="a socket was opened"):
            out.list_buckets()
        assert boto3.client("s3").list_buckets()["Buckets"] == []
        assert len(s3.calls) == 1


@pytest.mark.parametrize(
    ("url", "exempt", "expected"),
    [
        ("http://h:1/b/k", "http://h:1", True),
        ("http://b.h:1/k", "http://h:1/", True),
        ("http://h:12/k", "http://h:1", False),
        ("https://h:1/k", "http://h:1", False),
        ("http://h/s3/k", "http://h/s3", True),
        ("http://h/s33/k", "http://h/s3", False),
        ("http://xh:1/k", "http://h:1", False),
    ],
)
def test_exempt_urls(url, exempt, expected):
    from fakes3mp.wire.addressing import belongs_to

    assert belongs_to(url, exempt) is expected


def test_nested_fakes_answer_innermost_first():
    with FakeS3(buckets=["outer"]) as outer:
        client = outer.client()
        with FakeS3(buckets=["inner"]) as inner:
            client.put_object(Bucket="inner", Key="k", Body=b"")
        client.put_object(Bucket="outer", Key="k", Body=b"")
    assert inner.buckets["inner"].keys() == outer.buckets["outer"].keys() == ["k"]


def test_fakes_may_stop_in_any_order():
    first, second = FakeS3(buckets=["first"]).start(), FakeS3(buckets=["second"]).start()
    first.stop()
    second.client().put_object(Bucket="second", Key="k", Body=b"")
    second.stop()
    assert "make_request" not in repr(Endpoint.make_request.__closure__)


def patchable_state():
    """All that a fake could leave behind."""
    import botocore.endpoint
    import responses
    from botocore.retries.bucket import TokenBucket

    return {
        "time": botocore.endpoint.time,
        "acquire": TokenBucket.acquire,
        "make_request": Endpoint.make_request,
        "get_auth_instance": RequestSigner.get_auth_instance,
        "environment": dict(os.environ),
        "threads": threading.active_count(),
        "handlers": len(EARLY.meta.events._emitter._handlers.prefix_search("before-send.s3.PutObject")),
        "responses": responses.mock._patcher if hasattr(responses.mock, "_patcher") else None,
    }


@pytest.mark.parametrize("failing", [False, True])
def test_nothing_is_left_behind(bare, failing):
    before = patchable_state()
    try:
        with mock_multipart(buckets=["media"]):
            EARLY.put_object(Bucket="media", Key="k", Body=b"")
            boto3.client("s3").put_object(Bucket="media", Key="k", Body=b"")
            assert patchable_state() != before
            if failing:
                raise KeyError
    except KeyError:
        assert failing
    assert patchable_state() == before


def test_no_credentials_are_left_in_the_default_session(bare, monkeypatch):
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    with mock_multipart():
        boto3.client("s3").list_buckets()
    assert boto3.DEFAULT_SESSION is not None
    assert boto3.DEFAULT_SESSION.get_credentials() is None


def test_credentials_that_are_set_stay(bare, monkeypatch):
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "own")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "own-secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-south-1")
    before = dict(os.environ)
    with mock_multipart():
        assert dict(os.environ) == before


def test_start_and_stop_twice_are_mistakes():
    fake = FakeS3()
    with pytest.raises(RuntimeError, match="not started"):
        fake.stop()
    with fake, pytest.raises(RuntimeError, match="started already"):
        fake.start()


def test_a_bug_of_ours_reaches_the_test_as_itself(monkeypatch):
    """Never as a 500, never retried."""
    from fakes3mp.operations import registry

    keys = []

    def broken(store: object, *, bucket: str, key: str) -> None:
        keys.append(key)
        raise ZeroDivisionError("ours")

    declared = registry.Operation("HeadObject", broken, locked=True)
    with mock_multipart(buckets=["media"]) as s3:
        monkeypatch.setitem(registry._OPERATIONS, "HeadObject", declared)
        with pytest.raises(ZeroDivisionError, match="ours"):
            s3.client().head_object(Bucket="media", Key="k")
    assert keys == ["k"]


def test_strict_mode():
    from fakes3mp import UnhonouredParameter

    with mock_multipart(buckets=["media"], strict=True) as s3:
        s3.client().put_object(Bucket="media", Key="k", Body=b"")
        with pytest.raises(UnhonouredParameter, match="DeleteObject was called with MFA"):
            s3.client().delete_object(Bucket="media", Key="k", MFA="serial 123456")


def test_unhonoured_parameters_are_recorded():
    with mock_multipart(buckets=["media"]) as s3:
        s3.client().delete_object(Bucket="media", Key="k", MFA="serial 123456")
        assert s3.calls[0].ignored == ("MFA",)


def test_attempts_are_labelled():
    """F110"""
    with mock_multipart(buckets=["media"]) as s3:
        s3.client().put_object(Bucket="media", Key="k", Body=b"")
        call = s3.calls[0]
        assert (call.attempt, len(call.invocation_id), call.region) == (1, 36, "us-east-1")


def test_the_fake_answers_before_other_handlers():
    """Another mock that is active too (moto answers ``before-send``) keeps its services and does not answer S3 calls."""
    from botocore.awsrequest import AWSResponse

    client = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
    urls = []

    def other(request, **kwargs):
        urls.append(request.url)
        return AWSResponse(request.url, 500, {}, io.BytesIO(b""))

    client.meta.events.register_first("before-send", other)
    with mock_multipart(buckets=["media"]) as s3:
        client.put_object(Bucket="media", Key="k", Body=b"x")
        assert s3.buckets["media"].keys() == ["k"]
    assert len(urls) == 1
