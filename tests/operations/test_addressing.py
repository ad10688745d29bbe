"""Other names and other kinds of buckets: access points, Outposts, directory buckets. By S3's manual; none is recorded."""

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from fakes3mp import FakeS3

REGION = "us-west-2"
DIRECTORY = "photos--usw2-az1--x-s3"
CONFIGURATION = {
    "Location": {"Type": "AvailabilityZone", "Name": "usw2-az1"},
    "Bucket": {"Type": "Directory", "DataRedundancy": "SingleAvailabilityZone"},
}
KEYS = {"region_name": REGION, "aws_access_key_id": "a", "aws_secret_access_key": "b"}


@pytest.fixture
def fake():
    with FakeS3(buckets=["media"], region=REGION, min_part_size=1, open_uploads="ignore") as fake:
        yield fake


@pytest.fixture
def s3(fake):
    return boto3.client("s3", **KEYS)


@pytest.fixture
def control(fake):
    return boto3.client("s3control", **KEYS)


def code(act, *args, **kwargs):
    with pytest.raises(ClientError) as caught:
        act(*args, **kwargs)
    return caught.value.response["Error"]["Code"]


def upload(s3, bucket, key="k", **params):
    """A multipart upload of three parts, listed and completed."""
    created = s3.create_multipart_upload(Bucket=bucket, Key=key, **params)
    where = {"Bucket": bucket, "Key": key, "UploadId": created["UploadId"]}
    for number, body in enumerate((b"one", b"two", b"three"), 1):
        s3.upload_part(**where, PartNumber=number, Body=body)
    assert [each["UploadId"] for each in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [where["UploadId"]]
    parts = [{key: each[key] for key in ("PartNumber", "ETag")} for each in s3.list_parts(**where)["Parts"]]
    s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    return created


@pytest.mark.parametrize("kind", ["arn", "alias"])
@pytest.mark.parametrize("outpost", [None, "op-01234567890123456"])
def test_access_points(fake, s3, kind, outpost):
    point = fake.create_access_point("my-ap", bucket="media", outpost_id=outpost)
    name = getattr(point, kind)
    created = upload(s3, name)
    assert created["Bucket"] == "media"  # never the access point's name (API manual, CreateMultipartUpload)
    assert s3.get_object(Bucket=name, Key="k")["Body"].read() == b"onetwothree"
    assert fake.buckets["media"].keys() == ["k"]
    assert fake.calls[0].params["Bucket"] == name
    assert code(s3.get_object, Bucket=name, Key="other") == "NoSuchKey"
    s3.delete_object(Bucket=name, Key="k")
    assert fake.buckets["media"].keys() == []


def test_copy_from_an_access_point(fake, s3):
    point = fake.create_access_point("my-ap", bucket="media")
    fake.put("media", "a/b", b"body")
    s3.copy_object(Bucket="media", Key="copy", CopySource={"Bucket": point.arn, "Key": "a/b"})
    assert fake.object("media", "copy").body == b"body"


def test_unknown_access_points(s3):
    arn = f"arn:aws:s3:{REGION}:123456789012:accesspoint/nothing"
    assert code(s3.get_object, Bucket=arn, Key="k") == "NoSuchAccessPoint"
    assert code(s3.get_object, Bucket="nothing-0123456789-s3alias", Key="k") == "NoSuchBucket"


def test_access_points_through_s3control(fake, s3, control):
    made = control.create_access_point(AccountId="123456789012", Name="my-ap", Bucket="media")
    assert made["AccessPointArn"] == f"arn:aws:s3:{REGION}:123456789012:accesspoint/my-ap"
    assert len(made["Alias"]) <= 63
    upload(s3, made["AccessPointArn"])
    assert s3.head_object(Bucket=made["Alias"], Key="k")["ContentLength"] == 11
    found = control.get_access_point(AccountId="123456789012", Name="my-ap")
    assert (found["Bucket"], found["Alias"], found["NetworkOrigin"]) == ("media", made["Alias"], "Internet")
    again = {"AccountId": "123456789012", "Name": "my-ap", "Bucket": "media"}
    assert code(control.create_access_point, **again) == "AccessPointAlreadyOwnedByYou"
    control.delete_access_point(AccountId="123456789012", Name="my-ap")
    assert code(control.get_access_point, AccountId="123456789012", Name="my-ap") == "NoSuchAccessPoint"
    assert code(s3.head_object, Bucket=made["AccessPointArn"], Key="k") == "404"
    assert [call.operation for call in fake.calls.of("CreateAccessPoint")] == ["CreateAccessPoint"] * 2


@pytest.mark.parametrize(
    ("name", "bucket", "expected"),
    [
        ("my-ap", "nowhere", "NoSuchBucket"),
        ("UPPER", "media", "InvalidRequest"),
        ("ends-s3alias", "media", "InvalidRequest"),
    ],
)
def test_bad_access_points(control, name, bucket, expected):
    assert code(control.create_access_point, AccountId="123456789012", Name=name, Bucket=bucket) == expected


def test_other_operations_of_s3control_name_themselves(control):
    assert code(control.list_jobs, AccountId="123456789012") == "NotImplemented"


@pytest.fixture
def directory(s3):
    s3.create_bucket(Bucket=DIRECTORY, CreateBucketConfiguration=CONFIGURATION)
    return s3


def test_directory_buckets(fake, directory):
    """The client makes a session by itself and signs with it."""
    upload(directory, DIRECTORY)
    assert directory.get_object(Bucket=DIRECTORY, Key="k")["Body"].read() == b"onetwothree"
    assert directory.head_object(Bucket=DIRECTORY, Key="k")["StorageClass"] == "EXPRESS_ONEZONE"
    listed = directory.list_objects_v2(Bucket=DIRECTORY)["Contents"][0]
    assert (listed["Key"], listed["StorageClass"]) == ("k", "EXPRESS_ONEZONE")
    fake.assert_called("CreateSession", Bucket=DIRECTORY, times=1)
    directory.delete_object(Bucket=DIRECTORY, Key="k")
    directory.delete_bucket(Bucket=DIRECTORY)


def test_directory_buckets_are_listed_apart(directory):
    directory.create_bucket(Bucket="videos--usw2-az1--x-s3", CreateBucketConfiguration=CONFIGURATION)
    assert [each["Name"] for each in directory.list_buckets()["Buckets"]] == ["media"]
    first = directory.list_directory_buckets(MaxDirectoryBuckets=1)
    assert [each["Name"] for each in first["Buckets"]] == [DIRECTORY]
    rest = directory.list_directory_buckets(ContinuationToken=first["ContinuationToken"])
    assert [each["Name"] for each in rest["Buckets"]] == ["videos--usw2-az1--x-s3"]
    assert "ContinuationToken" not in rest


def test_open_uploads_hold_a_directory_bucket(directory):
    """F112"""
    created = directory.create_multipart_upload(Bucket=DIRECTORY, Key="k")
    assert code(directory.delete_bucket, Bucket=DIRECTORY) == "BucketNotEmpty"
    where = {"Bucket": DIRECTORY, "Key": "k", "UploadId": created["UploadId"]}
    initiated = directory.list_multipart_uploads(Bucket=DIRECTORY)["Uploads"][0]["Initiated"]
    from datetime import timedelta

    other = initiated + timedelta(hours=1)
    assert code(directory.abort_multipart_upload, **where, IfMatchInitiatedTime=other) == "PreconditionFailed"
    directory.abort_multipart_upload(**where, IfMatchInitiatedTime=initiated)
    directory.delete_bucket(Bucket=DIRECTORY)


UNSUPPORTED = {
    "ACL": {"ACL": "bucket-owner-full-control"},
    "grants": {"GrantRead": "id=x"},
    "tags": {"Tagging": "a=b"},
    "lock": {"ObjectLockLegalHoldStatus": "ON"},
    "customer's key": {"SSECustomerKey": b"k" * 32, "SSECustomerAlgorithm": "AES256"},
    "payer": {"RequestPayer": "requester"},
}


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_what_directory_buckets_do_not_take(fake, directory, name):
    for act in (directory.put_object, directory.create_multipart_upload):
        assert code(act, Bucket=DIRECTORY, Key="k", **UNSUPPORTED[name]) == "NotImplemented"
    assert fake.buckets[DIRECTORY].keys() == []
    assert len(fake.uploads) == 0


def test_what_directory_buckets_do_not_do(directory):
    calls = {
        directory.put_bucket_versioning: {"VersioningConfiguration": {"Status": "Enabled"}},
        directory.put_bucket_tagging: {"Tagging": {"TagSet": []}},
        directory.put_bucket_acl: {"ACL": "private"},
        directory.get_object_tagging: {"Key": "k"},
    }
    for act, params in calls.items():
        assert code(act, Bucket=DIRECTORY, **params) == "NotImplemented"


def test_storage_classes(directory):
    """A class of their own, which no other bucket has."""
    assert code(directory.put_object, Bucket=DIRECTORY, Key="k", StorageClass="STANDARD") == "InvalidStorageClass"
    assert code(directory.put_object, Bucket="media", Key="k", StorageClass="EXPRESS_ONEZONE") == "InvalidStorageClass"


def test_path_style_is_refused(fake, directory):
    from fakes3mp.wire.messages import Request

    signed = {"authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-west-2/s3express/aws4_request, ..."}
    url = f"https://s3.{REGION}.amazonaws.com/{DIRECTORY}/k"
    response = fake.handle(Request("GET", url, signed))
    assert response.status == 400
    assert b"path-style" in response.body.read()


@pytest.mark.parametrize(
    "options",
    [{"use_dualstack_endpoint": True}, {"use_fips_endpoint": True}, {"s3": {"use_accelerate_endpoint": True}},
     {"use_fips_endpoint": True, "use_dualstack_endpoint": True}, {"s3": {"addressing_style": "path"}}],
)  # fmt: skip
def test_spellings_of_hosts(fake, options):
    client = boto3.client("s3", config=Config(**options), **KEYS)
    upload(client, "media")
    assert fake.object("media", "k").body == b"onetwothree"
