"""Whether a caller may do what a request asks for: the bucket's owner may, others by policy or ACL.

Most calls come from the bucket's owner, without any policy: they are allowed here. All others are decided in
``operations.policy.decision``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import canonical_id
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import POLICY, get_request_payer
from fakes3mp.operations.registry import Caller

_ANY_ACCOUNT = ("CreateBucket",)  # whoever has an account may


def authorize(store: Store, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
    """Raise AccessDenied where the caller may not do this, and before that NoSuchBucket."""
    bucket_name = params.get("Bucket")
    if bucket_name is None or operation in _ANY_ACCOUNT:
        if caller.account is None:
            raise S3Error("AccessDenied")
        if caller.identity is not None and caller.identity.policy is not None:
            _authorize_by_policies(store, None, operation, params, caller)
        return
    bucket = store.bucket(bucket_name)
    _check_expected_owner(bucket, params.get("ExpectedBucketOwner"))
    if operation != "DeleteObjects":  # judged key by key (O246)
        authorize_action(store, bucket, operation, params, caller)
    if (
        get_request_payer(bucket) == "Requester"
        and caller.id != bucket.owner
        and params.get("RequestPayer") != "requester"
    ):
        caller.decisions.append("the bucket is a Requester Pays bucket, and the request does not accept to pay")
        raise S3Error("AccessDenied")  # S3's manual, "Requester Pays buckets"


def authorize_action(store: Store, bucket: Bucket, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
    """Raise AccessDenied where policies and ACLs do not let the caller do this in the bucket."""
    may_all_of_account = caller.identity is None or caller.identity.policy is None
    is_owner = may_all_of_account and caller.id == bucket.owner
    is_direct = caller.access_point is None and POLICY not in bucket.configurations
    if is_owner and is_direct and not _may_be_anothers(bucket, params):
        return
    if not caller.is_trusted:
        _authorize_by_policies(store, bucket, operation, params, caller)


def _may_be_anothers(bucket: Bucket, params: Mapping[str, Any]) -> bool:
    """Whether a request may be for an object that another account owns, which the bucket's owner may not read."""
    if "VersionId" in params:
        return True
    current = bucket.objects.get(params.get("Key", ""))
    return current is not None and current.properties.owner != bucket.owner


def _authorize_by_policies(
    store: Store, bucket: Bucket | None, operation: str, params: Mapping[str, Any], caller: Caller
) -> None:
    from fakes3mp.operations.policy.decision import authorize_request

    authorize_request(store, bucket, operation, params, caller)


def _check_expected_owner(bucket: Bucket, expected: str | None) -> None:
    """Raise AccessDenied where the caller expects the bucket to be another account's (S3's manual).

    What is no account's id is InvalidBucketOwnerAWSAccountID (O223).
    """
    if expected is None:
        return
    if not re.fullmatch("[0-9]{12}", expected):
        message = f"The value of the expected bucket owner parameter must be an AWS Account ID... [{expected}]"
        raise S3Error("InvalidBucketOwnerAWSAccountID", message)
    if canonical_id(expected) != bucket.owner:
        raise S3Error("AccessDenied")
