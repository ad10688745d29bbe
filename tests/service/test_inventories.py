"""Inventories: what is listed, when, and under which keys (S3's manual, "Amazon S3 Inventory")."""

import base64
import csv
import gzip
import hashlib
import io
import json
import re
import warnings
from datetime import datetime, timezone

import pytest

from fakes3mp import FakeS3
from fakes3mp.operations.configurations.inventory import OPTIONAL_FIELDS
from fakes3mp.service.deliveries.delivery import UndeliveredWarning
from fakes3mp.wire.model import is_older

THURSDAY = datetime(2026, 1, 1, 12, tzinfo=timezone.utc)
ALLOW = {
    "Effect": "Allow",
    "Principal": {"Service": "s3.amazonaws.com"},
    "Action": "s3:PutObject",
    "Resource": "arn:aws:s3:::lists/*",
    "Condition": {
        "ArnLike": {"aws:SourceArn": "arn:aws:s3:::media"},
        "StringEquals": {"aws:SourceAccount": "123456789012", "s3:x-amz-acl": "bucket-owner-full-control"},
    },
}


def allow(fake, *statements):
    policy = json.dumps({"Version": "2012-10-17", "Statement": statements})
    fake.client().put_bucket_policy(Bucket="lists", Policy=policy)


def put(fake, fields=(), destination=None, frequency="Daily", **members):
    document = {
        "Id": "all",
        "Destination": {
            "S3BucketDestination": {
                "Bucket": "arn:aws:s3:::lists",
                "Format": "CSV",
                "Prefix": "inv",
                **(destination or {}),
            }
        },
        "IsEnabled": True,
        "IncludedObjectVersions": "Current",
        "Schedule": {"Frequency": frequency},
        **({"OptionalFields": list(fields)} if fields else {}),
        **members,
    }
    fake.client().put_bucket_inventory_configuration(Bucket="media", Id="all", InventoryConfiguration=document)


def manifests(fake):
    return [key for key in fake.buckets["lists"].keys() if key.endswith("manifest.json")]  # noqa: SIM118


def rows(fake, manifest=-1):
    """The rows of the list that a manifest names."""
    document = fake.object("lists", manifests(fake)[manifest]).json()
    body = fake.object("lists", document["files"][0]["key"]).body
    return list(csv.reader(io.StringIO(gzip.decompress(body).decode())))


@pytest.fixture
def fake():
    with FakeS3(buckets=["media", "lists"], clock=lambda: THURSDAY, open_uploads="ignore") as fake:
        allow(fake, ALLOW)
        yield fake


def test_a_report(fake):
    """O336"""
    fake.put("media", "b", b"12345")
    fake.put("media", "a b", b"1")
    put(fake, ["Size", "ETag"])
    assert fake.buckets["lists"].keys() == []
    fake.clock.advance(hours=12)
    keys = fake.buckets["lists"].keys()
    data = next(key for key in keys if "/data/" in key)
    assert re.fullmatch(r"inv/media/all/data/[0-9a-f-]{36}\.csv\.gz", data)
    assert [key for key in keys if key != data] == [
        "inv/media/all/2026-01-02T00-00Z/manifest.checksum",
        "inv/media/all/2026-01-02T00-00Z/manifest.json",
        "inv/media/all/hive/dt=2026-01-02-00-00/symlink.txt",
    ]
    body, manifest = fake.object("lists", data).body, fake.object("lists", keys[1])
    assert manifest.json() == {
        "sourceBucket": "media",
        "destinationBucket": "arn:aws:s3:::lists",
        "version": "2016-11-30",
        "creationTimestamp": "1767312000000",
        "fileFormat": "CSV",
        "fileSchema": "Bucket, Key, Size, ETag",
        "files": [{"key": data, "size": len(body), "MD5checksum": hashlib.md5(body).hexdigest()}],
    }
    assert fake.object("lists", keys[0]).text() == hashlib.md5(manifest.body).hexdigest()
    assert fake.object("lists", keys[2 if keys[2] != data else 3]).text() == f"s3://lists/{data}\n"
    etags = [hashlib.md5(body).hexdigest() for body in (b"1", b"12345")]
    assert rows(fake) == [["media", "a%20b", "1", etags[0]], ["media", "b", "5", etags[1]]]
    assert gzip.decompress(body).startswith(b'"media","a%20b","1",')


