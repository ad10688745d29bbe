"""Event notifications sent to moto's queues, topics, functions and event buses, where moto is active.

They are sent by boto3 clients, so that a test receives them as it would from AWS.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any

from fakes3mp.interceptors.other_mocks import is_moto_active
from fakes3mp.interceptors.sessions import new_session

Record = Mapping[str, Any]


class UndeliveredEventWarning(UserWarning):
    """An event notification could not be sent to its destination: there is no such queue, topic, function or bus.

    S3 itself would say nothing.
    """


def send_event(message: Record, destination: str) -> None:
    """Send a message, to the ARN of a queue, topic or function, or of the account's event bus."""
    if not is_moto_active():
        return
    _, _, service, region, account, resource = destination.split(":", 5)
    send = _SENDERS.get(service)
    if send is None:
        return
    try:
        send(new_session(region).client(service), message, resource, account, destination)
    except Exception as error:  # whatever moto raises for a missing destination: the change of the bucket has been made
        warnings.warn(f"an S3 event could not be sent to {destination}: {error}", UndeliveredEventWarning, stacklevel=2)


def _to_json(value: object) -> str:
    import json

    return json.dumps(value)


def _send_to_queue(client: Any, message: Record, name: str, account: str, arn: str) -> None:
    url = client.get_queue_url(QueueName=name, QueueOwnerAWSAccountId=account)["QueueUrl"]
    client.send_message(QueueUrl=url, MessageBody=_to_json(message))


def _publish(client: Any, message: Record, name: str, account: str, arn: str) -> None:
    client.publish(TopicArn=arn, Subject="Amazon S3 Notification", Message=_to_json(message))


def _invoke(client: Any, message: Record, name: str, account: str, arn: str) -> None:
    client.invoke(FunctionName=arn, InvocationType="Event", Payload=_to_json(message))


def _put_on_bus(client: Any, message: Record, name: str, account: str, arn: str) -> None:
    """The record in EventBridge's own form (S3's manual, "EventBridge event message structure")."""
    (record,) = message["Records"]
    s3 = record["s3"]
    kind = next((kind for prefix, kind in _DETAIL_TYPES.items() if record["eventName"].startswith(prefix)), None)
    if kind is None:
        return
    detail = {
        "version": "0",
        "bucket": {"name": s3["bucket"]["name"]},
        "object": _bridge_object(s3["object"]),
        "request-id": record["responseElements"]["x-amz-request-id"],
        "requester": account,
        "source-ip-address": record["requestParameters"]["sourceIPAddress"],
        **_reason(record["eventName"]),
    }
    entry = {"Source": "aws.s3", "DetailType": kind, "Detail": _to_json(detail), "Resources": [s3["bucket"]["arn"]]}
    client.put_events(Entries=[entry])


def _bridge_object(described: Mapping[str, Any]) -> dict[str, Any]:
    from urllib.parse import unquote_plus

    names = {"key": "key", "size": "size", "eTag": "etag", "versionId": "version-id", "sequencer": "sequencer"}
    renamed = {new: described[old] for old, new in names.items() if old in described}
    return {**renamed, "key": unquote_plus(described["key"])}


def _reason(event: str) -> dict[str, str]:
    kind, _, cause = event.partition(":")
    if kind in ("ObjectRemoved", "LifecycleExpiration"):
        reason = "DeleteObject" if kind == "ObjectRemoved" else "Lifecycle Expiration"
        deletion = "Delete Marker Created" if cause == "DeleteMarkerCreated" else "Permanently Deleted"
        return {"reason": reason, "deletion-type": deletion}
    reasons = {"Put": "PutObject", "Post": "POST Object", "Copy": "CopyObject"}
    return {"reason": reasons.get(cause, cause)} if kind == "ObjectCreated" else {}


# The beginning of an event's name -> EventBridge's detail-type (S3's manual, "Using EventBridge").
_DETAIL_TYPES = {
    "ObjectCreated:": "Object Created",
    "ObjectRemoved:": "Object Deleted",
    "LifecycleExpiration:": "Object Deleted",
    "ObjectRestore:Post": "Object Restore Initiated",
    "ObjectRestore:Completed": "Object Restore Completed",
    "ObjectRestore:Delete": "Object Restore Expired",
    "LifecycleTransition": "Object Storage Class Changed",
    "IntelligentTiering": "Object Access Tier Changed",
    "ObjectAcl:Put": "Object ACL Updated",
    "ObjectTagging:Put": "Object Tags Added",
    "ObjectTagging:Delete": "Object Tags Deleted",
}
_SENDERS: dict[str, Callable[[Any, Record, str, str, str], None]] = {
    "sqs": _send_to_queue,
    "sns": _publish,
    "lambda": _invoke,
    "events": _put_on_bus,
}
