"""Access control lists: grants, canned ACLs, and their validation.

Whether an ACL allows a request is decided in ``operations.authorization``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from fakes3mp.core.value import Value
from fakes3mp.errors import S3Error, invalid_argument

ALL_USERS = "http://acs.amazonaws.com/groups/global/AllUsers"
AUTHENTICATED = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers"
LOG_DELIVERY = "http://acs.amazonaws.com/groups/s3/LogDelivery"
_GROUPS = (ALL_USERS, AUTHENTICATED, LOG_DELIVERY)
# The canonical user id of Amazon EC2, to which aws-exec-read gives access for machine images (S3's manual).
_EC2 = "6aa5a366c34c1cbe25dc49211496e913e0351eb0e8c37aa3477e40942ec6b97c"
_ACCOUNT_ID = re.compile("[0-9]{1,12}")
_MAX_GRANTS = 100
PERMISSIONS = ("FULL_CONTROL", "WRITE", "WRITE_ACP", "READ", "READ_ACP")


class Grant(Value, frozen=True):
    """One permission for one grantee."""

    permission: str
    id: str | None = None  # canonical id of a user
    uri: str | None = None  # of a group

    def document(self) -> dict[str, Any]:
        """The grant as a member of S3's answers."""
        grantee = {"Type": "Group", "URI": self.uri} if self.uri else {"Type": "CanonicalUser", "ID": self.id}
        return {"Grantee": grantee, "Permission": self.permission}

    @property
    def is_public(self) -> bool:
        """Whether the grantee is everybody, or everybody with an AWS account."""
        return self.uri in (ALL_USERS, AUTHENTICATED)


Acl = tuple[Grant, ...]

ANONYMOUS = "65a011a29cdf8ec533ec3d1ccaae921c"  # S3's canonical id for callers without credentials


@lru_cache(maxsize=256)
def canonical_id(account_id: str | None) -> str:
    """The canonical user id of an account, 64 hexadecimal characters; for None that of anonymous callers.

    A text that is no account id is that of nobody: it is answered as it is.

    >>> canonical_id("123456789012")[-10:], canonical_id("no account")
    ('1cbe991a14', 'no account')
    """
    if account_id is None:
        return ANONYMOUS
    return f"{int(account_id):064x}" if _ACCOUNT_ID.fullmatch(account_id) else account_id


# The grants of each canned ACL beside the owner's full control (S3's manual, "Canned ACL").
_CANNED: dict[str, Acl] = {
    "private": (),
    "public-read": (Grant("READ", uri=ALL_USERS),),
    "public-read-write": (Grant("READ", uri=ALL_USERS), Grant("WRITE", uri=ALL_USERS)),
    "authenticated-read": (Grant("READ", uri=AUTHENTICATED),),
    "aws-exec-read": (Grant("READ", id=_EC2),),
}
OBJECT_CANNED_ACLS = (*_CANNED, "bucket-owner-read", "bucket-owner-full-control")
BUCKET_CANNED_ACLS = (*_CANNED, "log-delivery-write")


def private_acl(owner: str) -> Acl:
    """Full control for the owner only (F16)."""
    return (Grant("FULL_CONTROL", id=owner),)


def canned_acl(name: str, allowed: tuple[str, ...], owner: str, bucket_owner: str) -> Acl:
    """The grants of a canned ACL.

    Raises InvalidArgument, with an empty message, for a name that is not ``allowed`` (O262, O272).
    """
    if name not in allowed:
        raise invalid_argument("", "x-amz-acl", name)
    grants = _CANNED.get(name, ())
    if name == "log-delivery-write":
        grants = (Grant("WRITE", uri=LOG_DELIVERY), Grant("READ_ACP", uri=LOG_DELIVERY))
    if name.startswith("bucket-owner") and bucket_owner != owner:
        grants = (Grant("READ" if name == "bucket-owner-read" else "FULL_CONTROL", id=bucket_owner),)
    return (*private_acl(owner), *grants)


_GRANTEE = re.compile(r'\s*(\w+)\s*=\s*"?([^",]*)"?\s*')


def acl_from_headers(grants: Mapping[str, str | None]) -> Acl:
    """The grants of the x-amz-grant-* headers: permission -> ``id="...", uri="..."``."""
    return tuple(
        _grant(permission, *_parse_grantee(permission, grantee))
        for permission, header in grants.items()
        if header is not None
        for grantee in header.split(",")
    )


def _parse_grantee(permission: str, text: str) -> tuple[str, str]:
    """The kind of grantee (``id``, ``uri`` or ``emailaddress``) and its value."""
    match = _GRANTEE.fullmatch(text)
    if match is None or match[1].lower() not in ("id", "uri", "emailaddress"):
        name = f"x-amz-grant-{permission.lower().replace('_', '-')}"
        raise invalid_argument("Argument format not recognized", name, text.strip())
    return match[1].lower(), match[2]


def _grant(permission: str, kind: str, grantee: str, argument: str | None = None) -> Grant:
    """One grant; an S3Error if there can be no such grantee (O262, O382; messages and header arguments are users' reports).

    ``argument`` is the ArgumentName of the error, by default the kind of grantee as a header names it.
    """
    if kind == "emailaddress":
        raise S3Error("MethodNotAllowed")
    if kind == "uri":
        if grantee not in _GROUPS:
            raise invalid_argument("Invalid group uri", argument or kind, grantee)
        return Grant(permission, uri=grantee)
    if not re.fullmatch(r"[0-9a-f]{64}", grantee):
        raise invalid_argument("Invalid id", argument or kind, grantee)
    return Grant(permission, id=grantee)


# Type of a grantee in a document -> (kind in a header, member with its value, ArgumentName in errors).
_GRANTEE_TYPES = {
    "CanonicalUser": ("id", "ID", "CanonicalUser/ID"),
    "Group": ("uri", "URI", "Group/URI"),
    "AmazonCustomerByEmail": ("emailaddress", "EmailAddress", ""),
}


def acl_from_document(document: Mapping[str, Any]) -> Acl:
    """The grants of an AccessControlPolicy, perhaps none (O263); raises MalformedACLError."""
    if "ID" not in document.get("Owner", {}) or "Grants" not in document:
        raise S3Error("MalformedACLError")
    if len(document["Grants"]) > _MAX_GRANTS:  # S3's manual; the error is not verified
        raise S3Error("MalformedACLError")
    return tuple(_grant_from_document(grant) for grant in document["Grants"])


def _grant_from_document(grant: Mapping[str, Any]) -> Grant:
    grantee, permission = grant.get("Grantee", {}), grant.get("Permission")
    if permission not in PERMISSIONS or grantee.get("Type") not in _GRANTEE_TYPES:
        raise S3Error("MalformedACLError")
    kind, member, argument = _GRANTEE_TYPES[grantee["Type"]]
    if member not in grantee:
        raise S3Error("MalformedACLError")
    return _grant(permission, kind, grantee[member], argument)
