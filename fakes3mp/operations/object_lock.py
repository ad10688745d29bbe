"""Object Lock: the checks of a bucket's configuration, and a version's retention and legal hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.object_lock import RETENTION_MODES
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.configuration_documents import Document
from fakes3mp.operations.properties import validate_retain_until
from fakes3mp.operations.reading import get_version
from fakes3mp.operations.registry import Answer, operation


def validate_object_lock(bucket: Bucket, object_lock_configuration: Mapping[str, Any] | None = None) -> Document:
    """Object Lock of a versioned bucket, with or without a default retention (O114, O115, O117, O118)."""
    document = dict(object_lock_configuration or {})
    if document.get("ObjectLockEnabled") != "Enabled":
        raise S3Error("MalformedXML")
    if "Rule" in document:
        _check_default_retention(document["Rule"].get("DefaultRetention") or {})
    if bucket.versioning != "Enabled":
        message = "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration"
        raise S3Error("InvalidBucketState", message)
    return document


_LONGEST_PERIODS = {"Days": 36_500, "Years": 100}


def _check_default_retention(default: Mapping[str, Any]) -> None:
    """A mode, and a number of days or of years (O118, O219; that the second message has ArgumentName is not verified)."""
    if "DefaultEventHold" in default:
        raise _event_holds_not_implemented()
    periods = [name for name in _LONGEST_PERIODS if name in default]
    if default.get("Mode") not in RETENTION_MODES or len(periods) != 1:
        raise S3Error("MalformedXML")
    period = periods[0]
    if default[period] < 1:
        raise invalid_argument("Default retention period must be a positive integer value.", period)
    if default[period] > _LONGEST_PERIODS[period]:
        raise invalid_argument("Default retention period too large.", period)


def _event_holds_not_implemented() -> S3Error:
    return S3Error("NotImplemented", "fakes3mp does not implement event holds of Object Lock.")


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
    mode, date = _read_retention(retention or {}, store.exact_time())
    bypass = bool(bypass_governance_retention)
    lock = version.properties.lock.with_retention(mode, date, store.exact_time(), bypass=bypass)

    bucket.update_properties(version, lock=lock)
    store.notify("ObjectRetention:Put", bucket, version)
    return {}


def _read_retention(document: Mapping[str, Any], now: datetime) -> tuple[str | None, datetime | None]:
    """Mode and date of a Retention; neither removes a retention (O257, S3's manual)."""
    if "EventHold" in document or "EventHoldDuration" in document:
        raise _event_holds_not_implemented()
    mode, date = document.get("Mode"), document.get("RetainUntilDate")
    if (mode is None) != (date is None) or mode not in (None, *RETENTION_MODES):
        raise S3Error("MalformedXML")
    if date is None:
        return None, None
    return mode, validate_retain_until(date, now, in_document=True)


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
    """Set or remove a version's legal hold. The form is judged before the bucket (O257)."""
    status = (legal_hold or {}).get("Status")
    if status not in ("ON", "OFF"):
        raise S3Error("MalformedXML")
    _check_enabled(bucket)
    version = get_version(bucket, key, version_id, method="PUT")

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
