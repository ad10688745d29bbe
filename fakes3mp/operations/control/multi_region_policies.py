"""The policy of a Multi-Region Access Point: proposed at first, established in a while."""

from __future__ import annotations

from msgspec.structs import replace

from fakes3mp.core.store import Store
from fakes3mp.operations.control.access_point_policies import validate_endpoint_policy
from fakes3mp.operations.control.async_requests import begin
from fakes3mp.operations.control.multi_region import Details, check_home_region, find_point
from fakes3mp.operations.policy.documents import compile_policy
from fakes3mp.operations.policy.public import is_public
from fakes3mp.operations.registry import Answer, Caller, operation


@operation("s3control.PutMultiRegionAccessPointPolicy")
def put_multi_region_access_point_policy(
    store: Store, *, account_id: str, client_token: str, details: Details, caller: Caller
) -> Answer:
    """Propose another policy; a public one is refused where the Block Public Access says so."""
    check_home_region(caller)

    def propose() -> tuple[str, ...]:
        point = find_point(store, account_id, details["Name"])
        action = "s3:PutMultiRegionAccessPointPolicy"
        policy = validate_endpoint_policy(store, point, details["Policy"], caller, action)
        store.journal.set_item(store.access_points, point.arn, replace(point, proposed_policy=policy))
        return tuple(each.region for each in point.buckets)

    return begin(store, account_id, "PutMultiRegionAccessPointPolicy", client_token, details, propose)


@operation("s3control.GetMultiRegionAccessPointPolicy")
def get_multi_region_access_point_policy(store: Store, *, account_id: str, name: str, caller: Caller) -> Answer:
    """The established policy, and the one that was proposed last."""
    check_home_region(caller)
    point = find_point(store, account_id, name)
    policies = {"Established": point.policy, "Proposed": point.proposed_policy}
    return {"Policy": {kind: {"Policy": policy} for kind, policy in policies.items() if policy is not None}}


@operation("s3control.GetMultiRegionAccessPointPolicyStatus")
def get_multi_region_access_point_policy_status(store: Store, *, account_id: str, name: str, caller: Caller) -> Answer:
    """Whether the established policy is public; no policy is not."""
    check_home_region(caller)
    policy = find_point(store, account_id, name).policy
    return {"Established": {"IsPublic": policy is not None and is_public(compile_policy(policy))}}
