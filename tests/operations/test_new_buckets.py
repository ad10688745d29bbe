"""What holds for new buckets: their names, their defaults, and what a refusal's report and set-up errors say."""

import json

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.errors import S3Error
from fakes3mp.inspection.hints import hint_for

PUBLIC_POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::media/*"}
        ],
    }
)
# S3's manual, "Default settings for new buckets": the call, and S3's code for it since April 2023.
SINCE_2023 = [
    (lambda s3: s3.create_bucket(Bucket="new", ACL="public-read"), "InvalidBucketAclWithObjectOwnership"),
    (
        lambda s3: s3.create_bucket(Bucket="new", ACL="public-read", ObjectOwnership="ObjectWriter"),
        "InvalidBucketAclWithBlockPublicAccessError",
    ),
    (lambda s3: s3.put_bucket_acl(Bucket="media", ACL="public-read"), "AccessControlListNotSupported"),
    (
        lambda s3: s3.put_object(Bucket="media", Key="k", Body=b"", ACL="public-read"),
        "AccessControlListNotSupported",
    ),
]


@pytest.mark.parametrize(("call", "code"), SINCE_2023)
def test_since_2023(call, code):
    with FakeS3(buckets=["media"]) as s3:
        with pytest.raises(ClientError) as caught:
            call(s3.client())
        assert caught.value.response["Error"]["Code"] == code
        (refused,) = (each for each in s3.calls if each.error)
        assert 'bucket_defaults="legacy"' in hint_for(refused.operation, refused.params, refused.error.code)


@pytest.mark.parametrize(("call", "code"), SINCE_2023)
def test_legacy(call, code):
    with FakeS3(buckets=["media"], bucket_defaults="legacy") as s3:
        call(s3.client())


def test_a_legacy_bucket_is_public_where_its_acl_or_policy_says_so():
    requests = pytest.importorskip("requests")
    with FakeS3(buckets=["media"], bucket_defaults="legacy") as s3:
        s3.client().put_object(Bucket="media", Key="acl", Body=b"1", ACL="public-read")
        s3.client().put_object(Bucket="media", Key="policy", Body=b"2")
        assert requests.get("https://media.s3.amazonaws.com/acl").content == b"1"
        assert requests.get("https://media.s3.amazonaws.com/policy").status_code == 403
        s3.client().put_bucket_policy(Bucket="media", Policy=PUBLIC_POLICY)
        assert requests.get("https://media.s3.amazonaws.com/policy").content == b"2"


def test_a_legacy_bucket_has_neither_configuration():
    with FakeS3(buckets=["media"], bucket_defaults="legacy") as s3:
        with pytest.raises(ClientError, match="OwnershipControlsNotFoundError"):
            s3.client().get_bucket_ownership_controls(Bucket="media")
        with pytest.raises(ClientError, match="NoSuchPublicAccessBlockConfiguration"):
            s3.client().get_public_access_block(Bucket="media")


def test_one_bucket_of_other_defaults():
    with FakeS3() as s3:
        s3.create_bucket("old", bucket_defaults="legacy", ACL="public-read")
        s3.create_bucket("new")
        s3.client().put_bucket_acl(Bucket="old", ACL="public-read")
        with pytest.raises(ClientError, match="AccessControlListNotSupported"):
            s3.client().put_bucket_acl(Bucket="new", ACL="public-read")
        with pytest.raises(ValueError, match="bucket_defaults is '2023' or 'legacy', not 'old'"):
            s3.create_bucket("other", bucket_defaults="old")


# S3's manual, "General purpose bucket naming rules".
NAMES = [
    ("ab", "it has 3 to 63 characters"),
    ("a" * 64, "it has 3 to 63 characters"),
    ("My-Bucket", "it has only lower-case letters, digits, dots and hyphens"),
    ("my_bucket", "it has only lower-case letters, digits, dots and hyphens"),
    ("-bucket", "it begins and ends with a letter or a digit"),
    ("bucket.", "it begins and ends with a letter or a digit"),
    ("my..bucket", "it has no two dots side by side"),
    ("192.168.5.4", "it is not formed like an IP address"),
    ("bucket-s3alias", "it does not end in -s3alias, which access points have"),
]


@pytest.mark.parametrize(("name", "rule"), NAMES)
def test_names_that_s3_refuses(name, rule):
    with FakeS3() as s3:
        with pytest.raises(ClientError) as caught:
            s3.client().create_bucket(Bucket=name)
        assert caught.value.response["Error"]["Code"] == "InvalidBucketName"
        assert caught.value.response["Error"]["Message"] == "The specified bucket is not valid."
        (call,) = s3.calls
        hint = hint_for(call.operation, call.params, call.error.code)
        assert rule in hint
        assert 'bucket_names="any"' in hint


@pytest.mark.parametrize("name", [name for name, _ in NAMES])
def test_any_name(name):
    with FakeS3(bucket_names="any") as s3:
        client = boto3.client("s3", region_name="us-east-1")
        client.create_bucket(Bucket=name)
        client.put_object(Bucket=name, Key="a/b", Body=b"hello")
        assert client.get_object(Bucket=name, Key="a/b")["Body"].read() == b"hello"
        assert [each["Name"] for each in client.list_buckets()["Buckets"]] == [name]
        assert s3.object(name, "a/b").size == 5


# Errors of the set-up: the call -> what the message says.
SET_UP = [
    (lambda s3: FakeS3(buckets=["My_Bucket"]), ["'My_Bucket'", "lower-case letters", 'bucket_names="any"']),
    (lambda s3: s3.create_bucket("ab"), ["'ab'", "3 to 63 characters"]),
    (lambda s3: s3.put("medai", "k", b""), ["'medai'", "fake.create_bucket('medai')", "did you mean media?"]),
    (lambda s3: s3.put("other", "k", b""), ["'other'", "there are media"]),
    (lambda s3: s3.create_bucket("new", ACL="public-read"), ["'new'", 'bucket_defaults="legacy"']),
]


@pytest.mark.parametrize(("call", "texts"), SET_UP)
def test_set_up_errors_teach(call, texts):
    with pytest.raises(S3Error) as caught:
        call(FakeS3(buckets=["media"]))
    for text in texts:
        assert text in str(caught.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bucket_defaults": "2022"}, "bucket_defaults is '2023' or 'legacy', not '2022'"),
        ({"bucket_names": "all"}, "bucket_names is 's3' or 'any', not 'all'"),
        ({"notify": "sqs"}, "notify is 'moto' or 'none', not 'sqs'"),
    ],
)
def test_values_of_the_options(options, message):
    with pytest.raises(ValueError, match=message):
        FakeS3(**options)
