"""Buckets: the versions of their objects, the uploads open in them, their configurations.

What may live here: what a bucket holds and how a write or delete changes it under each state of versioning.
"""

from __future__ import annotations

import copy
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from datetime import datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from fakes3mp.core.objects import DeleteMarker, S3Object
from fakes3mp.core.ordered_set import OrderedSet
from fakes3mp.errors import S3Error, invalid_argument

if TYPE_CHECKING:
    from fakes3mp.core.uploads import Upload

NULL = "null"  # the id of what was written while versioning was not Enabled (O70)
Version = S3Object | DeleteMarker  # what a version id names


_DIRECTORY = re.compile(r"[a-z0-9][a-z0-9-]*--[a-z0-9]+-[a-z0-9]+--x-s3")
DIRECTORY_CLASS = "EXPRESS_ONEZONE"  # the only storage class of directory buckets, which no other bucket has


def is_directory(bucket: str) -> bool:
    """Whether a name is a directory bucket's: base, zone, ``x-s3``.

    >>> is_directory("photos--usw2-az1--x-s3"), is_directory("photos")
    (True, False)
    """
    return bucket.endswith("--x-s3") and _DIRECTORY.fullmatch(bucket) is not None


def _sequence(entry: Version | Upload) -> int:
    return entry.sequence


def _index() -> OrderedSet[str]:
    return OrderedSet()


