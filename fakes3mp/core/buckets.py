"""Buckets: versions of objects, open uploads and configurations, and how writes and deletes change them.

What a write or delete does depends on the bucket's versioning: never enabled, Enabled or Suspended.
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

from fakes3mp.core.journal import Journal
from fakes3mp.core.objects import DeleteMarker, S3Object
from fakes3mp.core.ordered_set import OrderedSet
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


def _sequence(item: Version | Upload) -> int:
    return item.sequence


def _index() -> OrderedSet[str]:
    return OrderedSet()


class Bucket(Struct, eq=False):
    """A bucket. Configurations are stored as they were put; a missing one has S3's default."""

    name: str
    region: str
    created: datetime
    owner: str  # canonical id
    versioning: str | None = None  # None, "Enabled" or "Suspended"
    lock_enabled: bool = False
    encryption_was_set: bool = False  # whether default encryption was ever put (O243)
    configurations: dict[str, Any] = field(default_factory=dict)  # name of the Put operation's document -> document
    objects: dict[str, S3Object] = field(default_factory=dict)  # key -> current object, the one that GET returns
    keys: OrderedSet[str] = field(default_factory=_index)  # of objects
    versions: dict[str, list[Version]] = field(default_factory=dict)  # key -> all versions and markers, newest last
    version_keys: OrderedSet[str] = field(default_factory=_index)  # of versions
    version_sequences: dict[str, int] = field(default_factory=dict)  # every version id ever issued (O39) -> sequence
    null_sequences: dict[str, int] = field(default_factory=dict)  # key -> sequence of its null version, once deleted
    uploads: dict[str, list[Upload]] = field(default_factory=dict)  # key -> open uploads in order of initiation
    upload_keys: OrderedSet[str] = field(default_factory=_index)  # of uploads
    last_changes: dict[str, int] = field(default_factory=dict)  # key -> sequence of its last write or delete
    journal: Journal = field(default_factory=Journal)  # the store's

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

    def current(self, key: str) -> S3Object:
        """The current object of a key; raises NoSuchKey."""
        try:
            return self.objects[key]
        except KeyError:
            raise S3Error("NoSuchKey", fields={"Key": key}) from None

    def version(self, key: str, version_id: str | None = None) -> Version:
        """The version or marker with this id, by default the newest; raises NoSuchKey or NoSuchVersion."""
        versions = self.versions.get(key, [])
        if version_id is None:
            if not versions:
                raise S3Error("NoSuchKey", fields={"Key": key})
            return versions[-1]
        self.check_version_id(version_id)
        index = self._find(versions, version_id)
        if index is None:
            raise S3Error("NoSuchVersion", fields={"Key": key, "VersionId": version_id})
        return versions[index]

    def find_version(self, key: str, version_id: str) -> Version | None:
        """The version or marker with this id; None if it is not there."""
        versions = self.versions.get(key, [])
        index = self._find(versions, version_id)
        return None if index is None else versions[index]

    def _find(self, versions: Sequence[Version], version_id: str) -> int | None:
        """The index of a version among those of its key, which are in the order of their sequence numbers."""
        if version_id == NULL:
            return next((index for index, version in enumerate(versions) if version.version_id == NULL), None)
        index = bisect_left(versions, self.version_sequences.get(version_id, 0), key=_sequence)
        return index if index < len(versions) and versions[index].version_id == version_id else None

    def check_version_id(self, version_id: str, parameter: str = "versionId") -> None:
        """Raise InvalidArgument for a version id that this bucket never issued (O38, O39, O69)."""
        if version_id != NULL and version_id not in self.version_sequences:
            raise invalid_argument("Invalid version id specified", parameter, version_id)

    def newest_first(self, key: str) -> Iterator[Version]:
        """All versions and markers of a key, the newest first (O72)."""
        return reversed(self.versions[key])

    def older_than(self, key: str, version_id: str) -> Iterator[Version]:
        """The versions and markers of a key that are older than this one, the newest first, also if it is gone (O244)."""
        versions = self.versions.get(key, [])
        if version_id != NULL:
            sequence = self.version_sequences.get(version_id, 0)
        else:
            index = self._find(versions, NULL)
            sequence = self.null_sequences.get(key, 0) if index is None else versions[index].sequence
        index = bisect_left(versions, sequence, key=_sequence)
        return (versions[older] for older in range(index - 1, -1, -1))

    def is_latest(self, version: Version) -> bool:
        """Whether this is the newest version or marker of its key."""
        return self.versions[version.key][-1] is version

    def put(self, version: S3Object) -> S3Object:
        """Write a version. It replaces an earlier null version if it is one itself; other versions stay (O70, O71)."""
        self._add(version)
        return version

    def add_delete_marker(self, marker: DeleteMarker) -> None:
        """Make a delete marker the newest of its key (O64, O71)."""
        self._add(marker)

    def _add(self, version: Version) -> None:
        key, replaced = version.key, None
        if version.version_id == NULL:
            replaced = self._pop(key, NULL)
        else:
            self.journal.set_item(self.version_sequences, version.version_id, version.sequence)
        self.versions.setdefault(key, []).append(version)
        self.version_keys.add(key)
        self._set_current(key)
        self.journal.record(self._take_back, key, replaced)
        self.journal.set_item(self.last_changes, key, version.sequence)

    def _take_back(self, key: str, replaced: tuple[int, Version] | None) -> None:
        """Remove the newest version of a key, and put back the one that it had replaced."""
        self.versions[key].pop()
        if replaced is not None:
            self.versions[key].insert(*replaced)
        self._set_current(key)

    def remove_version(self, key: str, version_id: str, sequence: int) -> Version | None:
        """Delete a version or marker for good; returns it, or None if it was not there (O36, O67)."""
        removed = self._pop(key, version_id)
        if removed is None:
            return None
        self._set_current(key)
        self.journal.record(self._put_back, key, *removed)
        self.journal.set_item(self.last_changes, key, sequence)
        if version_id == NULL and self.is_versioned:
            self.journal.set_item(self.null_sequences, key, removed[1].sequence)
        return removed[1]

    def _put_back(self, key: str, index: int, version: Version) -> None:
        """Insert a version that was removed."""
        self.versions.setdefault(key, []).insert(index, version)
        self.version_keys.add(key)
        self._set_current(key)

    def _pop(self, key: str, version_id: str) -> tuple[int, Version] | None:
        """Remove a version from those of its key; returns its index and itself, or None if it was not there."""
        versions = self.versions.get(key, [])
        index = self._find(versions, version_id)
        return None if index is None else (index, versions.pop(index))

    def _set_current(self, key: str) -> None:
        """Bring ``objects`` and the indexes up to date with the versions of a key."""
        versions = self.versions.get(key)
        if not versions:
            self.versions.pop(key, None)
            self.version_keys.discard(key)
        if versions and isinstance(versions[-1], S3Object):
            self.objects[key] = versions[-1]
            self.keys.add(key)
        elif self.objects.pop(key, None) is not None:
            self.keys.discard(key)

    def update_properties(self, version: S3Object, **properties: Any) -> None:
        """Change properties of a version (tags, lock, ACL) without writing a new version."""
        versions = self.versions[version.key]
        index = self._find(versions, version.version_id)
        assert index is not None, "the version is in the bucket"
        self.journal.record(self._set_version, version.key, index, versions[index])
        self._set_version(version.key, index, replace(version, properties=replace(version.properties, **properties)))

    def _set_version(self, key: str, index: int, version: Version) -> None:
        self.versions[key][index] = version
        self._set_current(key)

    def all_versions(self) -> Iterator[Version]:
        """Every version and marker in the order of keys, the newest of a key first."""
        for key in self.version_keys:
            yield from self.newest_first(key)

    def uploads_after(self, upload: Upload) -> Iterator[Upload]:
        """The open uploads of the same key that were initiated after this one."""
        uploads = self.uploads.get(upload.key, [])
        return islice(uploads, bisect_right(uploads, upload.sequence, key=_sequence), None)

    def add_upload(self, upload: Upload) -> None:
        """Add an upload that was just initiated."""
        self._insert_upload(len(self.uploads.get(upload.key, ())), upload)
        self.journal.record(self._drop_upload, upload)

    def _insert_upload(self, index: int, upload: Upload) -> None:
        self.uploads.setdefault(upload.key, []).insert(index, upload)
        self.upload_keys.add(upload.key)

    def remove_upload(self, upload: Upload) -> None:
        """Remove an upload that was completed or aborted: it is not listed any more (F49)."""
        self.journal.record(self._insert_upload, self._drop_upload(upload), upload)

    def _drop_upload(self, upload: Upload) -> int:
        """Remove an upload; returns its index among those of its key."""
        uploads = self.uploads[upload.key]
        index = bisect_left(uploads, upload.sequence, key=_sequence)
        del uploads[index]
        if not uploads:
            del self.uploads[upload.key]
            self.upload_keys.discard(upload.key)
        return index
