"""Access points, Outposts and directory buckets. By S3's manual; none of it is recorded."""

import json

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
    with pytest.raises(ClientError) as raised:
        act(*args, **kwargs)
    return raised.value.response["Error"]["Code"]


def upload(s3, bucket, key="k", **params):
    """A multipart upload of three parts, listed and completed."""
    created = s3.create_multipart_upload(Bucket=bucket, Key=key, **params)
    address = {"Bucket": bucket, "Key": key, "UploadId": created["UploadId"]}
    for number, body in enumerate((b"one", b"two", b"three"), 1):
        s3.upload_part(**address, PartNumber=number, Body=body)
    assert [entry["UploadId"] for entry in s3.list_multipart_uploads(Bucket=bucket)["Uploads"]] == [address["UploadId"]]
    parts = [{key: part[key] for key in ("PartNumber", "ETag")} for part in s3.list_parts(**address)["Parts"]]
    s3.complete_multipart_upload(**address, MultipartUpload={"Parts": parts})
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


def test_what_follows_a_call_through_an_access_point(fake, s3):
    """S3's test message, what another client does meanwhile, and policies of the bucket know it by the access point's name."""
    point = fake.create_access_point("my-ap", bucket="media")
    queue = {"QueueArn": f"arn:aws:sqs:{REGION}:123456789012:q", "Events": ["s3:ObjectCreated:*"]}
    messages = []
    fake._service.events.send = lambda message, destination: messages.append(message["Bucket"])
    s3.put_bucket_notification_configuration(Bucket=point.arn, NotificationConfiguration={"QueueConfigurations": [queue]}, SkipDestinationValidation=True)  # fmt: skip
    assert messages == ["media"]
    fake._service.events.send = None
    fake.faults.on("GetObject").times(1).meanwhile("overwrite")
    fake.put("media", "k", b"first")
    assert s3.get_object(Bucket=point.arn, Key="k")["Body"].read() == b"written by another client"
    condition = {"StringNotEquals": {"s3:authType": "REST-HEADER"}}
    statement = {"Effect": "Deny", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/*", "Condition": condition}  # fmt: skip
    fake._service.perform("PutBucketPolicy", {"Bucket": "media", "Policy": json.dumps({"Version": "2012-10-17", "Statement": [statement]})})  # fmt: skip
    assert s3.get_object(Bucket=point.arn, Key="k")["Body"].read() == b"written by another client"


def test_unknown_access_points(s3):
    arn = f"arn:aws:s3:{REGION}:123456789012:accesspoint/nothing"
    assert code(s3.get_object, Bucket=arn, Key="k") == "NoSuchAccessPoint"
    assert code(s3.get_object, Bucket="nothing-0123456789-s3alias", Key="k") == "NoSuchBucket"


def test_access_points_through_s3control(fake, s3, control):
    created = control.create_access_point(AccountId="123456789012", Name="my-ap", Bucket="media")
    assert created["AccessPointArn"] == f"arn:aws:s3:{REGION}:123456789012:accesspoint/my-ap"
    assert len(created["Alias"]) <= 63
    upload(s3, created["AccessPointArn"])
    assert s3.head_object(Bucket=created["Alias"], Key="k")["ContentLength"] == 11
    answer = control.get_access_point(AccountId="123456789012", Name="my-ap")
    assert (answer["Bucket"], answer["Alias"], answer["NetworkOrigin"]) == ("media", created["Alias"], "Internet")
    params = {"AccountId": "123456789012", "Name": "my-ap", "Bucket": "media"}
    assert code(control.create_access_point, **params) == "AccessPointAlreadyOwnedByYou"
    control.delete_access_point(AccountId="123456789012", Name="my-ap")
    assert code(control.get_access_point, AccountId="123456789012", Name="my-ap") == "NoSuchAccessPoint"
    assert code(s3.head_object, Bucket=created["AccessPointArn"], Key="k") == "404"
    assert [call.operation for call in fake.calls.of("CreateAccessPoint")] == ["CreateAccessPoint"] * 2


@pytest.mark.parametrize(
    ("name", "bucket", "expected"),
    [
        ("my-ap", "nowhere", "InvalidRequest"),
        ("UPPER", "media", "InvalidRequest"),
        ("ends-s3alias", "media", "InvalidRequest"),
    ],
)
def test_bad_access_points(control, name, bucket, expected):
    assert code(control.create_access_point, AccountId="123456789012", Name=name, Bucket=bucket) == expected


def test_other_operations_of_s3control_name_themselves(control):
    assert code(control.list_access_grants_locations, AccountId="123456789012") == "NotImplemented"


@pytest.fixture
def directory(s3):
    s3.create_bucket(Bucket=DIRECTORY, CreateBucketConfiguration=CONFIGURATION)
    return s3


def test_directory_buckets(fake, directory):
    """The client creates a session and signs with it."""
    upload(directory, DIRECTORY)
    assert directory.get_object(Bucket=DIRECTORY, Key="k")["Body"].read() == b"onetwothree"
    assert directory.head_object(Bucket=DIRECTORY, Key="k")["StorageClass"] == "EXPRESS_ONEZONE"
    entry = directory.list_objects_v2(Bucket=DIRECTORY)["Contents"][0]
    assert (entry["Key"], entry["StorageClass"]) == ("k", "EXPRESS_ONEZONE")
    fake.assert_called("CreateSession", Bucket=DIRECTORY, times=1)
    directory.delete_object(Bucket=DIRECTORY, Key="k")
    directory.delete_bucket(Bucket=DIRECTORY)


def test_directory_buckets_are_listed_apart(directory):
    directory.create_bucket(Bucket="videos--usw2-az1--x-s3", CreateBucketConfiguration=CONFIGURATION)
    assert [bucket["Name"] for bucket in directory.list_buckets()["Buckets"]] == ["media"]
    first = directory.list_directory_buckets(MaxDirectoryBuckets=1)
    assert [bucket["Name"] for bucket in first["Buckets"]] == [DIRECTORY]
    rest = directory.list_directory_buckets(ContinuationToken=first["ContinuationToken"])
    assert [bucket["Name"] for bucket in rest["Buckets"]] == ["videos--usw2-az1--x-s3"]
    assert "ContinuationToken" not in rest


def test_a_directory_bucket_with_open_uploads_is_not_deleted(directory):
    """F112"""
    created = directory.create_multipart_upload(Bucket=DIRECTORY, Key="k")
    assert code(directory.delete_bucket, Bucket=DIRECTORY) == "BucketNotEmpty"
    address = {"Bucket": DIRECTORY, "Key": "k", "UploadId": created["UploadId"]}
    initiated = directory.list_multipart_uploads(Bucket=DIRECTORY)["Uploads"][0]["Initiated"]
    from datetime import timedelta

    other = initiated + timedelta(hours=1)
    assert code(directory.abort_multipart_upload, **address, IfMatchInitiatedTime=other) == "PreconditionFailed"
    directory.abort_multipart_upload(**address, IfMatchInitiatedTime=initiated)
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
def test_parameters_that_directory_buckets_do_not_support(fake, directory, name):
    for act in (directory.put_object, directory.create_multipart_upload):
        assert code(act, Bucket=DIRECTORY, Key="k", **UNSUPPORTED[name]) == "NotImplemented"
    assert fake.buckets[DIRECTORY].keys() == []
    assert len(fake.uploads) == 0


def test_operations_that_directory_buckets_do_not_support(directory):
    calls = {
        directory.put_bucket_versioning: {"VersioningConfiguration": {"Status": "Enabled"}},
        directory.put_bucket_tagging: {"Tagging": {"TagSet": []}},
        directory.put_bucket_acl: {"ACL": "private"},
        directory.get_object_tagging: {"Key": "k"},
    }
    for act, params in calls.items():
        assert code(act, Bucket=DIRECTORY, **params) == "NotImplemented"


def test_storage_classes(directory):
    """Directory buckets have their own storage class, which no other bucket has."""
    assert code(directory.put_object, Bucket=DIRECTORY, Key="k", StorageClass="STANDARD") == "InvalidStorageClass"
    assert code(directory.put_object, Bucket="media", Key="k", StorageClass="EXPRESS_ONEZONE") == "InvalidStorageClass"


def test_path_style_is_refused(fake, directory):
    from fakes3mp.wire.messages import Request

    headers = {"authorization": "AWS4-HMAC-SHA256 Credential=AKID/20260101/us-west-2/s3express/aws4_request, ..."}
    url = f"https://s3.{REGION}.amazonaws.com/{DIRECTORY}/k"
    response = fake.handle(Request("GET", url, headers))
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
