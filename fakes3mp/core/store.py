"""The account: its buckets and uploads, the clock and ids they are given, and the lock they share.

What may live here: finding things by their full identity, and making and ending them. Whoever calls holds the lock.
"""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable
from datetime import datetime

from msgspec import Struct, field

from fakes3mp.core.access_points import AccessPoint, is_access_point_name
from fakes3mp.core.acl import canonical_id
from fakes3mp.core.buckets import NULL, Bucket, Version, is_directory
from fakes3mp.core.changes import Change
from fakes3mp.core.completion import CompletedPart, CompletionRequest, completed_object
from fakes3mp.core.ids import Ids
from fakes3mp.core.notification import NOTIFICATION
from fakes3mp.core.objects import Attributes, DeleteMarker, Properties, S3Object, WriteConditions, checked_key
from fakes3mp.core.uploads import Event, State, Upload, no_such_upload
from fakes3mp.errors import S3Error

MiB = 1 << 20


class Limits(Struct, frozen=True):
    """Sizes in bytes and counts that a test may want smaller than S3's."""

    min_part_size: int = 5 * MiB
    max_part_number: int = 10_000


class Contents(Struct):
    """All that changes: what a snapshot holds."""

    ids: Ids
    buckets: dict[str, Bucket] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)  # every upload ever, by id
    access_points: dict[str, AccessPoint] = field(default_factory=dict)  # by ARN
    sequence: int = 0


