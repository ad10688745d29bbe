"""A Lambda handler that reads what S3's events name, with a queue between them."""

import json

import boto3
import pytest
from moto import mock_aws

REGION = {"region_name": "us-east-1"}


def handler(event, context):
    """Return the sizes of the objects that the event's messages name."""
    s3 = boto3.client("s3", **REGION)
    sizes = {}
    for message in event["Records"]:
        for record in json.loads(message["body"]).get("Records", []):
            bucket, key = record["s3"]["bucket"]["name"], record["s3"]["object"]["key"]
            sizes[key] = s3.head_object(Bucket=bucket, Key=key)["ContentLength"]
    return sizes


@pytest.fixture
def queue_url():
    with mock_aws():
        sqs = boto3.client("sqs", **REGION)
        url = sqs.create_queue(QueueName="uploads")["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        s3 = boto3.client("s3", **REGION)
        s3.create_bucket(Bucket="media")
        configuration = {"QueueConfigurations": [{"QueueArn": arn, "Events": ["s3:ObjectCreated:*"]}]}
        s3.put_bucket_notification_configuration(Bucket="media", NotificationConfiguration=configuration)
        yield url


def test_the_handler_is_called_with_what_the_queue_received(queue_url):
    boto3.client("s3", **REGION).put_object(Bucket="media", Key="a.txt", Body=b"hello")
    messages = boto3.client("sqs", **REGION).receive_message(QueueUrl=queue_url, MaxNumberOfMessages=10)["Messages"]
    assert handler({"Records": [{"body": message["Body"]} for message in messages]}, None) == {"a.txt": 5}
