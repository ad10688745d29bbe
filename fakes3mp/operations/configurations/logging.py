"""Server access logging: the checks of a BucketLoggingStatus. The logs are written in ``service.access_logs``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import LOG_DELIVERY, Grant, acl_from_document
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.configuration_documents import ACL, ENFORCED, POLICY, get_object_ownership

_PERMISSIONS = ("FULL_CONTROL", "READ", "WRITE")


def validate_logging(bucket_logging_status: Mapping[str, Any]) -> dict[str, Any] | None:
    """Where the bucket's requests are logged; an empty document turns logging off."""
    enabled = bucket_logging_status.get("LoggingEnabled")
    if enabled is None:
        return None
    key_format = enabled.get("TargetObjectKeyFormat")
    if key_format is not None:
        _check_key_format(key_format)
    return {"LoggingEnabled": dict(enabled)}


def check_logging_target(store: Store, bucket: Bucket, document: Mapping[str, Any]) -> None:
    """The target bucket lets S3 deliver logs (O316, O317)."""
    enabled = document["LoggingEnabled"]
    target = _target_bucket(store, bucket, enabled["TargetBucket"])
    _check_grants(target, enabled.get("TargetGrants") or ())


def _check_key_format(key_format: Mapping[str, Any]) -> None:
    """One of the two formats; partitions are by the time of the events or of the delivery (S3's manual)."""
    source = key_format.get("PartitionedPrefix", {}).get("PartitionDateSource", "EventTime")
    if len(key_format) != 1 or source not in ("EventTime", "DeliveryTime"):
        raise S3Error("MalformedXML")


def _target_bucket(store: Store, bucket: Bucket, name: str) -> Bucket:
    """The bucket that logs are delivered to: the owner's own, in the same region, where S3 may write."""
    target = store.buckets.get(name)
    if target is None:
        raise _invalid_target("The target bucket for logging does not exist", name)
    if target.owner != bucket.owner:
        raise _invalid_target("The owner for the bucket to be logged and the target bucket must be the same.", name)
    if target.region != bucket.region:
        source = {} if bucket.region == "us-east-1" else {"SourceBucketLocation": bucket.region}
        raise S3Error("CrossLocationLoggingProhibitted", fields={**source, "TargetBucketLocation": target.region})
    if not _lets_s3_write(target):
        message = "You must give the log-delivery group WRITE and READ_ACP permissions to the target bucket"
        raise _invalid_target(message, name)
    return target


def _lets_s3_write(target: Bucket) -> bool:
    """Whether a target that has ACLs grants its log delivery. Policies are judged at the delivery, not here."""
    if get_object_ownership(target) == ENFORCED or POLICY in target.configurations:
        return True
    permissions = {grant.permission for grant in target.configurations.get(ACL, ()) if grant.uri == LOG_DELIVERY}
    return "FULL_CONTROL" in permissions or {"WRITE", "READ_ACP"} <= permissions


def _invalid_target(message: str, name: str) -> S3Error:
    return S3Error("InvalidTargetBucketForLogging", message, {"TargetBucket": name})


def _check_grants(target: Bucket, grants: Any) -> None:
    """Who else may read the logs; nobody where the target's ownership is enforced (S3's manual; wording not verified)."""
    if any(grant.get("Permission") not in _PERMISSIONS for grant in grants):
        raise S3Error("MalformedXML")
    try:
        log_grants(target, grants)
    except S3Error as error:
        if error.code == "MalformedACLError":
            raise S3Error("MalformedXML") from None
        raise
    if grants and get_object_ownership(target) == ENFORCED:
        message = "Target grants are not supported by a bucket with the BucketOwnerEnforced setting"
        raise invalid_argument(message, "TargetGrants")


def log_grants(target: Bucket, grants: Any) -> tuple[Grant, ...]:
    """The grants of each log, beside the full control of the target's owner."""
    return acl_from_document({"Owner": {"ID": target.owner}, "Grants": grants})
