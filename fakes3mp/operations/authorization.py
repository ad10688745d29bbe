"""Whether a caller may do what it asks for: the owner may, others by ACL or bucket policy.

What may live here: which permission each operation needs, and how policies and lists are read. Statements with conditions
are not judged: they allow nothing and deny nothing (see the README).
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from fakes3mp.core.acl import ALL_USERS, AUTHENTICATED, Acl, canonical_id, private
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import S3Object
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration import ACL, ENFORCED, POLICY, PUBLIC_ACCESS, ownership_of, payer_of
from fakes3mp.operations.registry import Caller

# operation -> (action in a policy, permission in an ACL, whose ACL). What is not here only the owner may do by ACL, and
# others by a policy that names the operation's own name as its action.
_NEEDS: dict[str, tuple[str, str, str]] = {
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
_OWNERS_ALWAYS = ("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy")  # or nobody could take a denial back
_FREE = ("CreateBucket",)  # whoever has an account may


def authorize(store: Store, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
    """Raise AccessDenied where the caller may not; a bucket that is not there is told first."""
    name = params.get("Bucket")
    if name is None or operation in _FREE:
        if caller.account is None:
            raise S3Error("AccessDenied")
        return
    bucket = store.bucket(name)
    _check_owner(bucket, params.get("ExpectedBucketOwner"))
    action, permission, whose = _NEEDS.get(operation, (operation, "FULL_CONTROL", "nobody's"))
    resource = f"arn:aws:s3:::{name}" + (f"/{params['Key']}" if "Key" in params else "")
    ruled = _policy_says(bucket, caller, action, resource)
    if caller.id == bucket.owner and operation in _OWNERS_ALWAYS:
        return
    if ruled == "Deny":
        raise S3Error("AccessDenied")
    if caller.id == bucket.owner:
        return
    if ruled != "Allow" and not _listed(bucket, params, caller, permission, whose):
        raise S3Error("AccessDenied")
    if payer_of(bucket) == "Requester" and params.get("RequestPayer") != "requester":
        raise S3Error("AccessDenied")  # S3's manual, "Requester Pays buckets"


def _check_owner(bucket: Bucket, expected: str | None) -> None:
    """A caller that expects the bucket to be another account's is refused (S3's manual)."""
    if expected is not None and not (re.fullmatch("[0-9]{12}", expected) and canonical_id(expected) == bucket.owner):
        raise S3Error("AccessDenied")


# Asked of any region's endpoint (S3's manual).
_ANYWHERE = ("CreateBucket", "GetBucketLocation", "ListBuckets")


def check_region(store: Store, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
    """A bucket is asked at its own region's endpoint; botocore follows this by itself (S3's manual)."""
    bucket = store.buckets.get(params.get("Bucket", ""))
    if bucket is None or caller.region in (None, bucket.region) or operation in _ANYWHERE:
        return
    raise S3Error(
        "PermanentRedirect",
        fields={"Endpoint": f"{bucket.name}.s3.{bucket.region}.amazonaws.com", "Bucket": bucket.name},
        headers={"x-amz-bucket-region": bucket.region},
    )


def _listed(bucket: Bucket, params: Mapping[str, Any], caller: Caller, permission: str, whose: str) -> bool:
    """Whether an ACL grants it, where ACLs count at all."""
    if ownership_of(bucket) == ENFORCED or whose == "nobody's":
        return False
    acl = _acl(bucket, params) if whose == "object" else bucket.configurations.get(ACL, ())
    ignored = bucket.configurations.get(PUBLIC_ACCESS, {}).get("IgnorePublicAcls", False)
    groups = () if ignored else (ALL_USERS,) if caller.account is None else (ALL_USERS, AUTHENTICATED)
    return any(
        grant.permission in (permission, "FULL_CONTROL") and (grant.uri in groups or grant.id == caller.id)
        for grant in acl
    )


def _acl(bucket: Bucket, params: Mapping[str, Any]) -> Acl:
    """The list of the version that is named; who may not list the bucket is not told whether it is there."""
    version_id = params.get("VersionId")
    for entry in reversed(bucket.versions.get(params["Key"], [])):
        if version_id in (None, entry.version_id) and isinstance(entry, S3Object):
            return entry.properties.acl or private(entry.properties.owner)
    return ()


def _policy_says(bucket: Bucket, caller: Caller, action: str, resource: str) -> str | None:
    """``Deny`` if a statement does, else ``Allow`` if one does, else nothing."""
    policy = bucket.configurations.get(POLICY)
    if policy is None:
        return None
    statements = json.loads(policy)["Statement"]
    effects = {
        statement.get("Effect")
        for statement in _listed_or_one(statements)
        if "Condition" not in statement
        and _names(statement.get("Principal"), caller)
        and _any_matches(statement.get("Action", ()), f"s3:{action}", fold=True)
        and _any_matches(statement.get("Resource", ()), resource)
    }
    return "Deny" if "Deny" in effects else "Allow" if "Allow" in effects else None


def _listed_or_one(value: Any) -> Iterable[Any]:
    return value if isinstance(value, (list, tuple)) else [value]


def _names(principal: Any, caller: Caller) -> bool:
    """Whether a statement's principal takes the caller in: everybody, an account, or somebody of it."""
    named = principal.get("AWS", ()) if isinstance(principal, dict) else principal
    return any(
        who == "*" or (caller.account is not None and (who == caller.account or f"::{caller.account}:" in str(who)))
        for who in _listed_or_one(named)
    )


def _any_matches(patterns: Any, text: str, *, fold: bool = False) -> bool:
    """Wildcards are ``*`` and ``?``; actions are compared without regard to case."""
    for pattern in _listed_or_one(patterns):
        escaped = str(pattern).replace("[", "[[]")
        if fnmatchcase(text.lower(), escaped.lower()) if fold else fnmatchcase(text, escaped):
            return True
    return False
