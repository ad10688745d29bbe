"""The parameters that give an object or bucket its ACL, the same on every write.

What may live here: the groups, and whether the bucket's ownership lets them count.
"""

from __future__ import annotations

from msgspec import Struct

from fakes3mp.core.acl import FOR_OBJECTS, Acl, Grant, canned, from_headers
from fakes3mp.core.buckets import Bucket
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration import ENFORCED, PUBLIC_ACCESS, ownership_of

_OWNERS_OWN = "bucket-owner-full-control"


class AccessRequest(Struct, frozen=True):
    """A canned list or grants, given with a write; both together are refused."""

    acl: str | None = None
    grant_full_control: str | None = None
    grant_read: str | None = None
    grant_read_acp: str | None = None
    grant_write_acp: str | None = None

    def asked_list(self, bucket: Bucket, owner: str, known: tuple[str, ...] = FOR_OBJECTS) -> Acl | None:
        """The grants asked for; None where nothing was. ACLs count only where the bucket's ownership lets them."""
        grants = self._grants()
        if self.acl is None and not grants:
            return None
        if self.acl is not None and grants:
            raise S3Error("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
        wanted = from_headers(grants) if self.acl is None else canned(self.acl, known, owner, bucket.owner)
        if ownership_of(bucket) == ENFORCED and not _gives_only_to_owner(wanted, self.acl, bucket.owner):
            raise S3Error("AccessControlListNotSupported")
        check_not_public(bucket, wanted)
        return wanted

    def object_owner(self, bucket: Bucket, writer: str) -> str:
        """Whose the object is: the writer's, unless the bucket's ownership says otherwise (S3's manual)."""
        ownership = ownership_of(bucket)
        given = ownership == "BucketOwnerPreferred" and self.acl == _OWNERS_OWN
        return bucket.owner if ownership == ENFORCED or given else writer

    def _grants(self) -> dict[str, str]:
        named = {
            "FULL_CONTROL": self.grant_full_control,
            "READ": self.grant_read,
            "READ_ACP": self.grant_read_acp,
            "WRITE_ACP": self.grant_write_acp,
        }
        return {permission: header for permission, header in named.items() if header is not None}


def check_not_public(bucket: Bucket, acl: Acl) -> None:
    """BlockPublicAcls refuses lists that open anything to everybody (S3's manual)."""
    blocked = bucket.configurations.get(PUBLIC_ACCESS, {}).get("BlockPublicAcls", False)
    if blocked and any(grant.is_public for grant in acl):
        raise S3Error("AccessDenied")


def _gives_only_to_owner(wanted: Acl, name: str | None, owner: str) -> bool:
    """The one list that an enforced owner takes: full control for itself (S3's manual, "Disabling ACLs")."""
    return name == _OWNERS_OWN or (name is None and wanted == (Grant("FULL_CONTROL", id=owner),))


class BucketAccessRequest(AccessRequest, frozen=True):
    """The same for a bucket, which can be written to."""

    grant_write: str | None = None

    def _grants(self) -> dict[str, str]:
        return super()._grants() | ({} if self.grant_write is None else {"WRITE": self.grant_write})
