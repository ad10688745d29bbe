"""The replication configuration of a bucket: S3's checks of the document. What its rules do is in core.replication."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import STORAGE_CLASSES
from fakes3mp.core.replication import Rule, destination_name
from fakes3mp.core.store import REPLICATION, Store
from fakes3mp.core.tagging import OBJECT_TAGS, tags_from_document
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.configuration_documents import Document

__all__ = ("REPLICATION", "validate_replication")

_MAX_RULES = 1000
_MAX_ID, _MAX_PREFIX = 255, 1024  # characters
_MINUTES = 15
_SCHEMA = " for this version of Cross Region Replication configuration schema. "
_GUIDE = "Please refer to S3 Developer Guide for more information."


def validate_replication(
    store: Store, bucket: Bucket, replication_configuration: Mapping[str, Any] | None = None
) -> Document:
    """A role and rules, of a bucket whose versioning is Enabled (O350, O351)."""
    document = dict(replication_configuration or {})
    rules = document.get("Rules") or ()
    if not 1 <= len(rules) <= _MAX_RULES:
        raise S3Error("MalformedXML")
    if bucket.versioning != "Enabled":
        message = "Versioning must be 'Enabled' on the bucket to apply a replication configuration"
        raise S3Error("InvalidRequest", message)
    if not document["Role"].startswith("arn:"):  # wording not verified
        raise invalid_argument("Invalid Role ARN", "Role", document["Role"])
    _check_ids([rule["ID"] for rule in rules if rule.get("ID")])
    for rule in rules:
        _check_schema(rule)
        _check_filter(rule)
        _check_selection(rule)
        _check_destination(rule["Destination"])
    _check_priorities(rules)
    document["Rules"] = [
        {**rule, "ID": rule.get("ID") or store.ids.version(bucket.name, REPLICATION)} for rule in rules
    ]
    return document


def _check_ids(ids: Sequence[str]) -> None:
    """Up to 255 characters each, and all different (S3's manual; wording not verified)."""
    for rule_id in ids:
        if len(rule_id) > _MAX_ID:
            raise invalid_argument("The maximum value of a rule's ID is 255 characters.", "ID", rule_id)
    if len(set(ids)) < len(ids):
        raise S3Error("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule")


def _check_schema(rule: Rule) -> None:
    """By the later schema a rule has Filter, Priority and DeleteMarkerReplication, by the earlier none of them (O351)."""
    if "ExistingObjectReplication" in rule:  # no longer supported (S3's manual)
        raise S3Error("MalformedXML")
    if "Filter" in rule and "Prefix" in rule:
        raise S3Error("MalformedXML")
    for member in ("Priority", "DeleteMarkerReplication"):
        if "Filter" in rule and member not in rule:
            raise S3Error("InvalidRequest", f"{member} must be specified{_SCHEMA}{_GUIDE}")
        if "Filter" not in rule and member in rule:
            raise S3Error("InvalidRequest", f"{member} cannot be used{_SCHEMA}{_GUIDE}")


def _check_filter(rule: Rule) -> None:
    """A filter is empty or has one condition, or several under And; markers follow no rule with tags (S3's manual)."""
    filter_: Mapping[str, Any] = rule.get("Filter", {})
    conjunction = filter_.get("And", {})
    excluded = filter_.get("Not") or conjunction.get("Not") or {}
    if len(filter_) > 1 or ("And" in filter_ and len(conjunction) + len(conjunction.get("Tags", ())) < 2):
        raise S3Error("MalformedXML")
    if ("Not" in filter_ or "Not" in conjunction) and len(excluded) != 1:
        raise S3Error("MalformedXML")
    prefixes = [rule.get("Prefix"), filter_.get("Prefix"), conjunction.get("Prefix"), excluded.get("Prefix")]
    if any(len(prefix) > _MAX_PREFIX for prefix in prefixes if prefix is not None):
        raise S3Error("MalformedXML")
    alternatives = excluded.get("Or", {})
    tags = [
        *conjunction.get("Tags", ()),
        *alternatives.get("Tags", ()),
        *(group["Tag"] for group in (filter_, excluded) if "Tag" in group),
    ]
    for tag in tags:
        tags_from_document([tag], OBJECT_TAGS)
    if tags and rule.get("DeleteMarkerReplication", {}).get("Status") == "Enabled":
        message = f"Delete marker replication is not supported if any Tag filter is specified. {_GUIDE}"
        raise S3Error("InvalidRequest", message)


def _check_selection(rule: Rule) -> None:
    """Objects under KMS are selected together with the key for their replicas (S3's manual; users' reports)."""
    criteria = rule.get("SourceSelectionCriteria")
    selects = (criteria or {}).get("SseKmsEncryptedObjects", {}).get("Status") == "Enabled"
    key = rule["Destination"].get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID")
    if selects and key is None:
        message = "ReplicaKmsKeyID must be specified if SseKmsEncryptedObjects tag is present."
        raise S3Error("InvalidRequest", message)
    if key is not None and not selects:
        message = "SseKmsEncryptedObjects must be specified if EncryptionConfiguration is present."
        raise S3Error("InvalidRequest", message)
    if criteria is not None and "ReplicaModifications" in criteria and "Filter" not in rule:
        raise S3Error("InvalidRequest", f"ReplicaModifications cannot be used{_SCHEMA}{_GUIDE}")


def _check_destination(destination: Mapping[str, Any]) -> None:
    """The ARN of a bucket, a storage class, an owner and a time (S3's manual)."""
    if not destination["Bucket"].startswith("arn:aws:s3:::"):  # as an inventory's (O311; not verified)
        raise invalid_argument("Invalid bucket ARN.", "Bucket", destination["Bucket"])
    if destination.get("StorageClass", "STANDARD") not in STORAGE_CLASSES - {"EXPRESS_ONEZONE"}:
        raise S3Error("MalformedXML")
    if "AccessControlTranslation" in destination and "Account" not in destination:  # wording not verified
        raise S3Error("InvalidRequest", "Account must be specified if AccessControlTranslation is present.")
    _check_time_control(destination)


def check_destinations(store: Store, bucket: Bucket, document: Document) -> None:
    """Destinations are other buckets that are there and whose versioning is Enabled (O350)."""
    for rule in document["Rules"]:
        target = store.buckets.get(destination_name(rule["Destination"]))
        if target is None:
            raise S3Error("InvalidRequest", "Destination bucket must exist.")
        if target is bucket:  # wording not verified
            raise S3Error("InvalidRequest", "Destination bucket cannot be the same as the source bucket.")
        if target.versioning != "Enabled":
            raise S3Error("InvalidRequest", "Destination bucket must have versioning enabled.")


def _check_time_control(destination: Mapping[str, Any]) -> None:
    """Replication Time Control: 15 minutes, together with metrics (S3's manual; wording not verified)."""
    time, metrics = destination.get("ReplicationTime"), destination.get("Metrics")
    if time is not None and metrics is None:
        raise S3Error("InvalidRequest", "Metrics must be specified if ReplicationTime is present.")
    minutes = [(time or {}).get("Time", {}).get("Minutes"), (metrics or {}).get("EventThreshold", {}).get("Minutes")]
    if any(value not in (None, _MINUTES) for value in minutes):
        raise S3Error("InvalidRequest", f"The only valid value of Minutes is {_MINUTES}.")


def _check_priorities(rules: Sequence[Rule]) -> None:
    """Each priority once (S3's manual; wording not verified)."""
    priorities = [rule["Priority"] for rule in rules if "Priority" in rule]
    if len(set(priorities)) < len(priorities):
        raise S3Error("InvalidRequest", "The priority of each rule must be unique.")
