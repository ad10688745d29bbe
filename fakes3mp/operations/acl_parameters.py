"""The parameters that give a new object or bucket its ACL, and whether the bucket's object ownership allows them."""

from __future__ import annotations

from msgspec import Struct

from fakes3mp.core.acl import OBJECT_CANNED_ACLS, Acl, Grant, acl_from_headers, canned_acl
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import ENFORCED, get_object_ownership, has_public_access_setting

_BUCKET_OWNER_FULL_CONTROL = "bucket-owner-full-control"


class AccessRequest(Struct, frozen=True):
    """The ACL parameters of a write: a canned ACL or grants, not both."""

    acl: str | None = None
    grant_full_control: str | None = None
    grant_read: str | None = None
    grant_read_acp: str | None = None
    grant_write_acp: str | None = None

    def requested_acl(
        self, store: Store, bucket: Bucket, owner: str, canned_acls: tuple[str, ...] = OBJECT_CANNED_ACLS
    ) -> Acl | None:
        """The ACL that the parameters request; None if there are none.

        ``owner`` is the canonical id of the object's or bucket's owner, ``canned_acls`` the names allowed. Raises
        AccessControlListNotSupported where the bucket's ownership disables ACLs, AccessDenied for a public ACL where
        those are blocked.
        """
        if self.is_empty:
            return None
        grants = self._grants()
        if self.acl is not None and grants:
            raise S3Error("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed")
        acl = acl_from_headers(grants) if self.acl is None else canned_acl(self.acl, canned_acls, owner, bucket.owner)
        if get_object_ownership(bucket) == ENFORCED and not _is_owner_full_control(acl, self.acl, bucket.owner):
            raise S3Error("AccessControlListNotSupported")
        check_not_public(store, bucket, acl)
        return acl

    @property
    def is_empty(self) -> bool:
        """Whether no ACL is requested."""
        return self.acl is None and not self._grants()

    @property
    def is_private(self) -> bool:
        """Whether nothing but the canned ACL ``private`` is requested."""
        return self.acl == "private" and not self._grants()

    def object_owner(self, bucket: Bucket, writer: str) -> str:
        """The owner of an object: its writer, unless the bucket's object ownership makes it the bucket's (S3's manual)."""
        ownership = get_object_ownership(bucket)
        is_ceded = ownership == "BucketOwnerPreferred" and self.acl == _BUCKET_OWNER_FULL_CONTROL
        return bucket.owner if ownership == ENFORCED or is_ceded else writer

    def _grants(self) -> dict[str, str]:
        headers = {
            "FULL_CONTROL": self.grant_full_control,
            "READ": self.grant_read,
            "READ_ACP": self.grant_read_acp,
            "WRITE_ACP": self.grant_write_acp,
        }
        return {permission: header for permission, header in headers.items() if header is not None}


def check_not_public(store: Store, bucket: Bucket, acl: Acl) -> None:
    """Raise AccessDenied for an ACL with public grants, where the bucket or account has BlockPublicAcls (S3's manual)."""
    if has_public_access_setting(store, bucket, "BlockPublicAcls") and any(grant.is_public for grant in acl):
        raise S3Error("AccessDenied")


def _is_owner_full_control(acl: Acl, canned_name: str | None, owner: str) -> bool:
    """Whether an ACL is the only one allowed under BucketOwnerEnforced (S3's manual, "Disabling ACLs")."""
    return canned_name == _BUCKET_OWNER_FULL_CONTROL or (
        canned_name is None and acl == (Grant("FULL_CONTROL", id=owner),)
    )


class BucketAccessRequest(AccessRequest, frozen=True):
    """The ACL parameters of a bucket, which can also be granted WRITE."""

    grant_write: str | None = None

    def _grants(self) -> dict[str, str]:
        return super()._grants() | ({} if self.grant_write is None else {"WRITE": self.grant_write})
