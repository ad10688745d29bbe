"""Lifecycle rules: which objects and uploads a rule matches, and when it acts on them.

Validation of a LifecycleConfiguration is in ``operations``, its execution in ``lifecycle_actions``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta, timezone
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import S3Object
from fakes3mp.core.tagging import Tags

Rule = Mapping[str, Any]
LIFECYCLE = "LifecycleConfiguration"  # its name in Bucket.configurations
_NEVER = datetime(9999, 12, 31, tzinfo=timezone.utc)  # the last midnight there is: a rule may name any number of days


def lifecycle_rules(bucket: Bucket) -> Sequence[Rule]:
    """The bucket's lifecycle rules, as they were put."""
    rules: Sequence[Rule] = bucket.configurations.get(LIFECYCLE, {}).get("Rules", [])
    return rules


def next_midnight(time: datetime) -> datetime:
    """The next midnight UTC, or ``time`` itself if it is midnight: S3 rounds up (F113)."""
    midnight = time.replace(hour=0, minute=0, second=0, microsecond=0)
    if midnight == time or midnight >= _NEVER:
        return midnight
    return midnight + timedelta(days=1)


def after_days(time: datetime, days: int) -> datetime:
    """The time so many days later, rounded up to midnight UTC (F113); the end of time if it is later than that."""
    return _NEVER if days > (_NEVER - time).days else next_midnight(time + timedelta(days=days))


def rule_matches(rule: Rule, key: str, tags: Tags = (), size: int | None = None) -> bool:
    """Whether a rule is enabled and its filter matches this key, these tags and this size.

    ``size`` is in bytes; None for an open upload or a delete marker, which no filter by size matches.
    """
    if rule.get("Status") != "Enabled":
        return False
    conditions = filter_conditions(rule)
    prefix = str(conditions.get("Prefix", rule.get("Prefix", "")))
    return (
        key.startswith(prefix)
        and all((tag["Key"], tag["Value"]) in tags for tag in _filter_tags(rule))
        and _size_matches(size, conditions.get("ObjectSizeGreaterThan"), conditions.get("ObjectSizeLessThan"))
    )


def filter_conditions(rule: Rule) -> Mapping[str, Any]:
    """The conditions of a rule's filter: a single one, or those under ``And``."""
    filter_: Mapping[str, Any] = rule.get("Filter", {})
    return {**filter_, **filter_.get("And", {})}


def _filter_tags(rule: Rule) -> list[Mapping[str, str]]:
    filter_ = rule.get("Filter", {})
    return [*filter_.get("And", {}).get("Tags", []), *([filter_["Tag"]] if "Tag" in filter_ else [])]


def _size_matches(size: int | None, greater_than: int | None, less_than: int | None) -> bool:
    if size is None:
        return greater_than is None and less_than is None
    return (greater_than is None or size > greater_than) and (less_than is None or size < less_than)


def upcoming_abort(rules: Iterable[Rule], key: str, tags: Tags, initiated: datetime) -> tuple[datetime, str] | None:
    """When an open upload will be aborted, and the ID of the rule: the earliest of those that match (F113).

    Of rules that are due at one time it is the first in the configuration, as for expirations (O267).
    """
    aborts = [
        (after_days(initiated, days), str(rule.get("ID", "")))
        for rule in rules
        if (days := rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")) is not None
        and rule_matches(rule, key, tags)
    ]
    return min(aborts, key=_time, default=None)


def due_time(action: Mapping[str, Any], since: datetime) -> datetime | None:
    """When an Expiration or Transition acts: its Days after ``since``, or at its Date; None if it has neither."""
    if "Days" in action:
        return after_days(since, action["Days"])
    return next_midnight(action["Date"].astimezone(timezone.utc)) if "Date" in action else None


def upcoming_expiration(bucket: Bucket, current: S3Object) -> tuple[datetime, str] | None:
    """When a current object expires, and the ID of the rule: the earliest of those that match.

    Of rules that are due at one time it is the first in the configuration (O267).
    """
    expirations = [
        (at, str(rule.get("ID", "")))
        for rule in lifecycle_rules(bucket)
        if rule_matches(rule, current.key, current.properties.tags, current.size)
        and (at := due_time(rule.get("Expiration", {}), current.modified)) is not None
    ]
    return min(expirations, key=_time, default=None)


def _time(due: tuple[datetime, str]) -> datetime:
    return due[0]
