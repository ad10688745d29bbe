"""Faults in which something happens beside the call: late arrivals, other clients meanwhile, the client's death."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from botocore.config import Config
from botocore.exceptions import ClientError, ReadTimeoutError

from fakes3mp import Crash, FakeS3

K = {"Bucket": "media", "Key": "k"}
LIFECYCLE = {
    "Rules": [
        {
            "ID": "r",
            "Status": "Enabled",
            "Filter": {"Prefix": ""},
            "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 7},
        }
    ]
}


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        yield fake


@pytest.fixture
def s3(fake):
    return fake.client(config=Config(retries={"total_max_attempts": 2}))


@pytest.fixture
def once(fake):
    """A client that does not retry."""
    return fake.client(config=Config(retries={"total_max_attempts": 1}))


def create(s3):
    return {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}


def part(s3, upload, body=b"x", number=1):
    return {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}


def outcomes(fake):
    return [(call.operation, call.fault, call.outcome, call.is_done) for call in fake.calls]


# arrive_late


def test_a_part_arrives_after_its_retry(fake, s3):
    """The client has read the ETag of the retry; the late attempt replaces the part (F106)."""
    upload = create(s3)
    fake.faults.on("UploadPart").times(1).arrive_late()
    part(s3, upload)
    assert outcomes(fake)[1:] == [
        ("UploadPart", "arrive_late", "arrive_late", False),
        ("UploadPart", None, "ok", True),
        ("UploadPart", "arrived_late", "arrived_late", True),
    ]
    assert [len(call.attempts) for call in fake.calls.of("UploadPart").grouped] == [2, 1]  # no attempt of the client's


def test_another_body_wins(fake, once):
    """What the client gave up overwrites what it stored after that."""
    fake.faults.on("PutObject").times(1).arrive_late()
    with pytest.raises(ReadTimeoutError):
        once.put_object(**K, Body=b"first")
    once.put_object(**K, Body=b"second")
    assert fake.object("media", "k").body == b"first"


@pytest.mark.parametrize("after", ["complete", "abort"])
def test_a_part_arrives_after_the_upload_has_ended(fake, once, after):
    """Then there is no upload any more (F18)."""
    upload = create(once)
    fake.faults.on("UploadPart", PartNumber=2).arrive_late(after)
    etag = part(once, upload)
    with pytest.raises(ReadTimeoutError):
        part(once, upload, number=2)
    if after == "complete":
        once.complete_multipart_upload(**upload, MultipartUpload={"Parts": [etag]})
    else:
        once.abort_multipart_upload(**upload)
    assert outcomes(fake)[-1] == ("UploadPart", "arrived_late", "NoSuchUpload", False)


def test_without_the_call_it_waits_for_a_request_is_lost(fake, once):
    base = fake.snapshot()
    for end in (fake.faults.clear, fake.reset, lambda: fake.restore(base)):
        fake.faults.on("PutObject").times(1).arrive_late()
        with pytest.raises(ReadTimeoutError):
            once.put_object(**K, Body=b"first")
        end()
        once.put_object(**K, Body=b"second")
        assert fake.object("media", "k").body == b"second"
        fake.faults.clear()


def test_only_the_same_call_lets_it_arrive(fake, once):
    fake.faults.on("PutObject", Key="k").times(1).arrive_late()
    with pytest.raises(ReadTimeoutError):
        once.put_object(**K, Body=b"first")
    once.put_object(Bucket="media", Key="other", Body=b"x")
    once.put_object(Bucket="media", Key="k2", Body=b"x")
    assert "k" not in fake.buckets["media"]


# meanwhile


def test_meanwhile_a_function(fake, s3):
    seen = []
    fake.faults.on("PutObject").times(1).meanwhile(lambda fake: seen.append(fake.buckets["media"].keys()))
    fake.faults.on("PutObject").nth(2).after_commit().meanwhile(lambda fake: seen.append(fake.buckets["media"].keys()))
    s3.put_object(**K, Body=b"x")
    s3.put_object(Bucket="media", Key="l", Body=b"x")
    assert seen == [[], ["k", "l"]]
    assert [call.outcome for call in fake.calls] == ["ok", "ok"]
    assert fake.faults.all_fired()


def get(s3):
    return s3.get_object(**K)["Body"].read()


@pytest.mark.parametrize(
    ("happens", "operation", "code"),
    [
        ("overwrite", "GetObject", None),
        ("delete", "GetObject", "NoSuchKey"),
        ("abort_upload", "UploadPart", "NoSuchUpload"),
        ("complete_upload", "UploadPart", "NoSuchUpload"),
        ("run_lifecycle", "UploadPart", "NoSuchUpload"),
        ("jump_clock", "UploadPart", None),
        ("overwrite", "ListBuckets", None),  # it has no key: nothing happens
        ("abort_upload", "GetObject", None),
    ],
)
def test_meanwhile_by_name(fake, s3, happens, operation, code):
    s3.put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration=LIFECYCLE)
    fake.put("media", "k", b"mine")
    upload = create(s3)
    part(s3, upload)
    before = fake.clock.now()
    calls = {
        "GetObject": lambda: get(s3),
        "UploadPart": lambda: part(s3, upload, number=2),
        "ListBuckets": s3.list_buckets,
    }
    fake.faults.on(operation).meanwhile(happens)
    if code is None:
        answer = calls[operation]()
    else:
        with pytest.raises(ClientError, match=code):
            calls[operation]()
    if (happens, operation) == ("overwrite", "GetObject"):
        assert answer == b"written by another client"
    if happens == "jump_clock":
        assert (fake.clock.now() - before).total_seconds() >= 12 * 3600
    if happens == "complete_upload":
        assert fake.object("media", "k").body == b"x"
    assert fake.calls[-1].fault == happens


# crash


def test_a_dead_process_calls_nothing(fake, s3):
    upload = create(s3)
    fake.faults.on("UploadPart", PartNumber=2).crash()
    part(s3, upload)
    with pytest.raises(Crash, match="crashes at UploadPart"):
        try:
            part(s3, upload, number=2)
        finally:
            with pytest.raises(Crash, match="it cannot call AbortMultipartUpload"):
                s3.abort_multipart_upload(**upload)
    assert [call.outcome for call in fake.calls] == ["ok", "ok", "crash"]
    assert fake.uploads.one().state == "open"
    fake.faults.clear()  # the process is started again
    s3.abort_multipart_upload(**upload)
    assert fake.uploads.one().state == "aborted"


def test_a_crash_after_commit(fake, s3):
    fake.faults.on("PutObject").after_commit().crash()
    with pytest.raises(Crash):
        s3.put_object(**K, Body=b"x")
    assert fake.buckets["media"].keys() == ["k"]
    assert (fake.calls[0].outcome, fake.calls[0].is_done) == ("crash", True)


def test_a_crash_in_another_thread(fake, s3):
    """A thread that goes on gets an error that it can handle: libraries wait for their threads."""
    fake.faults.on("PutObject").crash()
    with ThreadPoolExecutor(1) as pool:
        assert isinstance(pool.submit(s3.put_object, **K, Body=b"x").exception(), Crash)
        assert "Could not connect" in str(pool.submit(s3.list_buckets).exception())
    assert threading.active_count() >= 1
    with pytest.raises(Crash):
        s3.list_buckets()


# The rules


def test_nth_counts_calls_that_another_rule_failed(fake, s3):
    """Attempt 1 by the first rule, attempt 2 by the second."""
    fake.faults.on("PutObject").nth(1).error("SlowDown")
    fake.faults.on("PutObject").nth(2).error("AccessDenied")
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.put_object(**K, Body=b"x")
    assert [call.outcome for call in fake.calls] == ["SlowDown", "AccessDenied"]


def test_times_from_the_nth_on(fake, once):
    fake.faults.on("HeadBucket").nth(2).times(2).error("AccessDenied")
    codes = []
    for _ in range(4):
        try:
            once.head_bucket(Bucket="media")
            codes.append("ok")
        except ClientError as error:
            codes.append(error.response["Error"]["Code"])
    assert codes == ["ok", "403", "403", "ok"]


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        (lambda rule: rule.arrive_late("retrry"), "'retrry'; did you mean retry"),
        (lambda rule: rule.meanwhile("overwrit"), "'overwrit'; did you mean overwrite"),
        (lambda rule: rule.crash().crash(), "this rule does crash already"),
        (lambda rule: rule.error("SlowDown").meanwhile("delete"), "this rule does SlowDown already"),
    ],
)
def test_bad_input(rule, message):
    with pytest.raises(ValueError, match=message):
        rule(FakeS3().faults.on("UploadPart"))
