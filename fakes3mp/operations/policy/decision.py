"""Whether a request is allowed, and which statement, ACL or setting decides it (IAM's manual, "Policy evaluation logic").

A denial anywhere wins. Then a caller of the bucket owner's account needs a permission by its own policy or by the bucket's;
a caller of another account needs one by the bucket's policy or an ACL, and one by its own policy too, if it has one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn

from fakes3mp.core.acl import ALL_USERS, AUTHENTICATED, private_acl
from fakes3mp.core.buckets import Bucket, is_directory
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import (
    ACL,
    ENFORCED,
    POLICY,
    get_object_ownership,
    has_public_access_setting,
)
from fakes3mp.operations.policy.access_points import gate_of
from fakes3mp.operations.policy.actions import LIST_BUCKET, NEW_OBJECTS, Requirement, requirements
from fakes3mp.operations.policy.catalog import CONTROL, OBJECT
from fakes3mp.operations.policy.context import KEYS_OF_SIGNED_REQUESTS, RequestContext, account_of
from fakes3mp.operations.policy.control_resources import control_resource
from fakes3mp.operations.policy.documents import ActionRequest, Statement, compile_policy
from fakes3mp.operations.policy.identity import Identity
from fakes3mp.operations.policy.principals import Requester
from fakes3mp.operations.policy.public import is_public
from fakes3mp.operations.registry import Caller

# What a bucket's owner may do whatever the policy says: otherwise nobody could take a denial back (S3's manual).
_OWNERS_ALWAYS = ("s3:PutBucketPolicy", "s3:GetBucketPolicy", "s3:DeleteBucketPolicy")
# What a bucket's owner may do with other accounts' objects in it (S3's manual).
_WHOEVER_OWNS_THE_OBJECT = (
    *("s3:PutObject", "s3:DeleteObject", "s3:DeleteObjectVersion", "s3:RestoreObject", "s3:AbortMultipartUpload"),
    *("s3:ListMultipartUploadParts", "s3:BypassGovernanceRetention"),
)
_READS = ("GetObject", "HeadObject", "GetObjectAttributes")
# What anonymous callers may never do (users' reports).
_ANONYMOUS_REFUSALS = {
    "CreateMultipartUpload": "Anonymous users cannot initiate multipart uploads.  Please authenticate.",
    "CopyObject": "Anonymous users cannot copy objects.  Please authenticate.",
}


def authorize_request(
    store: Store, bucket: Bucket | None, operation: str, params: Mapping[str, Any], caller: Caller
) -> None:
    """Raise AccessDenied where the caller may not do one of the things that a request needs.

    Parameters
    ----------
    store : Store
        Under its lock.
    bucket : Bucket or None
        The bucket of the request; None where it is for none, or creates one.
    operation, params : str, mapping
        The request. ``DeleteObjects`` is judged key by key, with the key's parameters.
    caller : Caller
        Who sends it. Its ``decisions`` get a line for each thing that was judged.
    """
    if caller.account is None and operation in _ANONYMOUS_REFUSALS:
        raise S3Error("AccessDenied", _ANONYMOUS_REFUSALS[operation])
    judge = _Judge(store, bucket, operation, params, caller)
    in_directory_bucket = bucket is not None and is_directory(bucket.name)
    needed = list(requirements(operation, params, in_directory_bucket=in_directory_bucket))
    if operation in _READS and bucket is not None and judge.is_target_missing:
        # Only callers that may list the bucket learn that an object is missing (O264).
        judge.check_not_denied(needed[0])
        needed = [LIST_BUCKET]
    for requirement in needed:
        judge.check(requirement)


def needs_signature(bucket: Bucket | None, identity: Identity | None) -> bool:
    """Whether a policy has a condition about something that a request has only when it is signed."""
    policies = []
    if identity is not None and identity.policy is not None:
        policies.append(compile_policy(identity.policy, has_principals=False))
    if bucket is not None and POLICY in bucket.configurations:
        policies.append(compile_policy(bucket.configurations[POLICY]))
    return any(not policy.condition_keys.isdisjoint(KEYS_OF_SIGNED_REQUESTS) for policy in policies)


class _Judge:
    """One request, held against the policies, ACLs and settings that apply to it."""

    def __init__(
        self, store: Store, bucket: Bucket | None, operation: str, params: Mapping[str, Any], caller: Caller
    ) -> None:
        self.store, self.bucket, self.params, self.caller = store, bucket, params, caller
        self.operation = operation
        self.context = RequestContext(store, bucket, operation, params, caller)
        self.requester = Requester(caller.account, caller.identity)
        self.gate = gate_of(store, operation, params, caller)
        identity_policy = None if caller.identity is None else caller.identity.policy
        bucket_policy = None if bucket is None else bucket.configurations.get(POLICY)
        self.identity_policy = (
            None if identity_policy is None else compile_policy(identity_policy, has_principals=False)
        )
        self.bucket_policy = None if bucket_policy is None else compile_policy(bucket_policy)
        self.is_own_account = bucket is None or caller.id == bucket.owner
        self.enforces_ownership = bucket is None or get_object_ownership(bucket) == ENFORCED

    @property
    def is_target_missing(self) -> bool:
        """Whether the request is for an object or version that is not there."""
        return "Key" in self.params and self.context.target is None

    def check(self, requirement: Requirement) -> None:
        """Raise AccessDenied unless something allows an action and nothing denies it."""
        self.check_not_denied(requirement)
        grounds = self._grounds(requirement)
        if grounds is not None:
            self.caller.decisions.append(f"{requirement.action}: allowed by {grounds}")
            return
        self._refuse_undecided(requirement)

    def check_not_denied(self, requirement: Requirement) -> None:
        """Raise AccessDenied if a statement or a setting of Block Public Access denies an action."""
        action = requirement.action
        if self.gate is not None:
            self._check_gate(requirement)
        if self.identity_policy is not None:
            statement = self.identity_policy.denial(self._request(requirement, through_access_point=True))
            if statement is not None:
                self._refuse_denied(requirement, statement, "identity")
        if self._is_owner_itself and action in _OWNERS_ALWAYS:
            return
        if self.bucket_policy is not None:
            statement = self.bucket_policy.denial(self._request(requirement))
            if statement is not None:
                self._refuse_denied(requirement, statement, "bucket")
            if not self.is_own_account and self._has_setting("RestrictPublicBuckets") and is_public(self.bucket_policy):
                self._refuse(requirement, "denied by RestrictPublicBuckets, because the bucket policy is public", "")

    def _check_gate(self, requirement: Requirement) -> None:
        """Raise AccessDenied if a setting or the policy of the access point denies an action."""
        assert self.gate is not None
        refusal = self.gate.refusal()
        if refusal is not None:
            self._refuse(requirement, f"denied by {refusal}", "")
        statement = self.gate.denial(self._request(requirement, through_access_point=True))
        if statement is not None:
            self._refuse_denied(requirement, statement, "access point")

    @property
    def _is_owner_itself(self) -> bool:
        """Whether the caller is the bucket owner's account, and no user or role of it with a policy."""
        return self.is_own_account and self.identity_policy is None

    def _request(self, requirement: Requirement, *, through_access_point: bool = False) -> ActionRequest:
        resource = self._resource(requirement, self.caller.access_point if through_access_point else None)
        return ActionRequest(requirement.action, resource, self.requester, self.context.values, self.context.is_settled)

    def _resource(self, requirement: Requirement, access_point: str | None = None) -> str:
        """The ARN of what an action is done to; of an access point's, if the request came through one."""
        key = self.params.get("Key")
        if requirement.resource == CONTROL:
            return control_resource(self.operation, self.params, self.caller.region or self.store.region)
        if "Bucket" not in self.params:  # an action on the account
            return "arn:aws:s3:::*"
        name = self.params["Bucket"]
        if access_point is not None:
            return f"{access_point}/object/{key}" if requirement.resource == OBJECT else access_point
        if is_directory(name) and self.bucket is not None:
            return f"arn:aws:s3express:{self.bucket.region}:{account_of(self.bucket.owner)}:bucket/{name}"
        return f"arn:aws:s3:::{name}/{key}" if requirement.resource == OBJECT else f"arn:aws:s3:::{name}"

    def _grounds(self, requirement: Requirement) -> str | None:
        """What allows an action to the caller; None if nothing does."""
        own = self._grounds_of_caller(requirement)
        if self.gate is not None:
            request = self._request(requirement, through_access_point=True)
            if self.gate.grounds(request, own) is None:
                return None
        if self.is_own_account and not self._is_foreign(requirement):
            return own or self._grounds_of_resource(requirement, delegated=False)
        others = self._grounds_of_resource(requirement, delegated=True)
        if own is None or others is None:
            return None
        return others if self.identity_policy is None else f"{own} and {others}"

    def _grounds_of_caller(self, requirement: Requirement) -> str | None:
        """The identity-based policy's permission. An account, and a user or role without a policy, needs none."""
        if self.identity_policy is None:
            return "the caller's account"
        statement = self.identity_policy.permission(self._request(requirement, through_access_point=True))
        return None if statement is None else f"statement {statement.label} of the identity policy"

    def _grounds_of_resource(self, requirement: Requirement, *, delegated: bool) -> str | None:
        """The permission of the bucket's policy or of an ACL.

        ``delegated``: a permission for the caller's account counts as one for the caller. The bucket's policy allows
        nothing with objects of other accounts (S3's manual).
        """
        if self.bucket_policy is not None and not self._is_foreign(requirement):
            request = self._request(requirement)
            statement = self.bucket_policy.permission(request)
            if statement is None and delegated:
                statement = self.bucket_policy.delegation(request)
            if statement is not None:
                return f"statement {statement.label} of the bucket policy"
        return self._acl_grounds(requirement, by_id=delegated)

    def _is_foreign(self, requirement: Requirement) -> bool:
        """Whether an action is done to an object that another account than the bucket's owns."""
        if self.enforces_ownership or requirement.resource != OBJECT or requirement.action in _WHOEVER_OWNS_THE_OBJECT:
            return False
        if self.operation in NEW_OBJECTS:
            return False
        target = self.context.target
        return target is not None and self.bucket is not None and target.properties.owner != self.bucket.owner

    def _acl_grounds(self, requirement: Requirement, *, by_id: bool) -> str | None:
        """The ACL that grants an action; none does where the bucket's ownership is enforced.

        ``by_id``: grants to the caller's account count too, not only those to everybody.
        """
        if requirement.permission == "INITIATOR":
            return "being the upload's initiator" if self._is_initiator else None
        if self.enforces_ownership or self.bucket is None:
            return None
        target = self.context.target
        if requirement.permission is None:
            owns_object = by_id and target is not None and target.properties.owner == self.caller.id
            return "owning the object" if owns_object and requirement.resource == OBJECT else None
        if requirement.acl_of != OBJECT:
            acl = self.bucket.configurations.get(ACL, ())
        elif target is None:
            return None
        else:
            acl = private_acl(target.properties.owner) if target.properties.acl is None else target.properties.acl
        groups = self._groups
        granted = any(
            grant.permission in (requirement.permission, "FULL_CONTROL")
            and (grant.uri in groups or (by_id and grant.id == self.caller.id))
            for grant in acl
        )
        return f"the {requirement.acl_of}'s ACL" if granted else None

    @property
    def _groups(self) -> tuple[str, ...]:
        """The groups of ACLs that the caller belongs to, and whose grants are not ignored."""
        ignored_by_gate = self.gate is not None and self.gate.endpoint.public_access_block["IgnorePublicAcls"]
        if ignored_by_gate or self._has_setting("IgnorePublicAcls"):
            return ()
        return (ALL_USERS,) if self.caller.account is None else (ALL_USERS, AUTHENTICATED)

    @property
    def _is_initiator(self) -> bool:
        """Whether the caller initiated the upload of the request (F104, S3's manual)."""
        upload = self.store.uploads.get(self.params.get("UploadId", ""))
        return upload is not None and self.caller.account is not None and upload.owner == self.caller.id

    def _has_setting(self, name: str) -> bool:
        return self.bucket is not None and has_public_access_setting(self.store, self.bucket, name)

    def _refuse_denied(self, requirement: Requirement, statement: Statement, kind: str) -> NoReturn:
        decision = f"denied by statement {statement.label} of the {kind} policy"
        article, name = ("an", "identity-based") if kind == "identity" else ("a", "resource-based")
        self._refuse(requirement, decision, f"with an explicit deny in {article} {name} policy")

    def _refuse_undecided(self, requirement: Requirement) -> NoReturn:
        """Refuse an action that nothing denies and nothing allows."""
        of_identity = self.identity_policy is not None and self._grounds_of_caller(requirement) is None
        places = ["no statement of the identity policy"] if of_identity else []
        if not of_identity or self.is_own_account:
            places.append("no bucket policy" if self.bucket_policy is None else "no statement of the bucket policy")
            places.append("no ACL")
        kind = "identity-based" if of_identity else "resource-based"
        reason = f"because no {kind} policy allows the {requirement.action} action"
        self._refuse(requirement, f"allowed by {', '.join(places)}", reason)

    def _refuse(self, requirement: Requirement, decision: str, reason: str) -> NoReturn:
        """Raise AccessDenied. Within an account S3 tells the reason, to other accounts it does not (O320)."""
        resource = self._resource(requirement)
        self.caller.decisions.append(f"{requirement.action} on {resource}: {decision}")
        if not reason:
            raise S3Error("AccessDenied")
        raise access_denied(self.bucket, self.caller, requirement.action, resource, reason)


def access_denied(bucket: Bucket | None, caller: Caller, action: str, resource: str, reason: str) -> S3Error:
    """AccessDenied in the words of S3: with the reason for callers of the bucket owner's account only (O320)."""
    is_own_account = caller.account is not None and (bucket is None or caller.id == bucket.owner)
    if not is_own_account or (bucket is not None and is_directory(bucket.name)):
        return S3Error("AccessDenied")
    user = Requester(caller.account, caller.identity).arn
    return S3Error(
        "AccessDenied", f'User: {user} is not authorized to perform: {action} on resource: "{resource}" {reason}'
    )
