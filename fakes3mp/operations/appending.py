"""Appends to objects of directory buckets: PutObject with an offset (S3's manual; O347)."""

from __future__ import annotations

from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.content import Content
from fakes3mp.core.objects import ObjectPart, Properties, S3Object
from fakes3mp.core.store import Store
from fakes3mp.digests import FULL_OBJECT, full_object_checksum
from fakes3mp.errors import S3Error, not_implemented_header
from fakes3mp.operations.body_digests import DEFAULT_ALGORITHM

_MAX_PARTS = 10_000


def check_appends(bucket: Bucket, offset: int | None) -> None:
    """Refuse an append in any other bucket, where it would overwrite (the error as O48's, not verified)."""
    if offset is not None and not is_directory(bucket.name):
        raise not_implemented_header("x-amz-write-offset-bytes")


def appended_object(
    store: Store, bucket: Bucket, key: str, body: Content, offset: int, properties: Properties
) -> S3Object | None:
    """The object with more bytes at its end; None where offset 0 begins a new one.

    Raises InvalidWriteOffset where the object does not end there, EncryptionTypeMismatch or TooManyParts.
    """
    current = bucket.objects.get(key)
    if offset != (0 if current is None else current.size):
        raise S3Error("InvalidWriteOffset")
    if current is None:
        return None
    if current.encryption != properties.encryption:
        raise S3Error("EncryptionTypeMismatch")
    parts = current.parts or (ObjectPart(1, current.size, current.checksum),)
    if len(parts) >= _MAX_PARTS:
        raise S3Error("TooManyParts")
    content = Content.join((current.content, body))
    stored = current.checksum
    algorithm = stored.algorithm if stored is not None and stored.type == FULL_OBJECT else DEFAULT_ALGORITHM
    if algorithm.startswith("CRC"):
        halves = [(half.digest(algorithm), half.size) for half in (current.content, body)]
        checksum = full_object_checksum(algorithm, halves)
    else:
        checksum = content.checksum(algorithm)
    return S3Object(
        key,
        content,
        content.md5.hex(),
        store.now(),
        current.properties,
        checksum,
        (*parts, ObjectPart(len(parts) + 1, body.size)),
    )
