"""Single objects: put and delete.

Each operation checks the request, then changes the state, then builds the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fakes3mp.core.buckets import NULL, Bucket
from fakes3mp.core.content import Content
from fakes3mp.core.objects import DeleteMarker, S3Object, WriteConditions, validate_key
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument, not_implemented_header, precondition_failed
from fakes3mp.operations.appending import appended_object, check_appends
from fakes3mp.operations.authorization import authorize_action
from fakes3mp.operations.body_digests import DEFAULT_ALGORITHM, BodyDigests, check_body_size, checksum_members
from fakes3mp.operations.conditions import etag_matches
from fakes3mp.operations.properties import WriteRequest, encryption_members, etag_digest, new_version_members
from fakes3mp.operations.registry import Answer, Caller, operation

_MAX_DELETED = 1000  # keys in one DeleteObjects


@operation("PutObject", locked=False)
def put_object(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    request: WriteRequest,
    caller: Caller,
    digests: BodyDigests,
    conditions: WriteConditions,
    body: Content | None = None,
    write_offset_bytes: int | None = None,
) -> Answer:
    """Store an object (O13); without a checksum S3 adds a CRC64NVME (F97). Hashed outside the store's lock."""
    body = body or Content.of(b"")
    check_body_size(body, store.limits.max_body_size)
    with store.lock:
        validate_key(key)
        check_appends(bucket, write_offset_bytes)
        conditions.check_form()
        properties = request.properties(store, bucket, caller)
        digests.check_declared_under(properties.lock, "Put Object")
    declared = digests.compute_and_check(body, default=DEFAULT_ALGORITHM, expected_in_hex=True)
    checksum = declared or body.checksum(DEFAULT_ALGORITHM)

    with store.transaction():
        etag = etag_digest(store, bucket.name, key, body, properties.encryption).hex()
        version = S3Object(key, body, etag, store.now(), properties, checksum)
        appended = None
        if write_offset_bytes is not None:
            appended = appended_object(store, bucket, key, body, write_offset_bytes, properties)
            version = appended or version
        event = "ObjectCreated:Post" if caller.by_form else "ObjectCreated:Put"
        version = store.put(bucket.name, version, conditions, event=event)

        return {
            "ETag": f'"{version.etag}"',
            **encryption_members(properties.encryption, with_context=True),
            **checksum_members(version.checksum),
            **new_version_members(bucket, version),
            **({} if appended is None else {"Size": appended.size}),
        }


@operation("DeleteObject")
def delete_object(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    version_id: str | None = None,
    if_match: str | None = None,
    if_match_last_modified_time: datetime | None = None,
    if_match_size: int | None = None,
    bypass_governance_retention: bool | None = None,
) -> Answer:
    """Delete an object or a version; no error if there is none (O36, O64, O67)."""
    validate_key(key)
    _check_bypass_applies(bucket, bypass_governance_retention)
    if if_match_last_modified_time is not None:
        raise not_implemented_header("x-amz-if-match-last-modified-time")  # O47, O49
    if if_match_size is not None:
        raise not_implemented_header("x-amz-if-match-size")  # O48
    if version_id is None:
        _check_if_match(bucket, key, if_match)

    return _delete(store, bucket, key, version_id, bypass=bool(bypass_governance_retention))


def _check_bypass_applies(bucket: Bucket, bypass: bool | None) -> None:
    """Raise InvalidArgument for the bypass header on a bucket without Object Lock (O45)."""
    if bypass is not None and not bucket.lock_enabled:
        message = "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets."
        raise invalid_argument(message, "x-amz-bypass-governance-retention")


def _check_if_match(bucket: Bucket, key: str, if_match: str | None) -> None:
    """Raise NoSuchKey if there is no current object (O227), PreconditionFailed if it has another ETag (O46)."""
    if if_match is not None and not etag_matches(if_match, bucket.current(key)):
        raise precondition_failed("If-Match")


def _delete(store: Store, bucket: Bucket, key: str, version_id: str | None, *, bypass: bool) -> Answer:
    """Delete an object or a version.

    The answer has the delete marker that was created or removed, and the version id that was requested (O64, O67, O71).
    """
    if version_id is None:
        marker = store.delete(bucket.name, key)
        return {} if marker is None else {"DeleteMarker": True, "VersionId": marker.version_id}
    removed = store.delete_version(bucket.name, key, version_id, bypass=bypass)
    answer: Answer = {"DeleteMarker": True} if isinstance(removed, DeleteMarker) else {}
    return {**answer, "VersionId": version_id} if bucket.is_versioned else answer


@operation("DeleteObjects")
def delete_objects(
    store: Store,
    *,
    bucket: Bucket,
    delete: Mapping[str, Any],
    caller: Caller,
    bypass_governance_retention: bool | None = None,
) -> Answer:
    """Delete up to a thousand keys at once; each has its own result (O40-O44) and needs its own permission (O246)."""
    _check_bypass_applies(bucket, bypass_governance_retention)
    entries = delete.get("Objects") or ()
    if not 1 <= len(entries) <= _MAX_DELETED:
        raise S3Error("MalformedXML")

    deleted, errors = [], []
    for entry in entries:
        try:
            params = {"Bucket": bucket.name, **entry, "BypassGovernanceRetention": bypass_governance_retention}
            authorize_action(store, bucket, "DeleteObjects", params, caller)
            deleted.append(_delete_entry(store, bucket, entry, bypass=bool(bypass_governance_retention)))
        except S3Error as error:
            identity = {name: entry[name] for name in ("Key", "VersionId") if name in entry}
            errors.append({**identity, "Code": error.code, "Message": error.message})

    answer = {"Deleted": [] if delete.get("Quiet") else deleted, "Errors": errors}
    return {name: results for name, results in answer.items() if results}


def _delete_entry(store: Store, bucket: Bucket, entry: Mapping[str, Any], *, bypass: bool) -> Answer:
    """Delete one entry of DeleteObjects, or raise its error (O41; the conditions by S3's manual).

    Those on time and size are for directory buckets only, as in DeleteObject (O47, O48; the error is not verified).
    """
    key, version_id = validate_key(entry["Key"]), entry.get("VersionId")
    if "LastModifiedTime" in entry or "Size" in entry:
        raise S3Error("NotImplemented")
    if version_id is not None and version_id != NULL and version_id not in bucket.version_sequences:
        raise S3Error("NoSuchVersion")
    if version_id is None:  # conditions are about the current version (O365)
        _check_if_match(bucket, key, entry.get("ETag"))

    deletion = _delete(store, bucket, key, version_id, bypass=bypass)

    answer = {"Key": key, **({} if version_id is None else {"VersionId": version_id})}
    if "DeleteMarker" in deletion:
        answer.update(DeleteMarker=True, DeleteMarkerVersionId=deletion["VersionId"])
    return answer
