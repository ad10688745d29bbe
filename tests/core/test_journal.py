"""What a transaction changed is taken back if it raises: every method that changes the state, alone and one after another."""

from datetime import datetime, timezone

import pytest
from msgspec.structs import replace

from fakes3mp.core.access_points import AccessPoint
from fakes3mp.core.acl import private_acl
from fakes3mp.core.completion import CompletionRequest
from fakes3mp.core.content import Content
from fakes3mp.core.objects import Attributes, Properties, S3Object, WriteConditions
from fakes3mp.core.store import Limits, Store
from fakes3mp.core.uploads import CompletedPart
from fakes3mp.digests import ALGORITHMS
from tests.stored_state import plain, stored_state

NOW = datetime(2026, 3, 1, tzinfo=timezone.utc)
PROPERTIES = Properties(attributes=Attributes().validated())


class Interrupted(BaseException):
    """Not even an Exception: as KeyboardInterrupt."""


def an_object(key="k", body=b"body"):
    content = Content.of(body)
    return S3Object(key, content, content.md5.hex(), NOW, PROPERTIES)


def add_part(store, upload, number=1, body=b"part"):
    content = Content.of(body)
    content.compute("MD5", *ALGORITHMS)
    return upload.put_part(number, content, NOW, content.md5)


def complete(store, upload, *numbers):
    listed = tuple(CompletedPart(number, upload.parts[number].etag, {}) for number in numbers)
    store.complete_upload(upload, listed, CompletionRequest(None, {}, None), WriteConditions())


@pytest.fixture(params=[None, "Enabled", "Suspended"])
def store(request):
    """A store with a bucket in each state of versioning: objects, a marker, open uploads."""
    store = Store(now=lambda: NOW, limits=Limits(min_part_size=1))
    bucket = store.create_bucket("bucket")
    store.put("bucket", an_object("k", b"null version"))
    if request.param is not None:
        bucket.set_versioning("Enabled")
        store.put("bucket", an_object("k", b"first"))
        store.put("bucket", an_object("k", b"second"))
        store.put("bucket", an_object("deleted"))
        store.delete("bucket", "deleted")
        bucket.set_versioning(request.param)
    store.put("bucket", an_object("single"))
    bucket.configure("Tagging", [("a", "b")])
    for key in ("k", "new"):
        upload = store.create_upload("bucket", key, PROPERTIES, None, None)
        add_part(store, upload, 1, b"1")
        add_part(store, upload, 3, b"3")
    return store


def upload_of(store, key="k"):
    return store.upload("bucket", key, next(store.bucket("bucket").upload_ids(key)))


def newest(store, key="k"):
    return store.bucket("bucket").objects[key]


def delete_every_version(store):
    for version in list(store.bucket("bucket").all_versions()):
        store.delete_version("bucket", version.key, version.version_id)


