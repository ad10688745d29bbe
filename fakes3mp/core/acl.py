"""Access control lists: grants, and the canned lists that stand for some.

What may live here: pure functions from what a request names to grants, and S3's refusals of bad ones. Who may do what
because of them is not judged here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from fakes3mp.core.value import Value
from fakes3mp.errors import S3Error, invalid_argument

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
_GROUPS = (ALL_USERS, AUTHENTICATED, LOG_DELIVERY)
# The canonical user behind the canned list aws-exec-read: Amazon EC2, which fetches machine images (S3's manual).
_EC2 = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"
PERMISSIONS = ("FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP")


class Grant(Value, frozen=True):
    """One grantee, by canonical id or by group, and one permission."""

    permission: str
    id: str | None = None
    uri: str | None = None

    def document(self) -> dict[str, Any]:
        """As S3 answers it."""
        grantee = {"Type": "Group", "URI": self.uri} if self.uri else {"Type": "CanonicalUser", "ID": self.id}
        return {"Grantee": grantee, "Permission": self.permission}

    @property
    def is_public(self) -> bool:
        return self.uri in (ALL_USERS, AUTHENTICATED)


Acl = tuple[Grant, ...]

ANONYMOUS = "65a011a29cdf8ec533ec3d1ccaae921c"  # the canonical id S3 has for callers without one


@lru_cache(maxsize=256)
def canonical_id(account_id: str | None) -> str:
    """The canonical user id of an account: 64 hexadecimal characters; anonymous callers share one."""
    return ANONYMOUS if account_id is None else f"{int(account_id):064x}"


# What each canned list adds to the owner's full control (S3's manual, "Canned ACL").
_CANNED: dict[str, Acl] = {
    "private": (),
    "public-read": (Grant("READ", uri=ALL_USERS),),
    "public-read-write": (Grant("READ", uri=ALL_USERS), Grant("WRITE", uri=ALL_USERS)),
    "authenticated-read": (Grant("READ", uri=AUTHENTICATED),),
    "aws-exec-read": (Grant("READ", id=_EC2),),
}
FOR_OBJECTS = (*_CANNED, "bucket-owner-read", "bucket-owner-full-control")
FOR_BUCKETS = (*_CANNED, "log-delivery-write")


def private(owner: str) -> Acl:
    """Full control for the owner and nobody else (F16)."""
    return (Grant("FULL_CONTROL", id=owner),)


def canned(name: str, known: tuple[str, ...], owner: str, bucket_owner: str) -> Acl:
    """The grants that a canned list stands for; an unknown name is refused (S3's manual; the wording is not recorded)."""
    if name not in known:
        raise invalid_argument("Invalid Argument", "x-amz-acl", name)
    added = _CANNED.get(name, ())
    if name == "log-delivery-write":
        added = (Grant("WRITE", uri=LOG_DELIVERY), Grant("READ_ACP", uri=LOG_DELIVERY))
    if name.startswith("bucket-owner") and bucket_owner != owner:
        added = (Grant("READ" if name == "bucket-owner-read" else "FULL_CONTROL", id=bucket_owner),)
    return (*private(owner), *added)


_GRANTEE = re.compile(r'\s*(\w+)\s*=\s*"?([^",]*)"?\s*')


def from_headers(grants: Mapping[str, str | None]) -> Acl:
    """The grants of the x-amz-grant-* headers: permission -> ``id="...", uri="..."``."""
    return tuple(
        _grant(permission, *_split(permission, one))
        for permission, header in grants.items()
        if header is not None
        for one in header.split(",")
    )


def _split(permission: str, text: str) -> tuple[str, str]:
    match = _GRANTEE.fullmatch(text)
    if match is None or match[1].lower() not in ("id", "uri", "emailaddress"):
        name = f"x-amz-grant-{permission.lower().replace('_', '-')}"
        raise invalid_argument("Argument format not recognized", name, text.strip())
    return match[1].lower(), match[2]


def _grant(permission: str, kind: str, who: str) -> Grant:
    """One grant, if its grantee can be (S3's manual; the wording is users' reports)."""
    if kind == "emailaddress":
        raise S3Error("UnresolvableGrantByEmailAddress")
    if kind == "uri":
        if who not in _GROUPS:
            raise invalid_argument("Invalid group uri", "uri", who)
        return Grant(permission, uri=who)
    if not re.fullmatch(r"[0-9a-f]{64}", who):
        raise invalid_argument("Invalid id", "id", who)
    return Grant(permission, id=who)


def from_document(grants: Iterable[Mapping[str, Any]]) -> Acl:
    """The grants of an AccessControlPolicy."""
    return tuple(_documented(each) for each in grants)


def _documented(entry: Mapping[str, Any]) -> Grant:
    grantee, permission = entry.get("Grantee", {}), entry.get("Permission")
    if permission not in PERMISSIONS:
        raise S3Error("MalformedACLError")
    for kind, name in (("id", "ID"), ("uri", "URI"), ("emailaddress", "EmailAddress")):
        if name in grantee:
            return _grant(permission, kind, grantee[name])
    raise S3Error("MalformedACLError")
