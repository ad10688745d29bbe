"""A bucket's NotificationConfiguration: which events exist, and what a configuration of them looks like.

What may live here: the names in S3's words. Whether S3 takes a document is the operation's business; who is told what,
that of events.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

NOTIFICATION = "NotificationConfiguration"  # the name under which a bucket keeps it
# member of the document -> member that names where its records go
DESTINATIONS = {
    "TopicConfigurations": "TopicArn",
    "QueueConfigurations": "QueueArn",
    "LambdaFunctionConfigurations": "LambdaFunctionArn",
}
# S3's manual, "Supported event types for SQS, SNS, and Lambda".
EVENTS = frozenset(
    f"s3:{event}"
    for event in (
        *(f"ObjectCreated:{how}" for how in ("*", "Put", "Post", "Copy", "CompleteMultipartUpload")),
        *(f"ObjectRemoved:{how}" for how in ("*", "Delete", "DeleteMarkerCreated")),
        *(f"ObjectRestore:{how}" for how in ("*", "Post", "Completed", "Delete")),
        *(f"LifecycleExpiration:{how}" for how in ("*", "Delete", "DeleteMarkerCreated")),
        *(f"ObjectTagging:{how}" for how in ("*", "Put", "Delete")),
        *(f"Replication:{how}" for how in ("*", "OperationFailedReplication", "OperationNotTracked")),
        *(f"Replication:{how}" for how in ("OperationMissedThreshold", "OperationReplicatedAfterThreshold")),
        *(f"ObjectAnnotation:{how}" for how in ("*", "Put", "Delete")),
        *("LifecycleTransition", "ObjectAcl:Put", "IntelligentTiering", "ReducedRedundancyLostObject"),
        "ObjectRetention:Put",
    )
)


def configurations(document: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Every configuration in a document, wherever its records go."""
    for kind in DESTINATIONS:
        yield from document.get(kind, ())
