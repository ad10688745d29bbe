"""Many objects and huge ones: ``fill`` is the same as ``put`` for each, ``put_sized`` is as S3 would have it."""

import itertools
import threading
import time
import zlib
from datetime import datetime, timezone

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes3mp import FakeS3, S3Error, etag_of
from fakes3mp.core.repeated_content import RepeatedContent
from tests.stored_state import stored_state

MiB, GiB, TiB = 1 << 20, 1 << 30, 1 << 40
NOON = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
ENABLED = {"Status": "Enabled"}
TOPIC = {
    "TopicConfigurations": [{"TopicArn": "arn:aws:sns:us-east-1:123456789012:t", "Events": ["s3:ObjectCreated:*"]}]
}
KMS_DEFAULT = {"Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms"}}]}
LOCKED = {"ObjectLockEnabled": "Enabled", "Rule": {"DefaultRetention": {"Mode": "COMPLIANCE", "Days": 3}}}

# What is called on a bucket before it is filled.
BUCKETS = {
    "plain": [],
    "versioned": [("put_bucket_versioning", {"VersioningConfiguration": ENABLED})],
    "suspended": [
        ("put_bucket_versioning", {"VersioningConfiguration": ENABLED}),
        ("put_object", {"Key": "a", "Body": b"0"}),
        ("put_bucket_versioning", {"VersioningConfiguration": {"Status": "Suspended"}}),
    ],
    "with events": [("put_bucket_notification_configuration", {"NotificationConfiguration": TOPIC})],
    "encrypted by KMS": [("put_bucket_encryption", {"ServerSideEncryptionConfiguration": KMS_DEFAULT})],
    "locked": [
        ("put_bucket_versioning", {"VersioningConfiguration": ENABLED}),
        ("put_object_lock_configuration", {"ObjectLockConfiguration": LOCKED}),
    ],
}
PARAMS = [{}, {"Metadata": {"A": "b"}, "ContentType": "text/plain", "Tagging": "a=b"}, {"StorageClass": "GLACIER"}]
ITEMS = [("b", b"1"), ("a", "text"), ("b", b"2"), ("é/", b"x" * 5000), ("c", b"x" * 5000), ("", b"")][:-1]


def prepared(calls):
    fake = FakeS3(buckets=["media"], clock=lambda: NOON, notify="none")
    with fake:
        for operation, params in calls:
            getattr(fake.client(), operation)(Bucket="media", **params)
    return fake


@pytest.mark.parametrize("params", PARAMS, ids=["nothing", "attributes", "storage class"])
@pytest.mark.parametrize("calls", BUCKETS.values(), ids=BUCKETS)
def test_fill_is_put_for_each(calls, params):
    filled, put = prepared(calls), prepared(calls)
    assert filled.fill("media", iter(ITEMS), **params) == len(ITEMS)
    for key, body in ITEMS:
        put.put("media", key, body, **params)
    assert stored_state(filled._store) == stored_state(put._store)
    assert filled.events == put.events
    assert len(filled.calls) == len(put.calls) == len(calls)


REFUSED = {
    "a key that is too long": ([("a", b"1"), ("k" * 1025, b"")], {}),
    "a storage class": ([("a", b"1")], {"StorageClass": "NONE"}),
    "a condition": ([("new", b"1"), ("present", b"2")], {"IfNoneMatch": "*"}),
    "the same key twice under a condition": ([("new", b"1"), ("new", b"2")], {"IfNoneMatch": "*"}),
    "a digest of another body": ([("new", b"1"), ("other", b"2")], {"ContentMD5": "xMpCOKC5I4INzFCab3WEmw=="}),
}


@pytest.mark.parametrize(("items", "params"), REFUSED.values(), ids=REFUSED)
def test_a_refused_fill_changes_nothing(items, params):
    for calls in BUCKETS.values():
        fake = prepared(calls)
        fake.put("media", "present", b"before")
        before, events = stored_state(fake._store), fake.events
        with pytest.raises(S3Error):
            fake.fill("media", items, **params)
        assert stored_state(fake._store) == before
        assert fake.events == events
        fake.put("media", "after", b"")
        assert len(fake.events) == len(events) + bool(events)


def test_what_is_no_body_or_parameter_changes_nothing():
    fake = prepared([])
    before = stored_state(fake._store)
    for items, params in [
        ([("a", b"1"), ("b", 5)], {}),
        ([("a", b"1")], {"Nonsense": 1}),
        ([("a", b"1")], {"WriteOffsetBytes": 0}),
    ]:
        with pytest.raises(TypeError):
            fake.fill("media", items, **params)
    with pytest.raises(S3Error, match="NoSuchBucket"):
        fake.fill("missing", [("a", b"")])
    assert stored_state(fake._store) == before


