"""The state machine without boto3: (state, event, outcome), and lists of parts that break one rule after the other."""

from datetime import datetime, timedelta, timezone

import pytest

from fakes3mp import digests
from fakes3mp.core.completion import CompletedPart, CompletionRequest, completed_object
from fakes3mp.core.content import Content
from fakes3mp.core.objects import Attributes, Properties, WriteConditions
from fakes3mp.core.store import Limits, Store
from fakes3mp.core.uploads import TRANSITIONS, Event, State
from fakes3mp.errors import S3Error

NOW = datetime(2026, 1, 1, tzinfo=timezone.utc)
BODIES = {1: b"aaaa", 2: b"bbbb", 3: b"c"}


@pytest.fixture
def store():
    store = Store(now=lambda: NOW, limits=Limits(min_part_size=4))
    store.create_bucket("bucket")
    return store


def opened(store, algorithm=None, checksum_type=None, bodies=None):
    upload = store.create_upload("bucket", "key", Properties(Attributes().checked()), algorithm, checksum_type)
    for number, body in (BODIES if bodies is None else bodies).items():
        upload.put_part(number, Content.of(body), NOW)
    return upload


def claims(upload, *numbers, **changes):
    return [
        CompletedPart(number, changes.get("etag", upload.parts[number].etag if number in upload.parts else "x"), {})
        for number in numbers
    ]


# what S3 says: F47, F100, F111; None is NoSuchUpload
OUTCOMES = {
    (State.OPEN, Event.PART): State.OPEN,
    (State.OPEN, Event.LIST): State.OPEN,
    (State.OPEN, Event.COMPLETE): State.COMPLETED,
    (State.OPEN, Event.ABORT): State.ABORTED,
    (State.COMPLETED, Event.PART): None,
    (State.COMPLETED, Event.LIST): None,  # F49
    (State.COMPLETED, Event.COMPLETE): State.COMPLETED,  # F100
    (State.COMPLETED, Event.ABORT): State.COMPLETED,  # F111
    (State.ABORTED, Event.PART): None,
    (State.ABORTED, Event.LIST): None,
    (State.ABORTED, Event.COMPLETE): None,
    (State.ABORTED, Event.ABORT): None,  # F111
}


def test_the_table_is_complete():
    assert set(OUTCOMES) == {(state, event) for state in State for event in Event}
    assert set(TRANSITIONS) == set(State)


@pytest.mark.parametrize(("state", "event"), OUTCOMES, ids=lambda each: each.name)
def test_transitions(store, state, event):
    upload = opened(store)
    upload.state = state
    if OUTCOMES[state, event] is None:
        with pytest.raises(S3Error) as refused:
            upload.take(event)
        assert (refused.value.code, refused.value.fields) == ("NoSuchUpload", {"UploadId": upload.id})
        assert upload.state is state
    else:
        upload.take(event)
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
    upload = opened(store)
    with pytest.raises(S3Error) as refused:
        completed_object(upload, claims(upload, *numbers), CompletionRequest(), min_part_size=4)
    assert refused.value.code == code
    assert refused.value.fields == {name: upload.id if v is ... else v for name, v in fields.items()}
    assert upload.state is State.OPEN
    assert sorted(upload.parts) == [1, 2, 3]


@pytest.mark.parametrize("numbers", [(1,), (3,), (1, 3), (2, 3), (1, 2, 3), (1, 2)])
def test_lists_that_complete(store, numbers):
    """F44, F102: gaps and a start above 1 are fine, the last listed part may be small, the unlisted are dropped."""
    upload = opened(store)
    made = store.complete_upload(upload, tuple(claims(upload, *numbers)), CompletionRequest(), WriteConditions())
    bodies = [BODIES[number] for number in numbers]
    assert made.content.read() == b"".join(bodies)
    assert made.etag == digests.multipart_etag([digests.md5([body]) for body in bodies])
    assert made.etag.endswith(f"-{len(numbers)}")
    assert sorted(upload.parts) == sorted(numbers)
    assert made.checksum == Content.of(b"".join(bodies)).checksum("CRC64NVME")  # F52, F64


def test_too_small_names_the_part(store):
    """F46: the first part that is too small, with all its fields."""
    upload = opened(store)
    upload.put_part(2, Content.of(b"bbb"), NOW)
    with pytest.raises(S3Error) as refused:
        completed_object(upload, claims(upload, 1, 2, 3), CompletionRequest(), min_part_size=4)
    assert refused.value.fields == {
        "ETag": digests.etag(b"bbb"),
        "MinSizeAllowed": "4",
        "PartNumber": "2",
        "ProposedSize": "3",
    }


def test_a_part_put_again_replaces(store):
    """F106"""
    upload = opened(store)
    upload.put_part(1, Content.of(b"AAAA"), NOW)
    made = store.complete_upload(upload, tuple(claims(upload, 1)), CompletionRequest(), WriteConditions())
    assert made.content.read() == b"AAAA"


def test_completing_copies_no_bytes(store):
    """The object's segments are the very bytes that were put."""
    bodies = {1: b"a" * 100_000, 2: b"b"}
    upload = opened(store, bodies=bodies)
    made = store.complete_upload(upload, tuple(claims(upload, 1, 2)), CompletionRequest(), WriteConditions())
    assert [id(segment) for segment in made.content.segments] == [id(bodies[1]), id(bodies[2])]


def test_the_object_is_dated_from_initiation(store):
    """F105"""
    times = iter([NOW, NOW + timedelta(hours=1), NOW + timedelta(hours=2)])
    store._now = lambda: next(times)
    upload = opened(store)
    made = store.complete_upload(upload, tuple(claims(upload, 1)), CompletionRequest(), WriteConditions())
    assert made.modified == NOW


def test_a_failed_completion_leaves_everything(store):
    """F47"""
    upload = opened(store)
    with pytest.raises(S3Error):
        store.complete_upload(upload, tuple(claims(upload, 2, 1)), CompletionRequest(), WriteConditions())
    assert not store.buckets["bucket"].objects
    assert store.buckets["bucket"].uploads == {"key": [upload]}
    store.complete_upload(upload, tuple(claims(upload, 1, 2)), CompletionRequest(), WriteConditions())
    assert not store.buckets["bucket"].uploads


def test_snapshots_share_bytes_and_finished_objects(store):
    upload = opened(store)
    before = store.snapshot()
    store.complete_upload(upload, tuple(claims(upload, 1, 2)), CompletionRequest(), WriteConditions())
    store.restore(before)
    restored = store.upload("bucket", "key", upload.id)
    assert restored is not upload
    assert restored.state is State.OPEN
    assert restored.parts[1] is upload.parts[1]
    assert store.buckets["bucket"].uploads["key"] == [restored]
    assert store.buckets["bucket"].uploads["key"][0] is restored
    assert store.ids.upload("bucket", "other") == before.ids.upload("bucket", "other")
