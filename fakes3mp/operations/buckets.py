"""Buckets: create, look up, list, delete."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import FOR_BUCKETS
from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.listing import page
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import NEW_BUCKET, from_document
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.acl_parameters import BucketAccessRequest
from fakes3mp.operations.configuration import ACL, OWNERSHIPS, TAGGING, set_defaults
from fakes3mp.operations.registry import Answer, Caller, operation

# S3's manual, "Bucket naming rules"; the answer to a bad name is not recorded.
_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d+")
_MAX_BUCKETS = 10_000


@operation("CreateBucket")
def create_bucket(
    store: Store,
    *,
    bucket: str,
    create_bucket_configuration: Mapping[str, Any] | None = None,
    object_lock_enabled_for_bucket: bool | None = None,
    object_ownership: str | None = None,
    access: BucketAccessRequest,
    caller: Caller,
) -> Answer:
    """Make a bucket; one the account already owns is answered alike (O1-O4, O11, O116)."""
    if not _NAME.fullmatch(bucket) or bucket.endswith("-s3alias"):
        raise S3Error("InvalidBucketName", fields={"BucketName": bucket})
    if object_ownership is not None and object_ownership not in OWNERSHIPS:
        raise invalid_argument(f"Invalid x-amz-object-ownership header: {object_ownership}", "x-amz-object-ownership")
    configuration = create_bucket_configuration or {}
    tags = from_document(configuration.get("Tags") or (), NEW_BUCKET)
    region = _settled_region(bucket, configuration.get("LocationConstraint"), caller.region, store)
    found = store.buckets.get(bucket)
    if found is not None:
        if found.owner != caller.id:
            raise S3Error("BucketAlreadyExists", fields={"BucketName": bucket})
        if tags or found.region != "us-east-1":
            raise S3Error("BucketAlreadyOwnedByYou", fields={"BucketName": bucket})
        return _created(found)
    created = store.create_bucket(bucket, region, caller.id)
    set_defaults(created, object_ownership)
    _set_acl(store, created, access)
    if tags:
        created.configure(TAGGING, tags)
    if object_lock_enabled_for_bucket:
        created.lock_enabled, created.versioning = True, "Enabled"
    return _created(created)


# What refuses a list later, refuses it at creation under a name of its own (users' reports).
_AT_CREATION = {
    "AccessControlListNotSupported": "InvalidBucketAclWithObjectOwnership",
    "AccessDenied": "InvalidBucketAclWithBlockPublicAccessError",
}


def _set_acl(store: Store, bucket: Bucket, access: BucketAccessRequest) -> None:
    """Keep the list asked for; with it the bucket must not be one whose owner is enforced (S3's manual)."""
    try:
        acl = access.asked_list(bucket, bucket.owner, FOR_BUCKETS)
    except S3Error as error:
        del store.buckets[bucket.name]
        if error.code in _AT_CREATION:
            raise S3Error(_AT_CREATION[error.code]) from None
        raise
    if acl is not None:
        bucket.configure(ACL, acl)


def _created(bucket: Bucket) -> Answer:
    return {"Location": _location(bucket), "BucketArn": _arn(bucket)}


def _settled_region(bucket: str, constraint: str | None, endpoint: str | None, store: Store) -> str:
    """A directory bucket is in its endpoint's region, and names a zone instead."""
    if is_directory(bucket):
        return endpoint or store.region
    return _region(constraint, endpoint, store)


def _region(constraint: str | None, endpoint: str | None, store: Store) -> str:
    """Where the bucket is to be. Amazon's endpoints take their own region only, us-east-1's any but by that name.

    S3's manual; the wording of the refusals is users' reports. ``EU`` is the old name of eu-west-1.
    """
    wanted = {"": None, "EU": "eu-west-1"}.get(constraint or "", constraint)
    if wanted is not None and (not _REGION.fullmatch(wanted) or wanted == endpoint == "us-east-1"):
        raise S3Error("InvalidLocationConstraint", fields={"LocationConstraint": wanted})
    if endpoint not in (None, "us-east-1", wanted):
        raise S3Error(
            "IllegalLocationConstraintException",
            f"The {wanted or 'unspecified'} location constraint is incompatible for the region specific endpoint "
            "this request was sent to.",
        )
    return wanted or endpoint or store.region


def _location(bucket: Bucket) -> str:
    """A path in us-east-1 (O1), a URL elsewhere (S3's manual)."""
    return f"/{bucket.name}" if bucket.region == "us-east-1" else f"http://{bucket.name}.s3.amazonaws.com/"


def _arn(bucket: Bucket) -> str:
    if is_directory(bucket.name):
        return f"arn:aws:s3express:{bucket.region}:{int(bucket.owner, 16):012d}:bucket/{bucket.name}"
    return f"arn:aws:s3:::{bucket.name}"


@operation("HeadBucket")
def head_bucket(store: Store, *, bucket: str) -> Answer:
    """Whether the bucket is there, and in which region (S3's manual)."""
    found = store.bucket(bucket)
    return {"BucketRegion": found.region, "BucketArn": _arn(found), "AccessPointAlias": False}


@operation("GetBucketLocation")
def get_bucket_location(store: Store, *, bucket: str) -> Answer:
    """The bucket's LocationConstraint, which us-east-1 does not have."""
    region = store.bucket(bucket).region
    return {} if region == "us-east-1" else {"LocationConstraint": region}


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
    """The account's buckets by name; any parameter makes it a paged listing that names regions (S3's manual)."""
    if max_buckets is not None and not 1 <= max_buckets <= _MAX_BUCKETS:
        raise invalid_argument(
            f"Argument max-buckets must be an integer between 1 and {_MAX_BUCKETS}", "max-buckets", str(max_buckets)
        )
    after = decoded_token(continuation_token) if continuation_token else ""
    asked = {"prefix": prefix, "max": max_buckets, "token": continuation_token, "region": bucket_region}
    detailed = any(value is not None for value in asked.values())
    found = page(
        (
            bucket
            for name, bucket in sorted(store.buckets.items())
            if bucket.owner == caller.id
            and not is_directory(name)
            and name > after
            and name.startswith(prefix or "")
            and bucket_region in (None, bucket.region)
        ),
        max_buckets or _MAX_BUCKETS,
    )
    answer: Answer = {
        "Buckets": [_listed(bucket, detailed) for bucket in found.entries],
        "Owner": {"ID": caller.id},
    }
    if prefix is not None:
        answer["Prefix"] = prefix
    if found.truncated:
        answer["ContinuationToken"] = token(found.entries[-1].name)
    return answer


def _listed(bucket: Bucket, detailed: bool) -> Answer:
    listed: Answer = {"Name": bucket.name, "CreationDate": bucket.created}
    return {**listed, "BucketRegion": bucket.region} if detailed else listed


def token(last: str) -> str:
    """A continuation token: opaque to the caller, the last thing listed to us."""
    return base64.urlsafe_b64encode(last.encode("utf-8", "surrogatepass")).decode()


def decoded_token(text: str) -> str:
    """The last thing listed; a token that we did not make is refused."""
    try:
        return base64.b64decode(text, b"-_", validate=True).decode("utf-8", "surrogatepass")
    except (binascii.Error, ValueError):
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token") from None
