"""Buckets: create, look up, list, delete."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import BUCKET_CANNED_ACLS
from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.listing import paginate
from fakes3mp.core.new_buckets import broken_naming_rule
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import NEW_BUCKET_TAGS, tags_from_document
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.acl_parameters import BucketAccessRequest
from fakes3mp.operations.configuration_documents import ACL, OWNERSHIPS, TAGGING, set_new_bucket_defaults
from fakes3mp.operations.location_constraints import (
    US_EAST,
    is_region,
    location_constraint,
    new_bucket_region,
    request_region,
    set_location,
)
from fakes3mp.operations.registry import Answer, Caller, operation

_MAX_BUCKETS = 10_000
_MAX_TOKEN = 1024  # characters


@operation("CreateBucket")
def create_bucket(
    store: Store,
    *,
    bucket: str,
    create_bucket_configuration: Mapping[str, Any] | None = None,
    object_lock_enabled_for_bucket: bool | None = None,
    object_ownership: str | None = None,
    bucket_namespace: str | None = None,
    access: BucketAccessRequest,
    caller: Caller,
) -> Answer:
    """Create a bucket; in us-east-1 one that the caller owns already is answered alike (O1-O4, O11, O116, O252)."""
    if not store.new_buckets.any_name and broken_naming_rule(bucket) is not None:
        raise S3Error("InvalidBucketName", fields={"BucketName": bucket})
    if object_ownership is not None and object_ownership not in OWNERSHIPS:
        raise invalid_argument(f"Invalid x-amz-object-ownership header: {object_ownership}", "x-amz-object-ownership")
    configuration = create_bucket_configuration or {}
    tags = tags_from_document(configuration.get("Tags") or (), NEW_BUCKET_TAGS)
    constraint = configuration.get("LocationConstraint")
    region = new_bucket_region(store, bucket, constraint, caller)
    _check_namespace(bucket, bucket_namespace, f"-{caller.account}-{region}-an")
    existing = store.buckets.get(bucket)
    if existing is not None:
        if existing.owner != caller.id:
            raise S3Error("BucketAlreadyExists", fields={"BucketName": bucket})
        if tags or {existing.region, request_region(caller) or store.region} != {US_EAST}:  # O3, O252
            raise S3Error("BucketAlreadyOwnedByYou", fields={"BucketName": bucket})
        return _create_answer(existing)

    created = store.create_bucket(bucket, region, caller.id)
    set_location(created, constraint)
    ownership = object_ownership or _implied_ownership(store, access)
    set_new_bucket_defaults(created, ownership, are_legacy=store.new_buckets.are_legacy)
    _set_acl(store, created, access)
    if tags:
        created.configure(TAGGING, tags)
    if object_lock_enabled_for_bucket:
        created.enable_lock()
        created.set_versioning("Enabled")

    return _create_answer(created)


def _check_namespace(name: str, namespace: str | None, suffix: str) -> None:
    """The name of a bucket in the account's regional namespace ends with account and region (O232)."""
    if namespace not in (None, "global", "account-regional"):  # the error is not verified
        raise invalid_argument("The specified bucket namespace is not valid", "x-amz-bucket-namespace", namespace)
    if namespace == "account-regional" and not name.endswith(suffix):
        raise S3Error("InvalidBucketNamespace", fields={"BucketName": name})


def _implied_ownership(store: Store, access: BucketAccessRequest) -> str | None:
    """The object ownership of a bucket that is created with the ACL ``private`` and no ownership (O240)."""
    return "BucketOwnerPreferred" if access.is_private and not store.new_buckets.are_legacy else None


# Codes of errors about an ACL -> their codes where CreateBucket raises them (users' reports).
_CREATION_CODES = {
    "AccessControlListNotSupported": "InvalidBucketAclWithObjectOwnership",
    "AccessDenied": "InvalidBucketAclWithBlockPublicAccessError",
}


def _set_acl(store: Store, bucket: Bucket, access: BucketAccessRequest) -> None:
    """Give a new bucket the requested ACL; if its ownership does not allow one the bucket is not created (S3's manual).

    ``private`` is allowed whatever the ownership is (O240).
    """
    if access.is_private:
        return
    try:
        acl = access.requested_acl(store, bucket, bucket.owner, BUCKET_CANNED_ACLS)
    except S3Error as error:
        if error.code in _CREATION_CODES:
            raise S3Error(_CREATION_CODES[error.code]) from None
        raise
    if acl is not None:
        bucket.configure(ACL, acl)


