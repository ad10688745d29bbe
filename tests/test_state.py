"""Snapshot, restore and reset: complete, cheap, and safe while threads run; ids depend on the seed."""

import contextlib
import gc
import threading
import tracemalloc
import weakref

import boto3
import pytest

from fakes3mp import FakeS3

K = {"Bucket": "media", "Key": "k"}


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        yield fake


def test_a_snapshot_holds_uploads_in_progress(fake):
    s3 = fake.client()
    upload = {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}
    etag = s3.upload_part(**upload, PartNumber=1, Body=b"one")["ETag"]
    base = fake.snapshot()
    s3.upload_part(**upload, PartNumber=1, Body=b"other")
    s3.abort_multipart_upload(**upload)
    fake.restore(base)
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": etag}]})
    assert fake.object("media", "k").body == b"one"
    fake.restore(base)  # a snapshot can be restored again
    assert fake.uploads.one().state == "open"
    assert fake.buckets["media"].keys() == []


@pytest.mark.parametrize("go_back", ["restore", "reset"])
def test_bodies_of_the_state_before_are_freed(fake, go_back):
    base, s3 = fake.snapshot(), fake.client()
    s3.put_object(**K, Body=b"x" * 100)
    upload = {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}
    s3.upload_part(**upload, PartNumber=1, Body=b"y" * 100)
    store = fake._store
    part = store.uploads[upload["UploadId"]].parts[1]
    bodies = [weakref.ref(content) for content in (store.buckets["media"].current("k").content, part.content)]
    del part, store
    fake.restore(base) if go_back == "restore" else fake.reset()
    gc.collect()
    assert [body() for body in bodies] == [None, None]


def test_a_snapshot_copies_no_bytes(fake):
    body = bytes(8 << 20)
    fake.put("media", "k", body)
    tracemalloc.start()
    fake.restore(fake.snapshot())
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 1 << 20
    assert fake.object("media", "k").body is body


def test_ids_after_a_restore_are_those_after_the_snapshot(fake):
    base = fake.snapshot()
    ids = [fake.client().create_multipart_upload(**K)["UploadId"] for _ in range(2)]
    fake.restore(base)
    assert [fake.client().create_multipart_upload(**K)["UploadId"] for _ in range(2)] == ids
    assert ids[0] != ids[1]


def write_some(s3):
    for key in ("first", "second"):
        s3.put_object(Bucket="media", Key=key, Body=b"x")
    upload = {**K, "UploadId": s3.create_multipart_upload(**K)["UploadId"]}
    with contextlib.suppress(s3.exceptions.NoSuchUpload):  # a restore may have removed it meanwhile
        s3.upload_part(**upload, PartNumber=1, Body=b"x")


def test_while_threads_run(fake):
    """Each snapshot is consistent: its keys are those of its objects, its listed uploads are the open ones."""
    s3, stop, failures = boto3.client("s3"), threading.Event(), []

    def write():
        while not stop.is_set():
            try:
                write_some(s3)
            except Exception as error:
                failures.append(error)

    threads = [threading.Thread(target=write) for _ in range(4)]
    for thread in threads:
        thread.start()
    states = []
    for _ in range(50):
        states.append(fake.snapshot())
        fake.restore(states[len(states) // 2])
    stop.set()
    for thread in threads:
        thread.join()
    assert failures == []
    for state in states:
        bucket = state.contents.buckets["media"]
        assert list(bucket.version_keys.since("")) == list(bucket.objects)
        assert set(bucket.uploads.values()) == {
            id_ for id_, upload in state.contents.uploads.items() if upload.state.value == "open"
        }


def ids_of_parallel_uploads():
    with FakeS3(buckets=["media"], seed=9, open_uploads="ignore") as fake:
        s3, ids = fake.client(), {}

        def start(key):
            ids[key] = s3.create_multipart_upload(Bucket="media", Key=key)["UploadId"]

        threads = [threading.Thread(target=start, args=(f"k{n}",)) for n in range(10)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return ids


def test_the_same_ids_whatever_the_threads():
    assert ids_of_parallel_uploads() == ids_of_parallel_uploads()


def test_a_snapshot_holds_the_clock(fake):
    fake.clock.freeze("2026-03-01T12:00:00Z")
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 1}}
    fake.client().put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": [rule]})
    fake.put("media", "k", b"")
    base = fake.snapshot()
    for _ in range(2):
        assert len(fake.clock.advance(days=3)) == 1
        assert fake.buckets["media"].keys() == []
        fake.restore(base)
        assert fake.buckets["media"].keys() == ["k"]
        assert fake.clock.ran == ()
        assert f"{fake.clock.now():%Y-%m-%d}" == "2026-03-01"


ABORT_RULE = {"ID": "abort", "Status": "Enabled", "Filter": {"Prefix": ""}, "AbortIncompleteMultipartUpload": {"DaysAfterInitiation": 1}}  # fmt: skip


@pytest.fixture
def expiring(fake):
    """An open upload, which a lifecycle rule aborts when the clock moves, and the snapshot before."""
    s3 = fake.client()
    s3.put_bucket_lifecycle_configuration(Bucket="media", LifecycleConfiguration={"Rules": [ABORT_RULE]})
    s3.create_multipart_upload(**K)
    base = fake.snapshot()
    fake.clock.advance(days=3)
    assert fake.uploads.one().state == "aborted"
    return base


def test_a_call_during_a_restore(fake, expiring, monkeypatch):
    """It sees the state and the time of before, or those of the snapshot: it writes nothing of a later time."""
    s3, set_position = fake.client(), fake.clock.set_position
    caller = threading.Thread(target=s3.put_object, kwargs=K)

    def set_late(*arguments):
        caller.start()
        caller.join(0.2)
        set_position(*arguments)

    monkeypatch.setattr(fake.clock, "set_position", set_late)
    fake.restore(expiring)
    caller.join()
    assert fake.object("media", "k").modified <= fake.clock.now()
    assert fake.uploads.one().state == "open"


def test_a_call_that_begins_before_a_restore(fake, expiring):
    """Rules run by the time that it is, not by the time at which a call has begun."""
    late = fake.clock.now()
    fake.restore(expiring)
    fake.clock.run_due_rules(late)
    assert fake.uploads.one().state == "open"


def test_moves_of_the_clock_by_several_threads(fake):
    """None is lost."""
    begin = fake.clock.freeze()
    threads = [threading.Thread(target=lambda: [fake.clock.advance(seconds=1) for _ in range(100)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (fake.clock.now() - begin).total_seconds() == 400
