"""Object Lambda access points of S3 Control: create, look up, list, delete, their configurations and policies (O356)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.object_lambda import ObjectLambdaAccessPoint
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.control.pages import access_points_of, list_page
from fakes3mp.operations.policy.documents import compile_policy
from fakes3mp.operations.policy.public import is_public
from fakes3mp.operations.registry import Answer, operation

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,43}[a-z0-9]")  # 3 to 45 characters (S3's manual)
_ACTIONS = ("GetObject", "HeadObject", "ListObjects", "ListObjectsV2")
_FEATURES = ("GetObject-Range", "GetObject-PartNumber", "HeadObject-Range", "HeadObject-PartNumber")

Configuration = Mapping[str, Any]


@operation("s3control.CreateAccessPointForObjectLambda")
def create_access_point(store: Store, *, account_id: str, name: str, configuration: Configuration) -> Answer:
    """Create an Object Lambda access point in front of another access point."""
    if not _NAME.fullmatch(name):
        raise S3Error("InvalidRequest", "Invalid Access Point Name")
    region, bucket = _validate(store, configuration)
    point = ObjectLambdaAccessPoint(name, account_id, region, bucket, store.now(), configuration)
    if point.arn in store.access_points:
        raise S3Error("AccessPointAlreadyOwnedByYou", fields={"AccessPointName": name})

    store.journal.set_item(store.access_points, point.arn, point)
    return {"ObjectLambdaAccessPointArn": point.arn, "Alias": _alias(point)}


def _validate(store: Store, configuration: Configuration) -> tuple[str, str]:
    """The region and the bucket of the supporting access point, if the configuration is valid (wording not verified)."""
    transformations = configuration.get("TransformationConfigurations") or ()
    actions = [action for each in transformations for action in each.get("Actions") or ()]
    if not transformations or not actions:
        raise S3Error("InvalidRequest", "A transformation with an action is required")
    if len(set(actions)) < len(actions):
        raise S3Error("InvalidRequest", "Each action can be used once")
    if any("AwsLambda" not in each["ContentTransformation"] for each in transformations):
        raise S3Error("InvalidRequest", "A transformation requires an AWS Lambda function")
    if not set(actions) <= set(_ACTIONS) or not set(configuration.get("AllowedFeatures") or ()) <= set(_FEATURES):
        raise S3Error("MalformedXML")
    supporting = store.access_points.get(configuration["SupportingAccessPoint"])
    if supporting is None or isinstance(supporting, ObjectLambdaAccessPoint):
        raise S3Error("InvalidRequest", "The supporting access point does not exist")
    return configuration["SupportingAccessPoint"].split(":")[3] or store.region, supporting.bucket


def _alias(point: ObjectLambdaAccessPoint) -> Answer:
    return {"Value": point.alias, "Status": "READY"}


def _find(store: Store, account_id: str, name: str) -> ObjectLambdaAccessPoint:
    for point in access_points_of(store, account_id, ObjectLambdaAccessPoint):
        if point.name == name:
            return point
    raise S3Error("NoSuchAccessPoint", fields={"AccessPointName": name})


@operation("s3control.GetAccessPointForObjectLambda")
def get_access_point(store: Store, *, account_id: str, name: str) -> Answer:
    """An Object Lambda access point's alias and settings."""
    point = _find(store, account_id, name)
    return {
        "Name": name,
        "PublicAccessBlockConfiguration": dict(point.public_access_block),
        "CreationDate": point.created,
        "Alias": _alias(point),
    }


@operation("s3control.ListAccessPointsForObjectLambda")
def list_access_points(
    store: Store, *, account_id: str, next_token: str | None = None, max_results: int | None = None
) -> Answer:
    """The account's Object Lambda access points, by name."""
    points = {point.name: point for point in access_points_of(store, account_id, ObjectLambdaAccessPoint)}
    return list_page("ObjectLambdaAccessPointList", points, _entry, next_token, max_results)


def _entry(point: ObjectLambdaAccessPoint) -> Answer:
    return {"Name": point.name, "ObjectLambdaAccessPointArn": point.arn, "Alias": _alias(point)}


@operation("s3control.DeleteAccessPointForObjectLambda")
def delete_access_point(store: Store, *, account_id: str, name: str) -> Answer:
    """Delete an Object Lambda access point; the supporting one stays."""
    store.journal.remove_item(store.access_points, _find(store, account_id, name).arn)
    return {}


@operation("s3control.GetAccessPointConfigurationForObjectLambda")
def get_configuration(store: Store, *, account_id: str, name: str) -> Answer:
    """The configuration as it was put."""
    return {"Configuration": _find(store, account_id, name).configuration}


@operation("s3control.PutAccessPointConfigurationForObjectLambda")
def put_configuration(store: Store, *, account_id: str, name: str, configuration: Configuration) -> Answer:
    """Replace the configuration."""
    point = _find(store, account_id, name)
    _, bucket = _validate(store, configuration)

    _change(store, point, configuration=configuration, bucket=bucket)
    return {}


def _change(store: Store, point: ObjectLambdaAccessPoint, **changes: Any) -> None:
    store.journal.set_item(store.access_points, point.arn, replace(point, **changes))


@operation("s3control.PutAccessPointPolicyForObjectLambda")
def put_policy(store: Store, *, account_id: str, name: str, policy: str) -> Answer:
    """Replace the policy. It is kept, but decides nothing."""
    point, text = _find(store, account_id, name), compile_policy(policy).text

    _change(store, point, policy=text)
    return {}


@operation("s3control.GetAccessPointPolicyForObjectLambda")
def get_policy(store: Store, *, account_id: str, name: str) -> Answer:
    """The policy."""
    return {"Policy": _policy(store, account_id, name)}


@operation("s3control.DeleteAccessPointPolicyForObjectLambda")
def delete_policy(store: Store, *, account_id: str, name: str) -> Answer:
    """Remove the policy, if there is one."""
    _change(store, _find(store, account_id, name), policy=None)
    return {}


@operation("s3control.GetAccessPointPolicyStatusForObjectLambda")
def get_policy_status(store: Store, *, account_id: str, name: str) -> Answer:
    """Whether the policy is public."""
    policy = _policy(store, account_id, name)
    return {"PolicyStatus": {"IsPublic": is_public(compile_policy(policy))}}


def _policy(store: Store, account_id: str, name: str) -> str:
    policy = _find(store, account_id, name).policy
    if policy is None:
        raise S3Error("NoSuchAccessPointPolicy", fields={"AccessPointName": name})
    return policy
