"""The state machine without boto3: transitions as (state, event, outcome), and part lists that break each rule."""

import tracemalloc
import weakref
from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp import digests
from fakes3mp.core.completion import CompletionRequest, completed_object
from fakes3mp.core.content import Content
from fakes3mp.core.objects import Attributes, Properties, WriteConditions
from fakes3mp.core.store import Limits, Store
from fakes3mp.core.uploads import TRANSITIONS, CompletedPart, UploadEvent, UploadState
from fakes3mp.errors import S3Error

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
BODIES = {1: b"aaaa", 2: b"bbbb", 3: b"c"}


@pytest.fixture
def store():
    store = Store(now=lambda: NOW, limits=Limits(min_part_size=4))
    store.create_bucket("bucket")
    return store


def open_upload(store, bodies=BODIES):
    upload = store.create_upload("bucket", "key", Properties(Attributes().validated()), None, None)
    for number, body in bodies.items():
        put_part(upload, number, body)
    return upload


def put_part(upload, number, body):
    content = Content.of(body)
    upload.put_part(number, content, NOW, content.md5)


def completed_parts(upload, *numbers):
    return tuple(
        CompletedPart(number, upload.parts[number].etag if number in upload.parts else "x", {}) for number in numbers
    )


def complete(store, upload, *numbers):
    return store.complete_upload(upload, completed_parts(upload, *numbers), CompletionRequest(), WriteConditions())


# The next state (F47, F100, F111), or None for NoSuchUpload.
OUTCOMES = {
    (UploadState.OPEN, UploadEvent.PART): UploadState.OPEN,
    (UploadState.OPEN, UploadEvent.LIST): UploadState.OPEN,
    (UploadState.OPEN, UploadEvent.COMPLETE): UploadState.COMPLETED,
    (UploadState.OPEN, UploadEvent.ABORT): UploadState.ABORTED,
    (UploadState.COMPLETED, UploadEvent.PART): None,
    (UploadState.COMPLETED, UploadEvent.LIST): None,  # F49
    (UploadState.COMPLETED, UploadEvent.COMPLETE): UploadState.COMPLETED,  # F100
    (UploadState.COMPLETED, UploadEvent.ABORT): UploadState.COMPLETED,  # F111
    (UploadState.ABORTED, UploadEvent.PART): None,
    (UploadState.ABORTED, UploadEvent.LIST): None,
    (UploadState.ABORTED, UploadEvent.COMPLETE): None,
    (UploadState.ABORTED, UploadEvent.ABORT): None,  # F111
}


def test_the_table_is_complete():
    assert set(OUTCOMES) == {(state, event) for state in UploadState for event in UploadEvent}
    assert set(TRANSITIONS) == set(UploadState)


@pytest.mark.parametrize(("state", "event"), OUTCOMES, ids=lambda member: member.name)
def test_transitions(store, state, event):
    upload = open_upload(store)
    upload.state = state
    if OUTCOMES[state, event] is None:
        with pytest.raises(S3Error) as raised:
            upload.apply(event)
        assert (raised.value.code, raised.value.fields) == ("NoSuchUpload", {"UploadId": upload.id})
        assert upload.state is state
    else:
        upload.apply(event)
        assert upload.state is OUTCOMES[state, event]


@pytest.mark.parametrize(
    ("numbers", "code", "fields"),
    [
        ((), "InvalidRequest", {}),  # F42
        ((2, 1), "InvalidPartOrder", {"UploadId": ...}),  # F43
        ((1, 1), "InvalidPartOrder", {"UploadId": ...}),  # F101
        ((1, 4), "InvalidPart", {"UploadId": ..., "PartNumber": "4", "ETag": "x"}),  # F45
        ((4, 1), "InvalidPartOrder", {"UploadId": ...}),  # F101: order before existence
        ((3, 4), "InvalidPart", {"UploadId": ..., "PartNumber": "4", "ETag": "x"}),  # F101: existence before size
    ],
)
def test_lists_that_break_a_rule(store, numbers, code, fields):
    upload = open_upload(store)
    with pytest.raises(S3Error) as raised:
        completed_object(upload, completed_parts(upload, *numbers), CompletionRequest(), min_part_size=4)
    assert raised.value.code == code
    assert raised.value.fields == {name: upload.id if v is ... else v for name, v in fields.items()}
    assert upload.state is UploadState.OPEN
    assert sorted(upload.parts) == [1, 2, 3]


