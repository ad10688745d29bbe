"""Tags: those of objects, and the check of a bucket's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import S3Object, validate_key
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import BUCKET_TAGS, OBJECT_TAGS, Tags, tags_from_document, tags_to_document
from fakes3mp.errors import S3Error
from fakes3mp.operations.reading import delete_marker_error
from fakes3mp.operations.registry import Answer, operation


@operation("PutObjectTagging")
def put_object_tagging(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    tagging: Mapping[str, Any],
    version_id: str | None = None,
) -> Answer:
    """Replace a version's tags (O94, O97, O101)."""
    version = _get_version(bucket, key, version_id, "PUT")
    tags = tags_from_document(tagging.get("TagSet") or (), OBJECT_TAGS)
    return _set_tags(store, bucket, version, tags, "ObjectTagging:Put")


@operation("GetObjectTagging")
def get_object_tagging(store: Store, *, bucket: Bucket, key: str, version_id: str | None = None) -> Answer:
    """A version's tags; none is an empty set, no error (O94)."""
    version = _get_version(bucket, key, version_id, "GET")
    return {"TagSet": tags_to_document(version.properties.tags), **_version_member(bucket, version)}


@operation("DeleteObjectTagging")
def delete_object_tagging(store: Store, *, bucket: Bucket, key: str, version_id: str | None = None) -> Answer:
    """Remove a version's tags."""
    version = _get_version(bucket, key, version_id, "DELETE")
    return _set_tags(store, bucket, version, (), "ObjectTagging:Delete")


def _get_version(bucket: Bucket, key: str, version_id: str | None, method: str) -> S3Object:
    """The version that is named; raises NoSuchKey, NoSuchVersion or MethodNotAllowed.

    GET's NoSuchKey has the bucket's name before the key (O96). A delete marker is an error even as the newest (O102).
    """
    if bucket.newest(validate_key(key)) is None and version_id in (None, "null"):
        raise S3Error("NoSuchKey", fields={"Key": f"{bucket.name}/{key}" if method == "GET" else key})
    version = bucket.version(key, version_id)
    if not isinstance(version, S3Object):
        raise delete_marker_error(method)
    return version


def _set_tags(store: Store, bucket: Bucket, version: S3Object, tags: Tags, event: str) -> Answer:
    bucket.update_properties(version, tags=tags)
    store.notify(event, bucket, version)
    return _version_member(bucket, version)


def _version_member(bucket: Bucket, version: S3Object) -> Answer:
    return {"VersionId": version.version_id} if bucket.is_versioned else {}


def validate_bucket_tags(tagging: Mapping[str, Any]) -> Tags | None:
    """The bucket's tags; an empty set removes them (O86, O87)."""
    return tags_from_document(tagging.get("TagSet") or (), BUCKET_TAGS) or None


def bucket_tags_to_answer(tags: Tags) -> Answer:
    """The output of GetBucketTagging."""
    return {"TagSet": tags_to_document(tags)}
