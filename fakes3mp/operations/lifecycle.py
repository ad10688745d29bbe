"""Lifecycle configuration: put, get, delete, and what an upload is told of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.lifecycle import LIFECYCLE, abort_of, rules_of
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import Upload
from fakes3mp.errors import S3Error
from fakes3mp.operations.registry import Answer, operation

_ACTIONS = (
    "AbortIncompleteMultipartUpload",
    "Expiration",
    "NoncurrentVersionExpiration",
    "NoncurrentVersionTransitions",
    "Transitions",
)
_MAX_RULES, _MAX_ID = 1000, 255
_DEFAULT_MINIMUM = "all_storage_classes_128K"


def abort_members(bucket: Bucket, upload: Upload) -> Answer:
    """AbortDate and AbortRuleId, where a rule will abort this upload (F113)."""
    due = abort_of(rules_of(bucket), upload.key, upload.properties.tags, upload.initiated)
    return {} if due is None else {"AbortDate": due[0], "AbortRuleId": due[1]}


@operation("PutBucketLifecycleConfiguration")
def put_lifecycle(
    store: Store,
    *,
    bucket: str,
    lifecycle_configuration: Mapping[str, Any] | None = None,
    transition_default_minimum_object_size: str | None = None,
) -> Answer:
    """Replace the rules; a rule without an ID gets one (S3's manual; lifecycle is not recorded)."""
    place = store.bucket(bucket)
    rules = (lifecycle_configuration or {}).get("Rules") or ()
    if not 1 <= len(rules) <= _MAX_RULES:
        raise S3Error("MalformedXML")
    named = [{**rule, "ID": rule.get("ID") or store.ids.version(bucket, "lifecycle")} for rule in rules]
    if len({rule["ID"] for rule in named}) < len(named):
        raise S3Error("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")
    for rule in named:
        _check(rule)
    minimum = transition_default_minimum_object_size or _DEFAULT_MINIMUM
    place.configure(LIFECYCLE, {"Rules": named, "Minimum": minimum, "Since": store.now()})
    return {"TransitionDefaultMinimumObjectSize": minimum}


def _check(rule: Mapping[str, Any]) -> None:
    """What S3's manual demands of a rule; the wording of the refusals is users' reports."""
    if len(rule["ID"]) > _MAX_ID:
        raise S3Error("InvalidArgument", "ID length should not exceed allowed limit of 255")
    if ("Prefix" in rule) == ("Filter" in rule):
        raise S3Error("MalformedXML")
    if not any(action in rule for action in _ACTIONS):
        raise S3Error("InvalidRequest", "At least one action needs to be specified in a rule")
    _check_filter(rule)
    _check_days(rule)


def _check_filter(rule: Mapping[str, Any]) -> None:
    """A filter says one thing, or several under And. Whether S3 lets a rule that aborts uploads filter by tags is open."""
    if len(rule.get("Filter", {})) > 1:
        raise S3Error("MalformedXML")


def _check_days(rule: Mapping[str, Any]) -> None:
    expiration = rule.get("Expiration", {})
    if len([name for name in ("Days", "Date", "ExpiredObjectDeleteMarker") if name in expiration]) > 1:
        raise S3Error("MalformedXML")
    abort = rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation", 1)
    for action, days in (("Expiration", expiration.get("Days", 1)), ("AbortIncompleteMultipartUpload", abort)):
        if days < 1:
            name = "DaysAfterInitiation" if action.startswith("Abort") else "Days"
            raise S3Error("InvalidArgument", f"'{name}' for {action} action must be a positive integer")


@operation("GetBucketLifecycleConfiguration")
def get_lifecycle(store: Store, *, bucket: str) -> Answer:
    """The rules as they were put."""
    found = store.bucket(bucket).configured(LIFECYCLE)
    if found is None:
        raise S3Error("NoSuchLifecycleConfiguration", fields={"BucketName": bucket})
    return {"Rules": found["Rules"], "TransitionDefaultMinimumObjectSize": found["Minimum"]}
