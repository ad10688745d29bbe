"""Versioning: the state of a bucket, and the list of its versions."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from fakes3mp.core.buckets import Bucket, Version
from fakes3mp.core.listing import paginate, validate_page_size, walk_keys
from fakes3mp.core.objects import DeleteMarker, S3Object
from fakes3mp.core.store import REPLICATION, Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.listing import (
    common_prefix_members,
    echoed_members,
    key_encoder,
    restore_status_member,
    time_of_restore_status,
)
from fakes3mp.operations.registry import Answer, operation


@operation("PutBucketVersioning")
def put_versioning(
    store: Store,
    *,
    bucket: Bucket,
    versioning_configuration: Mapping[str, Any],
    mfa: str | None = None,
) -> Answer:
    """Enable or suspend versioning (O60-O62, O119). MFA delete is not implemented."""
    status = versioning_configuration.get("Status")
    if status is None:
        raise S3Error("IllegalVersioningConfigurationException")
    if versioning_configuration.get("MFADelete") == "Enabled" or mfa is not None:
        raise S3Error("NotImplemented", "fakes3mp does not implement MFA delete: it knows no authentication devices.")
    if status not in ("Enabled", "Suspended"):
        raise S3Error("MalformedXML")
    if bucket.lock_enabled and status != "Enabled":
        message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise S3Error("InvalidBucketState", message)
    if REPLICATION in bucket.configurations and status != "Enabled":
        message = "A replication configuration is present on this bucket, so the versioning state cannot be changed."
        raise S3Error("InvalidBucketState", message)  # O352
    bucket.set_versioning(status)
    return {}


@operation("GetBucketVersioning")
def get_versioning(store: Store, *, bucket: Bucket) -> Answer:
    """The state; no Status if it was never set (O59)."""
    return {} if bucket.versioning is None else {"Status": bucket.versioning}


@operation("ListObjectVersions")
def list_object_versions(
    store: Store,
    *,
    bucket: Bucket,
    prefix: str | None = None,
    delimiter: str | None = None,
    max_keys: int | None = None,
    key_marker: str | None = None,
    version_id_marker: str | None = None,
    encoding_type: str | None = None,
    optional_object_attributes: Sequence[str] = (),
) -> Answer:
    """Every version and delete marker: keys ascending, within a key the newest first (O72-O75)."""
    encode = key_encoder(encoding_type)
    if max_keys is not None and max_keys < 0:
        raise invalid_argument("max-keys cannot be negative", "max-keys", str(max_keys))  # O259
    limit = validate_page_size(max_keys, "max-keys")
    if version_id_marker and not key_marker:
        message = "A version-id marker cannot be specified without a key marker."
        raise invalid_argument(message, "version-id-marker", version_id_marker)
    if version_id_marker:
        bucket.check_version_id(version_id_marker, "version-id-marker")  # O244
    listing = paginate(
        walk_keys(
            bucket.version_keys,
            bucket.newest_first,
            prefix=prefix or "",
            delimiter=delimiter or "",
            after=key_marker or "",
            rest=bucket.older_than(key_marker or "", version_id_marker) if version_id_marker else (),
        ),
        limit,
    )
    answer: Answer = {
        "Name": bucket.name,
        "Prefix": encode(prefix or ""),
        "KeyMarker": encode(key_marker or ""),
        "VersionIdMarker": version_id_marker or "",
        "MaxKeys": limit,
        "IsTruncated": listing.truncated,
    }
    if listing.truncated:
        answer.update(_next_markers(listing.last, encode))
    at = time_of_restore_status(store, optional_object_attributes)
    versions = [_version_entry(bucket, entry, encode, at) for entry in listing.entries if isinstance(entry, S3Object)]
    markers = [_common_entry(bucket, entry, encode) for entry in listing.entries if isinstance(entry, DeleteMarker)]
    if versions:
        answer["Versions"] = versions
    if markers:
        answer["DeleteMarkers"] = markers
    if versions and markers:
        is_version = [isinstance(entry, S3Object) for entry in listing.entries if not isinstance(entry, str)]
        answer["EntryLists"] = ["Versions" if each else "DeleteMarkers" for each in is_version]
    return {**answer, **common_prefix_members(listing, encode), **echoed_members(delimiter, encoding_type, encode)}


def _next_markers(last: Any, encode: Callable[[str], str]) -> Answer:
    if isinstance(last, (S3Object, DeleteMarker)):
        return {"NextKeyMarker": encode(last.key), "NextVersionIdMarker": last.version_id}
    return {"NextKeyMarker": encode(str(last))}


def _common_entry(bucket: Bucket, entry: Version, encode: Callable[[str], str]) -> Answer:
    """The members that a version and a delete marker share (O73)."""
    return {
        "Key": encode(entry.key),
        "VersionId": entry.version_id,
        "IsLatest": bucket.is_latest(entry),
        "LastModified": entry.modified,
        "Owner": {"ID": entry.properties.owner if isinstance(entry, S3Object) else bucket.owner},
    }


def _version_entry(
    bucket: Bucket, version: S3Object, encode: Callable[[str], str], restored_at: datetime | None
) -> Answer:
    entry: Answer = {
        **_common_entry(bucket, version, encode),
        "ETag": f'"{version.etag}"',
        "Size": version.size,
        "StorageClass": version.attributes.storage_class,
    }
    if version.checksum is not None:
        entry.update(ChecksumAlgorithm=[version.checksum.algorithm], ChecksumType=version.checksum.type)
    return entry if restored_at is None else {**entry, **restore_status_member(version, restored_at)}
