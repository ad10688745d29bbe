"""Lifecycle actions: compute those that are due and carry them out.

S3 acts at midnight UTC. Where several rules act on one version on the same day, permanent deletion takes precedence over
a transition, and a transition over a delete marker (S3's manual, "Lifecycle configuration elements").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.core.buckets import Bucket, Version
from fakes3mp.core.lifecycle import (
    LIFECYCLE,
    Rule,
    after_days,
    due_time,
    filter_conditions,
    lifecycle_rules,
    next_midnight,
    rule_matches,
    upcoming_abort,
    upcoming_expiration,
)
from fakes3mp.core.objects import DeleteMarker, S3Object
from fakes3mp.core.store import Store

_DELETION, _TRANSITION, _DELETE_MARKER = range(3)  # in order of precedence
# An object can only move to a storage class further down (S3's manual, "Transitioning objects").
_WATERFALL = ("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA")
_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
_ORDER = (*_WATERFALL, "GLACIER_IR", *_ARCHIVES)
_SMALL = 128 * 1024  # bytes; smaller objects do not move unless the rule filters by size (S3's manual)


class LifecycleAction(Struct, frozen=True):
    """One action of a lifecycle rule, done or to be done at the time ``at``.

    ``action`` is the rule's element: Expiration, ExpiredObjectDeleteMarker, NoncurrentVersionExpiration, Transition,
    NoncurrentVersionTransition or AbortIncompleteMultipartUpload. ``rule`` is the rule's ID.
    """

    at: datetime
    action: str
    rule: str
    bucket: str
    key: str
    version_id: str | None = None
    upload_id: str | None = None
    storage_class: str | None = None

    def __str__(self) -> str:
        to = f" to {self.storage_class}" if self.storage_class else ""
        return f"{self.at:%Y-%m-%d} {self.action}{to} of {self.bucket}/{self.key} by rule {self.rule!r}"


def run_lifecycle(store: Store, until: datetime) -> list[LifecycleAction]:
    """Carry out all actions that are due until then, in order of time, and return them.

    An action can make another one due, for instance an expiration that leaves a noncurrent version.
    """
    done: list[LifecycleAction] = []
    with store.transaction():
        while due := [action for action in _upcoming_actions(store) if action.at <= until]:
            # What falls due because of an action happens at the time of that action, not before it.
            now = max([min(action.at for action in due), *(action.at for action in done[-1:])])
            done += _carry_out(store, [replace(action, at=now) for action in due if action.at <= now])
    return done


def _carry_out(store: Store, due: Sequence[LifecycleAction]) -> Iterator[LifecycleAction]:
    """Carry out the actions of one time: of those on one version only the one that takes precedence."""
    changed = set()
    for action in sorted(due, key=lambda action: _precedence(store, action)):
        target = action.bucket, action.key, action.version_id, action.upload_id
        if target not in changed:
            changed.add(target)
            _carry_out_one(store, action)
            yield action


def _precedence(store: Store, action: LifecycleAction) -> int:
    if action.storage_class:
        return _TRANSITION
    adds_marker = action.action == "Expiration" and store.bucket(action.bucket).is_versioned
    return _DELETE_MARKER if adds_marker else _DELETION


def _carry_out_one(store: Store, action: LifecycleAction) -> None:
    bucket = store.bucket(action.bucket)
    if action.upload_id is not None:
        store.abort_upload(store.uploads[action.upload_id])
    elif action.storage_class is not None:
        version = bucket.version(action.key, action.version_id)
        if isinstance(version, S3Object):
            attributes = replace(version.attributes, storage_class=action.storage_class)
            store.transition(bucket, version, attributes, at=action.at)
    elif action.action == "Expiration":
        store.delete(action.bucket, action.key, event="LifecycleExpiration", at=action.at)
    else:
        version_id = str(action.version_id)
        store.delete_version(action.bucket, action.key, version_id, event="LifecycleExpiration", at=action.at)


def _upcoming_actions(store: Store) -> Iterator[LifecycleAction]:
    """All actions of all rules that would happen if nothing else changed."""
    for bucket in store.buckets.values():
        if lifecycle_rules(bucket):
            # A rule acts for the first time at the midnight after it was put.
            first = next_midnight(bucket.configurations[LIFECYCLE]["Since"] + timedelta(seconds=1))
            for action in (*_aborts(store, bucket), *_expirations(bucket), *_version_actions(bucket)):
                yield replace(action, at=max(action.at, first))


def _aborts(store: Store, bucket: Bucket) -> Iterator[LifecycleAction]:
    for upload in map(store.uploads.__getitem__, bucket.uploads.values()):
        abort = upcoming_abort(lifecycle_rules(bucket), upload.key, upload.properties.tags, upload.initiated)
        if abort is not None:
            at, rule_id = abort
            yield LifecycleAction(
                at, "AbortIncompleteMultipartUpload", rule_id, bucket.name, upload.key, upload_id=upload.id
            )


def _expirations(bucket: Bucket) -> Iterator[LifecycleAction]:
    for current in bucket.objects.values():
        expiration = None if _waits_for_replication(current) else upcoming_expiration(bucket, current)
        if expiration is not None:
            at, rule_id = expiration
            yield LifecycleAction(at, "Expiration", rule_id, bucket.name, current.key, current.version_id)


def _version_actions(bucket: Bucket) -> Iterator[LifecycleAction]:
    """Transitions of current objects, and all actions on delete markers and noncurrent versions."""
    for rule in lifecycle_rules(bucket):
        for key in bucket.version_keys.since(""):
            versions = tuple(bucket.newest_first(key))
            newest = versions[0]
            if isinstance(newest, DeleteMarker):
                if len(versions) == 1:
                    yield from _expired_marker(bucket, rule, newest)
            elif _version_matches(rule, newest):
                yield from _transitions(bucket, rule, newest, newest.modified, "Transition")
            yield from _noncurrent_actions(bucket, rule, versions)


def _version_matches(rule: Rule, version: Version) -> bool:
    if isinstance(version, DeleteMarker):
        return rule_matches(rule, version.key)
    return not _waits_for_replication(version) and rule_matches(
        rule, version.key, version.properties.tags, version.size
    )


def _waits_for_replication(version: S3Object) -> bool:
    """Whether lifecycle rules let an object alone because it has not been replicated (O353)."""
    return version.properties.replication in ("PENDING", "FAILED")


def _expired_marker(bucket: Bucket, rule: Rule, marker: DeleteMarker) -> Iterator[LifecycleAction]:
    """A marker without versions is deleted at once if the rule says so, or at the age of expiration (S3's manual)."""
    expiration = rule.get("Expiration", {})
    at = (
        after_days(marker.modified, 0)
        if expiration.get("ExpiredObjectDeleteMarker")
        else due_time(expiration, marker.modified)
    )
    if at is not None and _version_matches(rule, marker):
        yield LifecycleAction(at, "ExpiredObjectDeleteMarker", rule["ID"], bucket.name, marker.key, marker.version_id)


def _noncurrent_actions(bucket: Bucket, rule: Rule, versions: Sequence[Version]) -> Iterator[LifecycleAction]:
    """A version is noncurrent from the time at which the next one was written. ``newer`` counts noncurrent ones."""
    for newer, (successor, version) in enumerate(pairwise(versions)):
        if not _version_matches(rule, version):
            continue
        yield from _noncurrent_expiration(bucket, rule, version, successor.modified, newer)
        if isinstance(version, S3Object):
            yield from _transitions(bucket, rule, version, successor.modified, "NoncurrentVersionTransition", newer)


def _noncurrent_expiration(
    bucket: Bucket, rule: Rule, version: Version, since: datetime, newer: int
) -> Iterator[LifecycleAction]:
    expiration = rule.get("NoncurrentVersionExpiration", {})
    if "NoncurrentDays" not in expiration or newer < expiration.get("NewerNoncurrentVersions", 0):
        return
    at: datetime | None = after_days(since, expiration["NoncurrentDays"])
    if isinstance(version, S3Object):
        at = _time_unlocked(version, after_days(since, expiration["NoncurrentDays"]))
    if at is not None:
        action = "NoncurrentVersionExpiration"
        yield LifecycleAction(at, action, rule["ID"], bucket.name, version.key, version.version_id)


def _time_unlocked(version: S3Object, at: datetime) -> datetime | None:
    """``at``, or the end of the retention if that is later; None under a hold, which has no end (S3's manual)."""
    lock = version.properties.lock
    if "ON" in (lock.legal_hold, lock.event_hold):
        return None
    return at if lock.until is None else max(at, next_midnight(lock.until))


def _transitions(
    bucket: Bucket, rule: Rule, version: S3Object, since: datetime, action: str, newer: int = 0
) -> Iterator[LifecycleAction]:
    for transition in rule.get(f"{action}s", []):
        storage_class, days = transition.get("StorageClass"), transition.get("NoncurrentDays")
        at = due_time(transition, since) if days is None else after_days(since, days)
        enough_newer = newer >= transition.get("NewerNoncurrentVersions", 0)
        if at is not None and enough_newer and _can_move(bucket, rule, version, storage_class):
            yield LifecycleAction(
                at,
                action,
                rule["ID"],
                bucket.name,
                version.key,
                version.version_id,
                storage_class=storage_class,
            )


def _can_move(bucket: Bucket, rule: Rule, version: S3Object, storage_class: str) -> bool:
    """Whether the storage class is further down than the present one, and the object large enough to move."""
    present = version.attributes.storage_class or "STANDARD"
    if present not in _ORDER or storage_class not in _ORDER or _ORDER.index(storage_class) <= _ORDER.index(present):
        return False
    by_size = {"ObjectSizeGreaterThan", "ObjectSizeLessThan"} & filter_conditions(rule).keys()
    varies = bucket.configurations[LIFECYCLE]["Minimum"] == "varies_by_storage_class"
    return bool(by_size) or version.size >= _SMALL or (varies and storage_class in _ARCHIVES)
