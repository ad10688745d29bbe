"""Directory buckets: their sessions, their list, and what they do not support.

What may live here: the limits of S3 Express One Zone, by S3's manual. Nothing of it is recorded: that what is not supported
is answered 501 NotImplemented is taken from users' reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from fakes3mp.core.buckets import DIRECTORY_CLASS, is_directory
from fakes3mp.core.listing import page
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, not_implemented_header
from fakes3mp.operations.buckets import decoded_token, token
from fakes3mp.operations.registry import Answer, Caller, operation

_SESSION = timedelta(minutes=5)
_MAX_LISTED = 1000

_SUPPORTED = frozenset(
    (
        *("CreateBucket", "HeadBucket", "DeleteBucket", "CreateSession", "ListObjectsV2"),
        *("PutBucketEncryption", "GetBucketEncryption", "DeleteBucketEncryption"),
        *("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"),
        *("PutObject", "GetObject", "HeadObject", "GetObjectAttributes", "CopyObject", "DeleteObject", "DeleteObjects"),
        *("CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "AbortMultipartUpload"),
        *("ListParts", "ListMultipartUploads"),
    )
)
# Parameters that ask for what directory buckets do not have, by their header.
_UNSUPPORTED = {
    "ACL": "x-amz-acl",
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWriteACP": "x-amz-grant-write-acp",
    "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold",
    "ObjectLockMode": "x-amz-object-lock-mode",
    "ObjectLockRetainUntilDate": "x-amz-object-lock-retain-until-date",
    "RequestPayer": "x-amz-request-payer",
    "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm",
    "Tagging": "x-amz-tagging",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
}


def check_supported(operation_name: str, params: Mapping[str, Any], caller: Caller) -> None:
    """Refuse what a directory bucket does not support."""
    if operation_name not in _SUPPORTED:
        raise S3Error("NotImplemented", f"Directory buckets do not support {operation_name}.")
    if caller.is_path_style:
        raise S3Error("InvalidRequest", "Directory buckets do not support path-style requests.")
    for member, header in _UNSUPPORTED.items():
        if member in params:
            raise not_implemented_header(header)
    if params.get("StorageClass", DIRECTORY_CLASS) != DIRECTORY_CLASS:
        raise S3Error("InvalidStorageClass", fields={"StorageClassRequested": params["StorageClass"]})


@operation("CreateSession")
def create_session(store: Store, *, bucket: str, caller: Caller) -> Answer:
    """Credentials for a few minutes, which act for whoever asked."""
    store.bucket(bucket)
    key, secret, token_ = store.ids.session(bucket)
    return {
        "Credentials": {
            "AccessKeyId": f"SESSION{caller.account}{key}",
            "SecretAccessKey": secret,
            "SessionToken": token_,
            "Expiration": store.now() + _SESSION,
        }
    }


@operation("ListDirectoryBuckets")
def list_directory_buckets(
    store: Store, *, caller: Caller, max_directory_buckets: int | None = None, continuation_token: str | None = None
) -> Answer:
    """The caller's directory buckets in this region, by name."""
    after = decoded_token(continuation_token) if continuation_token else ""
    found = page(
        (
            bucket
            for name, bucket in sorted(store.buckets.items())
            if is_directory(name)
            and name > after
            and bucket.owner == caller.id
            and caller.region in (None, bucket.region)
        ),
        _MAX_LISTED if max_directory_buckets is None else min(max_directory_buckets, _MAX_LISTED),
    )
    answer: Answer = {"Buckets": [{"Name": each.name, "CreationDate": each.created} for each in found.entries]}
    return {**answer, "ContinuationToken": token(found.entries[-1].name)} if found.truncated else answer