class Bucket(Struct, eq=False):
    """A bucket. Its configurations are as they were put; absent ones have S3's defaults."""

    name: str
    region: str
    created: datetime
    owner: str  # canonical id
    versioning: str | None = None  # None, "Enabled" or "Suspended"
    lock_enabled: bool = False
    configurations: dict[str, Any] = field(default_factory=dict)  # by the name of the Put operation's document
    objects: dict[str, S3Object] = field(default_factory=dict)  # the current ones: what GET and lists show
    keys: OrderedSet[str] = field(default_factory=_index)
    versions: dict[str, list[Version]] = field(default_factory=dict)  # every version and marker, the newest last
    version_keys: OrderedSet[str] = field(default_factory=_index)
    issued: dict[str, int] = field(default_factory=dict)  # version ids ever given here (O39) -> the sequence of each
    uploads: dict[str, list[Upload]] = field(default_factory=dict)  # key -> open uploads in order of initiation
    upload_keys: OrderedSet[str] = field(default_factory=_index)
    changed: dict[str, int] = field(default_factory=dict)  # key -> the sequence of its last write or delete

    def configure(self, name: str, document: Any) -> None:
        """Keep a configuration: a copy, so that nobody who holds the document holds the bucket."""
        self.configurations[name] = copy.deepcopy(document)

    def configured(self, name: str, default: Any = None) -> Any:
        """A configuration to hand out: a copy of it, or the default."""
        return copy.deepcopy(self.configurations.get(name, default))

    @property
    def is_versioned(self) -> bool:
        """Whether it was ever versioned: a state once set is never unset."""
        return self.versioning is not None

    def current(self, key: str) -> S3Object:
        """The object that GET shows, or NoSuchKey."""
        try:
            return self.objects[key]
        except KeyError:
            raise S3Error("NoSuchKey", fields={"Key": key}) from None

    def entry(self, key: str, version_id: str | None = None) -> Version:
        """The version or marker that is named, or the newest; NoSuchKey or NoSuchVersion if there is none."""
        stack = self.versions.get(key, [])
        if version_id is None:
            if not stack:
                raise S3Error("NoSuchKey", fields={"Key": key})
            return stack[-1]
        self.check_version_id(version_id)
        at = self._position(stack, version_id)
        if at is None:
            raise S3Error("NoSuchVersion", fields={"Key": key, "VersionId": version_id})
        return stack[at]

    def _position(self, stack: Sequence[Version], version_id: str) -> int | None:
        """Where a version stands among its key's, which are in the order of their sequence numbers."""
        if version_id == NULL:
            return next((at for at, entry in enumerate(stack) if entry.version_id == NULL), None)
        at = bisect_left(stack, self.issued.get(version_id, 0), key=_sequence)
        return at if at < len(stack) and stack[at].version_id == version_id else None

    def check_version_id(self, version_id: str) -> None:
        """An id that was never given here is no version id at all (O38, O39, O69)."""
        if version_id != NULL and version_id not in self.issued:
            raise invalid_argument("Invalid version id specified", "versionId", version_id)

    def newest_first(self, key: str) -> Iterator[Version]:
        """All versions and markers of a key (O72)."""
        return reversed(self.versions[key])

    def older_than(self, key: str, version_id: str) -> Iterator[Version]:
        """The versions and markers of a key before this one, the newest first; none if it is not there."""
        stack = self.versions.get(key, [])
        at = self._position(stack, version_id)
        return (stack[place] for place in range((at or 0) - 1, -1, -1))

    def is_latest(self, entry: Version) -> bool:
        return self.versions[entry.key][-1] is entry

    def put(self, written: S3Object) -> S3Object:
        """Write a version. An earlier null version makes room for a new one; others stay (O70, O71)."""
        self._push(written)
        self.changed[written.key] = written.sequence
        return written

    def mark_deleted(self, marker: DeleteMarker) -> None:
        """Put a marker on top (O64, O71)."""
        self._push(marker)
        self.changed[marker.key] = marker.sequence

    def _push(self, entry: Version) -> None:
        if entry.version_id == NULL:
            self._drop(entry.key, NULL)
        else:
            self.issued[entry.version_id] = entry.sequence
        self.versions.setdefault(entry.key, []).append(entry)
        self.version_keys.add(entry.key)
        self._set_current(entry.key)

    def remove(self, key: str, version_id: str, sequence: int) -> Version | None:
        """Take a version or marker away for good; returns it if it was there (O36, O67)."""
        removed = self._drop(key, version_id)
        if removed is not None:
            self.changed[key] = sequence
            self._set_current(key)
        return removed

    def _drop(self, key: str, version_id: str) -> Version | None:
        stack = self.versions.get(key, [])
        at = self._position(stack, version_id)
        return None if at is None else stack.pop(at)

    def _set_current(self, key: str) -> None:
        stack = self.versions.get(key)
        if not stack:
            self.versions.pop(key, None)
            self.version_keys.discard(key)
        if stack and isinstance(stack[-1], S3Object):
            self.objects[key] = stack[-1]
            self.keys.add(key)
        elif self.objects.pop(key, None) is not None:
            self.keys.discard(key)

    def amend(self, version: S3Object, **properties: Any) -> None:
        """Change what is known of a version (its tags, its lock, its ACL) without writing a new one."""
        stack = self.versions[version.key]
        at = self._position(stack, version.version_id)
        assert at is not None, "a version is amended where it stands"
        stack[at] = replace(version, properties=replace(version.properties, **properties))
        self._set_current(version.key)

    def all_versions(self) -> Iterator[Version]:
        """Every version and marker, by key, the newest first."""
        for key in self.version_keys:
            yield from self.newest_first(key)

    def opened_after(self, upload: Upload) -> Iterator[Upload]:
        """The open uploads of a key that were initiated after one of them."""
        uploads = self.uploads.get(upload.key, [])
        return islice(uploads, bisect_right(uploads, upload.sequence, key=_sequence), None)

    def opened(self, upload: Upload) -> None:
        """An upload was initiated here."""
        self.uploads.setdefault(upload.key, []).append(upload)
        self.upload_keys.add(upload.key)

    def closed(self, upload: Upload) -> None:
        """An upload was completed or aborted: it is listed no more (F49)."""
        uploads = self.uploads[upload.key]
        del uploads[bisect_left(uploads, upload.sequence, key=_sequence)]
        if not self.uploads[upload.key]:
            del self.uploads[upload.key]
            self.upload_keys.discard(upload.key)
