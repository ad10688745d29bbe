"""Buckets: create, look up, list, delete."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import BUCKET_CANNED_ACLS
from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.listing import paginate
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import NEW_BUCKET_TAGS, tags_from_document
from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.operations.acl_parameters import BucketAccessRequest
from fakes3mp.operations.configuration_documents import ACL, OWNERSHIPS, TAGGING, set_new_bucket_defaults
from fakes3mp.operations.registry import Answer, Caller, operation

# S3's manual, "Bucket naming rules"; the answer to a bad name is not recorded.
_BUCKET_NAME = re.compile(r"(?!\d+\.\d+\.\d+\.\d+$)(?!.*\.\.)[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
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
    """Create a bucket; in us-east-1 one that the caller owns already is answered alike (O1-O4, O11, O116)."""
    if not _BUCKET_NAME.fullmatch(bucket) or bucket.endswith("-s3alias"):
        raise S3Error("InvalidBucketName", fields={"BucketName": bucket})
    if object_ownership is not None and object_ownership not in OWNERSHIPS:
        raise invalid_argument(f"Invalid x-amz-object-ownership header: {object_ownership}", "x-amz-object-ownership")
    configuration = create_bucket_configuration or {}
    tags = tags_from_document(configuration.get("Tags") or (), NEW_BUCKET_TAGS)
    region = _new_bucket_region(store, bucket, configuration.get("LocationConstraint"), caller.region)
    existing = store.buckets.get(bucket)
    if existing is not None:
        if existing.owner != caller.id:
            raise S3Error("BucketAlreadyExists", fields={"BucketName": bucket})
        if tags or existing.region != "us-east-1":
            raise S3Error("BucketAlreadyOwnedByYou", fields={"BucketName": bucket})
        return _create_answer(existing)
    created = store.create_bucket(bucket, region, caller.id)
    set_new_bucket_defaults(created, object_ownership)
    _set_acl(store, created, access)
    if tags:
        created.configure(TAGGING, tags)
    if object_lock_enabled_for_bucket:
        created.lock_enabled, created.versioning = True, "Enabled"
    return _create_answer(created)


# Codes of errors about an ACL -> their codes where CreateBucket raises them (users' reports).
_CREATION_CODES = {
    "AccessControlListNotSupported": "InvalidBucketAclWithObjectOwnership",
    "AccessDenied": "InvalidBucketAclWithBlockPublicAccessError",
}


def _set_acl(store: Store, bucket: Bucket, access: BucketAccessRequest) -> None:
    """Give a new bucket the requested ACL; if its ownership does not allow one the bucket is not created (S3's manual)."""
    try:
        acl = access.requested_acl(bucket, bucket.owner, BUCKET_CANNED_ACLS)
    except S3Error as error:
        del store.buckets[bucket.name]
        if error.code in _CREATION_CODES:
            raise S3Error(_CREATION_CODES[error.code]) from None
        raise
    if acl is not None:
        bucket.configure(ACL, acl)


def _create_answer(bucket: Bucket) -> Answer:
    """The location is a path in us-east-1 (O1), a URL elsewhere (S3's manual)."""
    location = f"/{bucket.name}" if bucket.region == "us-east-1" else f"http://{bucket.name}.s3.amazonaws.com/"
    return {"Location": location, "BucketArn": _arn(bucket)}


def _new_bucket_region(store: Store, bucket: str, constraint: str | None, endpoint: str | None) -> str:
    """The region of a new bucket, out of its LocationConstraint and the endpoint's region.

    A directory bucket is in the endpoint's region and names a zone instead.

    The endpoint of us-east-1 creates buckets of all regions, and of its own only without a LocationConstraint; others of
    Amazon's only of their own region (S3's manual; the wording of the errors is from users' reports). ``EU`` is the old
    name of eu-west-1.
    """
    if is_directory(bucket):
        return endpoint or store.region
    region = {"": None, "EU": "eu-west-1"}.get(constraint or "", constraint)
    if region is not None and (not _REGION.fullmatch(region) or region == endpoint == "us-east-1"):
        raise S3Error("InvalidLocationConstraint", fields={"LocationConstraint": region})
    if endpoint not in (None, "us-east-1", region):
        raise S3Error(
            "IllegalLocationConstraintException",
            f"The {region or 'unspecified'} location constraint is incompatible for the region specific endpoint "
            "this request was sent to.",
        )
    return region or endpoint or store.region


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
    """The bucket's LocationConstraint, which buckets in us-east-1 do not have."""
    return {} if bucket.region == "us-east-1" else {"LocationConstraint": bucket.region}


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
    """The account's buckets by name. With any parameter the answer has pages and regions (S3's manual)."""
    if max_buckets is not None and not 1 <= max_buckets <= _MAX_BUCKETS:
        raise invalid_argument(
            f"Argument max-buckets must be an integer between 1 and {_MAX_BUCKETS}", "max-buckets", str(max_buckets)
        )
    after = decode_continuation_token(continuation_token) if continuation_token else ""
    parameters = (prefix, max_buckets, continuation_token, bucket_region)
    with_regions = any(parameter is not None for parameter in parameters)
    page = paginate(
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
        "Buckets": [_list_entry(bucket, with_regions) for bucket in page.entries],
        "Owner": {"ID": caller.id},
    }
    if prefix is not None:
        answer["Prefix"] = prefix
    if page.truncated:
        answer["ContinuationToken"] = encode_continuation_token(page.entries[-1].name)
    return answer


def _list_entry(bucket: Bucket, with_region: bool) -> Answer:
    entry: Answer = {"Name": bucket.name, "CreationDate": bucket.created}
    return {**entry, "BucketRegion": bucket.region} if with_region else entry


def encode_continuation_token(last: str) -> str:
    """A continuation token, out of the last name that the page lists."""
    return base64.urlsafe_b64encode(last.encode("utf-8", "surrogatepass")).decode()


def decode_continuation_token(token: str) -> str:
    """The last name that the previous page listed; raises InvalidArgument for any other text."""
    try:
        return base64.b64decode(token, b"-_", validate=True).decode("utf-8", "surrogatepass")
    except (binascii.Error, ValueError):
        raise invalid_argument("The continuation token provided is incorrect", "continuation-token") from None
