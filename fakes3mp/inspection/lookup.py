"""Looking at a fake: views of its uploads, buckets and objects, made of the store and the calls when somebody asks.

What may live here: the way from the state to views, and what to say of a thing that is not there. It is imported when a
test first looks.
"""

from __future__ import annotations

from collections.abc import Mapping

from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error
from fakes3mp.inspection import assertions
from fakes3mp.inspection.call_log import Calls
from fakes3mp.inspection.object_views import BucketView, BucketViews, ObjectView, bucket_view, object_view
from fakes3mp.inspection.upload_views import UploadViews, upload_views


def uploads(store: Store, calls: Calls) -> UploadViews:
    """Every multipart upload ever initiated, in that order."""
    with store.lock:
        return UploadViews(upload_views(store.uploads.values(), calls))


def buckets(store: Store) -> Mapping[str, BucketView]:
    """The buckets, by name."""
    with store.lock:
        views = {name: bucket_view(bucket) for name, bucket in store.buckets.items()}
    return BucketViews(sorted(views.items()))


def object_at(store: Store, bucket: str, key: str) -> ObjectView:
    """The object at this key; AssertionError listing what exists if there is none."""
    with store.lock:
        try:
            return object_view(store.bucket(bucket), key)
        except S3Error as error:
            found = _existing(store, bucket, key)
            raise assertions.failed(f"no object {bucket}/{key}: {error.message}", found) from None


def _existing(store: Store, bucket: str, key: str) -> list[str]:
    if bucket not in store.buckets:
        names = sorted(store.buckets)
        return [*assertions.nearest_of(bucket, names), *assertions.listed(names, "buckets")]
    keys = list(store.buckets[bucket].keys)
    return [*assertions.nearest_of(key, keys), *assertions.listed(keys, f"keys in {bucket!r}")]
