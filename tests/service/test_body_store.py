"""Stored bodies: equal ones share their memory, large ones are in files, and nothing is copied without need."""

import gc
import io
import os
import subprocess
import sys
import tracemalloc
from importlib.util import find_spec

import pytest

from fakes3mp import FakeS3
from fakes3mp.core.content import Content
from fakes3mp.service.body_store import BodyStore

MIB = 1 << 20


@pytest.fixture
def s3():
    with FakeS3(buckets=["media"], min_part_size=1, open_uploads="ignore") as fake:
        yield fake


def stored_content(fake, key):
    return fake._store.bucket("media").objects[key].content


def upload(fake, *bodies, key="big"):
    client = fake.client()
    upload = {"Bucket": "media", "Key": key}
    upload["UploadId"] = client.create_multipart_upload(**upload)["UploadId"]
    etags = [client.upload_part(PartNumber=n, Body=body, **upload)["ETag"] for n, body in enumerate(bodies, 1)]
    parts = [{"PartNumber": n, "ETag": etag} for n, etag in enumerate(etags, 1)]
    return lambda: client.complete_multipart_upload(MultipartUpload={"Parts": parts}, **upload)


def test_equal_parts_are_stored_once(s3):
    upload(s3, *(bytes([7]) * MIB for _ in range(4)))()
    segments = stored_content(s3, "big").segments
    assert {id(segment) for segment in segments} == {id(segments[0])}
    assert {id(call.params["Body"]) for call in s3.calls.of("UploadPart")} == {id(segments[0])}
    s3.put("media", "again", bytes([7]) * MIB)
    assert stored_content(s3, "again").segments[0] is segments[0]


def test_different_bodies_with_the_same_md5():
    bodies, one, other = BodyStore(), Content.of(bytes(5000)), Content.of(b"x" * 5000)
    assert other.md5 != one.md5
    other._digests = one._digests  # as if they collided
    assert (bodies.store(one), bodies.store(other)) == (one, other)
    assert bodies.store(other) is other


def test_bodies_that_are_not_in_use_are_forgotten():
    bodies = BodyStore()
    bodies.store(Content.of(bytes(5000)))
    gc.collect()
    assert not bodies._contents


@pytest.mark.parametrize("wrap", [bytes, io.BytesIO], ids=["bytes", "BytesIO"])
def test_nothing_is_copied(s3, wrap):
    """Uploading and completing allocate nothing of the size of the data, nor does reading a range."""
    bodies = [os.urandom(4 * MIB) for _ in range(3)]
    wrapped = [wrap(body) for body in bodies]
    upload(s3, b"warm", key="warm")()
    tracemalloc.start()
    try:
        upload(s3, *wrapped)()
        body_read = (
            s3.client()
            .get_object(Bucket="media", Key="big", Range=f"bytes={4 * MIB - 10}-{4 * MIB + 9}")["Body"]
            .read()
        )
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert body_read == bodies[0][-10:] + bodies[1][:10]
    assert peak < MIB
    assert [segment is body for segment, body in zip(stored_content(s3, "big").segments, bodies, strict=True)] == [
        True
    ] * 3


def files(directory):
    """The open files of this process in a directory, also those without a name."""
    links = [f"/proc/self/fd/{name}" for name in os.listdir("/proc/self/fd")]
    return [os.readlink(link) for link in links if os.path.lexists(link) and str(directory) in os.readlink(link)]


@pytest.mark.skipif(not os.path.isdir("/proc/self/fd"), reason="reads open files from /proc")
def test_large_bodies_are_spooled(tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    body = os.urandom(MIB)
    with FakeS3(buckets=["media"], min_part_size=1, spool_over=MIB - 1) as s3:
        upload(s3, body, body[: MIB - 1], body)()
        s3.client().put_object(Bucket="media", Key="plain", Body=body)
        assert len(set(files(tmp_path))) == 1  # all share a file
        assert os.listdir(tmp_path) == []
        segments = stored_content(s3, "big").segments
        assert [type(segment) for segment in segments] == [memoryview, bytes, memoryview]
        assert s3.client().get_object(Bucket="media", Key="big")["Body"].read() == body + body[: MIB - 1] + body
        assert s3.client().get_object(Bucket="media", Key="plain", Range="bytes=5-9")["Body"].read() == body[5:10]
        assert s3.calls.of("UploadPart")[0].params["Body"] == body
        assert s3.calls.of("UploadPart", Body=body)
        snapshot = s3.snapshot()
        s3.client().delete_object(Bucket="media", Key="plain")
        s3.restore(snapshot)
        assert s3.object("media", "plain").body == body
    assert s3.object("media", "big").size == 3 * MIB - 1  # a stopped fake can be inspected
    assert os.listdir(tmp_path) == []
    del segments, snapshot
    s3.reset()  # pytest keeps the fake for its report, but not the bodies
    gc.collect()
    assert files(tmp_path) == []


def test_short_bodies_are_spooled_with_spool_over_0():
    with FakeS3(buckets=["media"], spool_over=0) as s3:
        for body in (b"", b"x"):
            s3.client().put_object(Bucket="media", Key="k", Body=body)
            assert s3.object("media", "k").body == body
            assert isinstance(stored_content(s3, "k").segments[0], memoryview) == bool(body)


def test_a_negative_spool_over():
    with pytest.raises(ValueError, match="0 or more, not -1"):
        FakeS3(spool_over=-1)


@pytest.mark.skipif(find_spec("resource") is None, reason="this platform has no such limits")
def test_ten_thousand_spooled_parts_need_few_descriptors(tmp_path):
    """Each spooled body held a descriptor: "too many open files" at body 1,018."""
    script = tmp_path / "parts.py"
    script.write_text(
        "import resource\n"
        "resource.setrlimit(resource.RLIMIT_NOFILE, (256, 256))\n"
        "from fakes3mp import FakeS3\n"
        "fake = FakeS3(buckets=['media'], spool_over=10, min_part_size=1, open_uploads='ignore')\n"
        "perform = fake._service.perform\n"
        "upload = {'Bucket': 'media', 'Key': 'k'}\n"
        "upload['UploadId'] = perform('CreateMultipartUpload', upload)['UploadId']\n"
        "for number in range(1, 10_001):\n"
        "    perform('UploadPart', {**upload, 'PartNumber': number, 'Body': b'%020d' % number})\n"
        "upload = fake.uploads.one()\n"
        "assert [part.body for part in upload.parts] == [b'%020d' % number for number in range(1, 10_001)]\n"
    )
    ran = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, check=False, timeout=120)
    assert ran.returncode == 0, ran.stderr


def test_spooled_bodies_are_what_was_written():
    bodies = BodyStore(spool_over=0)
    contents = [Content.join([Content.of(bytes([n]) * n), Content.of(b"x")]) for n in range(200)]
    stored = [bodies.store(content) for content in contents]
    assert [content.read() for content in stored] == [bytes([n]) * n + b"x" for n in range(200)]


def test_a_full_disk_is_an_error(monkeypatch):
    bodies = BodyStore(spool_over=0)
    first = bodies.store(Content.of(b"first"))
    monkeypatch.setattr(bodies._spool._newest(), "_file", FullDisk())
    with pytest.raises(OSError, match="No space left"):
        bodies.store(Content.of(b"second"))
    assert first.read() == b"first"


class FullDisk:
    def seek(self, position):
        pass

    def write(self, data):
        raise OSError(28, "No space left on device")