def test_a_fill_is_seen_as_a_whole():
    fake, sizes = prepared([]), set()
    thread = threading.Thread(target=fake.fill, args=("media", [(str(number), b"") for number in range(3000)]))
    thread.start()
    while thread.is_alive():
        sizes.add(len(fake.buckets["media"]))
    thread.join()
    assert sizes <= {0, 3000}


@pytest.fixture
def sized():
    with FakeS3(buckets=["media"], open_uploads="ignore") as fake:
        yield fake


def test_five_tebibytes(sized):
    s3, address = sized.client(), {"Bucket": "media", "Key": "huge"}
    view = sized.put_sized("media", "huge", size=5 * TiB, parts=10_000, Metadata={"a": "b"}, ContentType="video/mp4")
    head = s3.head_object(**address)
    assert (head["ContentLength"], head["ETag"], head["ContentType"]) == (5 * TiB, view.etag, "video/mp4")
    assert head["ETag"].endswith('-10000"')
    part_size = -(-5 * TiB // 10_000)
    assert s3.head_object(**address, PartNumber=10_000)["ContentLength"] == 5 * TiB - 9_999 * part_size
    assert (
        s3.get_object_attributes(**address, ObjectAttributes=["ObjectParts"])["ObjectParts"]["TotalPartsCount"]
        == 10_000
    )
    first = part_size - 3
    body = s3.get_object(**address, Range=f"bytes={first}-{first + 5}")["Body"].read()
    assert body == bytes([n % 251 for n in range(part_size - 3, part_size)] + [0, 1, 2])
    assert next(s3.get_object(**address)["Body"].iter_chunks(1000)) == bytes(n % 251 for n in range(1000))
    assert s3.get_object(**address, Range="bytes=-1")["ContentRange"] == f"bytes {5 * TiB - 1}-{5 * TiB - 1}/{5 * TiB}"
    with pytest.raises(ValueError, match="read a range"):
        s3.get_object(**address)["Body"].read()
    assert sized.uploads.one(key="huge").state == "completed"


def test_small_ones_are_as_their_bytes(sized):
    for size in (0, 1, 251, 100_000, 6 * MiB):
        view = sized.put_sized("media", f"k{size}", size=size)
        same = sized.put("media", "same", RepeatedContent(size).read())
        assert (view.etag, view.size, view.checksums, view.body) == (same.etag, same.size, same.checksums, same.body)
    parts = [5 * MiB, 6 * MiB, 1]
    view = sized.put_sized("media", "parts", size=sum(parts), parts=parts, ChecksumAlgorithm="SHA256")
    bodies = [RepeatedContent(size).read() for size in parts]
    s3, upload = sized.client(), {"Bucket": "media", "Key": "uploaded"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, ChecksumAlgorithm="SHA256")["UploadId"]
    listed = []
    for number, body in enumerate(bodies, 1):
        part = s3.upload_part(**upload, PartNumber=number, Body=body, ChecksumAlgorithm="SHA256")
        listed.append({"PartNumber": number, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]})
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": listed})
    uploaded = sized.object("media", "uploaded")
    assert (view.etag, view.checksums, view.part_sizes) == (uploaded.etag, uploaded.checksums, uploaded.part_sizes)
    assert view.body == uploaded.body
    assert view.etag != etag_of(view.body)


def test_copies(sized):
    s3 = sized.client()
    sized.put_sized("media", "largest", size=5 * GiB)
    sized.put_sized("media", "too large", size=5 * GiB + 1, parts=2)
    copied = s3.copy_object(Bucket="media", Key="copy", CopySource="media/largest")
    assert (
        sized.object("media", "copy").etag
        == copied["CopyObjectResult"]["ETag"]
        == sized.object("media", "largest").etag
    )
    with pytest.raises(s3.exceptions.ClientError, match="larger than the maximum allowable size"):  # O381
        s3.copy_object(Bucket="media", Key="copy", CopySource="media/too large")


