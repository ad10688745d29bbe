"""Attribute-based access control: a bucket's tags in the conditions of policies, once ABAC is enabled (S3's manual)."""

import boto3
import pytest
from botocore.exceptions import ClientError

from fakes3mp import FakeS3
from fakes3mp.wire.model import is_older

pytestmark = pytest.mark.skipif(is_older(), reason="this botocore does not know PutBucketAbac")


@pytest.mark.parametrize("key", ["aws:ResourceTag/team", "s3:BucketTag/team"])
@pytest.mark.parametrize("value", ["red", "blue"])
@pytest.mark.parametrize("status", ["Enabled", "Disabled"])
def test_tags_of_buckets(key, value, status):
    statement = {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"StringEquals": {key: "red"}}}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    with FakeS3(buckets=["media"]) as fake:
        fake.client().put_bucket_tagging(Bucket="media", Tagging={"TagSet": [{"Key": "team", "Value": value}]})
        fake.client().put_bucket_abac(Bucket="media", AbacStatus={"Status": status})
        fake.credentials.add("ANN", "secret", account_id="123456789012", policy=policy)
        client = boto3.client("s3", aws_access_key_id="ANN", aws_secret_access_key="secret")
        if (value, status) == ("red", "Enabled"):
            client.put_object(Bucket="media", Key="k", Body=b"")
            assert client.list_objects_v2(Bucket="media")["KeyCount"] == 1
        else:
            for call in (
                lambda: client.put_object(Bucket="media", Key="k"),
                lambda: client.list_objects_v2(Bucket="media"),
            ):
                with pytest.raises(ClientError, match="AccessDenied"):
                    call()
