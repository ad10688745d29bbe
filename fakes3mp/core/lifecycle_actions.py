"""What lifecycle rules do as time passes: what is due, and doing it.

What may live here: the order of things that fall due. S3 acts at midnight UTC; where several rules act on one version on
the same day, deleting for good comes before a change of storage class, and that before a delete marker (S3's manual,
"Lifecycle configuration elements").
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from msgspec import Struct
from msgspec.structs import replace

from fakes3mp.core.buckets import Bucket, Version
from fakes3mp.core.lifecycle import (
    LIFECYCLE,
    Rule,
    abort_of,
    after_days,
    conditions,
    expiration_of,
    matches,
    next_midnight,
    rules_of,
    when,
)
from fakes3mp.core.objects import DeleteMarker, S3Object
from fakes3mp.core.store import Store

_DELETES, _TRANSITIONS, _MARKS = range(3)  # in order of precedence
# Storage classes in the order in which objects may move along (S3's manual, "Transitioning objects").
_WATERFALL = ("STANDARD", "REDUCED_REDUNDANCY", "STANDARD_IA", "INTELLIGENT_TIERING", "ONEZONE_IA")
_ARCHIVES = ("GLACIER", "DEEP_ARCHIVE")
_ORDER = (*_WATERFALL, "GLACIER_IR", *_ARCHIVES)
_SMALL = 128 * 1024  # bytes: smaller objects are not moved unless a rule's filter speaks of sizes (S3's manual)


class LifecycleAction(Struct, frozen=True):
    """One thing that a lifecycle rule did, or will do at ``at``.

    ``action`` is the rule's element: Expiration, ExpiredObjectDeleteMarker, NoncurrentVersionExpiration, Transition,
    NoncurrentVersionTransition or AbortIncompleteMultipartUpload; ``rule`` is the rule's ID.
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


def run(store: Store, until: datetime) -> list[LifecycleAction]:
    """Do what is due by then, in order of time, and again what falls due because of it; returns what was done."""
    done: list[LifecycleAction] = []
    with store.lock:
        while due := [each for each in _upcoming(store) if each.at <= until]:
            now = max([min(each.at for each in due), *(each.at for each in done[-1:])])  # time never goes back
            done += _act(store, [replace(each, at=now) for each in due if each.at <= now])
    return done


def _act(store: Store, due: Sequence[LifecycleAction]) -> Iterator[LifecycleAction]:
    """Do what falls due at one time: on each version only what takes precedence, the rest is looked at again."""
    touched = set()
    for each in sorted(due, key=lambda each: _precedence(store, each)):
        what = each.bucket, each.key, each.version_id, each.upload_id
        if what not in touched:
            touched.add(what)
            _do(store, each)
            yield each


def _precedence(store: Store, due: LifecycleAction) -> int:
    if due.storage_class:
        return _TRANSITIONS
    marks = due.action == "Expiration" and store.bucket(due.bucket).is_versioned
    return _MARKS if marks else _DELETES


def _do(store: Store, due: LifecycleAction) -> None:
    bucket = store.bucket(due.bucket)
    if due.upload_id is not None:
        store.abort_upload(store.uploads[due.upload_id])
    elif due.storage_class is not None:
        found = bucket.entry(due.key, due.version_id)
        if isinstance(found, S3Object):
            attributes = replace(found.attributes, storage_class=due.storage_class)
            store.transition(bucket, found, attributes, at=due.at)
    elif due.action == "Expiration":
        store.delete(due.bucket, due.key, event="LifecycleExpiration", at=due.at)
    else:
        store.delete_version(due.bucket, due.key, str(due.version_id), event="LifecycleExpiration", at=due.at)


def _upcoming(store: Store) -> Iterator[LifecycleAction]:
    """All that the rules of all buckets have in store, were nothing else to happen."""
    for bucket in store.buckets.values():
        if rules_of(bucket):
            # A rule acts for the first time at the midnight after it was put.
            first = next_midnight(bucket.configurations[LIFECYCLE]["Since"] + timedelta(seconds=1))
            for due in (*_aborts(bucket), *_expirations(bucket), *_of_stacks(bucket)):
                yield replace(due, at=max(due.at, first))


def _aborts(bucket: Bucket) -> Iterator[LifecycleAction]:
    for uploads in bucket.uploads.values():
        for upload in uploads:
            due = abort_of(rules_of(bucket), upload.key, upload.properties.tags, upload.initiated)
            if due is not None:
                yield LifecycleAction(
                    due[0], "AbortIncompleteMultipartUpload", due[1], bucket.name, upload.key, upload_id=upload.id
                )


