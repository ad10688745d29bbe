"""Lifecycle rules: which rule matches an object or upload, and when it acts.

What may live here: reading a LifecycleConfiguration as it was put. Whether S3 takes such a document is the operation's
business.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fakes3mp.core.tagging import Tags

Rule = Mapping[str, Any]


def next_midnight(moment: datetime) -> datetime:
    """The next midnight UTC, or the moment itself where it is one: S3 rounds up (F113)."""
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight if midnight == moment else midnight + timedelta(days=1)


def matches(rule: Rule, key: str, tags: Tags = (), size: int | None = None) -> bool:
    """Whether an enabled rule's filter takes in this key with these tags and, where known, this size in bytes."""
    if rule.get("Status") != "Enabled":
        return False
    filter_: Mapping[str, Any] = rule.get("Filter", {})
    parts: dict[str, Any] = {**filter_, **filter_.get("And", {})}
    prefix = str(parts.get("Prefix", rule.get("Prefix", "")))
    wanted = [*filter_.get("And", {}).get("Tags", []), *([filter_["Tag"]] if "Tag" in filter_ else [])]
    return (
        key.startswith(prefix)
        and all((tag["Key"], tag["Value"]) in tags for tag in wanted)
        and _fits(size, parts.get("ObjectSizeGreaterThan"), parts.get("ObjectSizeLessThan"))
    )


def _fits(size: int | None, above: int | None, below: int | None) -> bool:
    """A filter by size cannot take in what has none yet: an upload in progress."""
    if size is None:
        return above is None and below is None
    return (above is None or size > above) and (below is None or size < below)


def abort_of(rules: Iterable[Rule], key: str, tags: Tags, initiated: datetime) -> tuple[datetime, str] | None:
    """When an open upload will be aborted and by which rule: the earliest that matches (F113)."""
    due = [
        (next_midnight(initiated + timedelta(days=days)), str(rule.get("ID", "")))
        for rule in rules
        if (days := rule.get("AbortIncompleteMultipartUpload", {}).get("DaysAfterInitiation")) is not None
        and matches(rule, key, tags)
    ]
    return min(due, default=None)
