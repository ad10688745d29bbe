"""Faults as botocore meets them: its own exceptions, its own retries, compared with what a real socket does to it."""

import contextlib
import socket
import struct
import threading
import time
from unittest import mock

import boto3
import pytest
from botocore import exceptions
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3mp import ANY, FakeS3
from fakes3mp.wire.model import is_older

MODES = ("legacy", "standard", "adaptive")
K = {"Bucket": "media", "Key": "k"}
DATA = b"0123456789"


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        fake.put("media", "k", DATA)
        yield fake


def client(attempts=None, mode="standard", **options):
    retries = {"mode": mode, **({"total_max_attempts": attempts} if attempts else {})}
    return boto3.client("s3", config=Config(retries=retries, **options))


def get(s3):
    return s3.get_object(**K)["Body"].read()


# How a connection breaks -> what botocore raises when it gives up.
BROKEN = {
    "reset_connection": exceptions.ConnectionClosedError,
    "lose_response": exceptions.ConnectionClosedError,
    "timeout": exceptions.ReadTimeoutError,
    "connect_timeout": exceptions.ConnectTimeoutError,
    "unreachable": exceptions.EndpointConnectionError,
}


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_connection_is_retried_and_then_raised(fake, kind, mode):
    s3 = client(mode=mode)
    getattr(fake.faults.on("GetObject").times(1), kind)()
    assert get(s3) == DATA
    assert [call.outcome for call in fake.calls] == [kind, "ok"]
    fake.faults.clear()
    getattr(fake.faults.on("GetObject"), kind)()
    with pytest.raises(BROKEN[kind]) as raised:
        get(s3)
    assert raised.value.kwargs["endpoint_url"] == "https://media.s3.amazonaws.com/k"
    (story,) = fake.calls.grouped[1:]
    assert {call.outcome for call in story.attempts} == {kind}
    assert len(story.attempts) == (5 if mode == "legacy" else 3)


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("code", ["SlowDown", "InternalError", "ServiceUnavailable", "RequestTimeout"])
def test_errors_that_are_retried(fake, code, mode):
    fake.faults.on("PutObject").times(2).error(code)
    with mock.patch("time.sleep") as sleep:
        client(mode=mode).put_object(**K, Body=b"x")
    assert not sleep.called
    assert [call.outcome for call in fake.calls] == [code, code, "ok"]
    assert [call.attempt for call in fake.calls] == [1, 2, 3]
    assert fake.calls[0].waited == 0
    assert fake.faults.all_fired()


# code -> status, as in S3's manual
@pytest.mark.parametrize(
    ("code", "status"),
    [
        ("AccessDenied", 403),
        ("NoSuchKey", 404),
        ("ExpiredToken", 400),
        ("RequestTimeTooSkewed", 403),
        ("OperationAborted", 409),
    ],
)
def test_errors_that_are_not_retried(fake, code, status):
    fake.faults.on("PutObject").error(code, "Because.", BucketName="media")
    with pytest.raises(ClientError) as raised:
        client().put_object(**K, Body=b"x")
    assert raised.value.response["Error"] == {"Code": code, "Message": "Because.", "BucketName": "media"}
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] == status
    assert len(fake.calls) == 1
    assert fake.object("media", "k").body == DATA


def test_backoff_is_not_slept_but_recorded(fake):
    fake.faults.on("GetObject").times(4).error("InternalError")
    began = time.monotonic()
    get(client(attempts=5, mode="legacy"))
    waited = [call.waited for call in fake.calls]
    assert waited[0] == 0
    assert all(waited[1:])
    assert time.monotonic() - began < sum(waited)


def test_real_sleep(monkeypatch):
    sleeps = []
    monkeypatch.setattr(time, "sleep", sleeps.append)
    with FakeS3(buckets=["media"], real_sleep=True) as fake:
        fake.faults.on("ListObjectsV2").times(1).error("SlowDown")
        client().list_objects_v2(Bucket="media")
        assert sleeps == [fake.calls[1].waited]


