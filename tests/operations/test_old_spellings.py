"""The deprecated operations of lifecycle and notification configurations (S3's manual)."""

import pytest

from tests.operations.scene import expect_error, row

QUEUE = "arn:aws:sqs:us-east-1:123456789012:q"
TOPIC = "arn:aws:sns:us-east-1:123456789012:t"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
CREATED, REMOVED = "s3:ObjectCreated:*", "s3:ObjectRemoved:*"
RULE = {
    "ID": "r",
    "Prefix": "p/",
    "Status": "Enabled",
    "Expiration": {"Days": 90},
    "Transition": {"Days": 30, "StorageClass": "GLACIER"},
    "NoncurrentVersionTransition": {"NoncurrentDays": 30, "StorageClass": "GLACIER"},
}


def test_lifecycle(scene):
    scene.PutBucketLifecycle(LifecycleConfiguration={"Rules": [RULE]})
    assert scene.GetBucketLifecycle()["Rules"] == [RULE]
    (rule,) = scene.GetBucketLifecycleConfiguration()["Rules"]
    assert rule["Transitions"] == [RULE["Transition"]]
    assert rule["NoncurrentVersionTransitions"] == [RULE["NoncurrentVersionTransition"]]
    assert scene.fake.clock.advance(days=31) == []
    scene.DeleteBucketLifecycle()
    message = "The lifecycle configuration does not exist"
    expect_error("NoSuchLifecycleConfiguration", 404, message, BucketName="bucket").check(
        scene, lambda s: s.GetBucketLifecycle()
    )


def test_notification(scene):
    assert scene.GetBucketNotification() == {}
    scene.PutBucketNotification(
        NotificationConfiguration={
            "QueueConfiguration": {"Id": "q", "Event": CREATED, "Queue": QUEUE},
            "TopicConfiguration": {"Id": "t", "Events": ["s3:ObjectAcl:Put"], "Topic": TOPIC},
            "CloudFunctionConfiguration": {"Id": "f", "Events": [REMOVED], "CloudFunction": FUNCTION},
        }
    )
    answer = scene.GetBucketNotificationConfiguration()
    assert answer["QueueConfigurations"] == [{"Id": "q", "QueueArn": QUEUE, "Events": [CREATED]}]
    assert answer["LambdaFunctionConfigurations"] == [{"Id": "f", "LambdaFunctionArn": FUNCTION, "Events": [REMOVED]}]
    old = scene.GetBucketNotification()
    assert old["TopicConfiguration"]["Topic"] == TOPIC
    assert (old["QueueConfiguration"]["Queue"], old["CloudFunctionConfiguration"]["Id"]) == (QUEUE, "f")
    scene.PutBucketNotification(NotificationConfiguration={})
    assert scene.GetBucketNotification() == {}


ROWS = [
    row("O268", "no bucket", lambda s: s.GetBucketLifecycle(Bucket="none"), expect_error("NoSuchBucket", 404, BucketName="none")),
    row("O218", "days that are none", lambda s: s.PutBucketLifecycle(LifecycleConfiguration={"Rules": [{**RULE, "Expiration": {"Days": 0}}]}), expect_error("InvalidArgument", 400, "'Days' for Expiration action must be a positive integer")),
    row("O231", "a queue elsewhere", lambda s: s.PutBucketNotification(NotificationConfiguration={"QueueConfiguration": {"Event": CREATED, "Queue": QUEUE.replace("us-east", "us-west")}}), expect_error("InvalidArgument", 400, ArgumentName="QueueArn", ArgumentValue=QUEUE.replace("us-east", "us-west"))),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_refusals(scene, act, expect):
    expect.check(scene, act)
