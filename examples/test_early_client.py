"""Clients that were created at import time, before any fake, are answered too; also one with another endpoint."""

import boto3

s3 = boto3.client("s3", region_name="us-east-1")
minio = boto3.client("s3", region_name="us-east-1", endpoint_url="http://minio.internal:9000")


def test_clients_created_before_the_fake(fake_s3):
    fake_s3.create_bucket("media")
    s3.put_object(Bucket="media", Key="greeting", Body=b"hello")
    assert minio.get_object(Bucket="media", Key="greeting")["Body"].read() == b"hello"
    fake_s3.assert_called("GetObject", Key="greeting", times=1)
