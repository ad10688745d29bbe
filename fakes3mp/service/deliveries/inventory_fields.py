"""The fields of inventories: what a list says of each version (S3's manual, "Amazon S3 Inventory list")."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from datetime import datetime
from urllib.parse import quote

from fakes3mp.core.acl import private_acl
from fakes3mp.core.archive import TIERING
from fakes3mp.core.buckets import Bucket, Version
from fakes3mp.core.encryption import KMS
from fakes3mp.core.lifecycle import upcoming_expiration
from fakes3mp.core.objects import S3Object

_ENCRYPTIONS = {"AES256": "SSE-S3", "aws:kms": "SSE-KMS", "aws:kms:dsse": "DSSE-KMS"}
_ACL_VERSION = "2022-11-10"


def value_of(name: str, bucket: Bucket, version: Version) -> str:
    """The text of a field; empty where a version has none, as a delete marker has mostly none."""
    if name in _OF_ALL:
        return _OF_ALL[name](bucket, version)
    return _OF_OBJECTS[name](bucket, version) if isinstance(version, S3Object) else ""


def _text(value: bool) -> str:
    return "true" if value else "false"


def _date(date: datetime | None) -> str:
    return "" if date is None else f"{date:%Y-%m-%dT%H:%M:%S}.000Z"


_OF_ALL: dict[str, Callable[[Bucket, Version], str]] = {
    "Bucket": lambda bucket, version: bucket.name,
    "Key": lambda bucket, version: quote(version.key, safe="/~", errors="surrogatepass"),
    "VersionId": lambda bucket, version: version.version_id if bucket.is_versioned else "",
    "IsLatest": lambda bucket, version: _text(bucket.is_latest(version)),
    "IsDeleteMarker": lambda bucket, version: _text(not isinstance(version, S3Object)),
    "LastModifiedDate": lambda bucket, version: _date(version.modified),
}


def _encryption(bucket: Bucket, version: S3Object) -> str:
    return _ENCRYPTIONS.get(version.encryption.algorithm or "", "SSE-C")


def _bucket_key(bucket: Bucket, version: S3Object) -> str:
    if version.encryption.algorithm not in KMS:
        return ""
    return "ENABLED" if version.encryption.bucket_key else "DISABLED"


def _access_tier(bucket: Bucket, version: S3Object) -> str:
    """Objects of other storage classes have no tier; the fake knows archive tiers only."""
    is_tiering = version.attributes.storage_class == TIERING
    return version.properties.access_tier or "FREQUENT" if is_tiering else ""


def _event_hold_duration(bucket: Bucket, version: S3Object) -> str:
    period = version.properties.lock.event_hold_period
    return "" if period is None else f"{period.number} {period.unit}"


def _acl(bucket: Bucket, version: S3Object) -> str:
    """The grants as JSON in base64."""
    properties = version.properties
    grants = [
        {
            "permission": grant.permission,
            "type": "Group" if grant.uri else "CanonicalUser",
            **({"uri": grant.uri} if grant.uri else {"canonicalId": grant.id}),
        }
        for grant in (private_acl(properties.owner) if properties.acl is None else properties.acl)
    ]
    document = {"version": _ACL_VERSION, "status": "AVAILABLE", "grants": grants}
    return base64.b64encode(json.dumps(document, separators=(",", ":")).encode()).decode()


def _expiration(bucket: Bucket, version: S3Object) -> str:
    expiration = upcoming_expiration(bucket, version) if bucket.is_latest(version) else None
    return "" if expiration is None else _date(expiration[0])


_OF_OBJECTS: dict[str, Callable[[Bucket, S3Object], str]] = {
    "Size": lambda bucket, version: str(version.size),
    "ETag": lambda bucket, version: version.etag,
    "StorageClass": lambda bucket, version: version.attributes.storage_class or "STANDARD",
    "IsMultipartUploaded": lambda bucket, version: _text(bool(version.parts)),
    "ReplicationStatus": lambda bucket, version: version.properties.replication or "",
    "EncryptionStatus": _encryption,
    "ObjectLockRetainUntilDate": lambda bucket, version: _date(version.properties.lock.until),
    "ObjectLockMode": lambda bucket, version: version.properties.lock.mode or "",
    "ObjectLockLegalHoldStatus": lambda bucket, version: (version.properties.lock.legal_hold or "").capitalize(),
    "ObjectLockEventHoldStatus": lambda bucket, version: (version.properties.lock.event_hold or "").capitalize(),
    "ObjectLockEventHoldDuration": _event_hold_duration,
    "IntelligentTieringAccessTier": _access_tier,
    "BucketKeyStatus": _bucket_key,
    "ChecksumAlgorithm": lambda bucket, version: "" if version.checksum is None else version.checksum.algorithm,
    "ObjectAccessControlList": _acl,
    "ObjectOwner": lambda bucket, version: version.properties.owner,
    "LifecycleExpirationDate": _expiration,
    "IntelligentTieringReferenceDate": lambda bucket, version: (
        _date(version.properties.accessed or version.modified) if version.attributes.storage_class == TIERING else ""
    ),
}
