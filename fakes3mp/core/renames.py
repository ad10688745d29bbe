"""Another key for an object of a directory bucket, and which requests for it were carried out."""

from __future__ import annotations

from msgspec.structs import replace

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.objects import S3Object
from fakes3mp.core.store import Store


def rename(store: Store, bucket: Bucket, version: S3Object, key: str) -> None:
    """Give an object another key; a bucket with versions has no renames."""
    bucket.remove_version(version.key, version.version_id, store.next_sequence())
    bucket.put(replace(version, key=key, sequence=store.next_sequence()))


def remember_rename(store: Store, client_token: str, request: str) -> None:
    """Remember that the request with this token was carried out."""
    store.journal.set_item(store.rename_tokens, client_token, request)
