"""What a user looks at: frozen snapshots of objects and buckets.

What may live here: values that describe; looking cannot move the state.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.content import Content
from fakes3mp.core.objects import S3Object
from fakes3mp.inspection.call_log import brief
from fakes3mp.inspection.spelling import nearest
from fakes3mp.inspection.upload_views import ETag, PartView


@dataclass(frozen=True, repr=False)
class ObjectView:
    """An object as it stood when it was looked at."""

    bucket: str
    key: str
    etag: ETag
    size: int
    modified: datetime
    metadata: Mapping[str, str]
    content_type: str | None
    checksums: Mapping[str, str]
    checksum_type: str | None
    part_sizes: tuple[int, ...]
    content: Content = field(compare=False)
    tags: Mapping[str, str]
    storage_class: str | None
    version_id: str
    older: tuple[ObjectView, ...] = field(compare=False)

    def __repr__(self) -> str:
        parts = f" in {len(self.part_sizes)} parts" if self.part_sizes else ""
        version = f", version {self.version_id}" if self.version_id != "null" else ""
        return f"<object {brief(f'{self.bucket}/{self.key}')}: {self.size} bytes{parts}, {self.etag}{version}>"

    @property
    def body(self) -> bytes:
        """The object's bytes."""
        return self.content.read()

    @property
    def versions(self) -> tuple[ObjectView, ...]:
        """Every version of the key, newest first: only this one in a bucket that was never versioned."""
        return (self, *self.older)

    @property
    def parts(self) -> tuple[PartView, ...]:
        """The parts it was made of; none if it was put whole."""
        first, views = 0, []
        for number, size in enumerate(self.part_sizes, 1):
            content = self.content.cut(first, first + size - 1) if size else Content.of(b"")
            etag = ETag(f'"{content.md5.hex()}"')
            views.append(PartView(number, etag, size, {}, (), content))
            first += size
        return tuple(views)


def object_view(bucket: Bucket, key: str) -> ObjectView:
    """A snapshot of a key's current object, with its older versions; NoSuchKey if there is none."""
    bucket.current(key)
    return _stacked_view(bucket.name, _versions(bucket, key))


def _versions(bucket: Bucket, key: str) -> tuple[S3Object, ...]:
    """The versions of a key, oldest first, without delete markers."""
    return tuple(entry for entry in bucket.versions[key] if isinstance(entry, S3Object))


def _stacked_view(bucket: str, versions: Sequence[S3Object]) -> ObjectView:
    older: tuple[ObjectView, ...] = ()
    for version in versions:
        view = _version_view(bucket, version, older)
        older = (view, *older)
    return view


def _version_view(bucket: str, found: S3Object, older: tuple[ObjectView, ...]) -> ObjectView:
    checksum = found.checksum
    return ObjectView(
        bucket=bucket,
        key=found.key,
        etag=ETag(f'"{found.etag}"'),
        size=found.size,
        modified=found.modified,
        metadata=dict(found.attributes.metadata or {}),
        content_type=found.attributes.content_type,
        checksums={checksum.algorithm: checksum.value} if checksum else {},
        checksum_type=checksum.type if checksum else None,
        part_sizes=tuple(part.size for part in found.parts),
        content=found.content,
        tags=dict(found.properties.tags),
        storage_class=found.attributes.storage_class,
        version_id=found.version_id,
        older=older,
    )


@dataclass(frozen=True)
class BucketView(Mapping[str, ObjectView]):
    """A bucket as it stood when it was looked at: its objects by key, each described when it is asked for."""

    name: str
    region: str
    versions: Mapping[str, tuple[S3Object, ...]] = field(repr=False)  # of keys that have a current object

    def keys(self) -> list[str]:  # type: ignore[override]
        """The keys in S3's order, that of their UTF-8 bytes (F114)."""
        return list(self.versions)

    def __getitem__(self, key: str) -> ObjectView:
        if key not in self.versions:
            raise KeyError(f"no object {key!r} in {self.name!r}{nearest(key, self.versions)}")
        return _stacked_view(self.name, self.versions[key])

    def __iter__(self) -> Iterator[str]:
        return iter(self.versions)

    def __len__(self) -> int:
        return len(self.versions)


class BucketViews(dict[str, BucketView]):
    """The buckets by name; asking for one that is not there says which are near."""

    def __missing__(self, name: str) -> BucketView:
        raise KeyError(f"no bucket {name!r}{nearest(name, self)}")


def bucket_view(bucket: Bucket) -> BucketView:
    """A snapshot of a bucket."""
    return BucketView(bucket.name, bucket.region, {key: _versions(bucket, key) for key in bucket.keys})
