"""Buckets: versions of objects, open uploads and configurations, and how writes and deletes change them.

What a write or delete does depends on the bucket's versioning: never enabled, Enabled or Suspended.
"""

from __future__ import annotations

import copy
import heapq
import re
from collections.abc import Iterator
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING, Any

from msgspec import Struct, field
from msgspec.structs import replace

from fakes3mp.core.journal import Journal
from fakes3mp.core.objects import DeleteMarker, S3Object
from fakes3mp.core.sorted_map import SortedMap
from fakes3mp.errors import S3Error, invalid_argument

if TYPE_CHECKING:
    from fakes3mp.core.uploads import Upload

NULL = "null"  # the version id of objects and markers written while versioning was not Enabled (O70)
Version = S3Object | DeleteMarker  # both have a version id

_DIRECTORY = re.compile(r"[a-z0-9][a-z0-9-]*--[a-z0-9]+-[a-z0-9]+--x-s3")
DIRECTORY_CLASS = "EXPRESS_ONEZONE"  # the only storage class of directory buckets; other buckets do not have it


def is_directory(bucket: str) -> bool:
    """Whether a bucket name is a directory bucket's: base, zone, ``x-s3``.

    >>> is_directory("photos--usw2-az1--x-s3"), is_directory("photos")
    (True, False)
    """
    return bucket.endswith("--x-s3") and _DIRECTORY.fullmatch(bucket) is not None


_OLDEST = -1  # in a key of ``other_versions``: the lowest sequence number is 1
_NEWEST = -(1 << 62)


def _empty() -> SortedMap[Any, Any]:
    return SortedMap()