def test_other_code_sleeps_as_before(fake, monkeypatch):
    """Only what an S3 call waits for is skipped: botocore.endpoint.time is the module for everybody else."""
    import botocore.endpoint

    sleeps = []
    monkeypatch.setattr(time, "sleep", sleeps.append)
    botocore.endpoint.time.sleep(3)
    assert sleeps == [3]
    assert botocore.endpoint.time.monotonic() > 0


def test_lost_answers_were_done(fake):
    """The client puts the part again: S3 has it twice, the second replaces the first."""
    s3 = client()
    upload = {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}
    fake.faults.on("UploadPart", PartNumber=1).times(1).lose_response()
    s3.upload_part(**upload, PartNumber=1, Body=b"x")
    assert [attempt.outcome for attempt in fake.uploads.one().part(1).attempts] == ["replaced", "stored"]
    first, second = fake.calls.of("UploadPart")
    assert (first.outcome, first.is_done, first.fault) == ("lose_response", True, "lose_response")
    assert (second.outcome, second.fault) == ("ok", None)


def test_an_error_after_commit(fake):
    fake.faults.on("DeleteObject").after_commit().error("AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        client().delete_object(**K)
    assert fake.buckets["media"].keys() == []
    assert (fake.calls[0].outcome, fake.calls[0].is_done) == ("AccessDenied", True)


def test_before_commit_nothing_is_done(fake):
    for kind in ("reset_connection", "timeout", "connect_timeout", "unreachable"):
        getattr(fake.faults.on("PutObject").times(1), kind)()
        with pytest.raises(BROKEN[kind]):
            client(attempts=1).put_object(**K, Body=b"other")
        assert fake.object("media", "k").body == DATA


# F107: 200 with an error inside is retried as a 500.
def complete(s3):
    upload = {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"x")["ETag"]
    return s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})


def copy(s3):
    return s3.copy_object(Bucket="media", Key="copy", CopySource=K)


def copy_part(s3):
    upload = {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}
    return s3.upload_part_copy(**upload, PartNumber=1, CopySource=K)


EARLY = {"CompleteMultipartUpload": complete, "CopyObject": copy, "UploadPartCopy": copy_part}


@pytest.mark.parametrize("operation", EARLY)
def test_ok_with_error(fake, operation):
    fake.faults.on(operation).times(1).ok_with_error("InternalError")
    EARLY[operation](client())
    assert [call.outcome for call in fake.calls.of(operation)] == ["InternalError", "ok"]
    fake.faults.on(operation).ok_with_error("SlowDown")
    with pytest.raises(ClientError, match="SlowDown") as raised:
        EARLY[operation](client())
    # botocore makes a 500 of it for its retries; what arrived was a 200
    assert raised.value.response["ResponseMetadata"]["HTTPStatusCode"] in (200, 500)
    assert fake.calls.of(operation)[-1].error.status == 200


def test_delay(fake):
    fake.faults.on(ANY).delay(0.05)
    fake.faults.on("GetObject").times(1).error("SlowDown")
    began = time.monotonic()
    assert get(client()) == DATA
    assert time.monotonic() - began >= 0.1
    assert [(call.outcome, call.fault) for call in fake.calls] == [("SlowDown", "SlowDown"), ("ok", "delay")]


# Bodies


def test_a_corrupted_upload_is_refused(fake):
    fake.faults.on("PutObject").times(1).corrupt_body()
    with pytest.raises(ClientError, match="BadDigest"):
        client(attempts=1).put_object(**K, Body=b"other")
    assert fake.object("media", "k").body == DATA
    client().put_object(**K, Body=b"other")


def test_a_corrupted_upload_without_any_digest_is_stored_as_it_came(fake):
    fake.faults.on("PutObject").corrupt_body()
    client(request_checksum_calculation="when_required", signature_version="s3").put_object(**K, Body=b"\0\0\0")
    assert fake.object("media", "k").body == b"\0\1\0"


