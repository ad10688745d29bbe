"""LifecycleConfiguration: its checks, and what is stored and answered of it.

By O218, O340-O343 and S3's manual ("Lifecycle configuration elements"). Where a message is not verified, a comment says so.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.configuration_documents import Document
from fakes3mp.operations.registry import Answer

Rule = Mapping[str, Any]

_MAX_RULES = 1000
_MAX_ID = 255  # characters
_MAX_INTEGER = 2**31 - 1  # of a schema's integer
_MAX_SIZE = 1000 << 40  # bytes, in a filter (O342)
_MAX_NEWER_VERSIONS = 100
_MINIMUM_AGE = {"STANDARD_IA": 30, "ONEZONE_IA": 30}  # storage class -> days before a version moves there (O218)
_MINIMUM_SIZES = ("all_storage_classes_128K", "varies_by_storage_class")
_TRANSITION_CLASSES = (*_MINIMUM_AGE, "INTELLIGENT_TIERING", "GLACIER_IR", "GLACIER", "DEEP_ARCHIVE")


def validate_lifecycle(
    store: Store,
    bucket: Bucket,
    lifecycle_configuration: Mapping[str, Any] | None = None,
    transition_default_minimum_object_size: str | None = None,
) -> Document:
    """The rules; one without an ID gets one (O218, O340-O343, S3's manual).

    Stored with them is since when they hold: rules act on what is due from then on.
    """
    rules = (lifecycle_configuration or {}).get("Rules") or ()
    _check_rules(rules)
    minimum_size = transition_default_minimum_object_size or _MINIMUM_SIZES[0]
    if minimum_size not in _MINIMUM_SIZES:
        raise S3Error("InvalidRequest", f"Invalid TransitionDefaultMinimumObjectSize found: {minimum_size}")
    rules = [{**rule, "ID": rule.get("ID") or store.ids.version(bucket.name, "lifecycle")} for rule in rules]
    return {"Rules": rules, "Minimum": minimum_size, "Since": store.now()}


def put_lifecycle_answer(stored: Document) -> Answer:
    """The output of PutBucketLifecycleConfiguration."""
    return {"TransitionDefaultMinimumObjectSize": stored["Minimum"]}


def get_lifecycle_answer(stored: Document) -> Answer:
    """The output of GetBucketLifecycleConfiguration."""
    return {"Rules": stored["Rules"], "TransitionDefaultMinimumObjectSize": stored["Minimum"]}


def _check_rules(rules: Sequence[Rule]) -> None:
    """Raise S3's error for the first rule that is not accepted."""
    if not 1 <= len(rules) <= _MAX_RULES:
        raise S3Error("MalformedXML")
    _check_ids([rule["ID"] for rule in rules if rule.get("ID")])
    for rule in rules:
        _check_scope(rule, uses_filters="Filter" in rules[0])
        _check_actions(rule)


def _check_ids(ids: Sequence[str]) -> None:
    for rule_id in ids:
        if len(rule_id) > _MAX_ID:
            raise S3Error("InvalidArgument", "ID length should not exceed allowed limit of 255")
        if not rule_id.isprintable():  # an ID is sent in headers; the error is not verified
            raise S3Error("InvalidArgument", "ID contains characters that are not allowed")
    if len(set(ids)) < len(ids):
        raise S3Error("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")


# What a rule applies to


def _check_scope(rule: Rule, *, uses_filters: bool) -> None:
    """A rule has a status, and a Filter or a Prefix: all rules alike, as the first one (O340)."""
    if rule.get("Status") not in ("Enabled", "Disabled"):
        raise S3Error("MalformedXML")
    if uses_filters and "Prefix" in rule:
        message = "Base level prefix cannot be used in Lifecycle V2, prefixes are only supported in the Filter."
        raise S3Error("InvalidRequest", message)
    if not uses_filters and "Filter" in rule:
        raise S3Error("InvalidRequest", "Filter element can only be used in Lifecycle V2.")
    if "Filter" in rule:
        _check_filter(rule["Filter"])
    elif "Prefix" not in rule:
        raise S3Error("MalformedXML")


def _check_filter(filter_: Rule) -> None:
    """A filter has one condition, or several under And."""
    if len(filter_) > 1:
        raise S3Error("MalformedXML")
    conditions = _conditions(filter_)
    keys = [tag["Key"] for tag in conditions["Tags"]]
    if len(set(keys)) < len(keys):
        raise S3Error("InvalidRequest", "Duplicate Tag Keys are not allowed.")
    smallest, largest = conditions.get("ObjectSizeGreaterThan"), conditions.get("ObjectSizeLessThan")
    if smallest is not None and not 0 <= smallest <= _MAX_SIZE:
        raise S3Error("InvalidRequest", f"'ObjectSizeGreaterThan' should be between 0 and {_MAX_SIZE}.")
    if largest is not None and not 1 <= largest <= _MAX_SIZE:
        raise S3Error("InvalidRequest", f"'ObjectSizeLessThan' should be between 1 and {_MAX_SIZE}.")
    if smallest is not None and largest is not None and smallest >= largest:
        message = "'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'."
        raise S3Error("InvalidRequest", message)


def _conditions(filter_: Rule) -> dict[str, Any]:
    """The conditions of a filter, alone or under And, with all tags under ``Tags``."""
    conditions = {**filter_, **filter_.get("And", {})}
    tag = conditions.pop("Tag", None)
    return {**conditions, "Tags": [*conditions.get("Tags", ()), *([] if tag is None else [tag])]}


# What a rule does


def _check_actions(rule: Rule) -> None:
    actions = [name for name in _CHECKS if name in rule]
    if not actions:
        raise S3Error("InvalidRequest", "At least one action needs to be specified in a rule")
    for name in actions:
        _CHECKS[name](rule[name])
    _check_filter_suits(rule)
    _check_days_or_dates(rule)
    _check_order(rule)


def _check_expiration(expiration: Rule) -> None:
    if len([name for name in ("Days", "Date", "ExpiredObjectDeleteMarker") if name in expiration]) != 1:
        raise S3Error("MalformedXML")
    if "Days" in expiration:
        _check_positive(expiration["Days"], "Days", "Expiration")
    if "Date" in expiration:
        _check_midnight(expiration["Date"])


def _check_noncurrent_expiration(expiration: Rule) -> None:
    if "NoncurrentDays" not in expiration:
        raise S3Error("MalformedXML")
    _check_positive(expiration["NoncurrentDays"], "NoncurrentDays", "NoncurrentVersionExpiration")
    _check_newer_versions(expiration)


def _check_abort(abort: Rule) -> None:
    if "DaysAfterInitiation" not in abort:
        raise S3Error("MalformedXML")
    _check_positive(abort["DaysAfterInitiation"], "DaysAfterInitiation", "AbortIncompleteMultipartUpload")


def _check_transitions(transitions: Sequence[Rule]) -> None:
    for transition in transitions:
        if ("Days" in transition) == ("Date" in transition):
            raise S3Error("MalformedXML")
        if "Date" in transition:
            _check_midnight(transition["Date"])
        _check_age(transition, "Days", "Transition")
    _check_classes(transitions, "Transition")


def _check_noncurrent_transitions(transitions: Sequence[Rule]) -> None:
    for transition in transitions:
        if "NoncurrentDays" not in transition:
            raise S3Error("MalformedXML")
        _check_age(transition, "NoncurrentDays", "NoncurrentVersionTransition")
        _check_newer_versions(transition)
    _check_classes(transitions, "NoncurrentVersionTransition")


_CHECKS: dict[str, Callable[[Any], None]] = {
    "Expiration": _check_expiration,
    "Transitions": _check_transitions,
    "NoncurrentVersionExpiration": _check_noncurrent_expiration,
    "NoncurrentVersionTransitions": _check_noncurrent_transitions,
    "AbortIncompleteMultipartUpload": _check_abort,
}


def _check_age(transition: Rule, name: str, action: str) -> None:
    """The storage class is known, and the age not below the class's least age (O218)."""
    storage_class, days = transition.get("StorageClass"), transition.get(name)
    if storage_class not in _TRANSITION_CLASSES:
        raise S3Error("MalformedXML")
    if days is None:
        return
    _check_integer(days)
    if days < 0:  # users' reports
        raise S3Error("InvalidArgument", f"'{name}' in {action} action must be nonnegative")
    minimum = _MINIMUM_AGE.get(storage_class, 0)
    if days < minimum:
        message = f"'{name}' in {action} action must be greater than or equal to {minimum} for storageClass"
        raise S3Error("InvalidArgument", f"{message} '{storage_class}'")


def _check_classes(transitions: Sequence[Rule], action: str) -> None:
    """Each storage class once (O343)."""
    classes = [transition["StorageClass"] for transition in transitions]
    if len(set(classes)) < len(classes):
        message = f"'StorageClass' must be different for '{action}' actions in same 'Rule'"
        raise S3Error("InvalidRequest", message)


def _check_newer_versions(action: Rule) -> None:
    """Up to 100 (S3's manual; the message is not verified)."""
    if not 1 <= action.get("NewerNoncurrentVersions", 1) <= _MAX_NEWER_VERSIONS:
        message = f"'NewerNoncurrentVersions' must be an integer between 1 and {_MAX_NEWER_VERSIONS}"
        raise S3Error("InvalidArgument", message)


def _check_filter_suits(rule: Rule) -> None:
    """Uploads and delete markers have neither tags nor a size (O341)."""
    conditions = _conditions(rule.get("Filter", {}))
    has_sizes = "ObjectSizeGreaterThan" in conditions or "ObjectSizeLessThan" in conditions
    for action, is_there in (
        ("ExpiredObjectDeleteMarker", "ExpiredObjectDeleteMarker" in rule.get("Expiration", {})),
        ("AbortIncompleteMultipartUpload", "AbortIncompleteMultipartUpload" in rule),
    ):
        if is_there and conditions["Tags"]:
            raise S3Error("InvalidRequest", f"{action} cannot be specified with Tags.")
        if is_there and has_sizes:
            raise S3Error("InvalidRequest", f"{action} cannot be specified with Object Size.")


def _check_days_or_dates(rule: Rule) -> None:
    """A rule's Expiration and Transitions go by days or by dates, not by both (O218; the message by O343)."""
    actions = [rule.get("Expiration", {}), *rule.get("Transitions", ())]
    if len({name for action in actions for name in ("Days", "Date") if name in action}) > 1:
        message = "Found mixed 'Date' and 'Days' based Expiration and Transition actions in lifecycle rule"
        raise S3Error("InvalidRequest", message)


# (expiration, transition, when)
_EXPIRES_LAST = (
    ("Expiration", "Transition", "Days"),
    ("Expiration", "Transition", "Date"),
    ("NoncurrentVersionExpiration", "NoncurrentVersionTransition", "NoncurrentDays"),
)


def _check_order(rule: Rule) -> None:
    """A version expires after it has moved (O218; the message by O343, for current versions not verified)."""
    for expiration, transition, when in _EXPIRES_LAST:
        expires = rule.get(expiration, {}).get(when)
        moves = [action[when] for action in rule.get(f"{transition}s", ()) if when in action]
        if expires is not None and moves and expires <= max(moves):
            message = f"'{when}' in the {expiration} action must be greater than '{when}' in the {transition} action"
            raise S3Error("InvalidArgument", message)


# Numbers and dates


def _check_positive(number: int, name: str, action: str) -> None:
    _check_integer(number)
    if number < 1:
        raise S3Error("InvalidArgument", f"'{name}' for {action} action must be a positive integer")


def _check_integer(number: int) -> None:
    """The schema has 32 bits for an integer."""
    if abs(number) > _MAX_INTEGER:
        raise S3Error("MalformedXML")


def _check_midnight(date: datetime) -> None:
    try:
        time = date.astimezone(timezone.utc).time()
    except OverflowError:
        raise S3Error("MalformedXML") from None
    if time.hour or time.minute or time.second or time.microsecond:
        raise invalid_argument("'Date' must be at midnight GMT", "Date")
