"""Access points: the operations of the ``s3control`` client (S3's manual; not recorded)."""

from __future__ import annotations

import re

from fakes3mp.core.access_points import AccessPoint
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.registry import Answer, operation

_NAME = re.compile(r"(?!.*-s3alias$)[a-z0-9][a-z0-9-]{1,48}[a-z0-9]")


@operation("s3control.CreateAccessPoint")
def create_access_point(store: Store, *, account_id: str, name: str, bucket: str) -> Answer:
    """Create an access point, by whose ARN or alias its bucket can be addressed."""
    if not _NAME.fullmatch(name):
        raise S3Error("InvalidRequest", "Invalid Access Point Name")
    access_point = AccessPoint(name, account_id, store.bucket(bucket).region, bucket, store.now())
    if access_point.arn in store.access_points:
        raise S3Error("AccessPointAlreadyOwnedByYou", fields={"AccessPointName": name})
    store.journal.set_item(store.access_points, access_point.arn, access_point)
    return {"AccessPointArn": access_point.arn, "Alias": access_point.alias}


@operation("s3control.GetAccessPoint")
def get_access_point(store: Store, *, account_id: str, name: str) -> Answer:
    """An access point's bucket, ARN and alias."""
    access_point = _find_access_point(store, account_id, name)
    return {
        "Name": name,
        "Bucket": access_point.bucket,
        "NetworkOrigin": "Internet",
        "CreationDate": access_point.created,
        "Alias": access_point.alias,
        "AccessPointArn": access_point.arn,
        "BucketAccountId": store.account_id,
    }


@operation("s3control.DeleteAccessPoint")
def delete_access_point(store: Store, *, account_id: str, name: str) -> Answer:
    """Delete an access point; its bucket stays."""
    store.journal.remove_item(store.access_points, _find_access_point(store, account_id, name).arn)
    return {}


def _find_access_point(store: Store, account_id: str, name: str) -> AccessPoint:
    for access_point in store.access_points.values():
        if (access_point.account_id, access_point.name, access_point.outpost_id) == (account_id, name, None):
            return access_point
    raise S3Error("NoSuchAccessPoint", fields={"AccessPointName": name})