def test_a_truncated_upload_is_refused(fake):
    fake.faults.on("UploadPart").times(1).truncate_body(after=3)
    s3 = client(attempts=1)
    upload = {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}
    with pytest.raises(ClientError, match="IncompleteBody"):
        s3.upload_part(**upload, PartNumber=1, Body=DATA)
    assert fake.uploads.one().parts == ()


def test_a_corrupted_download_is_caught_by_its_checksum(fake):
    client().put_object(**K, Body=DATA)
    fake.faults.on("GetObject").corrupt_body()
    with pytest.raises(exceptions.FlexibleChecksumError):
        get(client())
    assert get(client(response_checksum_validation="when_required")) == b"0123446789"
    assert fake.calls[-1].fault == "corrupt_body"


def test_a_document_can_be_damaged(fake):
    fake.faults.on("ListObjectsV2").times(1).truncate_body(after=60)
    assert client().list_objects_v2(Bucket="media")["KeyCount"] == 1  # it cannot be parsed and is retried as a 500
    assert len(fake.calls) == 2
    fake.faults.on("CompleteMultipartUpload").times(1).truncate_body(of="request", after=10)
    with pytest.raises(ClientError):
        complete(client(attempts=1))


def test_s3transfer_resumes_a_truncated_download(fake, tmp_path):
    data = bytes(range(256)) * 4096
    fake.put("media", "big", data)
    fake.faults.on("GetObject").times(2).truncate_body(after=1000)
    client().download_file("media", "big", str(tmp_path / "big"))
    assert (tmp_path / "big").read_bytes() == data
    assert fake.faults.all_fired()


# Which call


def test_params_nth_and_times(fake):
    s3 = client(attempts=1)
    fake.faults.on("PutObject", Key="a").nth(2).error("SlowDown")
    fake.faults.on("PutObject", Key=ANY, Body=b"bad").times(1).error("AccessDenied")
    outcomes = []
    for key, body in (("a", b""), ("b", b""), ("a", b""), ("a", b""), ("b", b"bad"), ("b", b"bad")):
        with contextlib.suppress(ClientError):
            s3.put_object(Bucket="media", Key=key, Body=body)
        outcomes.append(fake.calls[-1].outcome)
    assert outcomes == ["ok", "ok", "SlowDown", "ok", "AccessDenied", "ok"]


def test_one_rule_follows_another(fake):
    fake.faults.on("GetObject").times(2).error("SlowDown")
    fake.faults.on("GetObject").times(1).reset_connection()
    fake.faults.on("GetObject").times(1).timeout()
    assert get(client(attempts=5)) == DATA
    assert [call.outcome for call in fake.calls] == ["SlowDown", "SlowDown", "reset_connection", "timeout", "ok"]


@pytest.mark.parametrize("mode", MODES)
def test_a_rate_never_takes_the_last_attempt(fake, mode):
    fake.faults.on("PutObject").rate(0.9).error("SlowDown")
    s3 = client(mode=mode, attempts=3)
    for number in range(30):
        s3.put_object(Bucket="media", Key=f"{number}", Body=b"")
    attempts = [len(story.attempts) for story in fake.calls.grouped]
    assert set(attempts) <= {1, 2, 3}
    assert attempts.count(3) > 10


@pytest.mark.parametrize("mode", MODES)
def test_a_rate_leaves_clients_alone_that_do_not_retry(fake, mode):
    fake.faults.on("PutObject").rate(1).error("SlowDown")
    s3 = client(attempts=1, mode=mode)
    for _ in range(5):
        s3.put_object(**K, Body=b"")
    assert {call.outcome for call in fake.calls} == {"ok"}


