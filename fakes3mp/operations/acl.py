"""ACLs of objects and buckets: put and get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import BUCKET_CANNED_ACLS, OBJECT_CANNED_ACLS, Acl, acl_from_document, private_acl
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.acl_parameters import AccessRequest, BucketAccessRequest, check_not_public
from fakes3mp.operations.configuration_documents import ACL, ENFORCED, get_object_ownership
from fakes3mp.operations.reading import get_version
from fakes3mp.operations.registry import Answer, operation


@operation("PutObjectAcl")
def put_object_acl(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    access: BucketAccessRequest,
    access_control_policy: Mapping[str, Any] | None = None,
    version_id: str | None = None,
) -> Answer:
    """Replace a version's ACL (S3's manual; ACLs are not recorded)."""
    version = get_version(bucket, key, version_id, method="PUT")
    acl = _requested_acl(bucket, version.properties.owner, access, access_control_policy, OBJECT_CANNED_ACLS)
    bucket.update_properties(version, acl=acl)
    store.notify("ObjectAcl:Put", bucket, version)
    return {}


@operation("GetObjectAcl")
def get_object_acl(store: Store, *, bucket: Bucket, key: str, version_id: str | None = None) -> Answer:
    """A version's ACL; if none was ever set, full control for the owner (F16)."""
    version = get_version(bucket, key, version_id, method="GET")
    return _acl_answer(version.properties.owner, version.properties.acl)


@operation("PutBucketAcl")
def put_bucket_acl(
    store: Store,
    *,
    bucket: Bucket,
    access: BucketAccessRequest,
    access_control_policy: Mapping[str, Any] | None = None,
) -> Answer:
    """Replace the bucket's ACL."""
    bucket.configure(ACL, _requested_acl(bucket, bucket.owner, access, access_control_policy, BUCKET_CANNED_ACLS))
    return {}


@operation("GetBucketAcl")
def get_bucket_acl(store: Store, *, bucket: Bucket) -> Answer:
    """The bucket's ACL."""
    return _acl_answer(bucket.owner, bucket.configurations.get(ACL, ()))


def _requested_acl(
    bucket: Bucket, owner: str, access: AccessRequest, document: Mapping[str, Any] | None, canned_acls: tuple[str, ...]
) -> Acl:
    """The ACL that PutObjectAcl or PutBucketAcl requests, in headers or as a document."""
    acl = access.requested_acl(bucket, owner, canned_acls)
    if acl is not None:
        return acl
    if document is None or "Grants" not in document:
        raise S3Error("MalformedACLError")
    acl = acl_from_document(document["Grants"])
    if get_object_ownership(bucket) == ENFORCED and acl != private_acl(bucket.owner):
        raise S3Error("AccessControlListNotSupported")
    check_not_public(bucket, acl)
    return acl


def _acl_answer(owner: str, acl: Acl) -> Answer:
    return {"Owner": {"ID": owner}, "Grants": [grant.document() for grant in acl or private_acl(owner)]}