def test_daily_and_weekly(fake):
    """manual: each midnight; after the first one, each Sunday"""
    put(fake)
    fake.clock.advance(days=3)
    assert [key.split("/")[3] for key in manifests(fake)] == [
        "2026-01-02T00-00Z",
        "2026-01-03T00-00Z",
        "2026-01-04T00-00Z",
    ]
    fake.reset()
    fake.clock.freeze(THURSDAY)
    allow(fake, ALLOW)
    put(fake, frequency="Weekly")
    fake.clock.advance(days=11)
    assert [key.split("/")[3] for key in manifests(fake)] == [
        "2026-01-02T00-00Z",
        "2026-01-04T00-00Z",
        "2026-01-11T00-00Z",
    ]


def test_what_is_listed_is_what_is_there_then(fake):
    put(fake)
    fake.put("media", "a", b"")
    fake.clock.advance(days=1)
    fake.put("media", "b", b"")
    fake.clock.advance(days=1)
    assert [len(rows(fake, index)) for index in range(2)] == [1, 2]


def test_prefixes(fake):
    for key in ("in/a", "out/a", "in/b"):
        fake.put("media", key, b"")
    put(fake, Filter={"Prefix": "in/"})
    fake.clock.advance(days=1)
    assert [row[1] for row in rows(fake)] == ["in/a", "in/b"]


def test_all_versions(fake):
    """manual: with VersionId, IsLatest and IsDeleteMarker"""
    client = fake.client()
    client.put_bucket_versioning(Bucket="media", VersioningConfiguration={"Status": "Enabled"})
    first = client.put_object(Bucket="media", Key="a", Body=b"1")["VersionId"]
    marker = client.delete_object(Bucket="media", Key="a")["VersionId"]
    put(fake, ["Size", "LastModifiedDate", "StorageClass"], IncludedObjectVersions="All")
    fake.clock.advance(days=1)
    assert rows(fake) == [
        ["media", "a", marker, "true", "true", "", "2026-01-01T12:00:00.000Z", ""],
        ["media", "a", first, "false", "false", "1", "2026-01-01T12:00:00.000Z", "STANDARD"],
    ]


@pytest.mark.skipif(is_older(), reason="this botocore does not know all fields")
def test_every_field(fake):
    """manual: each optional field, in S3's order whatever the order of the request"""
    client = fake.client()
    fake.create_bucket("locked", ObjectLockEnabledForBucket=True)
    rule = {"ID": "r", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 30}}
    client.put_bucket_lifecycle_configuration(Bucket="locked", LifecycleConfiguration={"Rules": [rule]})
    upload = client.create_multipart_upload(
        Bucket="locked",
        Key="k",
        StorageClass="INTELLIGENT_TIERING",
        ServerSideEncryption="aws:kms",
        BucketKeyEnabled=True,
        ObjectLockMode="GOVERNANCE",
        ObjectLockRetainUntilDate=datetime(2027, 1, 1, tzinfo=timezone.utc),
        ObjectLockLegalHoldStatus="ON",
        ChecksumAlgorithm="SHA256",
    )["UploadId"]
    part = client.upload_part(
        Bucket="locked", Key="k", UploadId=upload, PartNumber=1, Body=b"12", ChecksumAlgorithm="SHA256"
    )
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA256": part["ChecksumSHA256"]}]}
    client.complete_multipart_upload(Bucket="locked", Key="k", UploadId=upload, MultipartUpload=parts)
    document = {
        "Id": "full",
        "Destination": {"S3BucketDestination": {"Bucket": "arn:aws:s3:::lists", "Format": "CSV"}},
        "IsEnabled": True,
        "IncludedObjectVersions": "Current",
        "Schedule": {"Frequency": "Daily"},
        "OptionalFields": list(reversed(OPTIONAL_FIELDS)),
    }
    client.put_bucket_inventory_configuration(Bucket="locked", Id="full", InventoryConfiguration=document)
    allow(fake, {**ALLOW, "Condition": {"ArnLike": {"aws:SourceArn": "arn:aws:s3:::locked"}}})
    fake.clock.advance(days=1)
    schema = fake.object("lists", manifests(fake)[0]).json()["fileSchema"].split(", ")
    assert schema == ["Bucket", "Key", *OPTIONAL_FIELDS]
    (row,) = rows(fake)
    values = dict(zip(schema, row, strict=True))
    grants = json.loads(base64.b64decode(values.pop("ObjectAccessControlList")))
    assert (grants["version"], grants["grants"][0]["permission"]) == ("2022-11-10", "FULL_CONTROL")
    assert values.pop("ETag").endswith("-1")
    assert values == {
        "Bucket": "locked",
        "Key": "k",
        "Size": "2",
        "LastModifiedDate": "2026-01-01T12:00:00.000Z",
        "StorageClass": "INTELLIGENT_TIERING",
        "IsMultipartUploaded": "true",
        "ReplicationStatus": "",
        "EncryptionStatus": "SSE-KMS",
        "ObjectLockRetainUntilDate": "2027-01-01T00:00:00.000Z",
        "ObjectLockMode": "GOVERNANCE",
        "ObjectLockLegalHoldStatus": "On",
        "ObjectLockEventHoldStatus": "",
        "ObjectLockEventHoldDuration": "",
        "IntelligentTieringAccessTier": "FREQUENT",
        "BucketKeyStatus": "ENABLED",
        "ChecksumAlgorithm": "SHA256",
        "ObjectOwner": f"{123456789012:064x}",
        "LifecycleExpirationDate": "2026-02-01T00:00:00.000Z",
        "IntelligentTieringReferenceDate": "2026-01-01T12:00:00.000Z",
    }


