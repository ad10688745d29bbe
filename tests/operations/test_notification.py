"""Notification configuration: what S3 accepts and its errors (O120, O121; the rest S3's manual)."""

import pytest

from fakes3mp.core.notification import EVENTS
from fakes3mp.wire.model import is_older, service_model
from tests.operations.scene import expect_answer, expect_error, row

QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"
TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
MALFORMED = expect_error("MalformedXML", 400)
ELSEWHERE = QUEUE.replace("us-east-1", "eu-west-1")
NOT_AN_ARN = "The ARN is not well formed"
OTHER_REGION = "The notification destination service region is not valid for the bucket location constraint"
OVERLAP = "Configurations overlap. Configurations on the same bucket cannot share a common event type."


def queue(*events, rules=None, **params):
    filter_ = {} if rules is None else {"Filter": {"Key": {"FilterRules": rules}}}
    return {"Id": "q", "QueueArn": QUEUE, "Events": list(events or ["s3:ObjectCreated:*"]), **filter_, **params}


def put(*queues, **others):
    document = {"QueueConfigurations": list(queues), **others} if queues else others
    return lambda scene: scene.PutBucketNotificationConfiguration(NotificationConfiguration=document)


def put_and_get(*queues, **others):
    def act(scene):
        put(*queues, **others)(scene)
        return scene.GetBucketNotificationConfiguration()

    return act


PREFIX, SUFFIX = {"Name": "prefix", "Value": "in/"}, {"Name": "suffix", "Value": ".jpg"}
TOPICS = {"TopicConfigurations": [{"Id": "t", "TopicArn": TOPIC, "Events": ["s3:ObjectRemoved:*"]}]}
FUNCTIONS = {
    "LambdaFunctionConfigurations": [{"Id": "l", "LambdaFunctionArn": FUNCTION, "Events": ["s3:ObjectTagging:Put"]}]
}

ROWS = [
    row("manual", "untouched", lambda s: s.GetBucketNotificationConfiguration(), expect_answer()),
    row("manual", "a queue", put_and_get(queue(rules=[PREFIX, SUFFIX])), expect_answer(QueueConfigurations=[queue(rules=[PREFIX, SUFFIX])])),
    row("manual", "all kinds", put_and_get(queue(), **TOPICS, **FUNCTIONS), expect_answer(QueueConfigurations=[queue()], **TOPICS, **FUNCTIONS)),
    row("manual", "EventBridge", put_and_get(EventBridgeConfiguration={}), expect_answer(EventBridgeConfiguration={})),
    row("manual", "an empty one removes all", lambda s: (put(queue())(s), put_and_get()(s))[1], expect_answer()),
    row("manual", "overlapping events, other prefixes", put(queue(rules=[PREFIX]), queue(Id="r", rules=[{"Name": "prefix", "Value": "out/"}])), expect_answer()),
    row("O120", "a filter without Name", put(queue(rules=[{"Value": "x"}])), MALFORMED),
    row("O120", "a filter without Value", put(queue(rules=[{"Name": "prefix"}])), MALFORMED),
    row("O120", "a filter without either", put(queue(rules=[{}])), MALFORMED),
    row("O121", "another filter", put(queue(rules=[{"Name": "infix", "Value": "x"}])), expect_error("InvalidArgument", 400, "filter rule name must be either prefix or suffix", ArgumentName="FilterRule.Name", ArgumentValue="infix")),
    row("manual", "prefix twice", put(queue(rules=[PREFIX, PREFIX])), expect_error("InvalidArgument", 400)),
    row("manual", "no such event", put(queue("s3:ObjectCreated:Pot")), expect_error("InvalidArgument", 400, ArgumentName="Event", ArgumentValue="s3:ObjectCreated:Pot")),
    row("O231", "no ARN", put(queue(QueueArn="queue")), expect_error("InvalidArgument", 400, NOT_AN_ARN, ArgumentName="QueueArn", ArgumentValue="queue")),
    row("O231", "another service's ARN", put(queue(QueueArn=TOPIC)), expect_error("InvalidArgument", 400, NOT_AN_ARN, ArgumentName="QueueArn", ArgumentValue=TOPIC)),
    row("O231", "another region's", put(queue(QueueArn=ELSEWHERE)), expect_error("InvalidArgument", 400, OTHER_REGION, ArgumentName="QueueArn", ArgumentValue=ELSEWHERE)),
    row("O231", "no topic", put(TopicConfigurations=[{"Id": "t", "TopicArn": QUEUE, "Events": ["s3:ObjectRemoved:*"]}]), expect_error("InvalidArgument", 400, NOT_AN_ARN, ArgumentName="TopicArn", ArgumentValue=QUEUE)),
    row("O231", "no function", put(LambdaFunctionConfigurations=[{"Id": "l", "LambdaFunctionArn": FUNCTION[:-2], "Events": ["s3:ObjectTagging:Put"]}]), expect_error("InvalidArgument", 400, NOT_AN_ARN, ArgumentName="LambdaFunctionArn", ArgumentValue=FUNCTION[:-2])),
    row("O231", "a function's alias", put(LambdaFunctionConfigurations=[{"Id": "l", "LambdaFunctionArn": FUNCTION + ":prod", "Events": ["s3:ObjectTagging:Put"]}]), expect_answer()),
    row("manual", "one Id twice", put(queue(), queue("s3:ObjectRemoved:*")), expect_error("InvalidArgument", 400)),
    row("manual", "overlapping events", put(queue(), queue("s3:ObjectCreated:Put", Id="r")), expect_error("InvalidArgument", 400, OVERLAP)),
    row("manual", "overlapping prefixes", put(queue(rules=[PREFIX]), queue(Id="r", rules=[{"Name": "prefix", "Value": "in/a"}])), expect_error("InvalidArgument", 400, OVERLAP)),
    row("O9", "no such bucket", lambda s: s.GetBucketNotificationConfiguration(Bucket="missing"), expect_error("NoSuchBucket", 404, BucketName="missing")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_notification(scene, act, expect):
    expect.check(scene, act)


@pytest.mark.skipif(is_older(), reason="asks about the model this release was written against")
def test_the_events_are_those_of_the_model():
    assert set(service_model().shape_for("Event").metadata["enum"]) == EVENTS


def test_a_configuration_without_an_id_gets_one(scene):
    without_id = queue()
    del without_id["Id"]
    (configuration,) = put_and_get(without_id)(scene)["QueueConfigurations"]
    assert configuration["Id"]
    assert {name: value for name, value in configuration.items() if name != "Id"} == without_id
