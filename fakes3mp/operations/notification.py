"""Notification configuration: put and get. There is no delete; an empty document is one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import combinations
from typing import Any

from fakes3mp.core.notification import DESTINATIONS, EVENTS, NOTIFICATION
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.registry import Answer, operation

_EDGES = ("prefix", "suffix")


@operation("PutBucketNotificationConfiguration")
def put_notification(
    store: Store,
    *,
    bucket: str,
    notification_configuration: Mapping[str, Any],
    skip_destination_validation: bool | None = None,
) -> Answer:
    """Say which events are told to whom. The fake knows no destinations, so it does not validate them."""
    place = store.bucket(bucket)
    named = {kind: list(_named(store, bucket, notification_configuration.get(kind, ()))) for kind in DESTINATIONS}
    for kind, entries in named.items():
        for entry in entries:
            _check(entry, DESTINATIONS[kind])
    _check_overlap([entry for entries in named.values() for entry in entries])
    bridge: Answer = {name: {} for name in ("EventBridgeConfiguration",) if name in notification_configuration}
    place.configure(NOTIFICATION, {**{kind: entries for kind, entries in named.items() if entries}, **bridge})
    return {}


def _named(store: Store, bucket: str, entries: Any) -> Iterator[dict[str, Any]]:
    """Each with an Id of its own (S3's manual)."""
    for entry in entries:
        yield {**entry, "Id": entry.get("Id") or store.ids.version(bucket, "notification")}


def _check(entry: Mapping[str, Any], destination: str) -> None:
    """What S3's manual demands of a configuration; the wording is users' reports but for the filter's."""
    if not entry.get("Events") or destination not in entry:
        raise S3Error("MalformedXML")
    for event in entry["Events"]:
        if event not in EVENTS:
            raise invalid_argument("A specified event is not supported for notifications.", "Event", event)
    if not str(entry[destination]).startswith("arn:"):
        raise invalid_argument("The ARN could not be parsed", destination, str(entry[destination]))
    _check_filter(entry)


def _check_filter(entry: Mapping[str, Any]) -> None:
    """Prefix and suffix, each once (O120, O121)."""
    if "Filter" not in entry:
        return
    rules = entry["Filter"].get("Key", {}).get("FilterRules", [])
    for rule in rules:
        if "Name" not in rule or "Value" not in rule:
            raise S3Error("MalformedXML")
        if rule["Name"].lower() not in _EDGES:
            message = "filter rule name must be either prefix or suffix"
            raise invalid_argument(message, "FilterRule.Name", rule["Name"])
    if len({rule["Name"].lower() for rule in rules}) < len(rules):
        raise S3Error("InvalidArgument", "Cannot specify more than one prefix or suffix rule in a filter.")


def _check_overlap(entries: list[dict[str, Any]]) -> None:
    """No event of a key may be told twice (S3's manual)."""
    if len({entry["Id"] for entry in entries}) < len(entries):
        raise S3Error("InvalidArgument", "Same ID used for multiple configurations. IDs must be unique")
    for one, other in combinations(entries, 2):
        if _share_an_event(one["Events"], other["Events"]) and _share_a_key(one, other):
            message = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
            raise S3Error("InvalidArgument", message)


def _share_an_event(some: list[str], others: list[str]) -> bool:
    return any(one == other or _covers(one, other) or _covers(other, one) for one in some for other in others)


def _covers(wide: str, narrow: str) -> bool:
    return wide.endswith("*") and narrow.startswith(wide[:-1])


def _share_a_key(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    prefixes, suffixes = ((_edge(one, name), _edge(other, name)) for name in _EDGES)
    return _nested(*prefixes, str.startswith) and _nested(*suffixes, str.endswith)


def _nested(one: str, other: str, within: Any) -> bool:
    return bool(within(one, other) or within(other, one))


def _edge(entry: Mapping[str, Any], name: str) -> str:
    rules = entry.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return next((str(rule["Value"]) for rule in rules if rule["Name"].lower() == name), "")


@operation("GetBucketNotificationConfiguration")
def get_notification(store: Store, *, bucket: str) -> Answer:
    """The document as it was put; empty where there is none (S3's manual)."""
    found: Answer = store.bucket(bucket).configured(NOTIFICATION, {})
    return found
