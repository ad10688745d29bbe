"""Replication: which new versions a bucket's rules send to other buckets, and their arrival there (O350-O353)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.acl import canonical_id
from fakes3mp.core.buckets import Bucket, Version
from fakes3mp.core.encryption import KMS, key_arn
from fakes3mp.core.lifecycle import filter_conditions
from fakes3mp.core.objects import DeleteMarker, Properties, S3Object
from fakes3mp.core.schedule import Step
from fakes3mp.core.store import REPLICATION, Store
from fakes3mp.core.tagging import Tags

Rule = Mapping[str, Any]
PENDING, COMPLETED, FAILED, REPLICA = "PENDING", "COMPLETED", "FAILED", "REPLICA"
REPLICATION_TIME = timedelta(minutes=15)  # in which nearly all objects arrive (S3's manual)
STEP = "replication"
_BUCKET_ARN = "arn:aws:s3:::"
# Changes of a version that was replicated, which follow it.
_CHANGES = ("ObjectTagging", "ObjectAcl", "ObjectRetention", "ObjectLegalHold", "ObjectAnnotation")


def replicate_change(store: Store, event: str, bucket: Bucket, version: Version) -> None:
    """Let a version of a bucket with rules, which was written or changed, follow to its destinations."""
    cause = event.partition(":")[0]
    if isinstance(version, DeleteMarker):
        is_due = event == "ObjectRemoved:DeleteMarkerCreated" and bool(_destinations(bucket, version))
    elif cause == "ObjectCreated":
        is_due = version.properties.replication != REPLICA and bool(_destinations(bucket, version))
        if is_due:
            bucket.update_properties(version, replication=PENDING)
    else:
        is_due = cause in _CHANGES and version.properties.replication in (PENDING, COMPLETED)
    if not is_due:
        return
    step = STEP, bucket.name, version.key, version.version_id
    if store.replicates_immediately:
        take_step(store, step, store.now())
    else:
        store.schedule(step, store.now() + REPLICATION_TIME)


def take_step(store: Store, step: Step, at: datetime) -> None:
    """Write a version to its destinations; its status tells whether it arrived."""
    store.schedule(step, None)
    _, bucket_name, key, version_id = step
    bucket = store.buckets.get(bucket_name)
    version = None if bucket is None else bucket.find_version(key, version_id)
    if bucket is None or version is None:
        return  # deleted since
    rules = _destinations(bucket, version)
    arrived = [_replicate(store, version, rule) for rule in rules]
    if isinstance(version, DeleteMarker):
        return
    is_complete = bool(rules) and all(arrived)
    bucket.update_properties(version, replication=COMPLETED if is_complete else FAILED)
    failed = [rule for rule, has_arrived in zip(rules, arrived, strict=True) if not has_arrived]
    if any(rule["Destination"].get("Metrics", {}).get("Status") == "Enabled" for rule in failed):
        store.notify("Replication:OperationFailedReplication", bucket, version, at)


def _destinations(bucket: Bucket, version: Version) -> Sequence[Rule]:
    """The rules by which a version is replicated: of those to one destination the one with the highest priority."""
    by_destination: dict[str, Rule] = {}
    rules: Sequence[Rule] = bucket.configurations.get(REPLICATION, {}).get("Rules", ())
    for rule in sorted(rules, key=lambda rule: rule.get("Priority", 0)):
        if _matches(rule, version):
            by_destination[rule["Destination"]["Bucket"]] = rule
    return tuple(by_destination.values())


def _matches(rule: Rule, version: Version) -> bool:
    if rule.get("Status") != "Enabled":
        return False
    if isinstance(version, DeleteMarker):
        return _replicates_markers(rule) and _filter_matches(rule, version.key, ())
    if version.archive is not None:
        return False  # what is archived is not replicated (S3's manual)
    if version.encryption.algorithm in KMS and not _selects_kms(rule):
        return False
    return _filter_matches(rule, version.key, version.properties.tags)


def _replicates_markers(rule: Rule) -> bool:
    """By the earlier schema, which has no Filter, delete markers of users are replicated; else if the rule says so."""
    if "Filter" not in rule:
        return True
    return bool(rule.get("DeleteMarkerReplication", {}).get("Status") == "Enabled")


def _selects_kms(rule: Rule) -> bool:
    criteria = rule.get("SourceSelectionCriteria", {}).get("SseKmsEncryptedObjects", {})
    return bool(criteria.get("Status") == "Enabled")


def _filter_matches(rule: Rule, key: str, tags: Tags) -> bool:
    conditions = filter_conditions(rule)
    prefix = str(conditions.get("Prefix", rule.get("Prefix", "")))
    if not key.startswith(prefix) or not _has_all(tags, _tags_of(conditions)):
        return False
    excluded = conditions.get("Not", {})
    alternatives = excluded.get("Or", {})
    prefixes = [*alternatives.get("Prefixes", ()), *([excluded["Prefix"]] if "Prefix" in excluded else ())]
    excluded_tags = [*alternatives.get("Tags", ()), *([excluded["Tag"]] if "Tag" in excluded else ())]
    return not key.startswith(tuple(prefixes)) and not any(_has_all(tags, [tag]) for tag in excluded_tags)


def _tags_of(conditions: Mapping[str, Any]) -> Sequence[Mapping[str, str]]:
    return [*conditions.get("Tags", ()), *([conditions["Tag"]] if "Tag" in conditions else ())]


def _has_all(tags: Tags, required: Iterable[Mapping[str, str]]) -> bool:
    return all((tag["Key"], tag["Value"]) in tags for tag in required)


def destination_name(destination: Mapping[str, Any]) -> str:
    """The name of the bucket of a Destination."""
    return str(destination["Bucket"]).removeprefix(_BUCKET_ARN)


def _replicate(store: Store, version: Version, rule: Rule) -> bool:
    """Write a version, with its id and its date, to the destination of a rule; whether it could be written there."""
    destination = rule["Destination"]
    bucket = store.buckets.get(destination_name(destination))
    if bucket is None or bucket.versioning != "Enabled":
        return False
    present = bucket.find_version(version.key, version.version_id)
    if isinstance(version, DeleteMarker):
        if present is None:
            bucket.add_delete_marker(replace(version, sequence=store.next_sequence()))
        return True
    properties = _replica_properties(version.properties, bucket, destination)
    if isinstance(present, S3Object):
        bucket.update_properties(present, **{name: getattr(properties, name) for name in _FOLLOWING})
        return True
    replica = replace(version, properties=properties, sequence=store.next_sequence())
    bucket.put(replica)
    store.notify("ObjectCreated:Put", bucket, replica)
    return True


_FOLLOWING = ("tags", "acl", "lock", "annotations")  # the properties that follow when they are changed


def _replica_properties(properties: Properties, bucket: Bucket, destination: Mapping[str, Any]) -> Properties:
    """The properties of a replica: those of the source but for what the destination says."""
    attributes, owner, encryption, acl = properties.attributes, properties.owner, properties.encryption, properties.acl
    if "StorageClass" in destination:
        attributes = replace(attributes, storage_class=destination["StorageClass"])
    if "AccessControlTranslation" in destination:
        owner, acl = canonical_id(destination["Account"]), None
    key = destination.get("EncryptionConfiguration", {}).get("ReplicaKmsKeyID")
    if key is not None and encryption.algorithm in KMS:
        arn = key_arn(key, bucket.region, destination.get("Account", ""))
        encryption = replace(encryption, key_arn=arn)
    return replace(properties, attributes=attributes, owner=owner, encryption=encryption, acl=acl, replication=REPLICA)
