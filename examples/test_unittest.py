"""unittest: the decorator on a class. Each test begins from the state that ``setUpClass`` left."""

import unittest

import boto3

from fakes3mp import mock_multipart


@mock_multipart(buckets=["media"])
class TestCleaning(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.s3 = boto3.client("s3")
        cls.s3.put_object(Bucket="media", Key="published", Body=b"")

    def setUp(self):
        self.s3.put_object(Bucket="media", Key="draft", Body=b"")

    def keys(self):
        return [entry["Key"] for entry in self.s3.list_objects_v2(Bucket="media").get("Contents", [])]

    def test_delete_one(self):
        self.s3.delete_object(Bucket="media", Key="draft")
        self.assertEqual(self.keys(), ["published"])

    def test_changes_of_the_other_test_are_undone(self):
        self.assertEqual(self.keys(), ["draft", "published"])
