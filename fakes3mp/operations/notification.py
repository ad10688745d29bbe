"""Event notifications: the checks of a NotificationConfiguration."""

from __future__ import annotations

import re
from collections.abc import Mapping
from itertools import combinations
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.notification import DESTINATIONS, EVENTS
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.configuration_documents import Document

_FILTER_NAMES = ("prefix", "suffix")
_MAX_VALUE = 1024  # characters
_MAX_CONFIGURATIONS = 100


def validate_notification(
    store: Store,
    bucket: Bucket,
    notification_configuration: Mapping[str, Any],
    skip_destination_validation: bool | None = None,
) -> Document:
    """Which events are sent to which destinations; a configuration without an Id gets one (S3's manual).

    Destinations are never validated, because the fake has none.
    """
    for member in DESTINATIONS:
        for configuration in notification_configuration.get(member) or ():
            _check_configuration(configuration, DESTINATIONS[member], bucket.region)
    document: Document = {
        member: [
            {**configuration, "Id": configuration.get("Id") or store.ids.version(bucket.name, "notification")}
            for configuration in notification_configuration[member]
        ]
        for member in DESTINATIONS
        if notification_configuration.get(member)
    }
    _check_overlap([configuration for configurations in document.values() for configuration in configurations])
    if "EventBridgeConfiguration" in notification_configuration:
        document["EventBridgeConfiguration"] = {}
    return document


def _check_configuration(configuration: Mapping[str, Any], destination: str, region: str) -> None:
    """Check events, destination and filter (S3's manual; the wording is from users' reports but for the filter's)."""
    if not configuration.get("Events") or destination not in configuration:
        raise S3Error("MalformedXML")
    for event in configuration["Events"]:
        if event not in EVENTS:
            raise invalid_argument("A specified event is not supported for notifications.", "Event", event)
    _check_destination(destination, configuration[destination], region)
    if "Filter" in configuration:
        _check_filter(configuration["Filter"].get("Key", {}).get("FilterRules", []))


# member with an ARN -> what such an ARN looks like
_ARNS = {
    "TopicArn": re.compile(r"arn:aws[a-z-]*:sns:(?P<region>[a-z0-9-]+):\d{12}:[\w.-]+"),
    "QueueArn": re.compile(r"arn:aws[a-z-]*:sqs:(?P<region>[a-z0-9-]+):\d{12}:[\w.-]+"),
    "LambdaFunctionArn": re.compile(r"arn:aws[a-z-]*:lambda:(?P<region>[a-z0-9-]+):\d{12}:function:[\w-]+(:[\w$-]+)?"),
}


def _check_destination(member: str, arn: str, region: str) -> None:
    """The ARN is of the member's service and in the bucket's region (O231; the errors' fields are not verified)."""
    match = _ARNS[member].fullmatch(arn)
    if match is None:
        raise invalid_argument("The ARN is not well formed", member, arn)
    if match["region"] != region:
        message = "The notification destination service region is not valid for the bucket location constraint"
        raise invalid_argument(message, member, arn)


def _check_filter(rules: list[Mapping[str, str]]) -> None:
    """A filter has a prefix, a suffix or both (O120, O121)."""
    for rule in rules:
        if "Name" not in rule or "Value" not in rule:
            raise S3Error("MalformedXML")
        if rule["Name"].lower() not in _FILTER_NAMES:
            message = "filter rule name must be either prefix or suffix"
            raise invalid_argument(message, "FilterRule.Name", rule["Name"])
        if len(rule["Value"]) > _MAX_VALUE:  # S3's manual; the error is not verified
            raise S3Error("InvalidArgument", f"filter rule value must not be longer than {_MAX_VALUE} characters")
    if len({rule["Name"].lower() for rule in rules}) < len(rules):
        raise S3Error("InvalidArgument", "Cannot specify more than one prefix or suffix rule in a filter.")


def _check_overlap(configurations: list[dict[str, Any]]) -> None:
    """No event of a key may be sent by two configurations, of which there are 100 at most (S3's manual)."""
    if len(configurations) > _MAX_CONFIGURATIONS:  # the error is not verified
        raise S3Error("InvalidArgument", f"A bucket has at most {_MAX_CONFIGURATIONS} notification configurations")
    if len({configuration["Id"] for configuration in configurations}) < len(configurations):
        raise S3Error("InvalidArgument", "Same ID used for multiple configurations. IDs must be unique")
    for first, second in combinations(configurations, 2):
        if _share_event(first["Events"], second["Events"]) and _share_key(first, second):
            message = "Configurations overlap. Configurations on the same bucket cannot share a common event type."
            raise S3Error("InvalidArgument", message)


def _share_event(first: list[str], second: list[str]) -> bool:
    return any(one == other or _covers(one, other) or _covers(other, one) for one in first for other in second)


def _covers(pattern: str, event: str) -> bool:
    return pattern.endswith("*") and event.startswith(pattern[:-1])


def _share_key(first: Mapping[str, Any], second: Mapping[str, Any]) -> bool:
    """Whether some key passes both filters: of both prefixes and of both suffixes one must be part of the other."""
    prefixes, suffixes = ((_filter_value(first, name), _filter_value(second, name)) for name in _FILTER_NAMES)
    return (prefixes[0].startswith(prefixes[1]) or prefixes[1].startswith(prefixes[0])) and (
        suffixes[0].endswith(suffixes[1]) or suffixes[1].endswith(suffixes[0])
    )


def _filter_value(configuration: Mapping[str, Any], name: str) -> str:
    rules = configuration.get("Filter", {}).get("Key", {}).get("FilterRules", [])
    return next((str(rule["Value"]) for rule in rules if rule["Name"].lower() == name), "")