def test_encryption_of_reports(fake):
    """manual: as the destination says"""
    key = "arn:aws:kms:us-east-1:123456789012:key/k"
    put(fake, destination={"Encryption": {"SSEKMS": {"KeyId": key}}})
    fake.clock.advance(days=1)
    head = fake.client().head_object(Bucket="lists", Key=manifests(fake)[0])
    assert (head["ServerSideEncryption"], head["SSEKMSKeyId"]) == ("aws:kms", key)


def test_disabled_and_deleted(fake):
    put(fake, IsEnabled=False)
    fake.clock.advance(days=2)
    assert manifests(fake) == []
    put(fake)
    fake.clock.advance(days=1)
    fake.client().delete_bucket_inventory_configuration(Bucket="media", Id="all")
    fake.clock.advance(days=5)
    assert len(manifests(fake)) == 1


def test_a_bucket_that_is_gone(fake):
    put(fake)
    fake.client().delete_bucket(Bucket="media")
    fake.clock.advance(days=3)
    assert fake.buckets["lists"].keys() == []


OBSTACLES = {
    "no policy": (lambda fake: fake.client().delete_bucket_policy(Bucket="lists"), {}, "s3.amazonaws.com"),
    "another account": (lambda fake: None, {"AccountId": "1" * 12}, "111111111111"),
    "another format": (lambda fake: None, {"Format": "Parquet"}, "CSV only"),
    "no destination": (lambda fake: (fake.client().delete_bucket_policy(Bucket="lists"), fake.client().delete_bucket(Bucket="lists")), {}, "it is not there"),
}  # fmt: skip


@pytest.mark.parametrize("name", OBSTACLES)
def test_undelivered(fake, name):
    """O336: a warning each day; nothing stands in the way of what follows"""
    obstruct, destination, reason = OBSTACLES[name]
    put(fake, destination=destination)
    obstruct(fake)
    with pytest.warns(UndeliveredWarning, match=re.escape(reason)):
        fake.clock.advance(days=1)
    assert "lists" not in fake.buckets or manifests(fake) == []
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fake.client().delete_bucket_inventory_configuration(Bucket="media", Id="all")
        fake.clock.advance(days=1)


def test_snapshots_have_the_schedule(fake):
    put(fake)
    base = fake.snapshot()
    fake.clock.advance(days=1)
    fake.restore(base)
    assert manifests(fake) == []
    fake.clock.advance(days=1)
    assert len(manifests(fake)) == 1
