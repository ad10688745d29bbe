"""Writing what S3 delivers, where the destination lets S3 write."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from msgspec import Struct

from fakes3mp.core.acl import Acl, Grant
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.content import Content
from fakes3mp.core.encryption import Encryption
from fakes3mp.core.objects import Attributes, Properties, S3Object
from fakes3mp.core.store import Store
from fakes3mp.operations.properties import default_encryption, etag_digest


class UndeliveredWarning(UserWarning):
    """S3 could not deliver an access log or an inventory: its destination is not there, or does not let S3 write.

    S3 itself would say nothing.
    """


class Delivery(Struct, frozen=True):
    """An object that S3 writes into a bucket."""

    key: str
    body: bytes
    content_type: str
    at: datetime
    grants: Acl = ()  # beside the full control of the bucket's owner
    encryption: Encryption | None = None  # by default the bucket's


def deliver(store: Store, bucket: Bucket, delivery: Delivery) -> S3Object:
    """Write an object as S3 itself."""
    content = Content.of(delivery.body)
    encryption = delivery.encryption or default_encryption(store, bucket)
    acl = (Grant("FULL_CONTROL", id=bucket.owner), *delivery.grants) if delivery.grants else None
    properties = Properties(
        attributes=Attributes(content_type=delivery.content_type).validated(),
        owner=bucket.owner,
        encryption=encryption,
        acl=acl,
    )
    etag = etag_digest(store, bucket.name, delivery.key, content, encryption).hex()
    return store.put(bucket.name, S3Object(delivery.key, content, etag, delivery.at, properties))


def report_undelivered(store: Store, what: str, bucket: Bucket, destination: str, reason: str) -> None:
    """Remember that something was not delivered, for a warning once the clock has moved."""
    store.undelivered.append(f"the {what} of {bucket.name!r} could not be delivered to {destination!r}: {reason}")


def no_permission(service: str, key: str) -> str:
    """The reason that a policy is missing, with the statement that is."""
    statement: dict[str, Any] = {"Effect": "Allow", "Principal": {"Service": service}, "Action": "s3:PutObject"}
    return f"its bucket policy needs a statement such as {statement} with a Resource that includes {key!r}"
