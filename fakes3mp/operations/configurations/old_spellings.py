"""The deprecated operations of lifecycle and notification configurations, as those that took their place.

Through HTTP they are those, on the same route. Here are their documents, for calls that name them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.operations.registry import Answer, Caller, find_operation, operation

Document = Mapping[str, Any]

# Member of the old document of lifecycle rules -> the list that took its place.
_TRANSITIONS = {
    "Transition": "Transitions",
    "NoncurrentVersionTransition": "NoncurrentVersionTransitions",
}
# Member of the old document of notifications, its ARN -> those that took their place.
_DESTINATIONS = {
    "TopicConfiguration": ("Topic", "TopicConfigurations", "TopicArn"),
    "QueueConfiguration": ("Queue", "QueueConfigurations", "QueueArn"),
    "CloudFunctionConfiguration": ("CloudFunction", "LambdaFunctionConfigurations", "LambdaFunctionArn"),
}


@operation("PutBucketLifecycle")
def put_lifecycle(
    store: Store, *, bucket: Bucket, caller: Caller, lifecycle_configuration: Document | None = None
) -> Answer:
    """PutBucketLifecycleConfiguration, with one transition in a rule."""
    rules = [
        {_TRANSITIONS.get(name, name): [value] if name in _TRANSITIONS else value for name, value in rule.items()}
        for rule in (lifecycle_configuration or {}).get("Rules", ())
    ]
    _run("PutBucketLifecycleConfiguration", store, bucket, caller=caller, lifecycle_configuration={"Rules": rules})
    return {}


@operation("GetBucketLifecycle")
def get_lifecycle(store: Store, *, bucket: Bucket) -> Answer:
    """GetBucketLifecycleConfiguration, with the first transition of each rule and without filters."""
    rules = _run("GetBucketLifecycleConfiguration", store, bucket)["Rules"]
    old_names = {new: old for old, new in _TRANSITIONS.items()}
    return {
        "Rules": [
            {
                old_names.get(name, name): value[0] if name in old_names else value
                for name, value in rule.items()
                if name != "Filter"
            }
            for rule in rules
        ]
    }


@operation("PutBucketNotification")
def put_notification(store: Store, *, bucket: Bucket, caller: Caller, notification_configuration: Document) -> Answer:
    """PutBucketNotificationConfiguration, with one configuration of each kind."""
    document = {}
    for name, (arn, member, new_arn) in _DESTINATIONS.items():
        configuration = notification_configuration.get(name)
        if configuration is not None:
            events = [*configuration.get("Events", ()), *filter(None, [configuration.get("Event")])]
            identified = {"Id": configuration["Id"]} if "Id" in configuration else {}
            document[member] = [{new_arn: configuration.get(arn), "Events": events, **identified}]
    _run("PutBucketNotificationConfiguration", store, bucket, caller=caller, notification_configuration=document)
    return {}


@operation("GetBucketNotification")
def get_notification(store: Store, *, bucket: Bucket) -> Answer:
    """GetBucketNotificationConfiguration, with the first configuration of each kind."""
    document = _run("GetBucketNotificationConfiguration", store, bucket)
    answer: Answer = {}
    for name, (arn, member, new_arn) in _DESTINATIONS.items():
        for configuration in document.get(member, ())[:1]:
            answer[name] = {"Id": configuration["Id"], "Events": configuration["Events"], arn: configuration[new_arn]}
    return answer


def _run(name: str, store: Store, bucket: Bucket, **parameters: Any) -> Answer:
    found = find_operation(name)
    assert found is not None, "the operation that took its place is there"
    answer: Answer = found.run(store, bucket=bucket, **parameters)
    return answer
