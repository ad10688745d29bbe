"""Versioning: its state, and the list of versions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket, Version
from fakes3mp.core.listing import page, walk
from fakes3mp.core.objects import DeleteMarker, S3Object
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.listing import common_prefixes, echo, encoder, page_limit
from fakes3mp.operations.registry import Answer, operation


@operation("PutBucketVersioning")
def put_versioning(
    store: Store,
    *,
    bucket: str,
    versioning_configuration: Mapping[str, Any],
    mfa: str | None = None,
) -> Answer:
    """Enable or suspend (O60-O62, O119). MFA delete is refused: the fake knows no devices."""
    place = store.bucket(bucket)
    status = versioning_configuration.get("Status")
    if status is None:
        raise S3Error("IllegalVersioningConfigurationException")
    if versioning_configuration.get("MFADelete") == "Enabled" or mfa is not None:
        raise S3Error("NotImplemented", "fakes3mp does not implement MFA delete: it knows no authentication devices.")
    if status not in ("Enabled", "Suspended"):
        raise S3Error("MalformedXML")
    if place.lock_enabled and status != "Enabled":
        message = "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        raise S3Error("InvalidBucketState", message)
    place.versioning = status
    return {}


@operation("GetBucketVersioning")
def get_versioning(store: Store, *, bucket: str) -> Answer:
    """The state, absent where it was never set (O59)."""
    status = store.bucket(bucket).versioning
    return {} if status is None else {"Status": status}


@operation("ListObjectVersions")
def list_object_versions(
    store: Store,
    *,
    bucket: str,
    prefix: str | None = None,
    delimiter: str | None = None,
    max_keys: int | None = None,
    key_marker: str | None = None,
    version_id_marker: str | None = None,
    encoding_type: str | None = None,
) -> Answer:
    """Every version and marker: keys ascending, within a key the newest first (O72-O75)."""
    place = store.bucket(bucket)
    encode = encoder(encoding_type)
    limit = page_limit(max_keys, "maxKeys")
    if version_id_marker and not key_marker:
        message = "A version-id marker cannot be specified without a key marker."
        raise invalid_argument(message, "version-id-marker", version_id_marker)
    found = page(
        walk(
            place.version_keys,
            place.newest_first,
            prefix=prefix or "",
            delimiter=delimiter or "",
            after=key_marker or "",
            rest=place.older_than(key_marker or "", version_id_marker) if version_id_marker else (),
        ),
        limit,
    )
    answer: Answer = {
        "Name": bucket,
        "Prefix": encode(prefix or ""),
        "KeyMarker": encode(key_marker or ""),
        "VersionIdMarker": version_id_marker or "",
        "MaxKeys": limit,
        "IsTruncated": found.truncated,
    }
    if found.truncated:
        answer.update(_next_markers(found.last, encode))
    listed = {
        "Versions": [_version(place, each, encode) for each in found.entries if isinstance(each, S3Object)],
        "DeleteMarkers": [_marker(place, each, encode) for each in found.entries if isinstance(each, DeleteMarker)],
    }
    answer.update({name: entries for name, entries in listed.items() if entries})
    return {**answer, **common_prefixes(found, encode), **echo(delimiter, encoding_type, encode)}


def _next_markers(last: Any, encode: Any) -> Answer:
    if isinstance(last, (S3Object, DeleteMarker)):
        return {"NextKeyMarker": encode(last.key), "NextVersionIdMarker": last.version_id}
    return {"NextKeyMarker": encode(str(last))}


def _marker(bucket: Bucket, entry: Version, encode: Any) -> Answer:
    """What a marker and a version have in common (O73)."""
    return {
        "Key": encode(entry.key),
        "VersionId": entry.version_id,
        "IsLatest": bucket.is_latest(entry),
        "LastModified": entry.modified,
        "Owner": {"ID": entry.properties.owner if isinstance(entry, S3Object) else bucket.owner},
    }


def _version(bucket: Bucket, found: S3Object, encode: Any) -> Answer:
    own: Answer = {
        "ETag": f'"{found.etag}"',
        "Size": found.size,
        "StorageClass": found.attributes.storage_class,
    }
    if found.checksum is not None:
        own.update(ChecksumAlgorithm=[found.checksum.algorithm], ChecksumType=found.checksum.type)
    return {**_marker(bucket, found, encode), **own}
