"""How bodies are kept: equal ones once, large ones in files, nothing copied that need not be."""

import gc
import io
import os
import tracemalloc

import pytest

from fakes3mp import FakeS3
from fakes3mp.core.content import Content
from fakes3mp.service.body_store import BodyStore

MIB = 1 << 20


@pytest.fixture
def s3():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        yield fake


def stored(fake, key):
    return fake._store.bucket("media").objects[key].content


def upload(fake, *bodies, key="big"):
    client = fake.client()
    where = {"Bucket": "media", "Key": key}
    where["UploadId"] = client.create_multipart_upload(**where)["UploadId"]
    etags = [client.upload_part(PartNumber=n, Body=body, **where)["ETag"] for n, body in enumerate(bodies, 1)]
    parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
    return lambda: client.complete_multipart_upload(MultipartUpload={"Parts": parts}, **where)


def test_equal_parts_are_kept_once(s3):
    upload(s3, *(bytes([7]) * MIB for _ in range(4)))()
    segments = stored(s3, "big").segments
    assert {id(segment) for segment in segments} == {id(segments[0])}
    assert {id(call.params["Body"]) for call in s3.calls.of("UploadPart")} == {id(segments[0])}
    s3.put("media", "again", bytes([7]) * MIB)
    assert stored(s3, "again").segments[0] is segments[0]


def test_what_shares_an_md5_is_not_equal():
    bodies, one, other = BodyStore(), Content.of(bytes(5000)), Content.of(b"x" * 5000)
    assert other.md5 != one.md5
    other._digests["MD5"] = one.md5  # as a collision would have it
    assert (bodies.kept(one), bodies.kept(other)) == (one, other)
    assert bodies.kept(other) is other


def test_bodies_in_use_are_known_no_longer_than_that():
    bodies = BodyStore()
    bodies.kept(Content.of(bytes(5000)))
    gc.collect()
    assert not bodies._known


@pytest.mark.parametrize("wrap", [bytes, io.BytesIO], ids=["bytes", "BytesIO"])
def test_nothing_is_copied(s3, wrap):
    """Uploading and completing allocate nothing of the size of the data, nor does reading a range."""
    bodies = [os.urandom(4 * MIB) for _ in range(3)]
    wrapped = [wrap(body) for body in bodies]
    upload(s3, b"warm", key="warm")()
    tracemalloc.start()
    try:
        upload(s3, *wrapped)()
        answer = (
            s3.client()
            .get_object(Bucket="media", Key="big", Range=f"bytes={4 * MIB - 10}-{4 * MIB + 9}")["Body"]
            .read()
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert answer == bodies[0][-10:] + bodies[1][:10]
    assert peak < MIB
    assert [segment is body for segment, body in zip(stored(s3, "big").segments, bodies, strict=True)] == [True] * 3


def files(directory):
    """The files in a directory that this process has open, with a name or without."""
    links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return [os.readlink(link) for link in links if os.path.lexists(link) and str(directory) in os.readlink(link)]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="asks Linux which files are open")
def test_large_bodies_are_spooled(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    body = os.urandom(MIB)
    with FakeS3(buckets=["media"], min_part_size=1, spool_over=MIB - 1) as s3:
        upload(s3, body, body[: MIB - 1], body)()
        s3.client().put_object(Bucket="media", Key="plain", Body=body)
        assert len(files(tmp_path)) == 1  # equal ones share a file
        assert os.listdir(tmp_path) == []
        kept = stored(s3, "big").segments
        assert [type(segment) for segment in kept] == [memoryview, bytes, memoryview]
        assert s3.client().get_object(Bucket="media", Key="big")["Body"].read() == body + body[: MIB - 1] + body
        assert s3.client().get_object(Bucket="media", Key="plain", Range="bytes=5-9")["Body"].read() == body[5:10]
        assert s3.calls.of("UploadPart")[0].params["Body"] == body
        assert s3.calls.of("UploadPart", Body=body)
        snapshot = s3.snapshot()
        s3.client().delete_object(Bucket="media", Key="plain")
        s3.restore(snapshot)
        assert s3.object("media", "plain").body == body
    assert s3.object("media", "big").size == 3 * MIB - 1  # a stopped fake can be looked at
    assert os.listdir(tmp_path) == []
    del kept, snapshot
    s3.reset()  # pytest holds the fake for its report; nobody holds the bodies any more
    gc.collect()
    assert files(tmp_path) == []


def test_short_bodies_are_spooled_where_that_is_asked_for():
    with FakeS3(buckets=["media"], spool_over=0) as s3:
        for body in (b"", b"x"):
            s3.client().put_object(Bucket="media", Key="k", Body=body)
            assert s3.object("media", "k").body == body
            assert isinstance(stored(s3, "k").segments[0], memoryview) == bool(body)


def test_what_cannot_be_spooled():
    with pytest.raises(ValueError, match="not over -1"):
        FakeS3(spool_over=-1)
