"""Single objects: put and delete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fakes3mp.core.buckets import NULL, Bucket
from fakes3mp.core.content import Content
from fakes3mp.core.objects import DeleteMarker, S3Object, WriteConditions, checked_key
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument, not_implemented_header, precondition_failed
from fakes3mp.operations.body_digests import BodyDigests, checksum_members
from fakes3mp.operations.conditions import matches
from fakes3mp.operations.properties import WriteRequest, encryption_members, etag_digest, written_members
from fakes3mp.operations.registry import Answer, Caller, operation

_MAX_DELETED = 1000


@operation("PutObject", locked=False)
def put_object(
    store: Store,
    *,
    bucket: str,
    key: str,
    request: WriteRequest,
    caller: Caller,
    digests: BodyDigests,
    conditions: WriteConditions,
    body: Content | None = None,
) -> Answer:
    """Store an object (O13); without a checksum S3 adds a CRC64NVME (F97). The body is hashed outside the lock."""
    body = body or Content.of(b"")
    with store.lock:
        place = store.bucket(bucket)
        checked_key(key)
        conditions.check_form()
        properties = request.properties(store, place, caller)
    checksum = digests.verify(body, expected_in_hex=True) or body.checksum("CRC64NVME")
    body.compute("MD5")
    with store.lock:
        etag = etag_digest(store, bucket, key, body, properties.encryption).hex()
        made = S3Object(key, body, etag, store.now(), properties, properties.kept(checksum))
        event = "ObjectCreated:Post" if caller.by_form else "ObjectCreated:Put"
        written = store.put(bucket, made, conditions, event=event)
    return {
        "ETag": f'"{etag}"',
        **encryption_members(properties.encryption, with_context=True),
        **checksum_members(checksum),
        **written_members(place, written),
    }


@operation("DeleteObject")
def delete_object(
    store: Store,
    *,
    bucket: str,
    key: str,
    version_id: str | None = None,
    if_match: str | None = None,
    if_match_last_modified_time: datetime | None = None,
    if_match_size: int | None = None,
    bypass_governance_retention: bool | None = None,
) -> Answer:
    """Delete an object or a version, or nothing if there is none (O36, O64, O67)."""
    place = store.bucket(bucket)
    checked_key(key)
    _refuse_bypass(place, bypass_governance_retention)
    if if_match_last_modified_time is not None:
        raise not_implemented_header("x-amz-if-match-last-modified-time")  # O47, O49
    if if_match_size is not None:
        raise not_implemented_header("x-amz-if-match-size")  # O48
    found = place.objects.get(key)
    if version_id is None and if_match is not None and found is not None and not matches(if_match, found):
        raise precondition_failed("If-Match")  # O46
    return _deleted(store, bucket, key, version_id, bypass=bool(bypass_governance_retention))


def _deleted(store: Store, bucket: str, key: str, version_id: str | None, *, bypass: bool) -> Answer:
    """Delete one; the answer tells of a marker that was made or removed, and of the version named (O64, O67, O71)."""
    if version_id is None:
        made = store.delete(bucket, key)
        return {} if made is None else {"DeleteMarker": True, "VersionId": made.version_id}
    removed = store.delete_version(bucket, key, version_id, bypass=bypass)
    versioned = {"VersionId": version_id} if store.bucket(bucket).is_versioned else {}
    return {"DeleteMarker": True, **versioned} if isinstance(removed, DeleteMarker) else versioned


def _refuse_bypass(bucket: Bucket, bypass: bool | None) -> None:
    """Only a bucket with Object Lock has a retention to bypass; the header is refused elsewhere (O45)."""
    if bypass is not None and not bucket.lock_enabled:
        message = "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets."
        raise invalid_argument(message, "x-amz-bypass-governance-retention")


@operation("DeleteObjects")
def delete_objects(
    store: Store,
    *,
    bucket: str,
    delete: Mapping[str, Any],
    bypass_governance_retention: bool | None = None,
) -> Answer:
    """Delete up to a thousand keys at once; each has its own outcome (O40-O44)."""
    place = store.bucket(bucket)
    _refuse_bypass(place, bypass_governance_retention)
    wanted = delete.get("Objects") or ()
    if not 1 <= len(wanted) <= _MAX_DELETED:
        raise S3Error("MalformedXML")
    deleted, errors = [], []
    for entry in wanted:
        try:
            deleted.append(_deleted_entry(store, place, entry, bypass=bool(bypass_governance_retention)))
        except S3Error as refusal:
            named = {name: entry[name] for name in ("Key", "VersionId") if name in entry}
            errors.append({**named, "Code": refusal.code, "Message": refusal.message})
    listed = {"Deleted": [] if delete.get("Quiet") else deleted, "Errors": errors}
    return {name: entries for name, entries in listed.items() if entries}


def _deleted_entry(store: Store, bucket: Bucket, entry: Mapping[str, Any], *, bypass: bool) -> Answer:
    """One entry of DeleteObjects, or why it is refused (O41; the condition by S3's manual)."""
    key, version_id, etag = checked_key(entry["Key"]), entry.get("VersionId"), entry.get("ETag")
    if version_id is not None and version_id != NULL and version_id not in bucket.issued:
        raise S3Error("NoSuchVersion")
    found = bucket.objects.get(key)
    if etag is not None and found is not None and not matches(etag, found):
        raise precondition_failed("If-Match")
    outcome = _deleted(store, bucket.name, key, version_id, bypass=bypass)
    named = {"Key": key, **({} if version_id is None else {"VersionId": version_id})}
    if "DeleteMarker" in outcome:
        named.update(DeleteMarker=True, DeleteMarkerVersionId=outcome["VersionId"])
    return named
