"""Snapshots of a store share what they hold; here any operations, snapshots and restores in any order, beside a plain model."""

import copy
import threading
import time
from datetime import datetime, timezone

import pytest
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from fakes3mp import FakeS3
from fakes3mp.core import sorted_map
from fakes3mp.core.content import Content
from fakes3mp.core.objects import Attributes, Properties, S3Object
from fakes3mp.core.store import Store
from tests.stored_state import plain

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
PROPERTIES = Properties(attributes=Attributes().validated())
KEYS = st.sampled_from(["a", "b", "b/c", "é", "z"])
BODIES = st.sampled_from([b"", b"1", b"22", b"333"])


class Snapshots(RuleBasedStateMachine):
    """A store, and the model {bucket: {"versioning", "versions": {key: [(body or None, tags)]}, "uploads"}}."""

    def __init__(self):
        super().__init__()
        self.usual_leaf, sorted_map._MAX_LEAF = sorted_map._MAX_LEAF, 3
        self.store = Store(now=lambda: NOW)
        self.model = {}
        self.uploads = {}  # id -> (bucket, key, parts)
        self.snapshots = []

    def teardown(self):
        sorted_map._MAX_LEAF = self.usual_leaf

    @rule(name=st.sampled_from(["one", "two"]))
    def create_bucket(self, name):
        if name not in self.model:
            self.store.create_bucket(name)
            self.model[name] = {"versioning": None, "versions": {}}

    @rule(status=st.sampled_from(["Enabled", "Suspended"]), data=st.data())
    def set_versioning(self, status, data):
        if self.model:
            name = data.draw(st.sampled_from(sorted(self.model)))
            self.store.bucket(name).set_versioning(status)
            self.model[name]["versioning"] = status

    def _write(self, name, key, version):
        """A new version in the model; a null version replaces the earlier one."""
        bucket = self.model[name]
        is_null = bucket["versioning"] != "Enabled"
        versions = [each for each in bucket["versions"].get(key, []) if not (is_null and each["null"])]
        bucket["versions"][key] = [*versions, {**version, "null": is_null}]

    @rule(key=KEYS, body=BODIES, fails=st.booleans(), data=st.data())
    def put(self, key, body, fails, data):
        if self.model:
            name = data.draw(st.sampled_from(sorted(self.model)))
            content = Content.of(body)
            self._change(
                fails, lambda: self.store.put(name, S3Object(key, content, content.md5.hex(), NOW, PROPERTIES))
            )
            if not fails:
                self._write(name, key, {"body": body, "tags": ()})

    def _change(self, fails, change):
        """Change something in a transaction, which may be taken back."""
        try:
            with self.store.transaction():
                change()
                if fails:
                    raise InterruptedError
        except InterruptedError:
            assert fails

    @rule(key=KEYS, fails=st.booleans(), data=st.data())
    def delete(self, key, fails, data):
        if self.model:
            name = data.draw(st.sampled_from(sorted(self.model)))
            self._change(fails, lambda: self.store.delete(name, key))
            if fails:
                return
            if self.model[name]["versioning"] is None:
                self.model[name]["versions"].pop(key, None)
            else:
                self._write(name, key, {"body": None})

    @rule(key=KEYS, fails=st.booleans(), data=st.data())
    def delete_a_version(self, key, fails, data):
        names = [name for name in self.model if self.model[name]["versions"].get(key)]
        if names:
            name = data.draw(st.sampled_from(sorted(names)))
            versions = self.model[name]["versions"][key]
            index = data.draw(st.integers(0, len(versions) - 1))
            version_id = list(self.store.bucket(name).newest_first(key))[::-1][index].version_id
            self._change(fails, lambda: self.store.delete_version(name, key, version_id))
            if not fails:
                del versions[index]
                if not versions:
                    del self.model[name]["versions"][key]

    @rule(key=KEYS, tag=st.sampled_from("xy"), data=st.data())
    def tag(self, key, tag, data):
        for name, bucket in self.model.items():
            versions = bucket["versions"].get(key)
            if versions and versions[-1]["body"] is not None:
                stored = self.store.bucket(name)
                stored.update_properties(stored.current(key), tags=((tag, tag),))
                versions[-1]["tags"] = ((tag, tag),)

    @rule(key=KEYS, data=st.data())
    def create_upload(self, key, data):
        if self.model:
            name = data.draw(st.sampled_from(sorted(self.model)))
            upload = self.store.create_upload(name, key, PROPERTIES, None, None)
            self.uploads[upload.id] = (name, key, {})

    @precondition(lambda self: self.uploads)
    @rule(number=st.integers(1, 9), body=BODIES, fails=st.booleans(), data=st.data())
    def put_part(self, number, body, fails, data):
        upload_id = data.draw(st.sampled_from(sorted(self.uploads)))
        name, key, parts = self.uploads[upload_id]
        content = Content.of(body)
        self._change(fails, lambda: self.store.upload(name, key, upload_id).put_part(number, content, NOW, content.md5))
        if not fails:
            parts[number] = body

    @precondition(lambda self: self.uploads)
    @rule(data=st.data())
    def abort(self, data):
        upload_id = data.draw(st.sampled_from(sorted(self.uploads)))
        name, key, _ = self.uploads.pop(upload_id)
        self.store.abort_upload(self.store.upload(name, key, upload_id))

    @rule()
    def snapshot(self):
        state = self.store.snapshot()
        self.snapshots.append((state, plain(state), copy.deepcopy((self.model, self.uploads))))

    @precondition(lambda self: self.snapshots)
    @rule(data=st.data())
    def restore(self, data):
        state, _, models = data.draw(st.sampled_from(self.snapshots))
        self.store.restore(state)
        self.model, self.uploads = copy.deepcopy(models)

    @rule()
    def reset(self):
        self.store.reset()
        self.model, self.uploads = {}, {}

    @invariant()
    def the_store_is_as_the_model(self):
        assert list(self.store.buckets) == sorted(self.model)
        for name, bucket in self.model.items():
            stored = self.store.buckets[name]
            assert stored.versioning == bucket["versioning"]
            keys = list(stored.version_keys.since(""))
            assert keys == sorted(bucket["versions"])
            for key in keys:
                found = list(stored.newest_first(key))[::-1]
                assert [_version(each) for each in found] == [
                    (each["body"], each.get("tags"), each["null"]) for each in bucket["versions"][key]
                ]
                current = found[-1] if isinstance(found[-1], S3Object) else None
                assert stored.objects.get(key) is current
        assert self.store.open_upload_ids() == set(self.uploads)
        for upload_id, (name, key, parts) in self.uploads.items():
            assert upload_id in list(self.store.buckets[name].upload_ids(key))
            stored_parts = self.store.uploads[upload_id].parts
            assert {number: part.content.read() for number, part in stored_parts.items()} == parts

    @invariant()
    def snapshots_stay_as_they_were(self):
        for state, before, _ in self.snapshots:
            assert plain(state) == before


