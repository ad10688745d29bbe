"""Restores of archived objects as time passes: they complete, and the restored copies expire."""

from __future__ import annotations

from datetime import datetime

from fakes3mp.core.archive import Restoration
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import S3Object
from fakes3mp.core.schedule import Step
from fakes3mp.core.store import Store

STEP = "restore"


def set_restoration(store: Store, bucket: Bucket, version: S3Object, restoration: Restoration) -> None:
    """Begin a restore of a version, or change one that is in progress or done."""
    bucket.update_properties(version, restoration=restoration)
    schedule_next_step(store, bucket, version, restoration)


def schedule_next_step(store: Store, bucket: Bucket, version: S3Object, restoration: Restoration) -> None:
    """Let the restore of a version complete, or its copy expire, when the time has come."""
    next_step = restoration.copy_expires(store.now()) or restoration.done
    store.schedule((STEP, bucket.name, version.key, version.version_id), next_step)


def take_step(store: Store, step: Step, at: datetime) -> None:
    """Complete a restore, or remove the copy that has expired."""
    store.schedule(step, None)
    _, bucket_name, key, version_id = step
    bucket = store.buckets.get(bucket_name)
    version = None if bucket is None else bucket.find_version(key, version_id)
    if bucket is None or not isinstance(version, S3Object) or version.properties.restoration is None:
        return  # deleted or written anew since
    expires = version.properties.restoration.expires
    if expires is not None and at >= expires:
        bucket.update_properties(version, restoration=None)
        store.notify("ObjectRestore:Delete", bucket, version, at)
        return
    store.notify("ObjectRestore:Completed", bucket, version, at, restored=(version.archive or "", expires))
    if expires is None:  # the object itself moves to the Frequent Access tier
        bucket.update_properties(version, restoration=None, access_tier=None, accessed=at)
    else:
        store.schedule(step, expires)
