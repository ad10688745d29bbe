"""Access points of S3 Control: create, look up, list, delete (O391, O392)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from typing import Any

from fakes3mp.core.access_points import DIRECTORY_SUFFIX, AccessPoint, all_blocked
from fakes3mp.core.acl import canonical_id
from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import NEW_BUCKET_TAGS, tags_from_document
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import validate_public_access
from fakes3mp.operations.control.pages import access_points_of, list_page
from fakes3mp.operations.policy.context import account_of
from fakes3mp.operations.registry import Answer, operation

_NAME = re.compile(r"(?!.*-s3alias$)[a-z0-9][a-z0-9-]{1,48}[a-z0-9]")
_MAX_PREFIXES = 255  # bytes of all prefixes of a scope

Scope = Mapping[str, Any]


@operation("s3control.CreateAccessPoint")
def create_access_point(
    store: Store,
    *,
    account_id: str,
    name: str,
    bucket: str,
    vpc_configuration: Mapping[str, str] | None = None,
    public_access_block_configuration: Mapping[str, bool] | None = None,
    bucket_account_id: str | None = None,
    scope: Scope | None = None,
    tags: list[Mapping[str, str]] | None = None,
) -> Answer:
    """Create an access point, by whose ARN or alias its bucket can be addressed."""
    if not _NAME.fullmatch(name) or name.endswith(DIRECTORY_SUFFIX) != is_directory(bucket):
        raise S3Error("InvalidRequest", "Invalid Access Point Name")
    target = store.buckets.get(bucket)
    if target is None:
        raise S3Error("InvalidRequest", "Amazon S3 Access Point can only be created for existing bucket")
    if target.owner != canonical_id(bucket_account_id or account_id):  # the wording is not verified
        raise S3Error("AccessDenied")
    settings = public_access_block_configuration
    access_point = AccessPoint(
        name,
        account_id,
        target.region,
        bucket,
        store.now(),
        vpc_id=None if vpc_configuration is None else vpc_configuration["VpcId"],
        public_access_block=all_blocked() if settings is None else validate_public_access(settings),
        scope=None if scope is None else validate_scope(bucket, scope),
        tags=tags_from_document(tags or (), NEW_BUCKET_TAGS),
    )
    if access_point.arn in store.access_points:
        raise S3Error("AccessPointAlreadyOwnedByYou", fields={"AccessPointName": name})

    store.journal.set_item(store.access_points, access_point.arn, access_point)
    return {"AccessPointArn": access_point.arn, "Alias": access_point.alias}


def validate_scope(bucket: str, scope: Scope) -> Scope:
    """What a directory bucket's access point allows: prefixes and operations (manual; wording not verified)."""
    if not is_directory(bucket):
        raise S3Error("InvalidRequest", "Scope is only supported for access points attached to directory buckets")
    if sum(len(prefix.encode()) for prefix in scope.get("Prefixes") or ()) > _MAX_PREFIXES:
        raise S3Error("InvalidRequest", "The total length of the prefixes in the scope must be less than 256 bytes")
    return dict(scope)


@operation("s3control.GetAccessPoint")
def get_access_point(store: Store, *, account_id: str, name: str) -> Answer:
    """An access point's bucket, ARN, alias and settings."""
    access_point = find_access_point(store, account_id, name)
    region = access_point.region
    return {
        **_entry(store, access_point),
        "PublicAccessBlockConfiguration": dict(access_point.public_access_block),
        "CreationDate": access_point.created,
        "Endpoints": {
            "ipv4": f"s3-accesspoint.{region}.amazonaws.com",
            "fips": f"s3-accesspoint-fips.{region}.amazonaws.com",
            "fips_dualstack": f"s3-accesspoint-fips.dualstack.{region}.amazonaws.com",
            "dualstack": f"s3-accesspoint.dualstack.{region}.amazonaws.com",
        },
    }


@operation("s3control.DeleteAccessPoint")
def delete_access_point(store: Store, *, account_id: str, name: str) -> Answer:
    """Delete an access point; its bucket stays."""
    store.journal.remove_item(store.access_points, find_access_point(store, account_id, name).arn)
    return {}


@operation("s3control.ListAccessPoints")
def list_access_points(
    store: Store,
    *,
    account_id: str,
    bucket: str | None = None,
    next_token: str | None = None,
    max_results: int | None = None,
) -> Answer:
    """The account's access points by name, or those of one bucket."""
    _check_listed_bucket(store, bucket)
    points = [point for point in _access_points(store, account_id) if not is_directory(point.bucket)]
    return _list(store, points, bucket, next_token, max_results)


@operation("s3control.ListAccessPointsForDirectoryBuckets")
def list_access_points_for_directory_buckets(
    store: Store,
    *,
    account_id: str,
    directory_bucket: str | None = None,
    next_token: str | None = None,
    max_results: int | None = None,
) -> Answer:
    """The access points of the account's directory buckets by name, or those of one."""
    _check_listed_bucket(store, directory_bucket)
    points = [point for point in _access_points(store, account_id) if is_directory(point.bucket)]
    return _list(store, points, directory_bucket, next_token, max_results)


def _check_listed_bucket(store: Store, bucket: str | None) -> None:
    if bucket is not None and bucket not in store.buckets:
        raise S3Error("InvalidRequest", "Amazon S3 Access Point can only be listed for existing bucket")


def _access_points(store: Store, account_id: str) -> list[AccessPoint]:
    """Those of the account that are not on an Outpost."""
    return [point for point in access_points_of(store, account_id, AccessPoint) if point.outpost_id is None]


def _list(
    store: Store, points: list[AccessPoint], bucket: str | None, next_token: str | None, max_results: int | None
) -> Answer:
    by_name = {point.name: point for point in points if bucket in (None, point.bucket)}
    return list_page("AccessPointList", by_name, partial(_entry, store), next_token, max_results)


def _entry(store: Store, point: AccessPoint) -> Answer:
    """What lists and GetAccessPoint say of an access point."""
    bucket: Bucket | None = store.buckets.get(point.bucket)
    entry: Answer = {
        "Name": point.name,
        "NetworkOrigin": point.network_origin,
        "Bucket": point.bucket,
        "AccessPointArn": point.arn,
        "Alias": point.alias,
        "BucketAccountId": account_of(store.owner if bucket is None else bucket.owner),
    }
    return entry if point.vpc_id is None else {**entry, "VpcConfiguration": {"VpcId": point.vpc_id}}


def find_access_point(store: Store, account_id: str, name: str) -> AccessPoint:
    """The account's access point of this name; raises NoSuchAccessPoint."""
    for point in _access_points(store, account_id):
        if point.name == name:
            return point
    raise S3Error("NoSuchAccessPoint", fields={"AccessPointName": name})
