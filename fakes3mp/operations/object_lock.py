"""Object Lock: the checks of a bucket's configuration, and a version's retention and legal hold."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.object_lock import LONGEST_PERIODS, RETENTION_MODES, Lock
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.configuration_documents import Document
from fakes3mp.operations.lock_parameters import event_hold_period, validate_retain_until
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


def _check_default_retention(default: Mapping[str, Any]) -> None:
    """A mode, and a number of days or of years (O118, O219; that the second message has ArgumentName is not verified)."""
    periods = [name for name in LONGEST_PERIODS if name in default]
    if "DefaultEventHold" in default and default.get("Mode") in RETENTION_MODES and not periods:
        event_hold_period(default["DefaultEventHold"], "DefaultEventHold")
        return
    if default.get("Mode") not in RETENTION_MODES or len(periods) != 1:
        raise S3Error("MalformedXML")
    period = periods[0]
    if default[period] < 1:
        raise invalid_argument("Default retention period must be a positive integer value.", period)
    if default[period] > LONGEST_PERIODS[period]:
        raise invalid_argument("Default retention period too large.", period)


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
    lock = _changed_lock(
        version.properties.lock, retention or {}, store.exact_time(), bypass=bool(bypass_governance_retention)
    )

    bucket.update_properties(version, lock=lock)
    store.notify("ObjectRetention:Put", bucket, version)
    return {}


def _changed_lock(lock: Lock, document: Mapping[str, Any], now: datetime, *, bypass: bool) -> Lock:
    """The lock with the retention of a document, or with its event hold placed or released (O349).

    What S3 answers to a document of both is not known: it is malformed here, as is a hold without a mode.
    """
    hold, duration = document.get("EventHold"), document.get("EventHoldDuration")
    if hold is None and duration is None:
        mode, date = _read_retention(document, now)
        return lock.with_retention(mode, date, now, bypass=bypass)
    mode = document.get("Mode")
    if "RetainUntilDate" in document or mode not in (None, *RETENTION_MODES):
        raise S3Error("MalformedXML")
    if hold == "OFF" and duration is None and mode in (None, lock.mode):
        return lock.released(now)
    if hold != "ON" or (mode or lock.mode) is None:
        raise S3Error("MalformedXML")
    period = event_hold_period(duration or {}, "EventHoldDuration")
    return lock.with_event_hold(mode, period, now, bypass=bypass)


def _read_retention(document: Mapping[str, Any], now: datetime) -> tuple[str | None, datetime | None]:
    """Mode and date of a Retention; neither removes a retention (O257, S3's manual)."""
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
    members = {"Mode": lock.mode, "RetainUntilDate": lock.until, "EventHold": lock.event_hold}
    retention: Answer = {name: value for name, value in members.items() if value is not None}
    if lock.event_hold_period is not None:
        retention["EventHoldDuration"] = {lock.event_hold_period.unit: lock.event_hold_period.number}
    return {"Retention": retention}


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
    store.notify("ObjectLegalHold:Put", bucket, version)  # nobody can subscribe to it, but replicas follow
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
