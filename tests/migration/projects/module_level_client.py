"""A client that is created when the code is imported, and decorated tests."""

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

s3 = boto3.client("s3", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")
queues = boto3.client("sqs", region_name="us-east-1", aws_access_key_id="a", aws_secret_access_key="b")


def save(key, body):
    s3.put_object(Bucket="reports", Key=key, Body=body)


@mock_aws
def test_save():
    s3.create_bucket(Bucket="reports")
    save("a.txt", b"hello")
    assert s3.get_object(Bucket="reports", Key="a.txt")["Body"].read() == b"hello"


@mock_aws()
def test_nothing_is_left_of_the_test_before():
    assert s3.list_buckets()["Buckets"] == []
    with pytest.raises(ClientError, match="NoSuchBucket"):
        save("a.txt", b"hello")


@mock_aws
def test_old_names_and_public_buckets():
    s3.create_bucket(Bucket="My_Reports", ACL="public-read")
    grants = s3.get_bucket_acl(Bucket="My_Reports")["Grants"]
    assert "READ" in [grant["Permission"] for grant in grants]
