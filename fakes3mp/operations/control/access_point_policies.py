"""What an access point allows: its policy, whether that is public, and the scope of a directory bucket's."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from fakes3mp.core.access_points import AccessPoint, Endpoint
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.bucket_policy import check_statement
from fakes3mp.operations.configuration_documents import has_account_public_access_setting
from fakes3mp.operations.control.access_points import Scope, find_access_point, validate_scope
from fakes3mp.operations.policy.catalog import BUCKET, OBJECT
from fakes3mp.operations.policy.decision import access_denied
from fakes3mp.operations.policy.documents import compile_policy, malformed
from fakes3mp.operations.policy.patterns import compile_pattern
from fakes3mp.operations.policy.public import is_public
from fakes3mp.operations.registry import Answer, Caller, operation


@operation("s3control.PutAccessPointPolicy")
def put_access_point_policy(store: Store, *, account_id: str, name: str, policy: str, caller: Caller) -> Answer:
    """Replace the access point's policy; a public one is refused where its Block Public Access says so."""
    access_point = find_access_point(store, account_id, name)
    text = validate_endpoint_policy(store, access_point, policy, caller, "s3:PutAccessPointPolicy")

    _change(store, access_point, policy=text)
    return {}


def validate_endpoint_policy(store: Store, endpoint: Endpoint, policy: str, caller: Caller, action: str) -> str:
    """The policy of an access point of any kind, as JSON; raises MalformedPolicy, and AccessDenied for a public one.

    That resources must be the access point and objects through it is S3's manual; the wording is that of bucket policies.
    """
    compiled = compile_policy(policy)
    service = "s3express:" if endpoint.arn.startswith("arn:aws:s3express:") else "s3:"
    for statement in compiled.statements:
        check_statement(statement, lambda resource: _kinds_of_resource(resource, endpoint.arn), service)
    if is_public(compiled) and _blocks_public_policies(store, endpoint):
        reason = "because public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        raise access_denied(None, caller, action, endpoint.arn, reason)
    return compiled.text


def _blocks_public_policies(store: Store, endpoint: Endpoint) -> bool:
    name = "BlockPublicPolicy"
    of_account = has_account_public_access_setting(store, endpoint.account_id, name)
    return endpoint.public_access_block[name] or of_account


def _kinds_of_resource(text: str, arn: str) -> set[str]:
    """Whether a resource is the access point, objects through it, or both; MalformedPolicy if it is neither."""
    point, slash, _ = text.partition("/object")
    pattern = compile_pattern(point, variables=False)
    if "${" not in point and not pattern.matches(arn, lambda key: None):
        raise malformed("Policy has invalid resource")
    if slash:
        return {OBJECT}
    return {BUCKET, OBJECT} if "*" in point else {BUCKET}


@operation("s3control.GetAccessPointPolicy")
def get_access_point_policy(store: Store, *, account_id: str, name: str) -> Answer:
    """The access point's policy."""
    return {"Policy": _policy(find_access_point(store, account_id, name))}


@operation("s3control.DeleteAccessPointPolicy")
def delete_access_point_policy(store: Store, *, account_id: str, name: str) -> Answer:
    """Remove the access point's policy, if it has one (that the second delete succeeds is not verified)."""
    _change(store, find_access_point(store, account_id, name), policy=None)
    return {}


@operation("s3control.GetAccessPointPolicyStatus")
def get_access_point_policy_status(store: Store, *, account_id: str, name: str) -> Answer:
    """Whether the access point's policy is public."""
    policy = _policy(find_access_point(store, account_id, name))
    return {"PolicyStatus": {"IsPublic": is_public(compile_policy(policy))}}


def _policy(access_point: AccessPoint) -> str:
    if access_point.policy is None:
        raise S3Error("NoSuchAccessPointPolicy", fields={"AccessPointName": access_point.name})
    return access_point.policy


@operation("s3control.PutAccessPointScope")
def put_access_point_scope(store: Store, *, account_id: str, name: str, scope: Scope) -> Answer:
    """Replace what a directory bucket's access point allows."""
    access_point = find_access_point(store, account_id, name)
    checked = validate_scope(access_point.bucket, scope)

    _change(store, access_point, scope=checked)
    return {}


@operation("s3control.GetAccessPointScope")
def get_access_point_scope(store: Store, *, account_id: str, name: str) -> Answer:
    """What a directory bucket's access point allows; nothing where it allows everything."""
    scope = find_access_point(store, account_id, name).scope
    return {} if scope is None else {"Scope": scope}


@operation("s3control.DeleteAccessPointScope")
def delete_access_point_scope(store: Store, *, account_id: str, name: str) -> Answer:
    """Let the access point allow everything again."""
    _change(store, find_access_point(store, account_id, name), scope=None)
    return {}


def _change(store: Store, access_point: AccessPoint, **fields: Any) -> None:
    store.journal.set_item(store.access_points, access_point.arn, replace(access_point, **fields))
