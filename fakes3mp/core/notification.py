"""Event notifications: what a change is, which events S3 has, what a NotificationConfiguration looks like.

Validation of a configuration is in ``operations``, delivery of events in ``service.events``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from fakes3mp.core.value import Value

NOTIFICATION = "NotificationConfiguration"  # its name in Bucket.configurations
# member of the configuration -> its member with the ARN that events are sent to
DESTINATIONS = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}
# S3's manual, "Supported event types for SQS, SNS, and Lambda".
EVENTS = frozenset(
    f"s3:{event}"
    for event in (
        *(f"ObjectCreated:{cause}" for cause in ("*", "Put", "Post", "Copy", "CompleteMultipartUpload")),
        *(f"ObjectRemoved:{cause}" for cause in ("*", "Delete", "DeleteMarkerCreated")),
        *(f"ObjectRestore:{cause}" for cause in ("*", "Post", "Completed", "Delete")),
        *(f"LifecycleExpiration:{cause}" for cause in ("*", "Delete", "DeleteMarkerCreated")),
        *(f"ObjectTagging:{cause}" for cause in ("*", "Put", "Delete")),
        *(f"Replication:{cause}" for cause in ("*", "OperationFailedReplication", "OperationNotTracked")),
        *(f"Replication:{cause}" for cause in ("OperationMissedThreshold", "OperationReplicatedAfterThreshold")),
        *(f"ObjectAnnotation:{cause}" for cause in ("*", "Put", "Delete")),
        *("LifecycleTransition", "ObjectAcl:Put", "IntelligentTiering", "ReducedRedundancyLostObject"),
        "ObjectRetention:Put",
    )
)


class Change(Value, frozen=True):
    """One change of a key. ``event`` is S3's name of it without ``s3:`` (``ObjectCreated:Put``)."""

    event: str
    bucket: str
    key: str
    at: datetime
    sequence: int
    size: int | None = None  # bytes; None for a delete marker
    etag: str | None = None  # unquoted
    version_id: str | None = None  # None in a bucket that was never versioned
    restored: tuple[str, datetime | None] | None = None  # of a completed restore: from where, and when the copy expires


def destination_configurations(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The topic, queue and function configurations of a NotificationConfiguration."""
    for member in DESTINATIONS:
        yield from document.get(member, ())


def destination_of(configuration: Mapping[str, Any]) -> str:
    """The ARN of a configuration's queue, topic or function."""
    return str(next(configuration[name] for name in DESTINATIONS.values() if name in configuration))
