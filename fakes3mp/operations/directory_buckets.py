"""Directory buckets (S3 Express One Zone): sessions, the list of buckets, and what they do not support.

By S3's manual; nothing of it is recorded. That unsupported requests are answered 501 NotImplemented is from users' reports.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta, timezone
from typing import Any

from fakes3mp.core.buckets import DIRECTORY_CLASS, Bucket, is_directory
from fakes3mp.core.listing import paginate
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument, not_implemented_header
from fakes3mp.operations.buckets import bucket_before_page, encode_continuation_token
from fakes3mp.operations.registry import Answer, Caller, operation

_SESSION_DURATION = timedelta(minutes=5)
_MAX_BUCKETS = 1000

_SUPPORTED_OPERATIONS = frozenset(
    (
        *("CreateBucket", "HeadBucket", "DeleteBucket", "CreateSession", "ListObjectsV2"),
        *("PutBucketEncryption", "GetBucketEncryption", "DeleteBucketEncryption"),
        *("PutBucketPolicy", "GetBucketPolicy", "DeleteBucketPolicy"),
        *("PutObject", "GetObject", "HeadObject", "GetObjectAttributes", "CopyObject", "DeleteObject", "DeleteObjects"),
        "RenameObject",
        *("CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload", "AbortMultipartUpload"),
        *("ListParts", "ListMultipartUploads"),
    )
)
# Parameters that directory buckets do not support -> their header, which the error names.
_UNSUPPORTED_PARAMETERS = {
    "ACL": "x-amz-acl",
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWriteACP": "x-amz-grant-write-acp",
    "ObjectLockEventHold": "x-amz-object-lock-event-hold",
    "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold",
    "ObjectLockMode": "x-amz-object-lock-mode",
    "ObjectLockRetainUntilDate": "x-amz-object-lock-retain-until-date",
    "RequestPayer": "x-amz-request-payer",
    "SSECustomerAlgorithm": "x-amz-server-side-encryption-customer-algorithm",
    "Tagging": "x-amz-tagging",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
}


def check_directory_bucket_request(operation_name: str, params: Mapping[str, Any], caller: Caller) -> None:
    """Raise NotImplemented, InvalidRequest or InvalidStorageClass where a directory bucket does not support a request."""
    if operation_name not in _SUPPORTED_OPERATIONS:
        raise S3Error("NotImplemented", f"Directory buckets do not support {operation_name}.")
    if caller.is_path_style:
        raise S3Error("InvalidRequest", "Directory buckets do not support path-style requests.")
    for member, header in _UNSUPPORTED_PARAMETERS.items():
        if member in params:
            raise not_implemented_header(header)
    if params.get("StorageClass", DIRECTORY_CLASS) != DIRECTORY_CLASS:
        raise S3Error("InvalidStorageClass", fields={"StorageClassRequested": params["StorageClass"]})


@operation("CreateSession")
def create_session(store: Store, *, bucket: Bucket, caller: Caller) -> Answer:
    """Temporary credentials, which act for the caller's account."""
    access_key, secret, session_token = store.ids.session(bucket.name)
    return {
        "Credentials": {
            "AccessKeyId": f"SESSION{caller.account}{access_key}",
            "SecretAccessKey": secret,
            "SessionToken": session_token,
            "Expiration": _session_end(store.now()),
        }
    }


def _session_end(now: datetime) -> datetime:
    """When a session expires. Clients compare it with their own clock, which the fake's may be behind."""
    return max(now, datetime.now(timezone.utc).replace(microsecond=0)) + _SESSION_DURATION


@operation("ListDirectoryBuckets")
def list_directory_buckets(
    store: Store, *, caller: Caller, max_directory_buckets: int | None = None, continuation_token: str | None = None
) -> Answer:
    """The caller's directory buckets in this region, by name."""
    if max_directory_buckets is not None and not 0 <= max_directory_buckets <= _MAX_BUCKETS:  # not verified
        message = f"Argument max-directory-buckets must be an integer between 0 and {_MAX_BUCKETS}"
        raise invalid_argument(message, "max-directory-buckets", str(max_directory_buckets))
    after = bucket_before_page(continuation_token)
    page = paginate(
        (
            bucket
            for name, bucket in store.buckets.items()
            if is_directory(name)
            and name > after
            and bucket.owner == caller.id
            and caller.region in (None, bucket.region)
        ),
        _MAX_BUCKETS if max_directory_buckets is None else max_directory_buckets,
    )
    answer: Answer = {"Buckets": [{"Name": bucket.name, "CreationDate": bucket.created} for bucket in page.entries]}
    if page.truncated:
        answer["ContinuationToken"] = encode_continuation_token(page.entries[-1].name)
    return answer
