"""One mock for the session, for all tests, and a bucket for each."""

import os

import boto3
import pytest
from moto import mock_aws


@pytest.fixture(scope="session", autouse=True)
def aws():
    os.environ["AWS_DEFAULT_REGION"] = "eu-west-1"
    with mock_aws():
        yield
    del os.environ["AWS_DEFAULT_REGION"]


@pytest.fixture
def bucket():
    bucket = boto3.resource("s3").Bucket("media")
    bucket.create(CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    yield bucket
    bucket.objects.all().delete()
    bucket.delete()


@pytest.mark.parametrize("number", range(3))
def test_upload(bucket, number, tmp_path):
    (tmp_path / "a").write_bytes(b"x" * number)
    bucket.upload_file(str(tmp_path / "a"), f"{number}")
    assert [(each.key, each.size) for each in bucket.objects.all()] == [(f"{number}", number)]


@mock_aws
def test_a_decorated_test_inside_sees_the_same_state(bucket):
    assert [each["Name"] for each in boto3.client("s3").list_buckets()["Buckets"]] == ["media"]