def _version(version):
    body, tags = (version.content.read(), version.properties.tags) if isinstance(version, S3Object) else (None, None)
    return body, tags, version.version_id == "null"


TestSnapshots = Snapshots.TestCase


def test_a_view_shows_the_moment_it_was_taken():
    fake = FakeS3(buckets=["media"], open_uploads="ignore", min_part_size=1)
    with fake:
        s3 = fake.client()
        fake.put("media", "a", b"1")
        upload = {"Bucket": "media", "Key": "m"}
        upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
        etag = s3.upload_part(**upload, PartNumber=1, Body=b"part")["ETag"]
        buckets, uploads, calls = fake.buckets, fake.uploads, fake.calls
        s3.upload_part(**upload, PartNumber=2, Body=b"another")
        parts = [{"PartNumber": 1, "ETag": etag}]
        s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
        completed = fake.uploads
        s3.delete_object(Bucket="media", Key="m")
        fake.put("media", "a", b"2")
        fake.put("media", "b", b"")
        fake.create_bucket("other")
    fake.reset()
    assert list(buckets) == ["media"]
    assert {key: view.body for key, view in buckets["media"].items()} == {"a": b"1"}
    assert [(part.number, part.body) for part in uploads.one().parts] == [(1, b"part")]
    assert uploads.open == uploads
    assert len(uploads.one().calls) == len(calls) == 2
    assert completed.one().state == "completed"
    assert completed.one().part(1).body == b"part"
    assert not fake.uploads
    assert not fake.buckets["media"]


class _Threads:
    """Threads that write and look at a fake until the block ends."""

    def __init__(self, fake):
        self.fake, self.stop, self.failures = fake, threading.Event(), []
        self.threads = [threading.Thread(target=self.write, args=(number,)) for number in range(2)]
        self.threads += [threading.Thread(target=self.look) for _ in range(2)]

    def write(self, thread):
        number = 0
        while not self.stop.is_set():
            number += 1
            for key in ("first", "second"):  # always in this order
                self.fake.put("media", f"{key}/{thread}", str(number))

    def look(self):
        """In no view is the second newer than the first, or more than one write behind."""
        while not self.stop.is_set():
            view = self.fake.buckets["media"]
            for thread in range(2):
                first, second = (view.get(f"{key}/{thread}") for key in ("first", "second"))
                numbers = [0 if each is None else int(each.text()) for each in (first, second)]
                if numbers[0] - numbers[1] not in (0, 1):
                    self.failures.append(numbers)

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self.stop.set()
        for thread in self.threads:
            thread.join()


def test_views_and_snapshots_while_threads_write():
    fake = FakeS3(buckets=["media"])
    snapshots = []
    with _Threads(fake) as threads:
        for _ in range(20):
            snapshots.append((fake.snapshot(), fake.buckets["media"]))
            time.sleep(0.01)
    assert not threads.failures
    fake.restore(snapshots[0][0])
    first = dict(fake.buckets["media"])
    fake.put("media", "later", b"")
    fake.restore(snapshots[-1][0])
    fake.restore(snapshots[0][0])
    assert dict(fake.buckets["media"]) == first


def _fastest(action):
    times = []
    for _ in range(20):
        began = time.perf_counter()
        action()
        times.append(time.perf_counter() - began)
    return min(times)


@pytest.mark.parametrize("number", [1_000, 20_000])
def test_what_they_cost_does_not_grow(number):
    """A tenth of a millisecond at any size; the margin is for slow machines."""
    fake = FakeS3(buckets=["media"])
    fake.fill("media", ((f"{number:06}", b"") for number in range(number)))
    fake.put("media", "another", b"")
    base = fake.snapshot()
    for action in (fake.snapshot, lambda: fake.restore(base), lambda: fake.buckets["media"]["another"], fake.reset):
        assert _fastest(action) < 0.001


def test_no_write_is_lost_where_others_look_without_the_lock():
    """A bucket that a snapshot shares is copied once, whoever looks it up first."""
    store = Store(now=lambda: NOW)
    store.create_bucket("bucket")
    stop = threading.Event()

    def look():
        while not stop.is_set():
            store.buckets.get("bucket")

    threads = [threading.Thread(target=look) for _ in range(3)]
    for thread in threads:
        thread.start()
    content = Content.of(b"")
    for number in range(3000):
        store.snapshot()
        with store.transaction():
            store.put("bucket", S3Object(f"{number:05}", content, "", NOW, PROPERTIES))
    stop.set()
    for thread in threads:
        thread.join()
    assert len(store.buckets["bucket"].objects) == 3000
