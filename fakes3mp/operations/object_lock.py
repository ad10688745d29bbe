"""Object Lock: a bucket's configuration, a version's retention and legal hold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.object_lock import MODES
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration import OBJECT_LOCK
from fakes3mp.operations.properties import check_hold, checked_until
from fakes3mp.operations.reading import readable
from fakes3mp.operations.registry import Answer, operation


@operation("PutObjectLockConfiguration")
def put_object_lock_configuration(
    store: Store,
    *,
    bucket: str,
    object_lock_configuration: Mapping[str, Any] | None = None,
) -> Answer:
    """Lock a versioned bucket, with or without a default retention (O114, O115, O117, O118)."""
    place = store.bucket(bucket)
    configuration = object_lock_configuration or {}
    _check(configuration)
    if place.versioning != "Enabled":
        message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise S3Error("InvalidBucketState", message)
    place.lock_enabled = True
    place.configure(OBJECT_LOCK, dict(configuration))
    return {}


def _check(configuration: Mapping[str, Any]) -> None:
    """O118"""
    if configuration.get("ObjectLockEnabled") != "Enabled":
        raise S3Error("MalformedXML")
    if "Rule" not in configuration:
        return
    default = configuration["Rule"].get("DefaultRetention") or {}
    periods = [name for name in ("Days", "Years") if name in default]
    if default.get("Mode") not in MODES or len(periods) != 1:
        raise S3Error("MalformedXML")


@operation("GetObjectLockConfiguration")
def get_object_lock_configuration(store: Store, *, bucket: str) -> Answer:
    """The configuration as it was put (O113, O116)."""
    place = store.bucket(bucket)
    if not place.lock_enabled:
        raise S3Error("ObjectLockConfigurationNotFoundError", fields={"BucketName": bucket})
    found = place.configured(OBJECT_LOCK, {"ObjectLockEnabled": "Enabled"})
    return {"ObjectLockConfiguration": found}


@operation("PutObjectRetention")
def put_object_retention(
    store: Store,
    *,
    bucket: str,
    key: str,
    retention: Mapping[str, Any] | None = None,
    version_id: str | None = None,
    bypass_governance_retention: bool | None = None,
) -> Answer:
    """Set a version's retention (S3's manual and users' reports; retention is not recorded)."""
    place = _locked(store, bucket)
    found = readable(store, bucket, key, version_id, method="PUT")
    mode, until = (retention or {}).get("Mode"), (retention or {}).get("RetainUntilDate")
    if (mode is None) != (until is None) or mode not in (None, *MODES):
        raise S3Error("MalformedXML")
    date = None if until is None else checked_until(until, store.now())
    bypass = bool(bypass_governance_retention)
    place.amend(found, lock=found.properties.lock.retained(mode, date, store.now(), bypass=bypass))
    store.tell("ObjectRetention:Put", place, found)
    return {}


@operation("GetObjectRetention")
def get_object_retention(store: Store, *, bucket: str, key: str, version_id: str | None = None) -> Answer:
    """A version's retention."""
    _locked(store, bucket)
    lock = readable(store, bucket, key, version_id, method="GET").properties.lock
    if lock.mode is None:
        raise S3Error("NoSuchObjectLockConfiguration")
    return {"Retention": {"Mode": lock.mode, "RetainUntilDate": lock.until}}


@operation("PutObjectLegalHold")
def put_object_legal_hold(
    store: Store,
    *,
    bucket: str,
    key: str,
    legal_hold: Mapping[str, Any] | None = None,
    version_id: str | None = None,
) -> Answer:
    """Set or lift a version's legal hold."""
    place = _locked(store, bucket)
    found = readable(store, bucket, key, version_id, method="PUT")
    status = (legal_hold or {}).get("Status")
    if status is None:
        raise S3Error("MalformedXML")
    check_hold(status)
    place.amend(found, lock=replace(found.properties.lock, legal_hold=status))
    return {}


@operation("GetObjectLegalHold")
def get_object_legal_hold(store: Store, *, bucket: str, key: str, version_id: str | None = None) -> Answer:
    """A version's legal hold."""
    _locked(store, bucket)
    status = readable(store, bucket, key, version_id, method="GET").properties.lock.legal_hold
    if status is None:
        raise S3Error("NoSuchObjectLockConfiguration")
    return {"LegalHold": {"Status": status}}


def _locked(store: Store, bucket: str) -> Bucket:
    """The bucket, if it has Object Lock."""
    place = store.bucket(bucket)
    if not place.lock_enabled:
        raise S3Error("InvalidRequest", "Bucket is missing Object Lock Configuration")
    return place
