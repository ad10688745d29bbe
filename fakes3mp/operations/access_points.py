"""Access points, as the ``s3control`` client makes and shows them (S3's manual; not recorded)."""

from __future__ import annotations

import re

from fakes3mp.core.access_points import AccessPoint
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.registry import Answer, operation

_NAME = re.compile(r"(?!.*-s3alias$)[a-z0-9][a-z0-9-]{1,48}[a-z0-9]")


@operation("s3control.CreateAccessPoint")
def create_access_point(store: Store, *, account_id: str, name: str, bucket: str) -> Answer:
    """Give a bucket another name."""
    if not _NAME.fullmatch(name):
        raise S3Error("InvalidRequest", "Invalid Access Point Name")
    place = store.bucket(bucket)
    made = AccessPoint(name, account_id, place.region, bucket, store.now())
    if made.arn in store.access_points:
        raise S3Error("AccessPointAlreadyOwnedByYou", fields={"AccessPointName": name})
    store.access_points[made.arn] = made
    return {"AccessPointArn": made.arn, "Alias": made.alias}


@operation("s3control.GetAccessPoint")
def get_access_point(store: Store, *, account_id: str, name: str) -> Answer:
    """What is known of an access point."""
    found = _named(store, account_id, name)
    return {
        "Name": name,
        "Bucket": found.bucket,
        "NetworkOrigin": "Internet",
        "CreationDate": found.created,
        "Alias": found.alias,
        "AccessPointArn": found.arn,
        "BucketAccountId": store.account_id,
    }


@operation("s3control.DeleteAccessPoint")
def delete_access_point(store: Store, *, account_id: str, name: str) -> Answer:
    """Take the name away; the bucket stays."""
    del store.access_points[_named(store, account_id, name).arn]
    return {}


def _named(store: Store, account_id: str, name: str) -> AccessPoint:
    for found in store.access_points.values():
        if (found.account_id, found.name, found.outpost_id) == (account_id, name, None):
            return found
    raise S3Error("NoSuchAccessPoint", fields={"AccessPointName": name})