class Bucket(Struct, eq=False):
    """A bucket. Configurations are stored as they were put; a missing one has S3's default.

    It may be changed while the store's lock is held under which it was looked up: afterwards a snapshot may share it.
    """

    name: str
    region: str
    created: datetime
    owner: str  # canonical id
    versioning: str | None = None  # None, "Enabled" or "Suspended"
    lock_enabled: bool = False
    encryption_was_set: bool = False  # whether default encryption was ever put (O243)
    configurations: dict[str, Any] = field(default_factory=dict)  # name of the Put operation's document -> document
    objects: SortedMap[str, S3Object] = field(default_factory=_empty)  # key -> current object, the one that GET returns
    # (key, minus its sequence number) -> each delete marker and each version that is not a current object
    other_versions: SortedMap[tuple[str, int], Version] = field(default_factory=_empty)
    version_sequences: SortedMap[str, int] = field(default_factory=_empty)  # every version id issued (O39) -> sequence
    null_sequences: SortedMap[str, int] = field(default_factory=_empty)  # key -> that of its null version, once deleted
    deletions: SortedMap[str, int] = field(default_factory=_empty)  # key -> sequence of the last permanent deletion
    uploads: SortedMap[tuple[str, int], str] = field(default_factory=_empty)  # (key, sequence) -> id of an open upload
    journal: Journal = field(default_factory=Journal)  # the store's
    generation: object = None  # of the store's state that may change it

    def copy(self, journal: Journal, generation: object) -> Bucket:
        """A bucket with the same contents, which it shares until one of the two is changed."""
        return Bucket(
            self.name,
            self.region,
            self.created,
            self.owner,
            self.versioning,
            self.lock_enabled,
            self.encryption_was_set,
            self.configurations.copy(),
            self.objects.copy(),
            self.other_versions.copy(),
            self.version_sequences.copy(),
            self.null_sequences.copy(),
            self.deletions.copy(),
            self.uploads.copy(),
            journal,
            generation,
        )

    def configure(self, name: str, document: Any) -> None:
        """Store a copy of a configuration, so that a change of the caller's document does not change the bucket."""
        self.journal.set_item(self.configurations, name, copy.deepcopy(document))

    def remove_configuration(self, name: str) -> None:
        """Remove a configuration, if it is there."""
        self.journal.remove_item(self.configurations, name)

    def configuration(self, name: str, default: Any = None) -> Any:
        """A copy of a configuration, or of the default."""
        return copy.deepcopy(self.configurations.get(name, default))

    def set_versioning(self, status: str) -> None:
        """Set versioning to ``Enabled`` or ``Suspended``."""
        self.journal.set_attribute(self, "versioning", status)

    def enable_lock(self) -> None:
        """Turn Object Lock on. Nothing turns it off."""
        self.journal.set_attribute(self, "lock_enabled", True)

    def remember_encryption(self) -> None:
        """Remember that default encryption was put. Deleting it does not change this (O243)."""
        self.journal.set_attribute(self, "encryption_was_set", True)

    @property
    def is_versioned(self) -> bool:
        """Whether versioning was ever enabled; it can be suspended then, but never removed."""
        return self.versioning is not None

    @property
    def is_empty(self) -> bool:
        """Whether there is neither a version nor a delete marker in it."""
        return not self.objects and not self.other_versions

    def current(self, key: str) -> S3Object:
        """The current object of a key; raises NoSuchKey."""
        current = self.objects.get(key)
        if current is None:
            raise S3Error("NoSuchKey", fields={"Key": key})
        return current

    def version(self, key: str, version_id: str | None = None) -> Version:
        """The version or marker with this id, by default the newest; raises NoSuchKey or NoSuchVersion."""
        if version_id is None:
            newest = self.newest(key)
            if newest is None:
                raise S3Error("NoSuchKey", fields={"Key": key})
            return newest
        self.check_version_id(version_id)
        version = self.find_version(key, version_id)
        if version is None:
            raise S3Error("NoSuchVersion", fields={"Key": key, "VersionId": version_id})
        return version

    def find_version(self, key: str, version_id: str) -> Version | None:
        """The version or marker with this id; None if it is not there."""
        current = self.objects.get(key)
        if current is not None and current.version_id == version_id:
            return current
        if version_id == NULL:
            return next((version for version in self._others_since(key) if version.version_id == NULL), None)
        return self.other_versions.get((key, -self.version_sequences.get(version_id, 0)))

    def _others_since(self, key: str, position: int = _NEWEST) -> Iterator[Version]:
        """The other versions of a key from a position on, the newest first."""
        if not self.other_versions:
            return
        for (name, _), version in self.other_versions.items_since((key, position)):
            if name != key:
                return
            yield version

    def check_version_id(self, version_id: str, parameter: str = "versionId") -> None:
        """Raise InvalidArgument for a version id that this bucket never issued (O38, O39, O69)."""
        if version_id != NULL and version_id not in self.version_sequences:
            raise invalid_argument("Invalid version id specified", parameter, version_id)

    def newest(self, key: str) -> Version | None:
        """The newest version or marker of a key; None if there is none."""
        current = self.objects.get(key)
        return next(self._others_since(key), None) if current is None else current

    def newest_first(self, key: str) -> Iterator[Version]:
        """All versions and markers of a key, the newest first (O72). The current object is newer than all others."""
        current = self.objects.get(key)
        if current is not None:
            yield current
        yield from self._others_since(key)

    def older_than(self, key: str, version_id: str) -> Iterator[Version]:
        """The versions and markers of a key that are older than this one, the newest first, also if it is gone (O244)."""
        version = self.find_version(key, version_id)
        if version is not None:
            sequence = version.sequence
        else:
            sequence = (
                self.null_sequences.get(key, 0) if version_id == NULL else self.version_sequences.get(version_id, 0)
            )
        current = self.objects.get(key)
        if current is not None and current.sequence < sequence:
            yield current
        yield from self._others_since(key, 1 - sequence)

    def is_latest(self, version: Version) -> bool:
        """Whether this is the newest version or marker of its key."""
        return self.newest(version.key) is version

    def last_change(self, key: str) -> int:
        """The sequence number of the last write or deletion of a key; 0 if there was none."""
        newest = self.newest(key)
        return max(self.deletions.get(key, 0), 0 if newest is None else newest.sequence)

    def put(self, version: S3Object) -> S3Object:
        """Write a version. It replaces an earlier null version if it is one itself; other versions stay (O70, O71)."""
        self._make_way(version)
        self.journal.set_item(self.objects, version.key, version)
        return version

    def add_delete_marker(self, marker: DeleteMarker) -> None:
        """Make a delete marker the newest of its key (O64, O71)."""
        self._make_way(marker)
        self.journal.remove_item(self.objects, marker.key)
        self._set_other(marker)

    def _make_way(self, new: Version) -> None:
        """Remove the null version that a new one replaces, and let the current object be no longer the current one."""
        key = new.key
        current, replaced = self.objects.get(key), None
        if new.version_id != NULL:
            self.journal.set_item(self.version_sequences, new.version_id, new.sequence)
        elif self.other_versions:
            replaced = self.find_version(key, NULL)
        elif current is not None and current.version_id == NULL:
            replaced = current
        if replaced is not None and replaced is not current:
            self.journal.remove_item(self.other_versions, (key, -replaced.sequence))
        if current is not None and current is not replaced:
            self._set_other(current)

    def _set_other(self, version: Version) -> None:
        self.journal.set_item(self.other_versions, (version.key, -version.sequence), version)

    def remove_version(self, key: str, version_id: str, sequence: int) -> Version | None:
        """Delete a version or marker for good; returns it, or None if it was not there (O36, O67)."""
        removed = self.find_version(key, version_id)
        if removed is None:
            return None
        if removed is self.objects.get(key):
            self.journal.remove_item(self.objects, key)
        else:
            self.journal.remove_item(self.other_versions, (key, -removed.sequence))
        newest = self.newest(key)
        if isinstance(newest, S3Object) and key not in self.objects:
            self.journal.remove_item(self.other_versions, (key, -newest.sequence))
            self.journal.set_item(self.objects, key, newest)
        self.journal.set_item(self.deletions, key, sequence)
        if version_id == NULL and self.is_versioned:
            self.journal.set_item(self.null_sequences, key, removed.sequence)
        return removed

    def update_properties(self, version: S3Object, **properties: Any) -> None:
        """Change properties of a version (tags, lock, ACL) without writing a new version."""
        stored = self.find_version(version.key, version.version_id)
        assert stored is not None, "the version is in the bucket"
        changed = replace(version, properties=replace(version.properties, **properties))
        if stored is self.objects.get(version.key):
            self.journal.set_item(self.objects, version.key, changed)
        else:
            self._set_other(changed)

    @property
    def version_keys(self) -> VersionKeys:
        """The keys that have a version or marker, in their order."""
        return VersionKeys(self.objects, self.other_versions)

    def all_versions(self) -> Iterator[Version]:
        """Every version and marker in the order of keys, the newest of a key first."""
        for key in self.version_keys.since(""):
            yield from self.newest_first(key)

    def upload_ids(self, key: str, after: int = 0) -> Iterator[str]:
        """The ids of the open uploads of a key in order of initiation: those after this sequence number."""
        for (name, _), upload_id in self.uploads.items_since((key, after + 1)):
            if name != key:
                return
            yield upload_id

    def add_upload(self, upload: Upload) -> None:
        """Add an upload that was just initiated."""
        self.journal.set_item(self.uploads, (upload.key, upload.sequence), upload.id)

    def remove_upload(self, upload: Upload) -> None:
        """Remove an upload that was completed or aborted: it is not listed any more (F49)."""
        self.journal.remove_item(self.uploads, (upload.key, upload.sequence))


