"""Object Lock: the checks of a bucket's configuration, and a version's retention and legal hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.object_lock import RETENTION_MODES
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import Document
from fakes3mp.operations.properties import check_legal_hold, validate_retain_until
from fakes3mp.operations.reading import get_version
from fakes3mp.operations.registry import Answer, operation


def validate_object_lock(bucket: Bucket, object_lock_configuration: Mapping[str, Any] | None = None) -> Document:
    """Object Lock of a versioned bucket, with or without a default retention (O114, O115, O117, O118)."""
    document = dict(object_lock_configuration or {})
    if document.get("ObjectLockEnabled") != "Enabled":
        raise S3Error("MalformedXML")
    if "Rule" in document:
        default = document["Rule"].get("DefaultRetention") or {}
        periods = [name for name in ("Days", "Years") if name in default]
        if default.get("Mode") not in RETENTION_MODES or len(periods) != 1:
            raise S3Error("MalformedXML")
    if bucket.versioning != "Enabled":
        message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise S3Error("InvalidBucketState", message)
    return document


def enable_object_lock(bucket: Bucket) -> None:
    """Turn Object Lock on. Nothing turns it off."""
    bucket.lock_enabled = True


def default_object_lock(bucket: Bucket) -> Document | None:
    """The configuration of a bucket that was created with Object Lock; None for one without (O113, O116)."""
    return {"ObjectLockEnabled": "Enabled"} if bucket.lock_enabled else None


@operation("PutObjectRetention")
def put_object_retention(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    retention: Mapping[str, Any] | None = None,
    version_id: str | None = None,
    bypass_governance_retention: bool | None = None,
) -> Answer:
    """Set a version's retention (S3's manual and users' reports; retention is not recorded)."""
    _check_enabled(bucket)
    version = get_version(bucket, key, version_id, method="PUT")
    mode, until = (retention or {}).get("Mode"), (retention or {}).get("RetainUntilDate")
    if (mode is None) != (until is None) or mode not in (None, *RETENTION_MODES):
        raise S3Error("MalformedXML")
    date = None if until is None else validate_retain_until(until, store.now())
    bypass = bool(bypass_governance_retention)
    lock = version.properties.lock.with_retention(mode, date, store.now(), bypass=bypass)
    bucket.update_properties(version, lock=lock)
    store.notify("ObjectRetention:Put", bucket, version)
    return {}


@operation("GetObjectRetention")
def get_object_retention(store: Store, *, bucket: Bucket, key: str, version_id: str | None = None) -> Answer:
    """A version's retention."""
    _check_enabled(bucket)
    lock = get_version(bucket, key, version_id, method="GET").properties.lock
    if lock.mode is None:
        raise S3Error("NoSuchObjectLockConfiguration")
    return {"Retention": {"Mode": lock.mode, "RetainUntilDate": lock.until}}


@operation("PutObjectLegalHold")
def put_object_legal_hold(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    legal_hold: Mapping[str, Any] | None = None,
    version_id: str | None = None,
) -> Answer:
    """Set or remove a version's legal hold."""
    _check_enabled(bucket)
    version = get_version(bucket, key, version_id, method="PUT")
    status = (legal_hold or {}).get("Status")
    if status is None:
        raise S3Error("MalformedXML")
    check_legal_hold(status)
    bucket.update_properties(version, lock=replace(version.properties.lock, legal_hold=status))
    return {}


@operation("GetObjectLegalHold")
def get_object_legal_hold(store: Store, *, bucket: Bucket, key: str, version_id: str | None = None) -> Answer:
    """A version's legal hold."""
    _check_enabled(bucket)
    status = get_version(bucket, key, version_id, method="GET").properties.lock.legal_hold
    if status is None:
        raise S3Error("NoSuchObjectLockConfiguration")
    return {"LegalHold": {"Status": status}}


def _check_enabled(bucket: Bucket) -> None:
    """Retention and legal holds are for buckets with Object Lock only."""
    if not bucket.lock_enabled:
        raise S3Error("InvalidRequest", "Bucket is missing Object Lock Configuration")
