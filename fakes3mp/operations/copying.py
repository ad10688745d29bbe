"""Copying: CopyObject, and the source that UploadPartCopy shares with it."""

from __future__ import annotations

from urllib.parse import unquote

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import Attributes, Properties, S3Object, WriteConditions, checked_key
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import Tags
from fakes3mp.digests import FULL_OBJECT, Checksum
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.authorization import authorize
from fakes3mp.operations.body_digests import checked_algorithm, checksum_members
from fakes3mp.operations.conditions import SourceConditions
from fakes3mp.operations.properties import (
    SourceCustomerKey,
    WriteRequest,
    encryption_members,
    etag_digest,
    written_members,
)
from fakes3mp.operations.reading import check_readable_with, readable
from fakes3mp.operations.registry import Answer, Caller, operation


@operation("CopyObject", locked=False)
def copy_object(
    store: Store,
    *,
    bucket: str,
    key: str,
    source: CopySource,
    conditions: WriteConditions,
    request: WriteRequest,
    caller: Caller,
    metadata_directive: str | None = None,
    tagging_directive: str | None = None,
    checksum_algorithm: str | None = None,
    request_payer: str | None = None,
) -> Answer:
    """Copy an object whole; of a multipart object the copy is a plain one (F90). Hashed outside the lock."""
    with store.lock:
        place = store.bucket(bucket)
        checked_key(key)
        conditions.check_form()
        origin, found = copied(store, source, caller, request_payer)
        in_place = (origin.name, found.key) == (bucket, key) and source.address()[2] is None
        _check_changes_something(in_place, request, metadata_directive)
        asked = request.properties(store, place, caller)
        properties = _copied_properties(asked, request.attributes, found, metadata_directive)
        properties = replace(properties, tags=_copied_tags(properties.tags, found, tagging_directive))
    checksum = recomputed(found, checksum_algorithm)
    found.content.compute("MD5")
    with store.lock:
        etag = etag_digest(store, bucket, key, found.content, properties.encryption).hex()
        written = S3Object(key, found.content, etag, store.now(), properties, properties.kept(checksum))
        written = store.put(bucket, written, conditions, event="ObjectCreated:Copy")
    result = {"ETag": f'"{etag}"', "LastModified": written.modified, **checksum_members(checksum)}
    return {
        "CopyObjectResult": result,
        **encryption_members(properties.encryption, with_context=True),
        **written_members(place, written),
        **source_version_member(origin, found),
    }


class CopySource(Struct, frozen=True):
    """What a copy says of its source: where it is, whose, under which key, and on which conditions."""

    conditions: SourceConditions
    customer_key: SourceCustomerKey
    copy_source: str = ""
    expected_source_bucket_owner: str | None = None

    def address(self) -> tuple[str, str, str | None]:
        """Bucket (or access point), key and perhaps version.

        ``bucket/key?versionId=id``, percent-encoded, perhaps with a slash before it; an access point's ARN is followed by
        ``/object/`` (S3's manual).
        """
        path, _, query = self.copy_source.partition("?versionId=")
        named = unquote(path).removeprefix("/")
        bucket, _, key = named.partition("/object/") if named.startswith("arn:") else named.partition("/")
        if not bucket or not key:
            message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
            raise invalid_argument(message, "x-amz-copy-source", self.copy_source)
        return bucket, key, query or None


def copied(store: Store, source: CopySource, caller: Caller, payer: str | None) -> tuple[Bucket, S3Object]:
    """The bucket and the object that a copy names as its source, if the caller may read it and its conditions hold."""
    named, key, version_id = source.address()
    bucket = store.bucket_named(named)
    wanted = {"Bucket": bucket, "Key": key, "ExpectedBucketOwner": source.expected_source_bucket_owner}
    authorize(store, "GetObject", {**wanted, "RequestPayer": payer}, caller)
    found = readable(store, bucket, key, version_id, method="GET")
    check_readable_with(source.customer_key.md5(), found)
    source.conditions.check(found, store.now())
    return store.bucket(bucket), found


def source_version_member(bucket: Bucket, source: S3Object) -> Answer:
    """Which version was copied, told of a versioned bucket even if none was named (O51)."""
    return {"CopySourceVersionId": source.version_id} if bucket.is_versioned else {}


def _copied_properties(asked: Properties, request: Attributes, source: S3Object, directive: str | None) -> Properties:
    """The source's attributes, or with REPLACE the request's; storage class and redirect are always the request's."""
    _check_directive("metadata", directive)
    if directive == "REPLACE":
        return asked
    attributes = replace(
        source.attributes,
        storage_class=request.storage_class,
        website_redirect_location=request.website_redirect_location,
    )
    return replace(asked, attributes=attributes.checked())


def _copied_tags(asked: Tags, source: S3Object, directive: str | None) -> Tags:
    """The source's tags, or with REPLACE the request's (S3's manual)."""
    _check_directive("tagging", directive)
    return asked if directive == "REPLACE" else source.properties.tags


def _check_directive(kind: str, directive: str | None) -> None:
    """COPY is the default; the wording of the refusal is users' reports."""
    if directive not in (None, "COPY", "REPLACE"):
        raise invalid_argument(f"Unknown {kind} directive.", f"x-amz-{kind}-directive", directive)


def _check_changes_something(in_place: bool, given: WriteRequest, directive: str | None) -> None:
    """A copy onto itself must ask for something; a storage class given is enough (O57; wording by S3's manual)."""
    attributes, encryption = given.attributes, given.encryption
    asked = attributes.storage_class, attributes.website_redirect_location
    encrypted = encryption.server_side_encryption, encryption.sse_customer_key
    if in_place and directive != "REPLACE" and not any(asked + encrypted):
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
