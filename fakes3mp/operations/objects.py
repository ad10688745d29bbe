"""Single objects: put and delete."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from fakes3mp.core.content import Content
from fakes3mp.core.objects import Attributes, S3Object, WriteConditions, checked_key, unquoted
from fakes3mp.core.store import Store
from fakes3mp.errors import S3Error, invalid_argument, not_implemented_header, precondition_failed
from fakes3mp.operations.conditions import matches
from fakes3mp.operations.reading import ENCRYPTED, check_version_id
from fakes3mp.operations.registry import Answer, operation
from fakes3mp.operations.verifying import BodyDigests, checksum_members

_MAX_DELETED = 1000


@operation("PutObject", locked=False)
def put_object(
    store: Store,
    *,
    bucket: str,
    key: str,
    attributes: Attributes,
    digests: BodyDigests,
    conditions: WriteConditions,
    body: Content | None = None,
) -> Answer:
    """Store an object (O13); without a checksum S3 adds a CRC64NVME (F97). The body is hashed outside the lock."""
    body = body or Content.of(b"")
    with store.lock:
        store.bucket(bucket)
        checked_key(key)
    conditions.check_form()
    attributes = attributes.checked()
    checksum = digests.verify(body, expected_in_hex=True) or body.checksum("CRC64NVME")
    etag = body.md5.hex()
    with store.lock:
        written = S3Object(key, body, etag, store.now(), attributes, checksum)
        store.put(bucket, written, conditions)
    return {"ETag": f'"{etag}"', **ENCRYPTED, **checksum_members(checksum)}


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
    """Delete an object, or nothing if there is none (O36)."""
    place = store.bucket(bucket)
    checked_key(key)
    _refuse_bypass(bypass_governance_retention)
    if if_match_last_modified_time is not None:
        raise not_implemented_header("x-amz-if-match-last-modified-time")  # O47, O49
    if if_match_size is not None:
        raise not_implemented_header("x-amz-if-match-size")  # O48
    check_version_id(version_id)
    found = place.objects.get(key)
    if if_match is not None and found is not None and not matches(if_match, found):
        raise precondition_failed("If-Match")  # O46
    place.remove(key, store.tick())
    return {}


def _refuse_bypass(bypass: bool | None) -> None:
    """Only a bucket with Object Lock has a retention to bypass; the header is refused elsewhere (O45)."""
    if bypass is not None:
        message = "x-amz-bypass-governance-retention is only applicable to Object Lock enabled buckets."
        raise invalid_argument(message, "x-amz-bypass-governance-retention")


@operation("DeleteObjects")
def delete_objects(
    store: Store, *, bucket: str, delete: Mapping[str, Any], bypass_governance_retention: bool | None = None
) -> Answer:
    """Delete up to a thousand keys at once; each has its own outcome (O40, O41, O44)."""
    place = store.bucket(bucket)
    _refuse_bypass(bypass_governance_retention)
    wanted = delete.get("Objects") or ()
    if not 1 <= len(wanted) <= _MAX_DELETED:
        raise S3Error("MalformedXML")
    deleted, errors = [], []
    for entry in wanted:
        refusal = _refusal(place.objects.get(entry["Key"]), entry)
        if refusal is None:
            place.remove(entry["Key"], store.tick())
            deleted.append({"Key": entry["Key"], **({"VersionId": "null"} if "VersionId" in entry else {})})
        else:
            named = {name: entry[name] for name in ("Key", "VersionId") if name in entry}
            errors.append({**named, "Code": refusal.code, "Message": refusal.message})
    listed = {"Deleted": [] if delete.get("Quiet") else deleted, "Errors": errors}
    return {name: entries for name, entries in listed.items() if entries}


def _refusal(found: S3Object | None, entry: Mapping[str, Any]) -> S3Error | None:
    """Why one entry of DeleteObjects is not deleted, if so (O41; the conditions by S3's manual)."""
    if entry.get("VersionId", "null") != "null":
        return S3Error("NoSuchVersion")
    try:
        checked_key(entry["Key"])
    except S3Error as error:
        return error
    etag = entry.get("ETag")
    if etag is not None and found is not None and etag != "*" and unquoted(etag) != found.etag:
        return precondition_failed("If-Match")
    return None