def outcomes_with_rate(seed, threads):
    """The outcomes of each part's attempts under a fault rule with a rate, uploaded by this many threads."""
    with FakeS3(buckets=["media"], seed=seed, open_uploads="ignore") as fake:
        s3 = client()
        upload = {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}
        fake.faults.on("UploadPart").rate(0.3).error("SlowDown")

        def put(numbers):
            for number in numbers:
                s3.upload_part(**upload, PartNumber=number, Body=b"x")

        workers = [threading.Thread(target=put, args=(range(1 + first, 41, threads),)) for first in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return [[attempt.outcome for attempt in part.attempts] for part in fake.uploads.one().parts]


def test_a_rate_does_not_depend_on_threads(fake):
    alone = outcomes_with_rate(seed=5, threads=1)
    assert outcomes_with_rate(seed=5, threads=8) == alone
    assert outcomes_with_rate(seed=6, threads=1) != alone
    assert 3 < sum(len(outcomes) > 1 for outcomes in alone) < 25


# Compared with a real socket


def _serve(respond):
    listening = socket.create_server(("127.0.0.1", 0))

    def serve():
        with contextlib.suppress(OSError):
            while True:
                connection, _ = listening.accept()
                with connection:
                    received = b""
                    while b"\r\n\r\n" not in received:
                        received += connection.recv(65536)
                    respond(connection)

    threading.Thread(target=serve, daemon=True).start()
    return listening


def _reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))


def _cut_short(connection):
    connection.sendall(b'HTTP/1.1 200 OK\r\nContent-Length: 10\r\nETag: "a"\r\n\r\n0123')


def _silent(connection):
    time.sleep(1)


REAL = {
    "reset_connection": (_reset, lambda s3: s3.list_buckets()),
    "lose_response": (lambda connection: None, lambda s3: s3.list_buckets()),
    "timeout": (_silent, lambda s3: s3.list_buckets()),
    "truncate_body": (_cut_short, get),
    "truncate_body in pieces": (_cut_short, lambda s3: list(s3.get_object(**K)["Body"].iter_chunks(3))),
}


@pytest.mark.parametrize("name", REAL)
def test_a_fault_is_what_a_socket_would_do(name):
    if name == "truncate_body in pieces" and is_older():
        pytest.skip("this botocore lets urllib3's own exception through")
    respond, act = REAL[name]
    with _serve(respond) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
        config = Config(retries={"total_max_attempts": 1}, read_timeout=0.3, s3={"addressing_style": "path"})
        keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}
        with pytest.raises(exceptions.BotoCoreError) as real:
            act(boto3.client("s3", endpoint_url=url, config=config, **keys))
        with FakeS3(buckets=["media"]) as fake:
            fake.put("media", "k", DATA)
            kind = name.partition(" ")[0]
            getattr(fake.faults.on(ANY), kind)(**({"after": 4} if kind == "truncate_body" else {}))
            with pytest.raises(exceptions.BotoCoreError) as faked:
                act(boto3.client("s3", endpoint_url=url, config=config, **keys))
    assert type(faked.value) is type(real.value)
    assert str(faked.value) == str(real.value)
    causes = [raised.value.kwargs.get("error") for raised in (faked, real)]
    assert type(causes[0]) is type(causes[1])


def test_a_refused_connection_is_what_a_socket_would_do():
    with socket.create_server(("127.0.0.1", 0)) as listening:
        url = f"http://127.0.0.1:{listening.getsockname()[1]}"
    keys = {"aws_access_key_id": "x", "aws_secret_access_key": "y", "region_name": "us-east-1"}
    s3 = boto3.client("s3", endpoint_url=url, config=Config(retries={"total_max_attempts": 1}), **keys)
    with pytest.raises(exceptions.EndpointConnectionError) as real:
        s3.list_buckets()
    with FakeS3() as fake:
        fake.faults.on("ListBuckets").unreachable()
        with pytest.raises(exceptions.EndpointConnectionError) as faked:
            s3.list_buckets()
    assert str(faked.value) == str(real.value)
    assert type(faked.value.kwargs["error"]) is type(real.value.kwargs["error"])
