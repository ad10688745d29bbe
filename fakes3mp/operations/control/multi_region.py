"""Multi-Region Access Points: create, look up, list, delete, and where their requests go (API manual).

S3 answers requests for them in us-west-2 only, and carries out changes later.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.acl import canonical_id
from fakes3mp.core.multi_region import ACTIVE, PASSIVE, BucketInRegion, MultiRegionAccessPoint
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import validate_public_access
from fakes3mp.operations.control.async_requests import HOME_REGION, begin
from fakes3mp.operations.control.pages import access_points_of, list_page
from fakes3mp.operations.registry import Answer, Caller, operation

_NAME = re.compile(r"[a-z0-9][-a-z0-9]{1,48}[a-z0-9]")
_MAX_REGIONS = 17

Details = Mapping[str, Any]


def check_home_region(caller: Caller) -> None:
    """Refuse a request that was sent to another region than us-west-2 (O397)."""
    if caller.region not in (None, HOME_REGION):
        raise S3Error(
            "PermanentRedirect",
            f"This API operation is only available in the following Regions: {HOME_REGION}. "
            "Make sure to send all future requests to a supported Region.",
        )


@operation("s3control.CreateMultiRegionAccessPoint")
def create_multi_region_access_point(
    store: Store, *, account_id: str, client_token: str, details: Details, caller: Caller
) -> Answer:
    """Create a Multi-Region Access Point, which is ready in a while."""
    check_home_region(caller)

    def create() -> tuple[str, ...]:
        point = _new_point(store, account_id, details)
        store.journal.set_item(store.access_points, point.arn, point)
        return _regions(point)

    return begin(store, account_id, "CreateMultiRegionAccessPoint", client_token, details, create)


def _new_point(store: Store, account_id: str, details: Details) -> MultiRegionAccessPoint:
    """What is asked for (API manual; wordings not verified)."""
    name, regions = details["Name"], details.get("Regions") or []
    if not _NAME.fullmatch(name):
        raise S3Error("InvalidRequest", "Invalid Multi-Region Access Point name")
    if any(point.name == name for point in points_of(store, account_id)):
        raise S3Error("MultiRegionAccessPointAlreadyOwnedByYou")
    if not regions:
        raise S3Error("InvalidRequest", "A Multi-Region Access Point needs a bucket")
    if len(regions) > _MAX_REGIONS:
        raise S3Error("TooManyMultiRegionAccessPointregionsError")
    buckets = [_bucket_in_region(store, account_id, entry) for entry in regions]
    if len({each.region for each in buckets}) < len(buckets):
        raise S3Error("MultiRegionAccessPointSameBucketRegion")
    point = MultiRegionAccessPoint(name, account_id, store.now(), tuple(buckets))
    settings = details.get("PublicAccessBlock")
    return point if settings is None else replace(point, public_access_block=validate_public_access(settings))


def _bucket_in_region(store: Store, account_id: str, entry: Details) -> BucketInRegion:
    bucket, owner = store.bucket(entry["Bucket"]), entry.get("BucketAccountId") or account_id
    if bucket.owner != canonical_id(owner):
        raise S3Error("AccessDenied")
    return BucketInRegion(bucket.name, bucket.region, owner)


def points_of(store: Store, account_id: str) -> list[MultiRegionAccessPoint]:
    """The account's Multi-Region Access Points."""
    return access_points_of(store, account_id, MultiRegionAccessPoint)


def find_point(store: Store, account_id: str, name: str) -> MultiRegionAccessPoint:
    """The one of this name, alias or ARN; raises NoSuchMultiRegionAccessPoint (API manual, "Error responses")."""
    for point in points_of(store, account_id):
        if name in (point.name, point.alias, point.arn):
            return point
    raise S3Error("NoSuchMultiRegionAccessPoint")


def _regions(point: MultiRegionAccessPoint) -> tuple[str, ...]:
    return tuple(each.region for each in point.buckets)


@operation("s3control.DeleteMultiRegionAccessPoint")
def delete_multi_region_access_point(
    store: Store, *, account_id: str, client_token: str, details: Details, caller: Caller
) -> Answer:
    """Delete a Multi-Region Access Point in a while; its buckets stay."""
    check_home_region(caller)

    def delete() -> tuple[str, ...]:
        point = find_point(store, account_id, details["Name"])
        store.journal.set_item(store.access_points, point.arn, replace(point, status="DELETING"))
        return _regions(point)

    return begin(store, account_id, "DeleteMultiRegionAccessPoint", client_token, details, delete)


@operation("s3control.GetMultiRegionAccessPoint")
def get_multi_region_access_point(store: Store, *, account_id: str, name: str, caller: Caller) -> Answer:
    """A Multi-Region Access Point's alias, state and buckets."""
    check_home_region(caller)
    return {"AccessPoint": _report(find_point(store, account_id, name))}


@operation("s3control.ListMultiRegionAccessPoints")
def list_multi_region_access_points(
    store: Store, *, account_id: str, next_token: str | None = None, max_results: int | None = None, caller: Caller
) -> Answer:
    """The account's Multi-Region Access Points by name."""
    check_home_region(caller)
    points = {point.name: point for point in points_of(store, account_id)}
    return list_page("AccessPoints", points, _report, next_token, max_results)


def _report(point: MultiRegionAccessPoint) -> Answer:
    return {
        "Name": point.name,
        "Alias": point.alias,
        "CreatedAt": point.created,
        "PublicAccessBlock": dict(point.public_access_block),
        "Status": point.status,
        "Regions": [
            {"Bucket": each.bucket, "Region": each.region, "BucketAccountId": each.account_id} for each in point.buckets
        ],
    }


@operation("s3control.GetMultiRegionAccessPointRoutes")
def get_multi_region_access_point_routes(store: Store, *, account_id: str, mrap: str, caller: Caller) -> Answer:
    """Which of the buckets are active."""
    check_home_region(caller)
    point = find_point(store, account_id, mrap)
    routes = [
        {"Bucket": each.bucket, "Region": each.region, "TrafficDialPercentage": each.dial} for each in point.buckets
    ]
    return {"Mrap": point.arn, "Routes": routes}


@operation("s3control.SubmitMultiRegionAccessPointRoutes")
def submit_multi_region_access_point_routes(
    store: Store, *, account_id: str, mrap: str, route_updates: list[Details], caller: Caller
) -> Answer:
    """Make buckets active or passive, at once."""
    check_home_region(caller)
    point = find_point(store, account_id, mrap)
    buckets = point.buckets
    for update in route_updates:
        buckets = _with_dial(buckets, update)
    if all(each.dial == PASSIVE for each in buckets):
        raise S3Error("InvalidRequest", "At least one Region must be active")  # wording not verified

    store.journal.set_item(store.access_points, point.arn, replace(point, buckets=buckets))
    return {}


def _with_dial(buckets: tuple[BucketInRegion, ...], update: Details) -> tuple[BucketInRegion, ...]:
    """The buckets with the route of one changed; InvalidRequest if it is about none of them (wording not verified)."""
    dial = update["TrafficDialPercentage"]
    chosen = [
        each
        for each in buckets
        if update.keys() & {"Bucket", "Region"}
        and update.get("Bucket", each.bucket) == each.bucket
        and update.get("Region", each.region) == each.region
    ]
    if not chosen or dial not in (ACTIVE, PASSIVE):
        raise S3Error("InvalidRequest", "The route is not valid")
    return tuple(replace(each, dial=dial) if each in chosen else each for each in buckets)
