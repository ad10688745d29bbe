"""What a refusal does not say by itself: which rule it comes from, and which option of the fake changes it.

A failed test's report shows it beside the call, and errors of a fake's set-up carry it in their message. S3's own messages
stay as they are.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from fakes3mp.core.new_buckets import broken_naming_rule
from fakes3mp.errors import S3Error
from fakes3mp.inspection.spelling import did_you_mean

_OWNERSHIP = (
    "ACLs are disabled in buckets created since April 2023, unless they are created with ObjectOwnership; "
    'bucket_defaults="legacy" creates them as before'
)
_PUBLIC_ACCESS = (
    "public access is blocked in buckets created since April 2023, until their public access block is deleted; "
    'bucket_defaults="legacy" creates them as before'
)
_BY_CODE = {
    "EntityTooSmall": "every part but the last must have 5 MiB; FakeS3(min_part_size=1) lets tests use small parts",
    "AccessControlListNotSupported": _OWNERSHIP,
    "InvalidBucketAclWithObjectOwnership": _OWNERSHIP,
    "InvalidBucketAclWithBlockPublicAccessError": _PUBLIC_ACCESS,
}
_PUBLISHING = ("PutBucketPolicy", "PutBucketAcl", "PutObjectAcl", "PutObject", "CopyObject", "CreateMultipartUpload")


def hint_for(operation: str, params: Mapping[str, Any], code: str) -> str:
    """A sentence for a refused call; empty where there is nothing to add.

    >>> print(hint_for("CreateBucket", {"Bucket": "ab"}, "InvalidBucketName"))
    S3's rule for a bucket's name: it has 3 to 63 characters; bucket_names="any" lifts it
    """
    if code == "InvalidBucketName":
        rule = broken_naming_rule(str(params.get("Bucket", "")))
        return f"S3's rule for a bucket's name: {rule}; bucket_names=\"any\" lifts it" if rule else ""
    if code == "AccessDenied" and operation in _PUBLISHING and _is_public(operation, params):
        return _PUBLIC_ACCESS
    return _BY_CODE.get(code, "")


def _is_public(operation: str, params: Mapping[str, Any]) -> bool:
    grants = ("ACL", "AccessControlPolicy", *(name for name in params if name.startswith("Grant")))
    return operation == "PutBucketPolicy" or any(name in params for name in grants)


def explain_set_up_error(
    error: S3Error, operation: str, params: Mapping[str, Any], bucket_names: Iterable[str]
) -> S3Error:
    """The error of a call that a test made without a client, with a message that names the bucket and the way out."""
    bucket, names = str(params.get("Bucket", "")), list(bucket_names)
    hint = hint_for(operation, params, error.code)
    if error.code == "NoSuchBucket":
        hint = f"create it with FakeS3(buckets=[{bucket!r}]) or fake.create_bucket({bucket!r})"
        hint += did_you_mean(bucket, names) or (
            f"; there are {', '.join(names)}" if names else "; there are no buckets"
        )
    if not hint:
        return error
    return S3Error(error.code, f"{error.message.rstrip('.')}: {bucket!r}. {hint}", error.fields, error.headers)
