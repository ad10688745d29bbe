"""start and stop by hand, nested, with a reset between the tests."""

import boto3
import pytest
from moto import mock_aws

mock = mock_aws()


def setup_module():
    mock.start()


def teardown_module():
    mock.stop()


@pytest.fixture(autouse=True)
def reset():
    yield
    mock.reset()


@pytest.fixture
def s3():
    inner = mock_aws()
    inner.start()
    yield boto3.client("s3", region_name="us-east-1")
    inner.stop()


@pytest.mark.parametrize("name", ["first", "second"])
def test_each_begins_with_nothing(s3, name):
    s3.create_bucket(Bucket=name)
    assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == [name]


def test_caller_identity():
    assert boto3.client("sts", region_name="us-east-1").get_caller_identity()["Account"] == "123456789012"
