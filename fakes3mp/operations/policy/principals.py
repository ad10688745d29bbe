"""Who a statement is about: the Principal and NotPrincipal elements."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from msgspec import Struct

from fakes3mp.core.acl import canonical_id
from fakes3mp.operations.policy.identity import Identity

_ACCOUNT = re.compile(r"(?:arn:[\w-]+:iam::)?(?P<id>\d{12})(?::root)?", re.ASCII)
_ARN = re.compile(
    r"arn:[\w-]+:(?:"
    r"iam::(?P<account>\d{12}):(?:user|role)/[^*?]+"
    r"|sts::(?P<session_account>\d{12}):(?:assumed-role/[^*?/]+|federated-user)/[^*?]+"
    r"|iam::cloudfront:user/[^*?]+)",
    re.ASCII,
)
_UNIQUE_ID = re.compile(r"A(?:IDA|ROA|GPA|CCA)[A-Z0-9]{12,}", re.ASCII)
_SERVICE = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:amazonaws\.com(?:\.cn)?|amazon\.com)", re.ASCII)
_CANONICAL_ID = re.compile(r"[0-9a-f]{64,96}", re.ASCII)


class Requester(Struct, frozen=True):
    """Whom the Principal element of a statement is held against."""

    account: str | None  # None is an anonymous requester
    identity: Identity | None = None  # None is the account as a whole
    service: str | None = None  # an AWS service, which has no account

    @property
    def arn(self) -> str:
        """The ARN as messages name it."""
        return f"arn:aws:iam::{self.account}:root" if self.identity is None else self.identity.arn


class Principals(Struct, frozen=True):
    """The principals that a statement lists."""

    everyone: bool = False
    accounts: frozenset[str] = frozenset()
    arns: frozenset[str] = frozenset()
    canonical_ids: frozenset[str] = frozenset()
    services: frozenset[str] = frozenset()

    def name(self, requester: Requester) -> bool:
        """Whether the requester is named itself: by ``*``, or by its own ARN or that of its role.

        A requester who is an account as a whole is named by the account.
        """
        if self.everyone:
            return True
        if requester.service is not None:
            return requester.service in self.services
        if requester.account is None:
            return False
        if requester.identity is None:
            return self.name_account_of(requester)
        return not self.arns.isdisjoint((requester.identity.arn, requester.identity.role_arn))

    def name_account_of(self, requester: Requester) -> bool:
        """Whether the requester's account is listed, which leaves to the account which of its users and roles may."""
        return requester.account is not None and (
            requester.account in self.accounts or canonical_id(requester.account) in self.canonical_ids
        )

    def name_member_of_account(self, requester: Requester) -> bool:
        """Whether a user or role of the requester's account is listed."""
        return any(f"::{requester.account}:" in arn for arn in self.arns)


def compile_principals(element: Any) -> Principals:
    """Compile a Principal element: ``"*"``, or a map from ``AWS``, ``Service`` ... to one or several. Raises ValueError."""
    if element == "*":
        return Principals(everyone=True)
    if not isinstance(element, Mapping) or not element:
        raise ValueError("a principal is '*' or an object")
    listed = {kind: _strings(value) for kind, value in element.items()}
    unknown = listed.keys() - {"AWS", "Service", "CanonicalUser", "Federated"}
    if unknown:
        raise ValueError(f"{min(unknown)} is no kind of principal")
    aws = listed.get("AWS", [])
    accounts = {match["id"] for text in aws if (match := _ACCOUNT.fullmatch(text))}
    arns = {text for text in aws if not _ACCOUNT.fullmatch(text) and text != "*"}
    _check_all(_UNIQUE_ID, (text for text in arns if not _ARN.fullmatch(text)))
    _check_all(_SERVICE, listed.get("Service", ()))
    _check_all(_CANONICAL_ID, listed.get("CanonicalUser", ()))
    return Principals(
        "*" in aws,
        frozenset(accounts),
        frozenset(arns),
        frozenset(listed.get("CanonicalUser", ())),
        frozenset(listed.get("Service", ())),
    )


def _check_all(form: re.Pattern[str], texts: Iterable[str]) -> None:
    for text in texts:
        if not form.fullmatch(text):
            raise ValueError(f"{text!r} is no principal of its kind")


def _strings(value: Any) -> list[str]:
    texts = value if isinstance(value, list) else [value]
    if not texts or not all(isinstance(text, str) and text for text in texts):
        raise ValueError("a principal is a string")
    return texts
