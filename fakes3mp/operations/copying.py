"""Copying: CopyObject, and the source that UploadPartCopy shares with it."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import unquote

from fakes3mp.core.objects import Attributes, S3Object, WriteConditions, checked_key
from fakes3mp.core.store import Store
from fakes3mp.digests import FULL_OBJECT, Checksum
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.conditions import SourceConditions
from fakes3mp.operations.reading import ENCRYPTED, readable
from fakes3mp.operations.registry import Answer, operation
from fakes3mp.operations.verifying import checked_algorithm, checksum_members


@operation("CopyObject", locked=False)
def copy_object(
    store: Store,
    *,
    bucket: str,
    key: str,
    copy_source: str,
    source_conditions: SourceConditions,
    conditions: WriteConditions,
    attributes: Attributes,
    metadata_directive: str | None = None,
    checksum_algorithm: str | None = None,
) -> Answer:
    """Copy an object whole; of a multipart object the copy is a plain one (F90). Hashed outside the lock."""
    with store.lock:
        store.bucket(bucket)
        checked_key(key)
        conditions.check_form()
        source_bucket, source = copied(store, copy_source, source_conditions)
    _check_changes_something((source_bucket, source.key) == (bucket, key), attributes, metadata_directive)
    attributes = _copied_attributes(source, attributes, metadata_directive)
    checksum = recomputed(source, checksum_algorithm)
    etag = source.content.md5.hex() if source.parts else source.etag
    with store.lock:
        written = S3Object(key, source.content, etag, store.now(), attributes, checksum)
        store.put(bucket, written, conditions)
    result = {"ETag": f'"{etag}"', "LastModified": written.modified, **checksum_members(checksum)}
    return {"CopyObjectResult": result, **ENCRYPTED}


def copied(store: Store, copy_source: str, conditions: SourceConditions) -> tuple[str, S3Object]:
    """The bucket and the object that a copy names as its source, if its conditions hold."""
    bucket, key, version_id = _source_address(copy_source)
    source = readable(store, bucket, key, version_id)
    conditions.check(source, store.now())
    return bucket, source


def _source_address(header: str) -> tuple[str, str, str | None]:
    """``bucket/key?versionId=id``, percent-encoded, perhaps with a slash before it (S3's manual)."""
    path, _, query = header.partition("?versionId=")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if not bucket or not key:
        raise invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", header
        )
    return bucket, key, query or None


def _copied_attributes(source: S3Object, given: Attributes, directive: str | None) -> Attributes:
    """The source's attributes, or with REPLACE the request's; storage class and redirect are always the request's."""
    if directive not in (None, "COPY", "REPLACE"):
        raise invalid_argument("Unknown metadata directive.", "x-amz-metadata-directive", directive)
    if directive == "REPLACE":
        return given.checked()
    return replace(
        source.attributes,
        storage_class=given.storage_class,
        website_redirect_location=given.website_redirect_location,
    ).checked()


def _check_changes_something(in_place: bool, given: Attributes, directive: str | None) -> None:
    """A copy onto itself must ask for something; a storage class given is enough (O57; wording by S3's manual)."""
    asked = given.storage_class or given.website_redirect_location or directive == "REPLACE"
    if in_place and not asked:
        raise S3Error(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes.",
        )


def recomputed(source: S3Object, algorithm: str | None) -> Checksum:
    """The full-object checksum of a copy: the source's own algorithm unless another is asked for (F90, F98)."""
    kept = source.checksum
    name = checked_algorithm(algorithm) if algorithm else kept.algorithm if kept else "CRC64NVME"
    if kept is not None and kept.algorithm == name and kept.type == FULL_OBJECT:
        return kept
    return source.content.checksum(name)
