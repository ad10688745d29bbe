"""Annotations of objects: put, get, list, delete and copy (O345)."""

import base64
import hashlib
from zlib import crc32

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3mp.wire.model import is_older
from tests.operations.scene import ABSENT, expect_answer, expect_error, row

pytestmark = pytest.mark.skipif(is_older(), reason="this botocore has no annotations")
CRC32 = base64.b64encode(crc32(b"text").to_bytes(4, "big")).decode()
KEY = {
    "SSECustomerAlgorithm": "AES256",
    "SSECustomerKey": base64.b64encode(b"k" * 32).decode(),
    "SSECustomerKeyMD5": base64.b64encode(hashlib.md5(b"k" * 32).digest()).decode(),
}


def annotate(name="notes", payload=b"text", **params):
    return lambda scene: scene.PutObjectAnnotation(AnnotationName=name, AnnotationPayload=payload, **params)


def payload_of(answer):
    payload = answer["AnnotationPayload"]
    return payload if isinstance(payload, bytes) else payload.read()


def names(answer):
    return [entry["AnnotationName"] for entry in answer.get("Annotations", ())]


ROWS = [
    row("O345", "no name beyond 512 bytes", annotate("n" * 513), expect_error("AnnotationNameTooLong", 400)),
    row("O345", "512 bytes", annotate("é" * 256), expect_answer(AnnotationName="é" * 256)),
    row("O345", "reserved for AWS", annotate("Aws.x"), expect_error("InvalidAnnotationName", 400)),
    row("O345", "reserved for S3", annotate("s3-x"), expect_error("InvalidAnnotationName", 400)),
    row("O345", "a space in the name", annotate("a b"), expect_error("InvalidAnnotationName", 400)),
    row("O345", "no UTF-8", annotate(payload=b"\xff"), expect_error("UnsupportedMediaType", 415)),
    row("O345", "no payload", annotate(payload=b""), expect_error("InvalidRequest", 400)),
    row("O345", "1 MiB", annotate(payload=b"a" * (1 << 20)), expect_answer(AnnotationName="notes")),
    row("O345", "more than 1 MiB", annotate(payload=b"a" * ((1 << 20) + 1)), expect_error("EntityTooLarge", 400, ProposedSize="1048577", MaxSizeAllowed="1048576")),
    row("F22", "another checksum", annotate(ChecksumCRC32="AAAAAA=="), expect_error("BadDigest", 400)),
    row("manual", "another ETag", annotate(ObjectIfMatch='"0"'), expect_error("PreconditionFailed", 412, Condition="x-amz-object-if-match")),
    row("manual", "no such key", annotate(Key="none"), expect_error("NoSuchKey", 404, Key="none")),
    row("O345", "no such annotation", lambda s: s.GetObjectAnnotation(AnnotationName="notes"), expect_error("NoSuchAnnotation", 404)),
    row("manual", "a list of nothing", lambda s: s.ListObjectAnnotations(), expect_answer(AnnotationCount=0, Annotations=ABSENT)),
    row("manual", "a large page", lambda s: s.ListObjectAnnotations(MaxAnnotationResults=1001), expect_error("InvalidArgument", 400, ArgumentName="max-annotation-results", ArgumentValue="1001")),
    row("manual", "no token", lambda s: s.ListObjectAnnotations(ContinuationToken="?"), expect_error("InvalidArgument", 400, ArgumentName="continuation-token")),
    row("manual", "delete another object's", lambda s: s.DeleteObjectAnnotation(AnnotationName="notes", ObjectIfMatch='"0"'), expect_error("PreconditionFailed", 412, Condition="x-amz-object-if-match")),
    row("manual", "unknown directive", lambda s: s.CopyObject(Key="copy", CopySource="bucket/key", AnnotationDirective="MOVE"), expect_error("InvalidArgument", 400, ArgumentName="x-amz-object-annotation-directive", ArgumentValue="MOVE")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_rows(scene, act, expect):
    scene.PutObject(Body=b"body")
    expect.check(scene, act)


def test_put_get_list_delete(scene):
    scene.PutObject(Body=b"body")
    answer = annotate(ChecksumCRC32=CRC32)(scene)
    assert (answer["Key"], answer["AnnotationName"], answer["ChecksumCRC32"]) == ("key", "notes", CRC32)
    read = scene.GetObjectAnnotation(AnnotationName="notes", ChecksumMode="ENABLED")
    assert payload_of(read) == b"text"
    assert (read["ETag"], read["ContentLength"], read["ChecksumCRC32"]) == (answer["ETag"], 4, CRC32)
    annotate(payload=b"other")(scene)  # replaces it
    assert payload_of(scene.GetObjectAnnotation(AnnotationName="notes")) == b"other"
    [entry] = scene.ListObjectAnnotations()["Annotations"]
    assert (entry["AnnotationName"], entry["Size"], entry["ChecksumAlgorithm"]) == ("notes", 5, ["CRC64NVME"])
    scene.DeleteObjectAnnotation(AnnotationName="notes")
    scene.DeleteObjectAnnotation(AnnotationName="notes")
    expect_error("NoSuchAnnotation", 404).check(scene, lambda s: s.GetObjectAnnotation(AnnotationName="notes"))
    assert scene.GetObject()["Body"] == b"body"


def test_pages(scene):
    scene.PutObject(Body=b"body")
    for name in ("b.2", "a", "b.1", "c"):
        annotate(name)(scene)
    page = scene.ListObjectAnnotations(MaxAnnotationResults=3)
    assert (names(page), page["AnnotationCount"]) == (["a", "b.1", "b.2"], 3)
    token = page["NextContinuationToken"]
    rest = scene.ListObjectAnnotations(ContinuationToken=token)
    assert (names(rest), rest["ContinuationToken"]) == (["c"], token)
    assert names(scene.ListObjectAnnotations(AnnotationPrefix="b.")) == ["b.1", "b.2"]


def test_a_thousand_of_an_object(fake_s3):
    fake_s3.create_bucket("bucket")
    fake_s3.put("bucket", "key", b"body")
    client = fake_s3.client()
    target = {"Bucket": "bucket", "Key": "key", "AnnotationPayload": b"x"}
    for number in range(1000):
        client.put_object_annotation(AnnotationName=f"n{number}", **target)
    client.put_object_annotation(AnnotationName="n1", **target)
    with pytest.raises(ClientError, match="AnnotationLimitExceeded"):
        client.put_object_annotation(AnnotationName="another", **target)


def test_versions_have_their_own(scene):
    scene.PutBucketVersioning(VersioningConfiguration={"Status": "Enabled"})
    first = scene.PutObject(Body=b"1")["VersionId"]
    assert annotate()(scene)["ObjectVersionId"] == first
    scene.PutObject(Body=b"2")
    assert names(scene.ListObjectAnnotations()) == []
    assert names(scene.ListObjectAnnotations(VersionId=first)) == ["notes"]
    assert scene.DeleteObjectAnnotation(AnnotationName="notes", VersionId=first)["ObjectVersionId"] == first
    scene.DeleteObject()
    expect_error("NoSuchKey", 404, Key="key").check(scene, annotate())


def test_copies_have_them_unless_they_are_excluded(scene):
    scene.PutObject(Body=b"body")
    annotate()(scene)
    for directive, expected in (({}, ["notes"]), ({"AnnotationDirective": "COPY"}, ["notes"]), ({"AnnotationDirective": "EXCLUDE"}, [])):  # fmt: skip
        scene.CopyObject(Key="copy", CopySource="bucket/key", **directive)
        assert names(scene.ListObjectAnnotations(Key="copy")) == expected
    scene.PutObject(Body=b"new")
    assert names(scene.ListObjectAnnotations()) == []


def test_none_under_a_customers_key(scene):
    scene.PutObject(Body=b"body", **KEY)
    expect_error("InvalidRequest", 400).check(scene, annotate())


def test_a_locked_object_keeps_them(scene):
    """S3's manual asks for a bypass, which the operation has no member for."""
    scene.CreateBucket(Bucket="locked", ObjectLockEnabledForBucket=True)
    body = {"Body": b"body", "ContentMD5": "hBotaJrYa9FhFEdFPCLG/A=="}
    scene.PutObject(Bucket="locked", ObjectLockLegalHoldStatus="ON", **body)
    annotate(Bucket="locked")(scene)
    expect_error("AccessDenied", 403).check(
        scene, lambda s: s.DeleteObjectAnnotation(Bucket="locked", AnnotationName="notes")
    )


def test_events(scene):
    scene.PutObject(Body=b"body")
    scene.PutBucketNotificationConfiguration(
        NotificationConfiguration={
            "QueueConfigurations": [
                {"QueueArn": "arn:aws:sqs:us-east-1:123456789012:q", "Events": ["s3:ObjectAnnotation:*"]}
            ]
        }
    )
    annotate()(scene)
    scene.DeleteObjectAnnotation(AnnotationName="notes")
    scene.DeleteObjectAnnotation(AnnotationName="notes")
    events = [event["eventName"] for event in scene.fake.events]
    assert events == ["ObjectAnnotation:Put", "ObjectAnnotation:Delete"]


@pytest.mark.parametrize("action", ["GetObjectAnnotation", "PutObjectAnnotation"])
def test_permissions_of_copies(fake_s3, action):
    """S3's manual: COPY needs both."""
    fake_s3.create_bucket("bucket")
    client = fake_s3.client()
    fake_s3.put("bucket", "key", b"body")
    client.put_object_annotation(Bucket="bucket", Key="key", AnnotationName="notes", AnnotationPayload=b"text")
    statements = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": f"s3:{action}", "Resource": "*"},
    ]
    fake_s3.credentials.add(
        "ROLE", "secret", account_id="123456789012", policy={"Version": "2012-10-17", "Statement": statements}
    )
    role = boto3.client("s3", aws_access_key_id="ROLE", aws_secret_access_key="secret")
    with pytest.raises(ClientError, match="AccessDenied"):
        role.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/key")
    role.copy_object(Bucket="bucket", Key="copy", CopySource="bucket/key", AnnotationDirective="EXCLUDE")
    assert fake_s3.buckets["bucket"].keys() == ["copy", "key"]
