"""Requests of S3 Control that are carried out in a while, and what is known of them until then."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from msgspec.structs import replace

from fakes3mp.core.control import MULTI_REGION_STEP
from fakes3mp.core.multi_region import STEP_TIME, AsyncRequest, MultiRegionAccessPoint
from fakes3mp.core.schedule import Step
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.registry import Answer, operation

HOME_REGION = "us-west-2"  # which answers for all Multi-Region Access Points
# The errors of asynchronous requests (S3's manual, "Error responses", O399).
_LATE_ERRORS = frozenset(
    (
        *("AccessDenied", "MalformedPolicy", "MultiRegionAccessPointAlreadyOwnedByYou"),
        *("MultiRegionAccessPointSameBucketRegion", "NoSuchBucket", "NoSuchMultiRegionAccessPoint"),
    )
)
_PATHS = {
    "CreateMultiRegionAccessPoint": "create",
    "DeleteMultiRegionAccessPoint": "delete",
    "PutMultiRegionAccessPointPolicy": "put-policy",
}


def begin(
    store: Store,
    account_id: str,
    name: str,
    client_token: str,
    details: Mapping[str, Any],
    prepare: Callable[[], tuple[str, ...]],
) -> Answer:
    """Accept a request: ``prepare`` checks it, makes what changes at once, and returns the regions it is about.

    Errors that S3 tells when it is asked for the state of the request are kept for then (O399). The same client token again
    answers the same request.
    """
    digest = hashlib.blake2b(f"{account_id}/{client_token}".encode(), digest_size=16).hexdigest()
    arn = f"arn:aws:s3:{HOME_REGION}:{account_id}:async-request/mrap/{_PATHS[name]}/{digest}"
    earlier = store.control.async_requests.get(arn)
    if earlier is not None:
        if earlier.details != details:
            raise S3Error("ClientTokenConflict")
        return {"RequestTokenARN": arn}

    request = AsyncRequest(arn, account_id, store.now(), name, details)
    try:
        with store.transaction():
            request = replace(request, regions=prepare())
    except S3Error as error:
        if error.code not in _LATE_ERRORS:
            raise
        request = replace(request, error=(error.code, error.message))
    store.journal.set_item(store.control.async_requests, arn, request)
    store.schedule((MULTI_REGION_STEP, arn), store.now() + STEP_TIME)
    return {"RequestTokenARN": arn}


def take_step(store: Store, step: Step, at: datetime) -> None:
    """Carry out a request."""
    store.schedule(step, None)
    request = store.control.async_requests[step[1]]
    status = "SUCCEEDED" if request.error is None else "FAILED"
    store.journal.set_item(store.control.async_requests, request.arn, replace(request, status=status))
    if request.error is not None:
        return
    for point in [point for point in store.access_points.values() if isinstance(point, MultiRegionAccessPoint)]:
        if (point.account_id, point.name) == (request.account_id, request.details["Name"]):
            _carry_out(store, request, point)


def _carry_out(store: Store, request: AsyncRequest, point: MultiRegionAccessPoint) -> None:
    if request.operation == "DeleteMultiRegionAccessPoint":
        store.journal.remove_item(store.access_points, point.arn)
        return
    changed = replace(point, status="READY") if request.operation == "CreateMultiRegionAccessPoint" else point
    if request.operation == "PutMultiRegionAccessPointPolicy":
        changed = replace(point, policy=point.proposed_policy)
    store.journal.set_item(store.access_points, point.arn, changed)


@operation("s3control.DescribeMultiRegionAccessPointOperation")
def describe_multi_region_access_point_operation(store: Store, *, account_id: str, request_token_arn: str) -> Answer:
    """What has become of a request."""
    request = store.control.async_requests.get(request_token_arn)
    if request is None or request.account_id != account_id:
        raise S3Error("NoSuchAsyncRequest")
    regions = [{"Name": region, "RequestStatus": request.status} for region in request.regions]
    response: Answer = {"MultiRegionAccessPointDetails": {"Regions": regions}}
    if request.error is not None and request.status == "FAILED":
        code, message = request.error
        response["ErrorDetails"] = {"Code": code, "Message": message, "Resource": request.details["Name"]}
    return {
        "AsyncOperation": {
            "CreationTime": request.created,
            "Operation": request.operation,
            "RequestTokenARN": request.arn,
            "RequestParameters": {f"{request.operation}Request": request.details},
            "RequestStatus": request.status,
            "ResponseDetails": response,
        }
    }