class VersionKeys(Struct, frozen=True):
    """The keys of objects and of other versions together, in their order."""

    objects: SortedMap[str, S3Object]
    other_versions: SortedMap[tuple[str, int], Version]

    def since(self, key: str) -> Iterator[str]:
        """The keys that are greater than this one or equal to it."""
        return self._merge(self.objects.since(key), self.other_versions.since((key, _NEWEST)))

    def after(self, key: str) -> Iterator[str]:
        """The keys that are greater than this one."""
        return self._merge(self.objects.after(key), self.other_versions.after((key, _OLDEST)))

    def _merge(self, objects: Iterator[str], others: Iterator[tuple[str, int]]) -> Iterator[str]:
        """Each key once."""
        if not self.other_versions:
            return objects
        return (key for key, _ in groupby(heapq.merge(objects, (key for key, _ in others))))


class UploadKeys(Struct, frozen=True):
    """The keys that have open uploads, in their order."""

    uploads: SortedMap[tuple[str, int], str]

    def since(self, key: str) -> Iterator[str]:
        """The keys that are greater than this one or equal to it."""
        return (name for name, _ in groupby(name for name, _ in self.uploads.since((key, 0))))

    def after(self, key: str) -> Iterator[str]:
        """The keys that are greater than this one."""
        return (name for name, _ in groupby(name for name, _ in self.uploads.since((key, -_NEWEST))))
