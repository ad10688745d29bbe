"""CopyObject, and the copy source that UploadPartCopy shares with it.

The operation checks the request, then changes the state, then builds the answer.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import unquote, unquote_plus

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.core.annotations import Annotations
from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.objects import Attributes, DeleteMarker, Properties, S3Object, WriteConditions, validate_key
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import Tags, tags_to_document
from fakes3mp.digests import FULL_OBJECT, Checksum
from fakes3mp.errors import S3Error, invalid_argument, not_implemented_header
from fakes3mp.operations.authorization import authorize, authorize_action
from fakes3mp.operations.body_digests import DEFAULT_ALGORITHM, checksum_members, validate_algorithm
from fakes3mp.operations.conditions import SourceConditions
from fakes3mp.operations.configuration_documents import ENCRYPTION
from fakes3mp.operations.encryption_checks import check_signed_for_kms
from fakes3mp.operations.properties import (
    SourceCustomerKey,
    WriteRequest,
    encryption_members,
    etag_digest,
    new_version_members,
)
from fakes3mp.operations.reading import check_customer_key, get_version
from fakes3mp.operations.registry import Answer, Caller, operation


@operation("CopyObject", locked=False)
def copy_object(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    source: CopySource,
    conditions: WriteConditions,
    request: WriteRequest,
    caller: Caller,
    metadata_directive: str | None = None,
    tagging_directive: str | None = None,
    annotation_directive: str | None = None,
    checksum_algorithm: str | None = None,
    request_payer: str | None = None,
) -> Answer:
    """Copy a whole object; the copy of a multipart object is a plain one (F90). Hashed outside the store's lock."""
    with store.lock:
        validate_key(key)
        conditions.check_form()
        source_bucket, source_version = read_source(store, source, caller, request_payer)
        check_copied_size(source_version.size, store.limits.max_body_size)
        properties = request.properties(store, bucket, caller)
        if (source_bucket.name, source_version.key) == (bucket.name, key) and source.address()[2] is None:
            _check_changes_something(bucket, request, metadata_directive, properties, source_version)
        attributes = _copy_attributes(properties, request.attributes, source_version, metadata_directive)
        tags = _copy_tags(properties.tags, source_version, tagging_directive)
        if tags and tagging_directive != "REPLACE":
            names = "GetObjectTagging", "PutObjectTagging"
            _authorize_both(store, names, source_bucket, source_version, source, bucket, key, caller)
        annotations = _copy_annotations(bucket, source_version, annotation_directive)
        if annotations:
            names = "GetObjectAnnotation", "PutObjectAnnotation"
            _authorize_both(store, names, source_bucket, source_version, source, bucket, key, caller)
        properties = replace(properties, attributes=attributes, tags=tags, annotations=annotations)
    content = source_version.content
    checksum = _compute_digests(source_version, checksum_algorithm)

    with store.transaction():
        etag = etag_digest(store, bucket.name, key, content, properties.encryption).hex()
        version = S3Object(key, content, etag, store.now(), properties, checksum)
        version = store.put(bucket.name, version, conditions, event="ObjectCreated:Copy")

        return {
            "CopyObjectResult": {"ETag": f'"{etag}"', "LastModified": version.modified, **checksum_members(checksum)},
            **encryption_members(properties.encryption, with_context=True),
            **new_version_members(bucket, version),
            **source_version_member(source_bucket, source_version),
        }


_SCHEME_AND_HOST = re.compile(r"https?://[^/]*")


class CopySource(Struct, frozen=True):
    """The source of a copy: its address, its expected owner, its customer's key, and conditions on it."""

    conditions: SourceConditions
    customer_key: SourceCustomerKey
    copy_source: str = ""
    expected_source_bucket_owner: str | None = None

    def address(self) -> tuple[str, str, str | None]:
        """Bucket (or access point), key and, if there is one, version id.

        ``bucket/key?versionId=id``, percent-encoded, with ``+`` for a space, perhaps with a slash before it or as a whole
        URL (O241); an access point's ARN is followed by ``/object/`` (S3's manual).
        """
        path, _, version_id = self.copy_source.partition("?versionId=")
        path = _SCHEME_AND_HOST.sub("", unquote_plus(path), count=1).removeprefix("/")
        bucket, _, key = path.partition("/object/") if path.startswith("arn:") else path.partition("/")
        if not bucket or not key:
            message = "Copy Source must mention the source bucket and key: sourcebucket/sourcekey"
            raise invalid_argument(message, "x-amz-copy-source", self.copy_source)
        return bucket, key, unquote(version_id) or None


def read_source(store: Store, source: CopySource, caller: Caller, payer: str | None) -> tuple[Bucket, S3Object]:
    """The source's bucket and version, if the caller may read it and its conditions hold."""
    address, key, version_id = source.address()
    bucket_name = store.resolve_bucket_name(address)
    params = {
        "Bucket": bucket_name,
        "Key": key,
        "ExpectedBucketOwner": source.expected_source_bucket_owner,
        "RequestPayer": payer,
    }
    if version_id is not None:
        params["VersionId"] = version_id
    authorize(store, "GetObject", params, caller)
    bucket = store.bucket(bucket_name)
    version = _source_version(bucket, key, version_id)
    check_customer_key(source.customer_key.read_md5(), version)
    check_signed_for_kms(version.encryption, caller)
    if not version.is_readable(store.now()):
        raise S3Error("ObjectNotInActiveTierError")  # O226
    source.conditions.check(version, store.now())
    return bucket, version


