"""Who may use S3 Control: the account itself, and its users and roles by their policies."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.policy.decision import authorize_request
from fakes3mp.operations.registry import Caller


def authorize_control(store: Store, operation: str, params: Mapping[str, Any], caller: Caller) -> None:
    """Raise AccessDenied for anonymous callers, other accounts, and users whose policy does not allow it."""
    account = params.get("AccountId")
    if account is None:
        raise S3Error("InvalidRequest", "Missing required header for this request: x-amz-account-id")  # not verified
    if caller.account != account:
        caller.decisions.append(f"{operation}: account {account} is not the caller's")
        raise S3Error("AccessDenied")
    if caller.identity is not None and caller.identity.policy is not None:
        authorize_request(store, None, operation, params, caller)
