"""Tags of objects and buckets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import S3Object, checked_key
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import BUCKET, OBJECT, Tags, as_document, from_document
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration import TAGGING
from fakes3mp.operations.reading import marked
from fakes3mp.operations.registry import Answer, operation


@operation("PutObjectTagging")
def put_object_tagging(
    store: Store,
    *,
    bucket: str,
    key: str,
    tagging: Mapping[str, Any],
    version_id: str | None = None,
) -> Answer:
    """Replace a version's tags (O94, O97, O101)."""
    place = store.bucket(bucket)
    found = _tagged(place, key, version_id, "PUT", key)
    return _set(store, place, found, from_document(tagging.get("TagSet") or (), OBJECT), "ObjectTagging:Put")


@operation("GetObjectTagging")
def get_object_tagging(store: Store, *, bucket: str, key: str, version_id: str | None = None) -> Answer:
    """A version's tags; none is an empty set, no error (O94)."""
    place = store.bucket(bucket)
    found = _tagged(place, key, version_id, "GET", f"{bucket}/{key}")
    return {"TagSet": as_document(found.properties.tags), **_version(place, found)}


@operation("DeleteObjectTagging")
def delete_object_tagging(store: Store, *, bucket: str, key: str, version_id: str | None = None) -> Answer:
    """Drop a version's tags."""
    place = store.bucket(bucket)
    return _set(store, place, _tagged(place, key, version_id, "DELETE", key), (), "ObjectTagging:Delete")


def _tagged(bucket: Bucket, key: str, version_id: str | None, method: str, told: str) -> S3Object:
    """The version; a missing key is named differently by GET (O96), a marker is refused even as the newest (O102)."""
    if checked_key(key) not in bucket.versions and version_id in (None, "null"):
        raise S3Error("NoSuchKey", fields={"Key": told})
    entry = bucket.entry(key, version_id)
    if not isinstance(entry, S3Object):
        raise marked(method)
    return entry


def _set(store: Store, bucket: Bucket, found: S3Object, tags: Tags, event: str) -> Answer:
    bucket.amend(found, tags=tags)
    store.tell(event, bucket, found)
    return _version(bucket, found)


def _version(bucket: Bucket, found: S3Object) -> Answer:
    return {"VersionId": found.version_id} if bucket.is_versioned else {}


@operation("PutBucketTagging")
def put_bucket_tagging(
    store: Store,
    *,
    bucket: str,
    tagging: Mapping[str, Any],
) -> Answer:
    """Replace the bucket's tags; an empty set removes them (O86, O87)."""
    place = store.bucket(bucket)
    set_bucket_tags(place, from_document(tagging.get("TagSet") or (), BUCKET))
    return {}


def set_bucket_tags(bucket: Bucket, tags: Tags) -> None:
    """Keep the tags, or none at all."""
    bucket.configurations.pop(TAGGING, None)
    if tags:
        bucket.configure(TAGGING, tags)


@operation("GetBucketTagging")
def get_bucket_tagging(store: Store, *, bucket: str) -> Answer:
    """The bucket's tags; none is an error (O85)."""
    tags = store.bucket(bucket).configurations.get(TAGGING)
    if tags is None:
        raise S3Error("NoSuchTagSet", fields={"BucketName": bucket})
    return {"TagSet": as_document(tags)}
