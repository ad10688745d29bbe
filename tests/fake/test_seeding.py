"""Seeding: every form of a body that people have, many objects at once; event records without a configuration."""

import io
from collections.abc import Mapping
from pathlib import Path

import pytest

from fakes3mp import FakeS3, S3Error


@pytest.fixture
def fake():
    return FakeS3(buckets=["media"])


@pytest.mark.parametrize(
    "body",
    [
        b"gr\xc3\xbcn",
        bytearray(b"gr\xc3\xbcn"),
        memoryview(b"xgr\xc3\xbcn")[1:],
        "grün",
        io.BytesIO(b"gr\xc3\xbcn"),
        io.StringIO("grün"),
        [b"gr", bytearray(b"\xc3\xbc"), memoryview(b"n")],
        (chunk for chunk in (b"gr", b"\xc3\xbc", b"n")),
    ],
    ids=lambda body: type(body).__name__,
)
def test_bodies(fake, body):
    view = fake.put("media", "k", body)
    assert (view.body, view.text()) == (b"gr\xc3\xbcn", "grün")


def test_paths_and_open_files(fake, tmp_path):
    path = tmp_path / "a.json"
    path.write_text('{"a": 1}')
    assert fake.put("media", "k", path).json() == {"a": 1}
    assert fake.put_file("media", "k", str(path), ContentType="application/json").content_type == "application/json"
    with path.open() as text, path.open("rb") as binary:
        assert fake.put("media", "k", text).body == fake.put("media", "k", binary).body == b'{"a": 1}'


@pytest.mark.parametrize(
    "body", [5, None, 1.5, True, {"a": b"1"}, [1], ["a"], object()], ids=lambda body: type(body).__name__
)
def test_other_bodies_are_refused(fake, body):
    with pytest.raises(TypeError, match="a body is bytes, text"):
        fake.put("media", "k", body)
    assert fake.buckets["media"].keys() == []


def test_a_missing_file(fake):
    with pytest.raises(FileNotFoundError):
        fake.put("media", "k", Path("/no/such/file"))


def test_filling(fake):
    assert fake.fill("media", {"b": b"2", "a": "1"}, StorageClass="GLACIER_IR") == 2
    assert [(view.key, view.body, view.storage_class) for view in fake.buckets["media"].objects] == [
        ("a", b"1", "GLACIER_IR"),
        ("b", b"2", "GLACIER_IR"),
    ]
    assert fake.fill("media", ()) == 0
    assert isinstance(fake.buckets["media"], Mapping)


def test_a_refused_filling_stores_nothing(fake):
    with pytest.raises(S3Error, match="KeyTooLong"):
        fake.fill("media", [("a", b""), ("k" * 1025, b""), ("b", b"")])
    assert fake.buckets["media"].keys() == []


def test_an_event_is_what_s3_would_send(fake):
    rule = {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectCreated:*"]}
    with fake:
        s3 = fake.client()
        s3.put_bucket_notification_configuration(
            Bucket="media", NotificationConfiguration={"QueueConfigurations": [rule]}
        )
        s3.put_object(Bucket="media", Key="a b/ü", Body=b"hello")
    (sent,) = fake.events
    built = fake.event("media", "a b/ü")
    assert built.keys() == sent.keys()
    assert built["s3"]["object"].keys() == sent["s3"]["object"].keys()
    for name in ("eventVersion", "eventSource", "awsRegion", "eventName"):
        assert built[name] == sent[name]
    assert (built["s3"]["bucket"], built["s3"]["object"]["key"]) == (sent["s3"]["bucket"], "a+b/%C3%BC")
    assert fake.lambda_event("media", "a b/ü")["Records"][0]["s3"]["object"]["size"] == 5
    assert len(fake.events) == 1


def test_events_that_are_not_there(fake):
    assert "size" not in fake.event("media", "gone", "s3:ObjectRemoved:Delete")["s3"]["object"]
    with pytest.raises(
        ValueError, match=r"there is no event 's3:ObjectCreated:Putt'; did you mean s3:ObjectCreated:Put"
    ):
        fake.event("media", "k", "ObjectCreated:Putt")
    with pytest.raises(S3Error, match="NoSuchBucket"):
        fake.event("none", "k")


def test_types_can_be_imported():
    import fakes3mp.types

    for name in fakes3mp.types.__all__:
        assert hasattr(fakes3mp.types, name)
