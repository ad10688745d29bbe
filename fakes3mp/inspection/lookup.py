"""Looks up the views of a fake's uploads, buckets and objects in its store."""

from __future__ import annotations

from collections.abc import Mapping

from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.inspection.call_lists import Calls
from fakes3mp.inspection.failures import failure, list_items, suggest
from fakes3mp.inspection.object_views import BucketView, BucketViews, ObjectView, object_view
from fakes3mp.inspection.upload_lists import StoredUploads, UploadViews


def view_uploads(store: Store, calls: Calls) -> UploadViews:
    """Every multipart upload ever initiated, in that order."""
    return UploadViews(StoredUploads(store.snapshot(), calls), calls)


def view_buckets(store: Store) -> Mapping[str, BucketView]:
    """The buckets by name, in order of their names."""
    return BucketViews(store.snapshot().buckets)


def find_object(store: Store, bucket: str, key: str) -> ObjectView:
    """The current object with this key; AssertionError listing what exists if there is none."""
    with store.lock:
        try:
            return object_view(store.bucket(bucket), key)
        except S3Error as error:
            if bucket in store.buckets:
                keys = list(store.buckets[bucket].objects)
                details = [*suggest(key, keys), *list_items(keys, f"keys in {bucket!r}")]
            else:
                names = list(store.buckets)
                details = [*suggest(bucket, names), *list_items(names, "buckets")]
            raise failure(f"no object {bucket}/{key}: {error.message}", details) from None
