"""The operations of configurations of which a bucket has several, each with an Id: put, get, list and delete.

A new kind is one row of ``KINDS`` and a function that checks its document. The operations are named after the document.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from msgspec import Struct

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.listing import paginate
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.buckets import decode_continuation_token, encode_continuation_token
from fakes3mp.operations.configurations.analytics import analytics_destination, check_analytics
from fakes3mp.operations.configurations.intelligent_tiering import check_intelligent_tiering, start_tiering
from fakes3mp.operations.configurations.inventory import (
    check_inventory,
    inventory_destination,
    schedule_inventory,
)
from fakes3mp.operations.configurations.metrics import check_metrics
from fakes3mp.operations.registry import Answer, operation, snake_case

_MAX_CONFIGURATIONS = 1000  # of a kind, in a bucket (S3's manual)
_PAGE_SIZE = 100  # O127
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")  # S3's manual, of metrics and inventories
_BUCKET_ARN = re.compile(r"arn:aws[a-z-]*:s3:[^:]*:(?P<namespace>[^:]*):(?P<bucket>[^:/]+)")


class Kind(Struct, frozen=True):
    """A kind of configuration.

    Attributes
    ----------
    document : str
        The name of its document in the model, under which the bucket stores all that it has, by Id.
    check : callable
        Raises S3Error for a document that is not accepted. Its parameter is the Put operation's document.
    destination : callable, optional
        The ``S3BucketDestination`` of a document, if it has one.
    apply : callable, optional
        What follows from the document of an Id, or from its removal: then the document is None.
    """

    document: str
    check: Callable[..., None]
    destination: Callable[[Mapping[str, Any]], Mapping[str, Any] | None] = lambda document: None
    apply: Callable[[Store, Bucket, str, Mapping[str, Any] | None], None] = lambda store, bucket, id_, document: None


KINDS = (
    Kind("MetricsConfiguration", check_metrics),
    Kind("AnalyticsConfiguration", check_analytics, analytics_destination),
    Kind("IntelligentTieringConfiguration", check_intelligent_tiering, apply=start_tiering),
    Kind("InventoryConfiguration", check_inventory, inventory_destination, schedule_inventory),
)


def _declare_put(kind: Kind) -> None:
    def put(store: Store, *, bucket: Bucket, id: str, **parameters: Any) -> Answer:
        """Store the configuration in place of an earlier one of this Id (O125). The form is judged first, then the Id."""
        document = parameters[snake_case(kind.document)]
        kind.check(document)
        _check_id(id, document["Id"])
        destination = kind.destination(document)
        if destination is not None:
            _check_destination(store, bucket, destination["Bucket"])
        stored = bucket.configurations.get(kind.document, {})
        if id not in stored and len(stored) >= _MAX_CONFIGURATIONS:
            raise S3Error("TooManyConfigurations")
        bucket.configure(kind.document, {**stored, id: document})
        kind.apply(store, bucket, id, document)
        return {}

    operation(f"PutBucket{kind.document}", parameters_of=kind.check)(put)


def _check_id(requested: str, documented: str) -> None:
    """The request and its document have the same Id (O310); of which characters, is S3's manual's (not verified)."""
    if requested != documented:
        raise S3Error("IdMismatch")
    if not _ID.fullmatch(requested):
        raise invalid_argument("The specified configuration Id is invalid.", "Id", requested)


def _check_destination(store: Store, bucket: Bucket, arn: str) -> None:
    """Raise InvalidS3DestinationBucket for what is no ARN of a bucket (O311), or for a bucket of another region."""
    match = _BUCKET_ARN.fullmatch(arn)
    if match is None:
        raise S3Error("InvalidS3DestinationBucket")
    if match["namespace"]:
        raise S3Error("InvalidS3DestinationBucket", "Bucket ARN should not specify a namespace.")
    destination = store.buckets.get(match["bucket"])
    if destination is not None and destination.region != bucket.region:  # S3's manual; the wording is not verified
        message = "The destination bucket must be in the same region as the source bucket."
        raise S3Error("InvalidS3DestinationBucket", message)


def _declare_get(kind: Kind) -> None:
    @operation(f"GetBucket{kind.document}")
    def get(store: Store, *, bucket: Bucket, id: str) -> Answer:
        """The configuration of this Id as it was put."""
        return {kind.document: _configurations(kind, bucket, id)[id]}


def _declare_delete(kind: Kind) -> None:
    @operation(f"DeleteBucket{kind.document}")
    def delete(store: Store, *, bucket: Bucket, id: str) -> Answer:
        """Remove the configuration of this Id; unlike other configurations it must be there (O126)."""
        remaining = _configurations(kind, bucket, id)
        del remaining[id]
        if remaining:
            bucket.configure(kind.document, remaining)
        else:
            bucket.remove_configuration(kind.document)
        kind.apply(store, bucket, id, None)
        return {}


def _configurations(kind: Kind, bucket: Bucket, id: str) -> dict[str, Any]:
    """A copy of the bucket's configurations of a kind, by Id; NoSuchConfiguration where this one is not there."""
    configurations: dict[str, Any] = bucket.configuration(kind.document, {})
    if id not in configurations:
        raise S3Error("NoSuchConfiguration")
    return configurations


def _declare_list(kind: Kind) -> None:
    @operation(f"ListBucket{kind.document}s")
    def list_(store: Store, *, bucket: Bucket, continuation_token: str | None = None) -> Answer:
        """A page of the configurations in the order of their Ids (O127, O312)."""
        after = decode_continuation_token(continuation_token or "")
        configurations = bucket.configuration(kind.document, {})
        page = paginate((each for each in sorted(configurations) if each > after), _PAGE_SIZE)
        answer: Answer = {"IsTruncated": page.truncated}
        if page.items:
            answer[f"{kind.document}List"] = [configurations[each] for each in page.items]
        if continuation_token is not None:
            answer["ContinuationToken"] = continuation_token
        if page.truncated:
            answer["NextContinuationToken"] = encode_continuation_token(page.items[-1])
        return answer


for _kind in KINDS:
    for _declare in (_declare_put, _declare_get, _declare_delete, _declare_list):
        _declare(_kind)
