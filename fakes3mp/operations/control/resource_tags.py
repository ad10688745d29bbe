"""Tags of buckets, access points and other resources, by their ARN."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.core.access_points import AccessPoint
from fakes3mp.core.acl import canonical_id
from fakes3mp.core.buckets import Bucket
from fakes3mp.core.control import AccountKey
from fakes3mp.core.store import Store
from fakes3mp.core.tagging import BUCKET_TAGS, Tags, tags_from_document, tags_to_document
from fakes3mp.errors import S3Error
from fakes3mp.operations.configuration_documents import TAGGING
from fakes3mp.operations.registry import Answer, operation

_BUCKET = re.compile(r"arn:aws(?:-[\w-]+)?:s3(?:express:[^:]*:[^:]*:bucket/|:::)(?P<name>[^/:]+)")


class Tagged(Struct, frozen=True):
    """A resource's tags, and how to replace them."""

    tags: Tags
    replace: Callable[[Tags], None]


@operation("s3control.TagResource")
def tag_resource(store: Store, *, account_id: str, resource_arn: str, tags: list[dict[str, str]]) -> Answer:
    """Add tags; one with the key of an earlier tag replaces it."""
    resource = _find(store, account_id, resource_arn)
    added = tags_from_document(tags, BUCKET_TAGS)
    merged = tags_to_document(tuple({**dict(resource.tags), **dict(added)}.items()))

    resource.replace(tags_from_document(merged, BUCKET_TAGS))
    return {}


@operation("s3control.UntagResource")
def untag_resource(store: Store, *, account_id: str, resource_arn: str, tag_keys: list[str]) -> Answer:
    """Remove the tags with these keys, as far as they are there."""
    resource = _find(store, account_id, resource_arn)

    resource.replace(tuple((key, value) for key, value in resource.tags if key not in tag_keys))
    return {}


@operation("s3control.ListTagsForResource")
def list_tags_for_resource(store: Store, *, account_id: str, resource_arn: str) -> Answer:
    """The resource's tags."""
    return {"Tags": tags_to_document(_find(store, account_id, resource_arn).tags)}


def _find(store: Store, account_id: str, arn: str) -> Tagged:
    """The resource of this ARN; NoSuchResource if the account has none (wording not verified)."""
    for find in (_find_access_point, _find_bucket, _find_in_control):
        resource = find(store, account_id, arn)
        if resource is not None:
            return resource
    raise S3Error("NoSuchResource")


def _find_access_point(store: Store, account_id: str, arn: str) -> Tagged | None:
    point = store.access_points.get(arn)
    if not isinstance(point, AccessPoint) or point.account_id != account_id:
        return None
    return Tagged(
        point.tags,
        lambda tags: store.journal.set_item(store.access_points, arn, replace(point, tags=tags)),
    )


def _find_in_control(store: Store, account_id: str, arn: str) -> Tagged | None:
    """A group of Storage Lens, or an instance of Access Grants."""
    control = store.control
    resources: tuple[dict[AccountKey, Any], ...] = (control.storage_lens_groups, control.access_grants_instances)
    for mapping in resources:
        for key, resource in mapping.items():
            if resource.arn == arn and key[0] == account_id:
                return Tagged(resource.tags, partial(_replace_tags, store, mapping, key))
    return None


def _replace_tags(store: Store, mapping: dict[AccountKey, Any], key: AccountKey, tags: Tags) -> None:
    store.journal.set_item(mapping, key, replace(mapping[key], tags=tags))


def _find_bucket(store: Store, account_id: str, arn: str) -> Tagged | None:
    match = _BUCKET.fullmatch(arn)
    bucket = None if match is None else store.buckets.get(match["name"])
    if bucket is None or bucket.owner != canonical_id(account_id):
        return None
    tags: Any = bucket.configurations.get(TAGGING, ())
    return Tagged(tags, lambda tags: _set_bucket_tags(bucket, tags))


def _set_bucket_tags(bucket: Bucket, tags: Tags) -> None:
    if tags:
        bucket.configure(TAGGING, tags)
    else:
        bucket.remove_configuration(TAGGING)