@pytest.mark.parametrize("numbers", [(1,), (3,), (1, 3), (2, 3), (1, 2, 3), (1, 2)])
def test_lists_that_complete(store, numbers):
    """F44, F102: there may be gaps, the last listed part may be small, parts that are not listed are dropped."""
    upload = open_upload(store)
    version = complete(store, upload, *numbers)
    bodies = [BODIES[number] for number in numbers]
    assert version.content.read() == b"".join(bodies)
    assert version.etag == digests.multipart_etag([digests.md5([body]) for body in bodies])
    assert version.etag.endswith(f"-{len(numbers)}")
    assert [part.number for part in upload.completion.parts] == list(numbers)
    assert version.checksum == Content.of(b"".join(bodies)).checksum("CRC64NVME")  # F52, F64


def test_too_small_names_the_part(store):
    """F46: the error names the first part that is too small."""
    upload = open_upload(store)
    put_part(upload, 2, b"bbb")
    with pytest.raises(S3Error) as raised:
        completed_object(upload, completed_parts(upload, 1, 2, 3), CompletionRequest(), min_part_size=4)
    assert raised.value.fields == {
        "ETag": digests.etag(b"bbb"),
        "MinSizeAllowed": "4",
        "PartNumber": "2",
        "ProposedSize": "3",
    }


def test_a_part_put_again_replaces_the_first(store):
    """F106"""
    upload = open_upload(store)
    put_part(upload, 1, b"AAAA")
    assert complete(store, upload, 1).content.read() == b"AAAA"


def test_completing_copies_no_bytes(store):
    """The object's segments are the bytes objects of the parts."""
    bodies = {1: b"a" * 100_000, 2: b"b"}
    upload = open_upload(store, bodies)
    version = complete(store, upload, 1, 2)
    assert [id(segment) for segment in version.content.segments] == [id(bodies[1]), id(bodies[2])]


def test_the_object_is_dated_from_initiation(store):
    """F105"""
    times = iter([NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)])
    store._now = lambda: next(times)
    upload = open_upload(store)
    assert complete(store, upload, 1).modified == NOW


def test_a_failed_completion_changes_nothing(store):
    """F47"""
    upload = open_upload(store)
    with pytest.raises(S3Error):
        complete(store, upload, 2, 1)
    assert not store.buckets["bucket"].objects
    assert list(store.buckets["bucket"].upload_ids("key")) == [upload.id]
    complete(store, upload, 1, 2)
    assert not store.buckets["bucket"].uploads


def test_snapshots_share_bytes_and_finished_objects(store):
    upload = open_upload(store)
    before, first_part = store.snapshot(), upload.parts[1]
    complete(store, upload, 1, 2)
    store.restore(before)
    restored = store.upload("bucket", "key", upload.id)
    assert restored is not upload
    assert restored.state is UploadState.OPEN
    assert restored.parts[1] is first_part
    assert list(store.buckets["bucket"].upload_ids("key")) == [restored.id]
    assert store.ids.upload("bucket", "other") == before.ids.upload("bucket", "other")


@pytest.mark.parametrize("end", ["abort", "complete", "delete the bucket", "complete, then delete the object"])
def test_an_ended_upload_holds_no_bytes(store, end):
    """Nothing holds the parts any more but the object that they became."""
    upload = open_upload(store, {number: b"%04d" % number for number in range(1, 4)})
    parts = [weakref.ref(part.content) for part in upload.parts.values()]
    if end == "abort":
        store.abort_upload(upload)
    elif end == "delete the bucket":
        store.delete_bucket("bucket")
    else:
        complete(store, upload, 1, 3)
        assert [part is not None for part in upload.completion.part_contents] == [True, True]
    if end == "complete, then delete the object":
        store.delete("bucket", "key")
    kept = [True, False, True] if end == "complete" else [False] * 3
    assert [part() is not None for part in parts] == kept
    assert upload.parts == {}


def test_the_record_of_an_ended_upload_is_small(store):
    """A thousand aborted uploads of parts of 1 MiB cost less than one of these parts."""
    tracemalloc.start()
    try:
        for _ in range(1000):
            store.abort_upload(open_upload(store, {1: bytes(1 << 20)}))
        size, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert size < 1 << 21
