"""A decorated TestCase whose setUp prepares the state of each test."""

import unittest

import boto3
from moto import mock_aws


@mock_aws(config={"core": {"reset_boto3_session": True}})
class TestReports(unittest.TestCase):
    def setUp(self):
        self.s3 = boto3.client("s3", region_name="us-east-1")
        self.s3.create_bucket(Bucket="reports")
        self.s3.put_object(Bucket="reports", Key="seed", Body=b"1")

    def keys(self):
        return [each["Key"] for each in self.s3.list_objects_v2(Bucket="reports")["Contents"]]

    def test_one(self):
        self.s3.put_object(Bucket="reports", Key="one", Body=b"")
        self.assertEqual(self.keys(), ["one", "seed"])

    def test_two(self):
        self.s3.put_object(Bucket="reports", Key="two", Body=b"")
        self.assertEqual(self.keys(), ["seed", "two"])


@mock_aws
class TestPlain:
    def setup_method(self, method):
        self.table = boto3.client("dynamodb", region_name="us-east-1")

    def test_another_service(self):
        assert self.table.list_tables()["TableNames"] == []
