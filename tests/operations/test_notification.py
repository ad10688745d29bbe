"""Notification configuration: what S3 takes and what it refuses (O120, O121; the rest S3's manual)."""

import pytest

from fakes3mp.core.notification import EVENTS
from fakes3mp.wire.model import is_older, service_model
from tests.operations.scene import answered, refused, row

QUEUE = "arn:aws:sqs:us-east-1:123456789012:queue"
TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"
FUNCTION = "arn:aws:lambda:us-east-1:123456789012:function:f"
MALFORMED = refused("MalformedXML", 400)
OVERLAP = "Configurations overlap. Configurations on the same bucket cannot share a common event type."


def queue(*events, rules=None, **params):
    filter_ = {} if rules is None else {"Filter": {"Key": {"FilterRules": rules}}}
    return {"Id": "q", "QueueArn": QUEUE, "Events": list(events or ["s3:ObjectCreated:*"]), **filter_, **params}


def put(*queues, **others):
    document = {"QueueConfigurations": list(queues), **others} if queues else others
    return lambda scene: scene.PutBucketNotificationConfiguration(NotificationConfiguration=document)


def got(*queues, **others):
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
    row("manual", "untouched", lambda s: s.GetBucketNotificationConfiguration(), answered()),
    row("manual", "a queue", got(queue(rules=[PREFIX, SUFFIX])), answered(QueueConfigurations=[queue(rules=[PREFIX, SUFFIX])])),
    row("manual", "all kinds", got(queue(), **TOPICS, **FUNCTIONS), answered(QueueConfigurations=[queue()], **TOPICS, **FUNCTIONS)),
    row("manual", "EventBridge", got(EventBridgeConfiguration={}), answered(EventBridgeConfiguration={})),
    row("manual", "an empty one takes all away", lambda s: (put(queue())(s), got()(s))[1], answered()),
    row("manual", "overlapping events, other prefixes", put(queue(rules=[PREFIX]), queue(Id="r", rules=[{"Name": "prefix", "Value": "out/"}])), answered()),
    row("O120", "a filter without Name", put(queue(rules=[{"Value": "x"}])), MALFORMED),
    row("O120", "a filter without Value", put(queue(rules=[{"Name": "prefix"}])), MALFORMED),
    row("O120", "a filter without either", put(queue(rules=[{}])), MALFORMED),
    row("O121", "another filter", put(queue(rules=[{"Name": "infix", "Value": "x"}])), refused("InvalidArgument", 400, "filter rule name must be either prefix or suffix", ArgumentName="FilterRule.Name", ArgumentValue="infix")),
    row("manual", "prefix twice", put(queue(rules=[PREFIX, PREFIX])), refused("InvalidArgument", 400)),
    row("manual", "no such event", put(queue("s3:ObjectCreated:Pot")), refused("InvalidArgument", 400, ArgumentName="Event", ArgumentValue="s3:ObjectCreated:Pot")),
    row("manual", "no ARN", put(queue(QueueArn="queue")), refused("InvalidArgument", 400, ArgumentName="QueueArn", ArgumentValue="queue")),
    row("manual", "one Id twice", put(queue(), queue("s3:ObjectRemoved:*")), refused("InvalidArgument", 400)),
    row("manual", "overlapping events", put(queue(), queue("s3:ObjectCreated:Put", Id="r")), refused("InvalidArgument", 400, OVERLAP)),
    row("manual", "overlapping prefixes", put(queue(rules=[PREFIX]), queue(Id="r", rules=[{"Name": "prefix", "Value": "in/a"}])), refused("InvalidArgument", 400, OVERLAP)),
    row("O9", "no such bucket", lambda s: s.GetBucketNotificationConfiguration(Bucket="missing"), refused("NoSuchBucket", 404, BucketName="missing")),
]  # fmt: skip


@pytest.mark.parametrize(("act", "expect"), ROWS)
def test_notification(scene, act, expect):
    expect.check(scene, act)


@pytest.mark.skipif(is_older(), reason="asks about the model this release was written against")
def test_the_events_are_those_of_the_model():
    assert set(service_model().shape_for("Event").metadata["enum"]) == EVENTS


def test_a_configuration_without_an_id_gets_one(scene):
    unnamed = queue()
    del unnamed["Id"]
    (found,) = got(unnamed)(scene)["QueueConfigurations"]
    assert found["Id"]
    assert {name: value for name, value in found.items() if name != "Id"} == unnamed