def _expirations(bucket: Bucket) -> Iterator[LifecycleAction]:
    for found in bucket.objects.values():
        due = expiration_of(bucket, found)
        if due is not None:
            yield LifecycleAction(due[0], "Expiration", due[1], bucket.name, found.key, found.version_id)


def _of_stacks(bucket: Bucket) -> Iterator[LifecycleAction]:
    """What happens to versions and markers: by key, and within it by what lies on top of what."""
    for rule in rules_of(bucket):
        for key, stack in bucket.versions.items():
            newest = stack[-1]
            if isinstance(newest, DeleteMarker):
                yield from _lone_marker(bucket, rule, newest, alone=len(stack) == 1)
            elif _takes_in(rule, newest):
                yield from _transitions(bucket, rule, newest, newest.modified, "Transition")
            yield from _of_noncurrent(bucket, rule, key)


def _takes_in(rule: Rule, entry: Version) -> bool:
    if isinstance(entry, DeleteMarker):
        return matches(rule, entry.key)
    return matches(rule, entry.key, entry.properties.tags, entry.size)


def _lone_marker(bucket: Bucket, rule: Rule, marker: DeleteMarker, *, alone: bool) -> Iterator[LifecycleAction]:
    """A marker without versions goes where a rule asks for it, and where it is as old as objects become (S3's manual)."""
    expiration = rule.get("Expiration", {})
    at = (
        after_days(marker.modified, 0)
        if expiration.get("ExpiredObjectDeleteMarker")
        else when(expiration, marker.modified)
    )
    if alone and at is not None and _takes_in(rule, marker):
        yield LifecycleAction(at, "ExpiredObjectDeleteMarker", rule["ID"], bucket.name, marker.key, marker.version_id)


def _of_noncurrent(bucket: Bucket, rule: Rule, key: str) -> Iterator[LifecycleAction]:
    """A version becomes noncurrent when the next one is put on top of it."""
    stack = bucket.versions[key]
    for newer, (entry, successor) in enumerate(zip(stack[-2::-1], stack[:0:-1], strict=True)):
        if not _takes_in(rule, entry):
            continue
        yield from _noncurrent_expiration(bucket, rule, entry, successor.modified, newer)
        if isinstance(entry, S3Object):
            yield from _transitions(bucket, rule, entry, successor.modified, "NoncurrentVersionTransition", newer)


def _noncurrent_expiration(
    bucket: Bucket, rule: Rule, entry: Version, since: datetime, newer: int
) -> Iterator[LifecycleAction]:
    expiration = rule.get("NoncurrentVersionExpiration", {})
    if "NoncurrentDays" not in expiration or newer < expiration.get("NewerNoncurrentVersions", 0):
        return
    at: datetime | None = after_days(since, expiration["NoncurrentDays"])
    if isinstance(entry, S3Object):
        at = _once_unlocked(entry, after_days(since, expiration["NoncurrentDays"]))
    if at is not None:
        yield LifecycleAction(at, "NoncurrentVersionExpiration", rule["ID"], bucket.name, entry.key, entry.version_id)


def _once_unlocked(version: S3Object, at: datetime) -> datetime | None:
    """A locked version outlasts its rule: until its retention ends, or for good under a legal hold (S3's manual)."""
    lock = version.properties.lock
    if lock.legal_hold == "ON":
        return None
    return at if lock.until is None else max(at, next_midnight(lock.until))


def _transitions(
    bucket: Bucket, rule: Rule, version: S3Object, since: datetime, action: str, newer: int = 0
) -> Iterator[LifecycleAction]:
    for transition in rule.get(f"{action}s", []):
        to, days = transition.get("StorageClass"), transition.get("NoncurrentDays")
        at = when(transition, since) if days is None else after_days(since, days)
        late_enough = newer >= transition.get("NewerNoncurrentVersions", 0)
        if at is not None and late_enough and _moves(bucket, rule, version, to):
            yield LifecycleAction(
                at, action, rule["ID"], bucket.name, version.key, version.version_id, storage_class=to
            )


def _moves(bucket: Bucket, rule: Rule, version: S3Object, to: str) -> bool:
    """Objects move down the waterfall only, and small ones not at all unless the rule or the bucket says so."""
    now = version.attributes.storage_class or "STANDARD"
    if now not in _ORDER or to not in _ORDER or _ORDER.index(to) <= _ORDER.index(now):
        return False
    by_size = {"ObjectSizeGreaterThan", "ObjectSizeLessThan"} & conditions(rule).keys()
    varies = bucket.configurations[LIFECYCLE]["Minimum"] == "varies_by_storage_class"
    return bool(by_size) or version.size >= _SMALL or (varies and to in _ARCHIVES)
