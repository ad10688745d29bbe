"""Lifecycle: the checks of a LifecycleConfiguration, and when an upload will be aborted by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.lifecycle import lifecycle_rules, upcoming_abort
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import Upload
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import Document
from fakes3mp.operations.registry import Answer

_ACTIONS = (
    "AbortIncompleteMultipartUpload",
    "Expiration",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "Transitions",
)
_MAX_RULES, _MAX_ID = 1000, 255  # characters of an ID
_DEFAULT_MINIMUM_SIZE = "all_storage_classes_128K"


def abort_members(bucket: Bucket, upload: Upload) -> Answer:
    """AbortDate and AbortRuleId, if a rule will abort this upload (F113)."""
    abort = upcoming_abort(lifecycle_rules(bucket), upload.key, upload.properties.tags, upload.initiated)
    return {} if abort is None else {"AbortDate": abort[0], "AbortRuleId": abort[1]}


def validate_lifecycle(
    store: Store,
    bucket: Bucket,
    lifecycle_configuration: Mapping[str, Any] | None = None,
    transition_default_minimum_object_size: str | None = None,
) -> Document:
    """The rules; one without an ID gets one (S3's manual; lifecycle is not recorded).

    Stored with them is since when they hold: rules act on what is due from then on.
    """
    rules = (lifecycle_configuration or {}).get("Rules") or ()
    if not 1 <= len(rules) <= _MAX_RULES:
        raise S3Error("MalformedXML")
    rules = [{**rule, "ID": rule.get("ID") or store.ids.version(bucket.name, "lifecycle")} for rule in rules]
    if len({rule["ID"] for rule in rules}) < len(rules):
        raise S3Error("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    for rule in rules:
        _check_rule(rule)
    minimum_size = transition_default_minimum_object_size or _DEFAULT_MINIMUM_SIZE
    return {"Rules": rules, "Minimum": minimum_size, "Since": store.now()}


def put_lifecycle_answer(stored: Document) -> Answer:
    """The output of PutBucketLifecycleConfiguration."""
    return {"TransitionDefaultMinimumObjectSize": stored["Minimum"]}


def get_lifecycle_answer(stored: Document) -> Answer:
    """The output of GetBucketLifecycleConfiguration."""
    return {"Rules": stored["Rules"], "TransitionDefaultMinimumObjectSize": stored["Minimum"]}


def _check_rule(rule: Mapping[str, Any]) -> None:
    """Check a rule by S3's manual; the wording of the errors is from users' reports."""
    if len(rule["ID"]) > _MAX_ID:
        raise S3Error("InvalidArgument", "ID length should not exceed allowed limit of 255")
    if ("Prefix" in rule) == ("Filter" in rule):
        raise S3Error("MalformedXML")
    if not any(action in rule for action in _ACTIONS):
        raise S3Error("InvalidRequest", "At least one action needs to be specified in a rule")
    # A filter has one condition, or several under And. Whether S3 lets a rule that aborts uploads filter by tags is open.
    if len(rule.get("Filter", {})) > 1:
        raise S3Error("MalformedXML")
    _check_days(rule)


def _check_days(rule: Mapping[str, Any]) -> None:
    expiration = rule.get("Expiration", {})
    if len([name for name in ("Days", "Date", "ExpiredObjectDeleteMarker") if name in expiration]) > 1:
        raise S3Error("MalformedXML")
    abort = rule.get("AbortIncompleteMultipartUpload", {})
    for action, name, days in (
        ("Expiration", "Days", expiration.get("Days", 1)),
        ("AbortIncompleteMultipartUpload", "DaysAfterInitiation", abort.get("DaysAfterInitiation", 1)),
    ):
        if days < 1:
            raise S3Error("InvalidArgument", f"'{name}' for {action} action must be a positive integer")
