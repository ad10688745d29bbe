"""Lifecycle rules: which rule matches an object or upload, and when it acts.

What may live here: reading a LifecycleConfiguration as it was put. Whether S3 takes such a document is the operation's
business; doing what is due is expiring's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import S3Object
from fakes3mp.core.tagging import Tags

Rule = Mapping[str, Any]
LIFECYCLE = "LifecycleConfiguration"  # the name under which a bucket keeps it


def rules_of(bucket: Bucket) -> Sequence[Rule]:
    """The bucket's lifecycle rules, as they were put."""
    rules: Sequence[Rule] = bucket.configurations.get(LIFECYCLE, {}).get("Rules", [])
    return rules


def next_midnight(moment: datetime) -> datetime:
    """The next midnight UTC, or the moment itself where it is one: S3 rounds up (F113)."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == moment else midnight + timedelta(days=1)


def after_days(moment: datetime, days: int) -> datetime:
    """So many days later, at midnight (F113)."""
    return next_midnight(moment + timedelta(days=days))


def matches(rule: Rule, key: str, tags: Tags = (), size: int | None = None) -> bool:
    """Whether an enabled rule's filter takes in this key with these tags and, where known, this size in bytes."""
    if rule.get("Status") != "Enabled":
        return False
    parts = conditions(rule)
    prefix = str(parts.get("Prefix", rule.get("Prefix", "")))
    return (
        key.startswith(prefix)
        and all((tag["Key"], tag["Value"]) in tags for tag in _tags(rule))
        and _fits(size, parts.get("ObjectSizeGreaterThan"), parts.get("ObjectSizeLessThan"))
    )


def conditions(rule: Rule) -> Mapping[str, Any]:
    """What a rule's filter says, whether it says one thing or several under ``And``."""
    filter_: Mapping[str, Any] = rule.get("Filter", {})
    return {**filter_, **filter_.get("And", {})}


def _tags(rule: Rule) -> list[Mapping[str, str]]:
    filter_ = rule.get("Filter", {})
    return [*filter_.get("And", {}).get("Tags", []), *([filter_["Tag"]] if "Tag" in filter_ else [])]


def _fits(size: int | None, above: int | None, below: int | None) -> bool:
    """A filter by size cannot take in what has none yet: an upload in progress."""
    if size is None:
        return above is None and below is None
    return (above is None or size > above) and (below is None or size < below)


def abort_of(rules: Iterable[Rule], key: str, tags: Tags, initiated: datetime) -> tuple[datetime, str] | None:
    """When an open upload will be aborted and by which rule: the earliest that matches (F113)."""
    due = [
        (after_days(initiated, days), str(rule.get("ID", "")))
        for rule in rules
        if (days := rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")) is not None
        and matches(rule, key, tags)
    ]
    return min(due, default=None)


def when(action: Mapping[str, Any], since: datetime) -> datetime | None:
    """When an Expiration or a Transition acts on what was written ``since``: after its Days, or at its Date."""
    if "Days" in action:
        return after_days(since, action["Days"])
    return next_midnight(action["Date"]) if "Date" in action else None


def expiration_of(bucket: Bucket, found: S3Object) -> tuple[datetime, str] | None:
    """When a current object expires and by which rule: the earliest that matches."""
    due = [
        (at, str(rule.get("ID", "")))
        for rule in rules_of(bucket)
        if matches(rule, found.key, found.properties.tags, found.size)
        and (at := when(rule.get("Expiration", {}), found.modified)) is not None
    ]
    return min(due, default=None)