def _source_version(bucket: Bucket, key: str, version_id: str | None) -> S3Object:
    """The version to copy; a delete marker that is named by its id is InvalidRequest (O387)."""
    if version_id is not None and isinstance(bucket.find_version(key, version_id), DeleteMarker):
        message = "The source of a copy request may not specifically refer to a delete marker by version id."
        raise S3Error("InvalidRequest", message)
    return get_version(bucket, key, version_id, method="GET")


def check_copied_size(size: int, limit: int) -> None:
    """Raise InvalidRequest for more bytes than one copy may have (O381)."""
    if size > limit:
        message = f"The specified copy source is larger than the maximum allowable size for a copy source: {limit}"
        raise S3Error("InvalidRequest", message)


def source_version_member(bucket: Bucket, source: S3Object) -> Answer:
    """The version that was copied; in a versioned bucket even if the request did not name one (O51)."""
    return {"CopySourceVersionId": source.version_id} if bucket.is_versioned else {}


def _copy_attributes(
    properties: Properties, requested: Attributes, source: S3Object, directive: str | None
) -> Attributes:
    """The source's attributes, or with REPLACE the request's; storage class and redirect are always the request's."""
    _check_directive("metadata", directive)
    if directive == "REPLACE":
        return properties.attributes
    attributes = replace(
        source.attributes,
        storage_class=requested.storage_class,
        website_redirect_location=requested.website_redirect_location,
    )
    return attributes.validated()


def _copy_tags(requested: Tags, source: S3Object, directive: str | None) -> Tags:
    """The source's tags, or with REPLACE the request's (S3's manual)."""
    _check_directive("tagging", directive)
    return requested if directive == "REPLACE" else source.properties.tags


def _copy_annotations(bucket: Bucket, source: S3Object, directive: str | None) -> Annotations:
    """The source's annotations, unless they are excluded; directory buckets have none (S3's manual)."""
    if directive not in (None, "COPY", "EXCLUDE"):  # wording not verified
        raise invalid_argument("Unknown annotation directive.", "x-amz-object-annotation-directive", directive)
    if directive == "EXCLUDE":
        return ()
    if is_directory(bucket.name) and (directive == "COPY" or source.properties.annotations):
        raise not_implemented_header("x-amz-object-annotation-directive")
    return source.properties.annotations


def _authorize_both(
    store: Store,
    names: tuple[str, str],
    source_bucket: Bucket,
    version: S3Object,
    source: CopySource,
    bucket: Bucket,
    key: str,
    caller: Caller,
) -> None:
    """Raise AccessDenied where the caller may not read the source's tags or annotations, or not write them (S3's manual).

    ``names`` are the operations that would read and write them.
    """
    version_id = source.address()[2]
    named_version = {} if version_id is None else {"VersionId": version_id}
    read = {"Bucket": source_bucket.name, "Key": version.key, **named_version}
    authorize_action(store, source_bucket, names[0], read, caller)
    write: dict[str, Any] = {"Bucket": bucket.name, "Key": key}
    if names[1] == "PutObjectTagging":
        write["Tagging"] = {"TagSet": tags_to_document(version.properties.tags)}
    authorize_action(store, bucket, names[1], write, caller)


def _check_directive(kind: str, directive: str | None) -> None:
    """COPY is the default; the wording of the error is from users' reports."""
    if directive not in (None, "COPY", "REPLACE"):
        raise invalid_argument(f"Unknown {kind} directive.", f"x-amz-{kind}-directive", directive)


def _check_changes_something(
    bucket: Bucket, request: WriteRequest, directive: str | None, properties: Properties, source: S3Object
) -> None:
    """A copy onto itself must change something (wording by S3's manual).

    A storage class given is enough (O57). Nothing has to be given where the encryption differs, or where the bucket's
    default encryption was ever set (O243).
    """
    if bucket.encryption_was_set or ENCRYPTION in bucket.configurations or properties.encryption != source.encryption:
        return
    changes = (
        request.attributes.storage_class,
        request.attributes.website_redirect_location,
        request.encryption.server_side_encryption,
        request.encryption.sse_customer_key,
    )
    if directive != "REPLACE" and not any(changes):
        raise S3Error(
            "InvalidRequest",
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes.",
        )


def _compute_digests(source: S3Object, algorithm: str | None) -> Checksum:
    """Compute the MD5 and the full-object checksum of a copy, in one walk over the bytes as far as they are not known.

    The checksum is by the source's own algorithm unless the request names another (F90, F98).
    """
    stored = source.checksum
    name = validate_algorithm(algorithm) if algorithm else stored.algorithm if stored else DEFAULT_ALGORITHM
    if stored is not None and stored.algorithm == name and stored.type == FULL_OBJECT:
        source.content.compute("MD5")
        return stored
    source.content.compute("MD5", name)
    return source.content.checksum(name)
