"""Whether a caller may do what a request asks for: the bucket's owner may, others by ACL or bucket policy.

Statements with conditions are not evaluated: they allow nothing and deny nothing (see the README).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from fakes3mp.core.acl import ALL_USERS, AUTHENTICATED, Acl, canonical_id, private_acl
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import S3Object
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import (
    ACL,
    ENFORCED,
    POLICY,
    PUBLIC_ACCESS,
    get_object_ownership,
    get_request_payer,
)
from fakes3mp.operations.registry import Caller

# operation -> (action in a policy, permission in an ACL, whose ACL). Of other operations the action has the operation's
# name, and no ACL grants them.
_PERMISSIONS: dict[str, tuple[str, str, str]] = {
    "GetObject": ("GetObject", "READ", "object"),
    "HeadObject": ("GetObject", "READ", "object"),
    "GetObjectAttributes": ("GetObject", "READ", "object"),
    "GetObjectAcl": ("GetObjectAcl", "READ_ACP", "object"),
    "PutObjectAcl": ("PutObjectAcl", "WRITE_ACP", "object"),
    "PutObject": ("PutObject", "WRITE", "bucket"),
    "CopyObject": ("PutObject", "WRITE", "bucket"),
    "CreateMultipartUpload": ("PutObject", "WRITE", "bucket"),
    "UploadPart": ("PutObject", "WRITE", "bucket"),
    "UploadPartCopy": ("PutObject", "WRITE", "bucket"),
    "CompleteMultipartUpload": ("PutObject", "WRITE", "bucket"),
    "AbortMultipartUpload": ("AbortMultipartUpload", "WRITE", "bucket"),
    "ListParts": ("ListMultipartUploadParts", "WRITE", "bucket"),
    "DeleteObject": ("DeleteObject", "WRITE", "bucket"),
    "DeleteObjects": ("DeleteObject", "WRITE", "bucket"),
    "HeadBucket": ("ListBucket", "READ", "bucket"),
    "ListObjects": ("ListBucket", "READ", "bucket"),
    "ListObjectsV2": ("ListBucket", "READ", "bucket"),
    "ListObjectVersions": ("ListBucketVersions", "READ", "bucket"),
    "ListMultipartUploads": ("ListBucketMultipartUploads", "READ", "bucket"),
    "GetBucketAcl": ("GetBucketAcl", "READ_ACP", "bucket"),
    "PutBucketAcl": ("PutBucketAcl", "WRITE_ACP", "bucket"),
}
# What a bucket's owner may do whatever the policy says: otherwise nobody could take a denial back.
_OWNERS_ALWAYS = ("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy")
_ANY_ACCOUNT = ("CreateBucket",)  # whoever has an account may


def authorize(store: Store, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
    """Raise AccessDenied where the caller may not do this, and before that NoSuchBucket."""
    bucket_name = params.get("Bucket")
    if bucket_name is None or operation in _ANY_ACCOUNT:
        if caller.account is None:
            raise S3Error("AccessDenied")
        return
    bucket = store.bucket(bucket_name)
    _check_expected_owner(bucket, params.get("ExpectedBucketOwner"))
    action, permission, acl_of = _PERMISSIONS.get(operation, (operation, "FULL_CONTROL", "none"))
    resource = f"arn:aws:s3:::{bucket_name}" + (f"/{params['Key']}" if "Key" in params else "")
    effect = _policy_effect(bucket, caller, action, resource)
    if caller.id == bucket.owner and operation in _OWNERS_ALWAYS:
        return
    if effect == "Deny":
        raise S3Error("AccessDenied")
    if caller.id == bucket.owner:
        return
    if effect != "Allow" and not _acl_grants(bucket, params, caller, permission, acl_of):
        raise S3Error("AccessDenied")
    if get_request_payer(bucket) == "Requester" and params.get("RequestPayer") != "requester":
        raise S3Error("AccessDenied")  # S3's manual, "Requester Pays buckets"


def _check_expected_owner(bucket: Bucket, expected: str | None) -> None:
    """Raise AccessDenied where the caller expects the bucket to be another account's (S3's manual)."""
    if expected is not None and not (re.fullmatch("[0-9]{12}", expected) and canonical_id(expected) == bucket.owner):
        raise S3Error("AccessDenied")


# Answered by any region's endpoint (S3's manual).
_ANY_REGION = ("CreateBucket", "GetBucketLocation", "ListBuckets")


def check_endpoint_region(store: Store, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
    """Raise PermanentRedirect at another region's endpoint than the bucket's; botocore follows it (S3's manual)."""
    bucket = store.buckets.get(params.get("Bucket", ""))
    if bucket is None or caller.region in (None, bucket.region) or operation in _ANY_REGION:
        return
    raise S3Error(
        "PermanentRedirect",
        fields={"Endpoint": f"{bucket.name}.s3.{bucket.region}.amazonaws.com", "Bucket": bucket.name},
        headers={"x-amz-bucket-region": bucket.region},
    )


def _acl_grants(bucket: Bucket, params: Mapping[str, Any], caller: Caller, permission: str, acl_of: str) -> bool:
    """Whether the bucket's or the object's ACL grants a permission. Where the bucket's ownership is enforced none does."""
    if get_object_ownership(bucket) == ENFORCED or acl_of == "none":
        return False
    acl = _object_acl(bucket, params) if acl_of == "object" else bucket.configurations.get(ACL, ())
    are_public_grants_ignored = bucket.configurations.get(PUBLIC_ACCESS, {}).get("IgnorePublicAcls", False)
    groups: tuple[str, ...] = (ALL_USERS,) if caller.account is None else (ALL_USERS, AUTHENTICATED)
    if are_public_grants_ignored:
        groups = ()
    return any(
        grant.permission in (permission, "FULL_CONTROL") and (grant.uri in groups or grant.id == caller.id)
        for grant in acl
    )


def _object_acl(bucket: Bucket, params: Mapping[str, Any]) -> Acl:
    """The ACL of the version that is named; empty for a missing one, so that AccessDenied hides that it is missing."""
    version_id = params.get("VersionId")
    for version in reversed(bucket.versions.get(params["Key"], [])):
        if version_id in (None, version.version_id) and isinstance(version, S3Object):
            return version.properties.acl or private_acl(version.properties.owner)
    return ()


def _policy_effect(bucket: Bucket, caller: Caller, action: str, resource: str) -> str | None:
    """``Deny`` if a statement of the bucket's policy denies it, else ``Allow`` if one allows it, else None."""
    policy = bucket.configurations.get(POLICY)
    if policy is None:
        return None
    effects = {
        statement.get("Effect")
        for statement in _as_list(json.loads(policy)["Statement"])
        if "Condition" not in statement
        and _includes_caller(statement.get("Principal"), caller)
        and _matches_any(statement.get("Action", ()), f"s3:{action}", ignore_case=True)
        and _matches_any(statement.get("Resource", ()), resource)
    }
    return "Deny" if "Deny" in effects else "Allow" if "Allow" in effects else None


def _as_list(value: Any) -> Iterable[Any]:
    """The elements of a policy: a list of them, or one without a list."""
    return value if isinstance(value, (list, tuple)) else [value]


def _includes_caller(principal: Any, caller: Caller) -> bool:
    """Whether a statement's principal is everybody, the caller's account, or a user or role of it."""
    ids = principal.get("AWS", ()) if isinstance(principal, dict) else principal
    return any(
        id_ == "*" or (caller.account is not None and (id_ == caller.account or f"::{caller.account}:" in str(id_)))
        for id_ in _as_list(ids)
    )


def _matches_any(patterns: Any, text: str, *, ignore_case: bool = False) -> bool:
    """Whether one of the patterns matches, in which ``*`` and ``?`` are wildcards."""
    for pattern in _as_list(patterns):
        escaped = str(pattern).replace("[", "[[]")
        if fnmatchcase(text.lower(), escaped.lower()) if ignore_case else fnmatchcase(text, escaped):
            return True
    return False
