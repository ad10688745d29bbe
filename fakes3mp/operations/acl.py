"""ACLs of objects and buckets: put and get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import BUCKET_CANNED_ACLS, OBJECT_CANNED_ACLS, Acl, acl_from_document, private_acl
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import S3Object, validate_key
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.acl_parameters import AccessRequest, BucketAccessRequest, check_not_public
from fakes3mp.operations.configuration_documents import ACL, ENFORCED, get_object_ownership
from fakes3mp.operations.reading import delete_marker_error, get_version
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
    """Replace a version's ACL (O262)."""
    version = _get_version(bucket, key, version_id)
    acl = _requested_acl(store, bucket, version.properties.owner, access, access_control_policy, OBJECT_CANNED_ACLS)

    bucket.update_properties(version, acl=acl)
    store.notify("ObjectAcl:Put", bucket, version)
    return {}


def _get_version(bucket: Bucket, key: str, version_id: str | None) -> S3Object:
    """The version that is named. A delete marker is an error even as the newest (O262)."""
    version = bucket.version(validate_key(key), version_id)
    if isinstance(version, S3Object):
        return version
    raise delete_marker_error("PUT")


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
    acl = _requested_acl(store, bucket, bucket.owner, access, access_control_policy, BUCKET_CANNED_ACLS)

    bucket.configure(ACL, acl)
    return {}


@operation("GetBucketAcl")
def get_bucket_acl(store: Store, *, bucket: Bucket) -> Answer:
    """The bucket's ACL."""
    return _acl_answer(bucket.owner, bucket.configurations.get(ACL))


def _requested_acl(
    store: Store,
    bucket: Bucket,
    owner: str,
    access: AccessRequest,
    document: Mapping[str, Any] | None,
    canned_acls: tuple[str, ...],
) -> Acl:
    """The ACL that PutObjectAcl or PutBucketAcl requests, in headers or as a document.

    The form is judged first, whether the bucket allows ACLs last (O262).
    """
    if document is not None and access.is_empty:
        acl = acl_from_document(document)
        if get_object_ownership(bucket) == ENFORCED and acl != private_acl(bucket.owner):
            raise S3Error("AccessControlListNotSupported")
        check_not_public(store, bucket, acl)
        return acl
    if document is not None:
        raise S3Error("UnexpectedContent", "This request does not support content")
    requested = access.requested_acl(store, bucket, owner, canned_acls)
    if requested is None:
        raise S3Error("MissingSecurityHeader", fields={"MissingHeaderName": "x-amz-acl"})
    return requested


def _acl_answer(owner: str, acl: Acl | None) -> Answer:
    grants = private_acl(owner) if acl is None else acl
    return {"Owner": {"ID": owner}, "Grants": [grant.document() for grant in grants]}
