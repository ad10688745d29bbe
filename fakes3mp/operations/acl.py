"""ACLs of objects and buckets: put and get."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.acl import FOR_BUCKETS, FOR_OBJECTS, Acl, from_document, private
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.operations.acl_parameters import AccessRequest, BucketAccessRequest, check_not_public
from fakes3mp.operations.configuration import ACL, ENFORCED, ownership_of
from fakes3mp.operations.reading import readable
from fakes3mp.operations.registry import Answer, operation


def _answer(owner: str, acl: Acl) -> Answer:
    return {"Owner": {"ID": owner}, "Grants": [grant.document() for grant in acl or private(owner)]}


def _asked(
    bucket: Bucket, owner: str, access: AccessRequest, document: Mapping[str, Any] | None, known: tuple[str, ...]
) -> Acl:
    """The list that PutObjectAcl or PutBucketAcl asks for, in headers or as a document."""
    named = access.asked_list(bucket, owner, known)
    if named is not None:
        return named
    if document is None or "Grants" not in document:
        raise S3Error("MalformedACLError")
    acl = from_document(document["Grants"])
    if ownership_of(bucket) == ENFORCED and acl != private(bucket.owner):
        raise S3Error("AccessControlListNotSupported")
    check_not_public(bucket, acl)
    return acl


@operation("PutObjectAcl")
def put_object_acl(
    store: Store,
    *,
    bucket: str,
    key: str,
    access: BucketAccessRequest,
    access_control_policy: Mapping[str, Any] | None = None,
    version_id: str | None = None,
) -> Answer:
    """Replace a version's list (S3's manual; ACLs are not recorded)."""
    place = store.bucket(bucket)
    found = readable(store, bucket, key, version_id, method="PUT")
    acl = _asked(place, found.properties.owner, access, access_control_policy, FOR_OBJECTS)
    place.amend(found, acl=acl)
    store.tell("ObjectAcl:Put", place, found)
    return {}


@operation("GetObjectAcl")
def get_object_acl(store: Store, *, bucket: str, key: str, version_id: str | None = None) -> Answer:
    """A version's list; without one given it is the owner's alone (F16)."""
    found = readable(store, bucket, key, version_id, method="GET")
    return _answer(found.properties.owner, found.properties.acl)


@operation("PutBucketAcl")
def put_bucket_acl(
    store: Store,
    *,
    bucket: str,
    access: BucketAccessRequest,
    access_control_policy: Mapping[str, Any] | None = None,
) -> Answer:
    """Replace the bucket's list."""
    place = store.bucket(bucket)
    place.configure(ACL, _asked(place, place.owner, access, access_control_policy, FOR_BUCKETS))
    return {}


@operation("GetBucketAcl")
def get_bucket_acl(store: Store, *, bucket: str) -> Answer:
    """The bucket's list."""
    place = store.bucket(bucket)
    return _answer(place.owner, place.configurations.get(ACL, ()))
