"""Objects of directory buckets: RenameObject (O346) and appends (O347)."""

from datetime import datetime, timedelta, timezone
from hashlib import md5

import pytest

from fakes3mp import FakeS3
from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, WAYS_IN, Scene, expect_answer, expect_error, row

pytestmark = pytest.mark.skipif(is_older(), reason="this botocore does not know these operations")
DIRECTORY = "photos--usw2-az1--x-s3"
BEGIN = datetime(2026, 3, 1, 10, 30, tzinfo=timezone.utc)
BY_HOST = ("client", "wire", "resource", "typed", "aiobotocore")  # path style is refused


@pytest.fixture(params=[way for way in WAYS_IN if way in BY_HOST])
def scene(request):
    with FakeS3(buckets=["bucket"], region="us-west-2", wire="http" if request.param == "wire" else "auto") as fake:
        fake.clock.freeze(BEGIN)
        fake.create_bucket(DIRECTORY)
        fake.put(DIRECTORY, "old", b"body")
        fake.put(DIRECTORY, "other", b"other")
        with Scene(fake, WAYS_IN[request.param]) as scene:
            scene.HeadObject(Bucket=DIRECTORY, Key="old")  # the client creates its session
            yield scene


def rename(source="old", key="new", bucket=DIRECTORY, **params):
    return lambda scene: scene.RenameObject(Bucket=bucket, Key=key, RenameSource=source, **params)


ETAG = f'"{md5(b"body").hexdigest()}"'
RENAMED = expect_answer()


def failed(condition):
    return expect_error("PreconditionFailed", 412, Condition=condition)


ROWS = [
    row("O346", "to another key", rename(), RENAMED),
    row("O346", "with a slash", rename("/old"), RENAMED),
    row("O346", "over another object", rename(key="other"), RENAMED),
    row("O346", "not over another object", rename(key="other", DestinationIfNoneMatch="*"), failed("If-None-Match")),
    row("O346", "over another ETag", rename(key="other", DestinationIfMatch=ETAG), failed("If-Match")),
    row("O346", "over nothing", rename(DestinationIfMatch=ETAG), failed("If-Match")),
    row("O346", "over a later object", rename(key="other", DestinationIfModifiedSince=BEGIN), failed("If-Modified-Since")),
    row("O346", "over an earlier object", rename(key="other", DestinationIfUnmodifiedSince=BEGIN - timedelta(1)), failed("If-Unmodified-Since")),
    row("O346", "the right source", rename(SourceIfMatch=ETAG, SourceIfUnmodifiedSince=BEGIN), RENAMED),
    row("O346", "another source", rename(SourceIfMatch='"0"'), failed("x-amz-rename-source-if-match")),
    row("O346", "not this source", rename(SourceIfNoneMatch=ETAG), failed("x-amz-rename-source-if-none-match")),
    row("O346", "no source at all", rename(SourceIfNoneMatch="*"), failed("x-amz-rename-source-if-none-match")),
    row("O346", "an old source", rename(SourceIfModifiedSince=BEGIN), failed("x-amz-rename-source-if-modified-since")),
    row("O346", "a new source", rename(SourceIfUnmodifiedSince=BEGIN - timedelta(1)), failed("x-amz-rename-source-if-unmodified-since")),
    row("O346", "nothing", rename("none"), expect_error("NoSuchKey", 404, Key="none")),
    row("O346", "a folder", rename("old", "new/"), expect_error("InvalidRequest", 400)),
    row("O346", "in another bucket", rename(bucket="bucket"), expect_error("NotImplemented", 501)),
    row("O346", "a bad token", rename(ClientToken="a b"), expect_error("InvalidArgument", 400, ArgumentName="x-amz-client-token", ArgumentValue="a b")),
    row("O346", "a long token", rename(ClientToken="a" * 65), expect_error("InvalidArgument", 400, ArgumentName="x-amz-client-token", ArgumentValue="a" * 65)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_rows(scene, act, expect):
    expect.check(scene, act)


def test_everything_else_of_the_object_stays(scene):
    scene.PutObject(Bucket=DIRECTORY, Key="a b", Body=b"body", Metadata={"a": "b"})
    before = scene.HeadObject(Bucket=DIRECTORY, Key="a b")
    scene.fake.clock.advance(days=1)
    rename("a%20b")(scene)
    assert scene.HeadObject(Bucket=DIRECTORY, Key="new") == before
    assert [entry["Key"] for entry in scene.ListObjectsV2(Bucket=DIRECTORY)["Contents"]] == ["new", "old", "other"]


def test_tokens(scene):
    rename(ClientToken="token")(scene)
    rename(ClientToken="token")(scene)  # the same again: nothing happens
    expect_error("IdempotencyParameterMismatch", 400).check(scene, rename("other", ClientToken="token"))


def append(body=b"+more", offset=4, key="old", bucket=DIRECTORY, **params):
    return lambda scene: scene.PutObject(Bucket=bucket, Key=key, Body=body, WriteOffsetBytes=offset, **params)


APPENDS = [
    row("O347", "at the end", append(), expect_answer(Size=9)),
    row("O347", "before the end", append(offset=3), expect_error("InvalidWriteOffset", 400)),
    row("O347", "over it", append(offset=0), expect_error("InvalidWriteOffset", 400)),
    row("O347", "a new object", append(key="new", offset=0), expect_answer(Size=ABSENT)),
    row("O347", "to nothing", append(key="new"), expect_error("InvalidWriteOffset", 400)),
    row("O347", "under another encryption", append(ServerSideEncryption="aws:kms"), expect_error("EncryptionTypeMismatch", 400)),
    row("O347", "if it is the one", append(IfMatch=ETAG), expect_answer(Size=9)),
    row("O347", "if it is another", append(IfMatch='"0"'), expect_error("PreconditionFailed", 412, Condition="If-Match")),
    row("F22", "with another checksum", append(ChecksumCRC32="AAAAAA=="), expect_error("BadDigest", 400)),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), APPENDS)
def test_appends(scene, act, expect):
    expect.check(scene, act)


def test_appended_bytes(scene):
    append()(scene)
    append(b"!", 9)(scene)
    answer = scene.GetObject(Bucket=DIRECTORY, Key="old", ChecksumMode="ENABLED")
    assert answer["Body"] == b"body+more!"
    whole = scene.PutObject(Bucket=DIRECTORY, Key="whole", Body=b"body+more!")
    assert answer["ChecksumCRC64NVME"] == whole["ChecksumCRC64NVME"]
    assert scene.HeadObject(Bucket=DIRECTORY, Key="old", PartNumber=2)["ContentLength"] == 5


def test_ten_thousand_parts(scene):
    bucket = scene.fake._store.buckets[DIRECTORY]
    version = bucket.objects["old"]
    from msgspec.structs import replace

    bucket.objects["old"] = replace(version, parts=tuple(range(10_000)))
    with pytest.raises(Exception, match="TooManyParts"):
        append()(scene)