def _create_answer(bucket: Bucket) -> Answer:
    """The location is a path in us-east-1 (O1), a URL elsewhere (S3's manual)."""
    location = f"/{bucket.name}" if bucket.region == "us-east-1" else f"http://{bucket.name}.s3.amazonaws.com/"
    return {"Location": location, "BucketArn": _arn(bucket)}


def _arn(bucket: Bucket) -> str:
    if is_directory(bucket.name):
        return f"arn:aws:s3express:{bucket.region}:{int(bucket.owner, 16):012d}:bucket/{bucket.name}"
    return f"arn:aws:s3:::{bucket.name}"


@operation("HeadBucket")
def head_bucket(store: Store, *, bucket: Bucket) -> Answer:
    """Whether the bucket is there, and in which region (S3's manual)."""
    return {"BucketRegion": bucket.region, "BucketArn": _arn(bucket), "AccessPointAlias": False}


@operation("GetBucketLocation")
def get_bucket_location(store: Store, *, bucket: Bucket) -> Answer:
    """The bucket's LocationConstraint, which buckets in us-east-1 do not have (O251)."""
    constraint = location_constraint(bucket)
    return {} if constraint is None else {"LocationConstraint": constraint}


@operation("DeleteBucket")
def delete_bucket(store: Store, *, bucket: str) -> Answer:
    """Delete an empty bucket (O5, O6, F112)."""
    store.delete_bucket(bucket)
    return {}


@operation("ListBuckets")
def list_buckets(
    store: Store,
    *,
    prefix: str | None = None,
    max_buckets: int | None = None,
    continuation_token: str | None = None,
    bucket_region: str | None = None,
    caller: Caller,
) -> Answer:
    """The account's buckets by name. With any parameter the answer has pages, regions and ARNs (O253)."""
    if max_buckets is not None and not 1 <= max_buckets <= _MAX_BUCKETS:
        raise invalid_argument(
            f"Argument max-buckets must be an integer between 1 and {_MAX_BUCKETS}", "max-buckets", str(max_buckets)
        )
    if bucket_region is not None and not is_region(store, bucket_region):
        raise invalid_argument(f"Argument value {bucket_region} is not a valid AWS Region", "bucket-region")
    after = bucket_before_page(continuation_token)
    parameters = (prefix, max_buckets, continuation_token, bucket_region)
    in_full = any(parameter is not None for parameter in parameters)
    page = paginate(
        (
            bucket
            for name, bucket in store.buckets.items()
            if bucket.owner == caller.id
            and not is_directory(name)
            and name > after
            and name.startswith(prefix or "")
            and bucket_region in (None, bucket.region)
        ),
        max_buckets or _MAX_BUCKETS,
    )
    answer: Answer = {
        "Buckets": [_list_entry(bucket, in_full=in_full) for bucket in page.entries],
        "Owner": {"ID": caller.id},
    }
    if prefix is not None:
        answer["Prefix"] = prefix
    if page.truncated:
        answer["ContinuationToken"] = encode_continuation_token(page.entries[-1].name)
    return answer


def _list_entry(bucket: Bucket, *, in_full: bool) -> Answer:
    entry: Answer = {"Name": bucket.name, "CreationDate": bucket.created}
    return {**entry, "BucketRegion": bucket.region, "BucketArn": _arn(bucket)} if in_full else entry


def bucket_before_page(token: str | None) -> str:
    """The bucket after which a page of buckets begins; a longer token than S3's manual allows is refused, too."""
    if token and len(token) > _MAX_TOKEN:
        raise incorrect_token_error()
    return decode_continuation_token(token) if token else ""


def encode_continuation_token(last: str) -> str:
    """A continuation token, out of the last name that the page lists."""
    return base64.urlsafe_b64encode(last.encode("utf-8", "surrogatepass")).decode()


def decode_continuation_token(token: str) -> str:
    """The last name that the previous page listed; raises InvalidArgument for any other text."""
    try:
        return base64.b64decode(token, b"-_", validate=True).decode("utf-8", "surrogatepass")
    except (binascii.Error, ValueError):
        raise incorrect_token_error() from None


def incorrect_token_error() -> S3Error:
    """InvalidArgument for a token that no page has answered (O258)."""
    return invalid_argument("The continuation token provided is incorrect", "continuation-token")