class Store:
    """One account's S3, in memory."""

    def __init__(
        self,
        *,
        now: Callable[[], datetime],
        seed: int = 0,
        account_id: str = "123456789012",
        region: str = "us-east-1",
        limits: Limits | None = None,
    ) -> None:
        self.lock = threading.RLock()
        self.account_id = account_id
        self.region = region
        self.limits = limits or Limits()
        self.on_change: Callable[[Change], None] | None = None  # told of changes, under the lock
        self._now = now
        self._seed = seed
        self._contents = Contents(Ids(seed))

    @property
    def buckets(self) -> dict[str, Bucket]:
        return self._contents.buckets

    @property
    def uploads(self) -> dict[str, Upload]:
        return self._contents.uploads

    @property
    def access_points(self) -> dict[str, AccessPoint]:
        return self._contents.access_points

    def bucket_named(self, name: str) -> str:
        """The bucket behind a name: its own, or an access point's ARN or alias."""
        for found in self.access_points.values() if is_access_point_name(name) else ():
            if name in (found.arn, found.alias):
                return found.bucket
        if name.startswith("arn:"):
            raise S3Error("NoSuchAccessPoint", fields={"AccessPointName": name.rpartition("/")[2]})
        return name

    @property
    def ids(self) -> Ids:
        return self._contents.ids

    @property
    def owner(self) -> str:
        """The canonical user id of the account: 64 hexadecimal characters."""
        return canonical_id(self.account_id)

    def now(self) -> datetime:
        """The time now, to the second: S3 keeps no finer dates (F76)."""
        return self._now().replace(microsecond=0)

    def tick(self) -> int:
        """The next sequence in the order of changes."""
        self._contents.sequence += 1
        return self._contents.sequence

    def snapshot(self) -> Contents:
        """A copy of all that can change; bytes and finished objects are shared."""
        with self.lock:
            return copy.deepcopy(self._contents)

    def restore(self, contents: Contents) -> None:
        """Go back to a snapshot, which stays good for another time."""
        with self.lock:
            self._contents = copy.deepcopy(contents)

    def reset(self) -> None:
        """Forget everything; ids start over."""
        with self.lock:
            self._contents = Contents(Ids(self._seed))

    def bucket(self, name: str) -> Bucket:
        """The bucket, or NoSuchBucket (O9)."""
        try:
            return self.buckets[name]
        except KeyError:
            raise S3Error("NoSuchBucket", fields={"BucketName": name}) from None

    def create_bucket(self, name: str, region: str | None = None, owner: str | None = None) -> Bucket:
        """Make a bucket for an owner, by default the fake's own account."""
        bucket = self.buckets[name] = Bucket(name, region or self.region, self.now(), owner or self.owner)
        return bucket

    def delete_bucket(self, name: str) -> None:
        """Remove an empty bucket; uploads open in it go with it (F112, O6)."""
        bucket = self.bucket(name)
        if bucket.versions or (bucket.uploads and is_directory(name)):  # F112
            also = " You must delete all versions in the bucket." if bucket.is_versioned else ""
            message = "The bucket you tried to delete is not empty" + (f".{also}" if also else "")
            raise S3Error("BucketNotEmpty", message, fields={"BucketName": name})
        for upload in [upload for uploads in bucket.uploads.values() for upload in uploads]:
            upload.abort()
        del self.buckets[name]

    def put(
        self,
        bucket: str,
        written: S3Object,
        conditions: WriteConditions | None = None,
        *,
        event: str = "ObjectCreated:Put",
    ) -> S3Object:
        """Write an object where the conditions hold; returns it with the version id it got."""
        place = self.bucket(bucket)
        if conditions is not None:
            conditions.check(place.objects.get(written.key), written.key)
        version_id = self._version_id(place, written.key)
        made = place.put(written.as_version(version_id, self.tick()))
        self.tell(event, place, made, written.modified)
        return made

    def _version_id(self, bucket: Bucket, key: str) -> str:
        return self.ids.version(bucket.name, key) if bucket.versioning == "Enabled" else NULL

    def tell(self, event: str, bucket: Bucket, entry: Version, at: datetime | None = None) -> None:
        """Say that something happened to a version or marker, in a bucket that wants to notify anybody."""
        if self.on_change is None or NOTIFICATION not in bucket.configurations:
            return
        size, etag = (entry.size, entry.etag) if isinstance(entry, S3Object) else (None, None)
        version_id = entry.version_id if bucket.is_versioned else None
        sequence = self._contents.sequence
        self.on_change(Change(event, bucket.name, entry.key, at or self.now(), sequence, size, etag, version_id))

    def delete(
        self, bucket: str, key: str, *, event: str = "ObjectRemoved", at: datetime | None = None
    ) -> DeleteMarker | None:
        """Delete without naming a version: for good, or in a versioned bucket by a marker, which is returned (O64)."""
        place = self.bucket(bucket)
        if not place.is_versioned:
            self._remove(place, key, NULL, event, at)
            return None
        marker = DeleteMarker(key, at or self.now(), self._version_id(place, key), self.tick())
        place.mark_deleted(marker)
        self.tell(f"{event}:DeleteMarkerCreated", place, marker, at)
        return marker

    def delete_version(
        self,
        bucket: str,
        key: str,
        version_id: str,
        *,
        bypass: bool = False,
        event: str = "ObjectRemoved",
        at: datetime | None = None,
    ) -> Version | None:
        """Delete a version or marker for good, unless a lock protects it."""
        place = self.bucket(bucket)
        place.check_version_id(version_id)
        for entry in place.versions.get(key, ()):
            if entry.version_id == version_id and isinstance(entry, S3Object):
                entry.properties.lock.check_delete(at or self.now(), bypass=bypass)
        return self._remove(place, key, version_id, event, at)

    def _remove(self, bucket: Bucket, key: str, version_id: str, event: str, at: datetime | None) -> Version | None:
        removed = bucket.remove(key, version_id, self.tick())
        if removed is not None:
            self.tell(f"{event}:Delete", bucket, removed, at)
        return removed

    def transition(self, bucket: Bucket, version: S3Object, attributes: Attributes, *, at: datetime) -> None:
        """Give a version another storage class, as lifecycle rules do."""
        bucket.amend(version, attributes=attributes)
        self.tell("LifecycleTransition", bucket, version, at)

    def create_upload(
        self,
        bucket: str,
        key: str,
        properties: Properties,
        algorithm: str | None,
        checksum_type: str | None,
        initiator: str | None = None,
    ) -> Upload:
        """Initiate a multipart upload."""
        place = self.bucket(bucket)
        upload = Upload(
            id=self.ids.upload(bucket, checked_key(key)),
            bucket=bucket,
            key=key,
            initiated=self.now(),
            sequence=self.tick(),
            properties=properties,
            owner=initiator or self.owner,
            algorithm=algorithm,
            checksum_type=checksum_type,
        )
        self.uploads[upload.id] = upload
        place.opened(upload)
        return upload

    def open_upload_ids(self) -> set[str]:
        """The ids of all uploads in progress."""
        with self.lock:
            return {id_ for id_, upload in self.uploads.items() if upload.state is State.OPEN}

    def upload(self, bucket: str, key: str, upload_id: str) -> Upload:
        """The upload with this id, if it is this bucket's and key's (F18, F19, F104)."""
        self.bucket(bucket)
        found = self.uploads.get(upload_id)
        if found is None or (found.bucket, found.key) != (bucket, key):
            raise no_such_upload(upload_id)
        return found

    def complete_upload(
        self, upload: Upload, claims: tuple[CompletedPart, ...], demand: CompletionRequest, conditions: WriteConditions
    ) -> S3Object:
        """Turn the parts into the object, at once, or refuse and leave the upload as it was (F47)."""
        upload.expect(Event.COMPLETE)
        bucket = self.bucket(upload.bucket)
        if upload.state is State.COMPLETED:
            return self._completed_again(bucket, upload, claims)
        made = completed_object(upload, claims, demand, min_part_size=self.limits.min_part_size)
        conditions.check(bucket.objects.get(upload.key), upload.key)
        self._check_conflict(bucket, upload, conditions)
        written = self.put(bucket.name, made, event="ObjectCreated:CompleteMultipartUpload")
        upload.complete(claims, written)
        bucket.closed(upload)
        return written

    def _completed_again(self, bucket: Bucket, upload: Upload, claims: tuple[CompletedPart, ...]) -> S3Object:
        """The same list once more is answered alike while its object is the current one (F100)."""
        if upload.result is None or not upload.completed_alike(claims):
            raise no_such_upload(upload.id)
        current = bucket.objects.get(upload.key)
        if current is None or current.sequence != upload.result.sequence:
            raise no_such_upload(upload.id)
        return upload.result

    def _check_conflict(self, bucket: Bucket, upload: Upload, conditions: WriteConditions) -> None:
        """A condition holds, but the key was written or deleted since the upload began (F67, F69)."""
        if conditions.named and bucket.changed.get(upload.key, 0) > upload.sequence:
            fields = {"Condition": conditions.named, "Key": upload.key}
            raise S3Error("ConditionalRequestConflict", fields=fields)

    def abort_upload(self, upload: Upload) -> None:
        """Give an upload up (F111)."""
        was = upload.state
        upload.abort()
        if was is State.OPEN:
            self.bucket(upload.bucket).closed(upload)
