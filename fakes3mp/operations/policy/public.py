"""Whether a bucket policy is public: S3's manual, "The meaning of 'public'" (O225)."""

from __future__ import annotations

import ipaddress

from fakes3mp.operations.policy.conditions import Condition
from fakes3mp.operations.policy.documents import Policy

# Condition keys that restrict a statement to somebody, if their values are fixed.
_RESTRICTING_KEYS = frozenset(
    (
        *(
            "aws:principalaccount",
            "aws:principalarn",
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:sourceaccount",
        ),
        *("aws:sourcearn", "aws:sourceorgid", "aws:sourceowner", "aws:sourcevpc", "aws:sourcevpce", "aws:userid"),
        *("s3:dataaccesspointaccount", "s3:x-amz-server-side-encryption-aws-kms-key-id"),
    )
)
_ACCESS_POINT_KEY = "s3:dataaccesspointarn"
_POSITIVE_OPERATORS = ("StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike")
_SHORTEST_PREFIXES = {4: 8, 6: 32}  # a range of more addresses is no restriction


def is_public(policy: Policy) -> bool:
    """Whether a statement allows something to everybody, without a condition that restricts it to fixed values."""
    return any(
        statement.is_allow
        and statement.principals is not None
        and statement.principals.everyone
        and not any(map(_restricts, statement.conditions))
        for statement in policy.statements
    )


def _restricts(condition: Condition) -> bool:
    """Whether a condition lets only known callers through; one that a request without the key fulfils does not."""
    if condition.if_exists or condition.quantifier == "ForAllValues":
        return False
    if condition.key == "aws:sourceip":
        return condition.operator_name == "IpAddress" and all(map(_is_narrow, condition.values))
    if condition.operator_name not in _POSITIVE_OPERATORS:
        return False
    if condition.key == _ACCESS_POINT_KEY:  # the name of the access point can be a wildcard, its account cannot
        return all(_is_fixed(":".join(value.split(":")[:5])) for value in condition.values)
    return condition.key in _RESTRICTING_KEYS and all(map(_is_fixed, condition.values))


def _is_fixed(value: str) -> bool:
    return value != "" and not any(mark in value for mark in ("*", "?", "${"))


def _is_narrow(cidr: str) -> bool:
    network = ipaddress.ip_network(cidr, strict=False)
    return network.prefixlen >= _SHORTEST_PREFIXES[network.version] or network.is_private
