"""What an access point allows by itself: its network origin, scope, Block Public Access and policy (S3's manual).

A request through an access point needs its permission, and that of the bucket behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.access_points import Endpoint
from fakes3mp.core.acl import ALL_USERS, AUTHENTICATED
from fakes3mp.core.store import Store
from fakes3mp.operations.policy.documents import ActionRequest, Policy, Statement, compile_policy
from fakes3mp.operations.policy.public import is_public
from fakes3mp.operations.registry import Caller

_PUBLIC_CANNED_ACLS = ("public-read", "public-read-write", "authenticated-read")

# Operation -> the permission of a scope that includes it (API manual, "ScopePermission"). The session comes before them.
_SCOPE_PERMISSIONS = {
    **dict.fromkeys(("GetObject", "HeadObject"), "GetObject"),
    "GetObjectAttributes": "GetObjectAttributes",
    "ListParts": "ListMultipartUploadParts",
    **dict.fromkeys(("ListObjectsV2", "HeadBucket"), "ListBucket"),
    "ListMultipartUploads": "ListBucketMultipartUploads",
    **dict.fromkeys(
        ("PutObject", "CopyObject", "CreateMultipartUpload", "UploadPart", "UploadPartCopy", "CompleteMultipartUpload"),
        "PutObject",
    ),
    **dict.fromkeys(("DeleteObject", "DeleteObjects"), "DeleteObject"),
    "AbortMultipartUpload": "AbortMultipartUpload",
}


class AccessPointGate:
    """The access point that a request came through."""

    def __init__(self, endpoint: Endpoint, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
        self.endpoint: Endpoint = endpoint
        self._operation, self._params, self._caller = operation, params, caller
        self.policy: Policy | None = None if endpoint.policy is None else compile_policy(endpoint.policy)

    @property
    def is_own_account(self) -> bool:
        """Whether the caller is of the access point's account."""
        return self._caller.account == self.endpoint.account_id

    def refusal(self) -> str | None:
        """The setting that refuses the request whatever policies say; None if none does."""
        if self.endpoint.network_origin == "VPC" and ".vpce." not in self._caller.bucket_url:
            return "the access point's network origin, which is a VPC"
        if not self._is_in_scope():
            return "the access point's scope"
        blocked = self.endpoint.public_access_block
        if blocked["BlockPublicAcls"] and self._has_public_acl():
            return "BlockPublicAcls of the access point"
        if blocked["RestrictPublicBuckets"] and not self.is_own_account and self.policy and is_public(self.policy):
            return "RestrictPublicBuckets of the access point, because its policy is public"
        return None

    def _is_in_scope(self) -> bool:
        scope = getattr(self.endpoint, "scope", None) or {}
        permissions, prefixes = scope.get("Permissions"), scope.get("Prefixes")
        permission = _SCOPE_PERMISSIONS.get(self._operation)
        if permission is None:
            return True
        if permissions and permission not in permissions:
            return False
        name = self._params.get("Key", self._params.get("Prefix", ""))
        return not prefixes or any(name.startswith(prefix) for prefix in prefixes)

    def _has_public_acl(self) -> bool:
        """Whether the request gives an ACL that is public: canned, in headers, or as a document."""
        grants = [value for name, value in self._params.items() if name.startswith(("Grant", "AccessControlPolicy"))]
        return self._params.get("ACL") in _PUBLIC_CANNED_ACLS or any(
            group in str(grant) for grant in grants for group in (ALL_USERS, AUTHENTICATED)
        )

    def denial(self, request: ActionRequest) -> Statement | None:
        """The statement of the access point's policy that denies an action."""
        return None if self.policy is None else self.policy.denial(request)

    def grounds(self, request: ActionRequest, of_caller: str | None) -> str | None:
        """What allows an action through the access point; ``of_caller`` is what allows it by the caller's own account.

        Within the access point's account either is enough, another account needs both.
        """
        if self.is_own_account and of_caller is not None:
            return of_caller
        if self.policy is None or (of_caller is None and not self.is_own_account):
            return None
        statement = self.policy.permission(request)
        if statement is None and not self.is_own_account:
            statement = self.policy.delegation(request)
        return None if statement is None else f"statement {statement.label} of the access point policy"


def gate_of(store: Store, operation: str, params: Mapping[str, Any], caller: Caller) -> AccessPointGate | None:
    """The gate of the access point that a request came through, if it came through one."""
    endpoint = None if caller.access_point is None else store.access_points.get(caller.access_point)
    return None if endpoint is None else AccessPointGate(endpoint, operation, params, caller)
