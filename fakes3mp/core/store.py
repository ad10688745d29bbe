"""The store: all buckets, uploads and access points of an account, with their clock, their ids and one lock.

It looks things up, creates and deletes them. Callers hold ``Store.lock`` unless a method takes it itself.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

from msgspec import Struct

from fakes3mp.core.access_points import Endpoint, check_no_access_points, is_access_point_name
from fakes3mp.core.acl import canonical_id
from fakes3mp.core.buckets import NULL, Bucket, Version, is_directory
from fakes3mp.core.completion import MAX_OBJECT_SIZE, CompletionRequest, completed_object
from fakes3mp.core.control import ControlState
from fakes3mp.core.ids import Ids
from fakes3mp.core.journal import Journal
from fakes3mp.core.new_buckets import NewBuckets
from fakes3mp.core.notification import NOTIFICATION, Change
from fakes3mp.core.object_lambda import AwaitedResponse
from fakes3mp.core.objects import Attributes, DeleteMarker, Properties, S3Object, WriteConditions, validate_key
from fakes3mp.core.schedule import Schedule, Step
from fakes3mp.core.sorted_map import SortedMap
from fakes3mp.core.state import Changeable, StoreState
from fakes3mp.core.transaction import Transaction
from fakes3mp.core.uploads import CompletedPart, Upload, UploadEvent, UploadState, no_such_upload
from fakes3mp.errors import S3Error
from fakes3mp.locks import create_rlock

MiB = 1 << 20
REPLICATION = "ReplicationConfiguration"  # its name in Bucket.configurations


class Limits(Struct, frozen=True):
    """S3's limits that a test can make smaller."""

    min_part_size: int = 5 * MiB  # bytes
    max_part_number: int = 10_000
    max_body_size: int = 5 << 30  # bytes in one request, and in one copy (O381)
    max_object_size: int = MAX_OBJECT_SIZE  # bytes


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
        new_buckets: NewBuckets | None = None,
    ) -> None:
        self.lock: Any = create_rlock()
        self.account_id = account_id
        self.region = region
        self.limits: Limits = limits or Limits()
        self.new_buckets: NewBuckets = new_buckets or NewBuckets()
        self.on_change: Callable[[Change], None] | None = None  # called with each change, under the lock
        self.on_replicable: Callable[[Store, str, Bucket, Version], None] | None = None  # ... where a bucket replicates
        self.replicates_immediately: bool = False
        self.journal: Journal = Journal()  # how to take back the changes of the transaction in progress
        self.awaited_responses: dict[str, AwaitedResponse] = {}  # by token, of reads through Object Lambda
        self.undelivered: list[str] = []  # what S3 could not deliver to another bucket, and why
        self._now = now
        self._last_now = datetime.min
        self._seed = seed
        self._state = StoreState(Ids(seed, self.journal))
        self.buckets: Changeable[Bucket] = Changeable(self, "buckets")
        self.uploads: Changeable[Upload] = Changeable(self, "uploads")

    @property
    def access_points(self) -> SortedMap[str, Endpoint]:
        return self._state.access_points

    @property
    def control(self) -> ControlState:
        return self._state.control

    @property
    def public_access_blocks(self) -> SortedMap[str, dict[str, bool]]:
        """The settings of Block Public Access that hold for all buckets of an owner, by canonical id."""
        return self._state.public_access_blocks

    @property
    def rename_tokens(self) -> SortedMap[str, str]:
        """The requests of RenameObject that were carried out, by their client's token."""
        return self._state.rename_tokens

    def resolve_bucket_name(self, name: str) -> str:
        """The name of the bucket that a ``Bucket`` parameter means: a bucket's name, or an access point's ARN or alias.

        Raises NoSuchAccessPoint for an unknown ARN.
        """
        for access_point in self.access_points.values() if is_access_point_name(name) else ():
            if name in (access_point.arn, access_point.alias):
                return access_point.bucket
        if name.startswith("arn:"):
            raise S3Error("NoSuchAccessPoint", fields={"AccessPointName": name.rpartition("/")[2]})
        return name

    @property
    def scheduled(self) -> Schedule:
        """What is to happen by itself, and when."""
        return self._state.scheduled

    @property
    def access_logs(self) -> SortedMap[tuple[str, int], tuple[datetime, str]]:
        return self._state.access_logs

    @property
    def next_step(self) -> datetime | None:
        """When the next scheduled step is due."""
        return self.scheduled.next_time

    def schedule(self, step: Step, at: datetime | None) -> None:
        """Set when a step is due; None where it is not to happen any more."""
        self.scheduled.set(step, at, self.journal)

    @property
    def ids(self) -> Ids:
        return self._state.ids

    @property
    def owner(self) -> str:
        """The canonical user id of the account: 64 hexadecimal characters."""
        return canonical_id(self.account_id)

    def transaction(self) -> Transaction:
        """The store's lock for a block that changes the state: if the block raises, the state is as it was."""
        return Transaction(self)

    def exact_time(self) -> datetime:
        """The present time, with which a retention is compared (O270)."""
        return self._now()

    def now(self) -> datetime:
        """The present time in whole seconds, as S3 stores dates (F76); what happens in one second shares its date."""
        now = self._now().replace(microsecond=0)
        if now != self._last_now or now.tzinfo is not self._last_now.tzinfo:
            self._last_now = now
        return self._last_now

    def next_sequence(self) -> int:
        """A new number in the order of changes."""
        self._state.sequence += 1
        return self._state.sequence

    def snapshot(self) -> StoreState:
        """A copy of the state, which shares its contents."""
        with self.lock:
            return self._state.copy()

    def restore(self, state: StoreState) -> None:
        """Go back to a snapshot, which can be restored again later."""
        with self.lock:
            self._state = state.copy()
            self._state.ids = state.ids.copy(self.journal)
            self.forget_lookups()

    def reset(self) -> None:
        """Delete everything; ids start over."""
        with self.lock:
            self._state = StoreState(Ids(self._seed, self.journal))
            self.forget_lookups()

    def forget_lookups(self) -> None:
        """Look buckets and uploads up anew, and hold none of the state before: their bodies may be in files."""
        self.buckets.forget()
        self.uploads.forget()

    def bucket(self, name: str) -> Bucket:
        """The bucket of this name; raises NoSuchBucket (O9)."""
        bucket = self.buckets.get(name)
        if bucket is None:
            raise S3Error("NoSuchBucket", fields={"BucketName": name})
        return bucket

    def create_bucket(self, name: str, region: str | None = None, owner: str | None = None) -> Bucket:
        """Create a bucket; ``owner`` is a canonical id, by default the account's."""
        bucket = Bucket(name, region or self.region, self.now(), owner or self.owner, journal=self.journal)
        bucket.generation = self._state.generation
        self.journal.set_item(self._state.buckets, name, bucket)
        self.buckets.forget()
        return bucket

    def delete_bucket(self, name: str) -> None:
        """Delete an empty bucket and abort the uploads that are open in it (F112, O6)."""
        bucket = self.bucket(name)
        if not bucket.is_empty or (bucket.uploads and is_directory(name)):  # F112
            message = "The bucket you tried to delete is not empty"
            if bucket.is_versioned:
                message += ". You must delete all versions in the bucket."
            raise S3Error("BucketNotEmpty", message, fields={"BucketName": name})
        check_no_access_points(name, self.access_points)
        for upload_id in bucket.uploads.values():
            self.uploads[upload_id].abort()
        self.journal.remove_item(self._state.buckets, name)
        self.buckets.forget()

    def put(
        self,
        bucket_name: str,
        new_object: S3Object,
        conditions: WriteConditions | None = None,
        *,
        event: str = "ObjectCreated:Put",
    ) -> S3Object:
        """Write an object if the conditions hold; returns it with its version id and sequence number."""
        bucket = self.bucket(bucket_name)
        if conditions is not None:
            conditions.check(bucket.objects.get(new_object.key), new_object.key)
        version_id = self._new_version_id(bucket, new_object.key)
        version = bucket.put(new_object.as_version(version_id, self.next_sequence()))
        self.notify(event, bucket, version, version.modified)
        return version

    def _new_version_id(self, bucket: Bucket, key: str) -> str:
        return self.ids.version(bucket.name, key) if bucket.versioning == "Enabled" else NULL

    def notify(
        self,
        event: str,
        bucket: Bucket,
        version: Version,
        at: datetime | None = None,
        restored: tuple[str, datetime | None] | None = None,
    ) -> None:
        """Call ``on_replicable`` and ``on_change`` with a change of a version or marker, if the bucket asks for it."""
        if REPLICATION in bucket.configurations and self.on_replicable is not None:
            self.on_replicable(self, event, bucket, version)
        if self.on_change is None or NOTIFICATION not in bucket.configurations:
            return
        size, etag = (version.size, version.etag) if isinstance(version, S3Object) else (None, None)
        version_id = version.version_id if bucket.is_versioned else None
        sequence = self._state.sequence
        self.on_change(
            Change(event, bucket.name, version.key, at or self.now(), sequence, size, etag, version_id, restored)
        )

    def delete(
        self, bucket_name: str, key: str, *, event: str = "ObjectRemoved", at: datetime | None = None
    ) -> DeleteMarker | None:
        """Delete a key: in a versioned bucket by adding a delete marker, which is returned, otherwise for good (O64)."""
        bucket = self.bucket(bucket_name)
        if not bucket.is_versioned:
            self._remove(bucket, key, NULL, event, at)
            return None
        marker = DeleteMarker(key, at or self.now(), self._new_version_id(bucket, key), self.next_sequence())
        bucket.add_delete_marker(marker)
        self.notify(f"{event}:DeleteMarkerCreated", bucket, marker, at)
        return marker

    def delete_version(
        self,
        bucket_name: str,
        key: str,
        version_id: str,
        *,
        bypass: bool = False,
        event: str = "ObjectRemoved",
        at: datetime | None = None,
    ) -> Version | None:
        """Delete a version or marker for good and return it; AccessDenied if a lock protects it.

        ``bypass`` overrides a retention in governance mode.
        """
        bucket = self.bucket(bucket_name)
        bucket.check_version_id(version_id)
        version = bucket.find_version(key, version_id)
        if isinstance(version, S3Object):
            version.properties.lock.check_delete(at or self.exact_time(), bypass=bypass)
        return self._remove(bucket, key, version_id, event, at)

    def _remove(self, bucket: Bucket, key: str, version_id: str, event: str, at: datetime | None) -> Version | None:
        version = bucket.remove_version(key, version_id, self.next_sequence())
        if version is not None:
            self.notify(f"{event}:Delete", bucket, version, at)
        return version

    def transition(self, bucket: Bucket, version: S3Object, attributes: Attributes, *, at: datetime) -> None:
        """Move a version to the storage class in ``attributes``, because of a lifecycle rule."""
        bucket.update_properties(version, attributes=attributes)
        self.notify("LifecycleTransition", bucket, version, at)

    def create_upload(
        self,
        bucket_name: str,
        key: str,
        properties: Properties,
        algorithm: str | None,
        checksum_type: str | None,
        initiator: str | None = None,
    ) -> Upload:
        """Initiate a multipart upload; ``initiator`` is a canonical id, by default the account's."""
        bucket = self.bucket(bucket_name)
        upload = Upload(
            id=self.ids.upload(bucket_name, validate_key(key)),
            bucket=bucket_name,
            key=key,
            initiated=self.now(),
            sequence=self.next_sequence(),
            properties=properties,
            owner=initiator or self.owner,
            algorithm=algorithm,
            checksum_type=checksum_type,
            journal=self.journal,
            generation=self._state.generation,
        )
        self.journal.set_item(self._state.uploads, upload.id, upload)
        bucket.add_upload(upload)
        return upload

    def open_upload_ids(self) -> set[str]:
        """The ids of all open uploads."""
        with self.lock:
            return {upload_id for bucket in self._state.buckets.values() for upload_id in bucket.uploads.values()}

    def upload(self, bucket_name: str, key: str, upload_id: str) -> Upload:
        """The upload with this id; NoSuchUpload if it is not of this bucket and key (F18, F19, F104)."""
        self.bucket(bucket_name)
        upload = self.uploads.get(upload_id)
        if upload is None or (upload.bucket, upload.key) != (bucket_name, key):
            raise no_such_upload(upload_id)
        return upload

    def complete_upload(
        self,
        upload: Upload,
        completed_parts: tuple[CompletedPart, ...],
        request: CompletionRequest,
        conditions: WriteConditions,
    ) -> S3Object:
        """Make the object and end the upload. An S3Error leaves the upload as it was (F47)."""
        upload.check_allowed(UploadEvent.COMPLETE)
        bucket, upload = self.bucket(upload.bucket), self.uploads[upload.id]
        if upload.state is UploadState.COMPLETED:
            return self._completed_again(bucket, upload, completed_parts)
        limits = self.limits
        new_object = completed_object(
            upload,
            completed_parts,
            request,
            min_part_size=limits.min_part_size,
            max_size=limits.max_object_size,
        )
        conditions.check(bucket.objects.get(upload.key), upload.key)
        if conditions.header and bucket.last_change(upload.key) > upload.sequence:
            # The condition holds, but the key was written or deleted since the upload was initiated (F67, F69).
            fields = {"Condition": conditions.header, "Key": upload.key}
            raise S3Error("ConditionalRequestConflict", fields=fields)
        version = self.put(bucket.name, new_object, event="ObjectCreated:CompleteMultipartUpload")
        upload.complete(completed_parts, version)
        bucket.remove_upload(upload)
        return version

    def _completed_again(self, bucket: Bucket, upload: Upload, completed_parts: tuple[CompletedPart, ...]) -> S3Object:
        """The same list again gets the same answer while the upload's object is the current one (F100)."""
        current = bucket.objects.get(upload.key)
        if upload.completion is None or current is None or current.sequence != upload.completion.sequence:
            raise no_such_upload(upload.id)
        if not upload.was_completed_with(completed_parts):
            raise no_such_upload(upload.id)
        return current

    def abort_upload(self, upload: Upload) -> None:
        """Abort an upload (F111)."""
        upload = self.uploads[upload.id]
        was_open = upload.state is UploadState.OPEN
        upload.abort()
        if was_open:
            self.bucket(upload.bucket).remove_upload(upload)
