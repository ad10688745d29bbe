"""What a run leaves in S3: objects, versions and open uploads, and how objects differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from msgspec import Struct

if TYPE_CHECKING:
    from fakes3mp.fake import FakeS3

ObjectName = tuple[str, str]  # bucket and key


class State(Struct, frozen=True):
    """What is in S3 at one time."""

    objects: Mapping[ObjectName, Any]  # the current objects, as the core holds them
    versions: Mapping[ObjectName, int]  # how many versions a key of a versioned bucket has
    open_uploads: Mapping[str, str]  # upload id -> bucket/key, and what its parts take


def state_of(fake: FakeS3) -> State:
    """What is in the fake now."""
    contents = fake.snapshot().contents
    objects: dict[ObjectName, Any] = {}
    versions: Counter[ObjectName] = Counter()
    for bucket in contents.buckets.values():
        objects.update({(bucket.name, key): version for key, version in bucket.objects.items()})
        if bucket.is_versioned:
            versions.update((bucket.name, version.key) for version in bucket.all_versions())
    open_uploads = {
        upload.id: f"{upload.bucket}/{upload.key}: {len(upload.parts)} parts, "
        f"{sum(part.content.size for part in upload.parts.values())} bytes"
        for upload in contents.uploads.values()
        if upload.state.value == "open"
    }
    return State(objects, versions, open_uploads)


def difference(actual: Any, expected: Any) -> str | None:
    """What differs between two objects, either of which may be missing; None where they are alike."""
    if actual is expected:
        return None
    if actual is None:
        return f"it is missing; expected {expected.size} bytes"
    if expected is None:
        return f"it is there, with {actual.size} bytes; expected none"
    if (actual.etag, actual.size) != (expected.etag, expected.size) and actual.content != expected.content:
        return f"it has {_bytes(actual)}; expected {_bytes(expected)}"
    for name in ("attributes", "tags", "encryption", "lock", "acl"):
        one, other = getattr(actual.properties, name), getattr(expected.properties, name)
        if one != other:
            return f"its {'metadata' if name == 'attributes' else name} is {one!r}; expected {other!r}"
    return None


def _bytes(version: Any) -> str:
    return f'{version.size} bytes, ETag "{version.etag}"'