CHANGES = {
    "create a bucket": lambda s: s.create_bucket("new"),
    "create a bucket again": lambda s: s.create_bucket("bucket"),
    "delete a bucket": lambda s: (delete_every_version(s), s.delete_bucket("bucket")),
    "put": lambda s: s.put("bucket", an_object("another")),
    "put over another": lambda s: s.put("bucket", an_object("k", b"over")),
    "put twice": lambda s: [s.put("bucket", an_object("k", body)) for body in (b"x", b"y")],
    "delete": lambda s: s.delete("bucket", "k"),
    "delete nothing": lambda s: s.delete("bucket", "nothing"),
    "delete and put": lambda s: (s.delete("bucket", "k"), s.put("bucket", an_object("k", b"after"))),
    "delete a version": lambda s: s.delete_version("bucket", "k", newest(s).version_id),
    "delete the null version": lambda s: s.delete_version("bucket", "k", "null"),
    "delete every version": delete_every_version,
    "tag": lambda s: s.bucket("bucket").update_properties(newest(s), tags=(("a", "b"),)),
    "grant": lambda s: s.bucket("bucket").update_properties(newest(s), acl=private_acl("x")),
    "move": lambda s: s.transition(s.bucket("bucket"), newest(s), replace(newest(s).attributes, storage_class="GLACIER"), at=NOW),
    "configure": lambda s: s.bucket("bucket").configure("Policy", "{}"),
    "configure again": lambda s: s.bucket("bucket").configure("Tagging", []),
    "remove a configuration": lambda s: s.bucket("bucket").remove_configuration("Tagging"),
    "remove no configuration": lambda s: s.bucket("bucket").remove_configuration("Policy"),
    "versioning": lambda s: s.bucket("bucket").set_versioning("Suspended"),
    "lock": lambda s: s.bucket("bucket").enable_lock(),
    "access point": lambda s: s.journal.set_item(s.access_points, "arn", AccessPoint("ap", "1", "r", "bucket", NOW)),
    "S3 Control": lambda s: (s.journal.set_item(s.control.job_tokens, ("1", "token"), "job"), s.schedule(("job", "job"), NOW)),
    "create an upload": lambda s: s.create_upload("bucket", "k", PROPERTIES, None, None),
    "create an upload of another key": lambda s: s.create_upload("bucket", "other", PROPERTIES, None, None),
    "put a part": lambda s: add_part(s, upload_of(s), 2),
    "put a part again": lambda s: add_part(s, upload_of(s), 1),
    "abort": lambda s: s.abort_upload(upload_of(s)),
    "abort the only one": lambda s: s.abort_upload(upload_of(s, "new")),
    "complete": lambda s: complete(s, upload_of(s), 1, 3),
    "complete in part": lambda s: complete(s, upload_of(s, "new"), 3),
    "ids": lambda s: (s.ids.version("bucket", "k"), s.ids.upload("bucket", "unused"), s.ids.hidden_md5("b", "k")),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_taken_back(store, change):
    before = stored_state(store)
    with pytest.raises(Interrupted), store.transaction():
        change(store)
        raise Interrupted
    assert stored_state(store) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_change_is_kept(store, change):
    """And what is kept is what is there without a transaction."""
    before = store.snapshot()
    change(store)
    expected = stored_state(store)
    store.restore(before)
    with store.transaction():
        change(store)
    assert stored_state(store) == expected


def test_changes_one_after_another_are_taken_back(store):
    """All of them in one transaction; those that the ones before it have made impossible are left out."""
    before = stored_state(store)
    done = []
    with pytest.raises(Interrupted), store.transaction():
        for name, change in sorted(CHANGES.items(), key=lambda item: "bucket" in item[0]):
            try:
                change(store)
            except Exception:
                continue
            done.append(name)
        raise Interrupted
    assert len(done) > 20
    assert stored_state(store) == before


def test_an_inner_transaction_is_taken_back_alone(store):
    with store.transaction():
        store.put("bucket", an_object("outer"))
        with pytest.raises(Interrupted), store.transaction():
            store.put("bucket", an_object("inner"))
            raise Interrupted
    assert list(store.bucket("bucket").objects) == ["k", "outer", "single"]


def test_an_outer_transaction_takes_the_inner_one_back(store):
    before = stored_state(store)
    with pytest.raises(Interrupted), store.transaction():
        with store.transaction():
            store.put("bucket", an_object("inner"))
        raise Interrupted
    assert stored_state(store) == before


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_restored_state_is_taken_back_too(store, change):
    """Also one that another store has taken; the snapshot stays as it was."""
    snapshot = store.snapshot()
    before = plain(snapshot)
    for other in (store, Store(now=lambda: NOW, limits=Limits(min_part_size=1))):
        other.restore(snapshot)
        with pytest.raises(Interrupted), other.transaction():
            change(other)
            raise Interrupted
        assert stored_state(other) == before
        change(other)
        assert other.journal._steps == []
    assert plain(snapshot) == before


def test_nothing_is_recorded_outside_of_a_transaction(store):
    store.put("bucket", an_object("another"))
    assert store.journal._steps == []