def test_the_largest_object_of_parts_that_are_copied(sized):
    """10,000 parts of 5 GiB each (O381), by UploadPartCopy for some; the CRC is that of the bytes."""
    s3, upload = sized.client(), {"Bucket": "media", "Key": "largest"}
    sized.put_sized("media", "source", size=50_000 * GiB, parts=10_000)
    checksum = {"ChecksumAlgorithm": "CRC32", "ChecksumType": "FULL_OBJECT"}
    upload["UploadId"] = s3.create_multipart_upload(**upload, **checksum)["UploadId"]
    parts = []
    for number, (start, size) in enumerate([(0, 5 * GiB), (7 * GiB + 1, 5 * GiB), (9, 20 * MiB + 1)], 1):
        copied_range = {"CopySource": "media/source", "CopySourceRange": f"bytes={start}-{start + size - 1}"}
        copied = s3.upload_part_copy(**upload, PartNumber=number, **copied_range)["CopyPartResult"]
        parts.append({"PartNumber": number, "ETag": copied["ETag"]})
    with pytest.raises(s3.exceptions.ClientError, match="larger than the maximum allowable size"):
        s3.upload_part_copy(**upload, PartNumber=4, CopySource="media/source", CopySourceRange=f"bytes=0-{5 * GiB}")
    completed = s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    assert sized.object("media", "largest").size == 10 * GiB + 20 * MiB + 1
    last = s3.get_object(Bucket="media", Key="largest", PartNumber=3)["Body"].read()
    combined = sized._store.bucket("media").objects["largest"].content
    assert zlib.crc32(last) == int.from_bytes(combined.joined[2].digest("CRC32"), "big")
    assert completed["ChecksumCRC32"] == combined.checksum("CRC32").value


REFUSED_SIZES = {
    "more than 5 GiB in one piece": ({"size": 5 * GiB + 1}, "EntityTooLarge"),
    "a part of more than 5 GiB": ({"size": 10 * GiB + 2, "parts": 2}, "EntityTooLarge"),
    "too many parts": ({"size": 10_001 * 5 * MiB, "parts": 10_001}, "InvalidArgument"),
    "parts that are too small": ({"size": 10 * MiB, "parts": 3}, "EntityTooSmall"),
    "no bucket": ({"size": 1, "bucket": "missing"}, "NoSuchBucket"),
    "a condition": ({"size": 20 * MiB, "parts": 2, "key": "present", "IfNoneMatch": "*"}, "PreconditionFailed"),
    "a storage class": ({"size": 20 * MiB, "parts": 2, "StorageClass": "NONE"}, "InvalidStorageClass"),
}


@pytest.mark.parametrize(("params", "code"), REFUSED_SIZES.values(), ids=REFUSED_SIZES)
def test_limits(sized, params, code):
    """O381; a refused object changes nothing."""
    sized.put("media", "present", b"")
    before = stored_state(sized._store)
    with pytest.raises(S3Error) as caught:
        sized.put_sized(**{"bucket": "media", "key": "k", **params})
    assert caught.value.code == code
    assert stored_state(sized._store) == before


def test_the_ends_of_the_limits(sized):
    assert sized.put_sized("media", "one", size=5 * GiB).size == 5 * GiB
    assert len(sized.put_sized("media", "many", size=50_000 * GiB, parts=10_000).part_sizes) == 10_000
    assert sized.put_sized("media", "small", size=10 * MiB + 1, parts=[5 * MiB, 5 * MiB, 1]).size == 10 * MiB + 1


def test_events_versions_and_snapshots_of_huge_objects():
    fake = prepared(BUCKETS["versioned"] + BUCKETS["with events"])
    base = fake.snapshot()
    for size in (GiB, 2 * GiB):
        fake.put_sized("media", "k", size=size, parts=2)
    assert [version.size for version in fake.object("media", "k").versions] == [2 * GiB, GiB]
    assert [record["s3"]["object"]["size"] for record in fake.events] == [GiB, 2 * GiB]
    fake.restore(base)
    assert not fake.buckets["media"]


def test_what_has_no_bytes_is_not_dumped(sized, tmp_path):
    sized.put_sized("media", "huge", size=5 * GiB)
    with pytest.raises(ValueError, match="'huge' of put_sized has no bytes"):
        sized.dump(tmp_path / "dump")


@settings(deadline=None, max_examples=30)
@given(st.lists(st.integers(5 * MiB, 40 * MiB), min_size=1, max_size=4), st.data())
def test_ranges(sizes, data):
    fake = FakeS3(buckets=["media"])
    content = fake.put_sized("media", "k", size=sum(sizes), parts=sizes).content
    first = data.draw(st.integers(0, sum(sizes) - 1))
    last = min(data.draw(st.integers(first, first + 600)), sum(sizes) - 1)
    starts = list(itertools.accumulate(sizes, initial=0))
    expected = [(offset - max(start for start in starts if start <= offset)) % 251 for offset in range(first, last + 1)]
    assert list(content.cut(first, last).read()) == expected


def test_it_takes_no_time():
    """Milliseconds; the margin is for slow machines."""
    fake = FakeS3(buckets=["media"])
    began = time.perf_counter()
    fake.put_sized("media", "k", size=5 * TiB, parts=1_100)
    assert time.perf_counter() - began < 2
