"""A Lambda function whose client was created at import time: it copies uploaded images, and is called with S3's events."""

import urllib.parse

import boto3
import pytest

s3 = boto3.client("s3", region_name="us-east-1")


def handler(event, context):
    """The code under test."""
    for record in event["Records"]:
        bucket = record["s3"]["bucket"]["name"]
        key = urllib.parse.unquote_plus(record["s3"]["object"]["key"])
        if key.startswith("thumbnails/"):
            continue  # its own output
        body = s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        s3.put_object(Bucket=bucket, Key=f"thumbnails/{key}", Body=body[:4])


@pytest.mark.fake_s3(buckets=["media"])
def test_the_handler_alone(fake_s3):
    fake_s3.put("media", "my cat.jpg", b"meow meow")
    handler(fake_s3.lambda_event("media", "my cat.jpg"), None)
    assert fake_s3.object("media", "thumbnails/my cat.jpg").body == b"meow"


@pytest.mark.fake_s3(buckets=["media"])
def test_the_bucket_calls_the_handler(fake_s3):
    configuration = {"LambdaFunctionArn": "arn:aws:lambda:us-east-1:123456789012:function:thumbnails"}
    configuration["Events"] = ["s3:ObjectCreated:*"]
    s3.put_bucket_notification_configuration(
        Bucket="media", NotificationConfiguration={"LambdaFunctionConfigurations": [configuration]}
    )
    fake_s3.on_event(lambda record: handler({"Records": [record]}, None))

    s3.put_object(Bucket="media", Key="cat.jpg", Body=b"meow meow")

    assert fake_s3.buckets["media"].keys() == ["cat.jpg", "thumbnails/cat.jpg"]
