"""Multipart uploads: create, put and copy parts, complete, abort."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fakes3mp.core.completion import CompletedPart, CompletionRequest
from fakes3mp.core.content import Content
from fakes3mp.core.encryption import KMS
from fakes3mp.core.objects import S3Object, WriteConditions, unquoted
from fakes3mp.core.ranges import copy_range
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import Event, Part, Upload, checked_part_number
from fakes3mp.digests import ALGORITHMS, COMPOSITE, Checksum
from fakes3mp.errors import S3Error, precondition_failed
from fakes3mp.operations.body_digests import BodyDigests, Checksums, checked_algorithm, checksum_members
from fakes3mp.operations.copying import CopySource, copied, source_version_member
from fakes3mp.operations.lifecycle import abort_members
from fakes3mp.operations.properties import (
    CustomerKey,
    WriteRequest,
    encryption_members,
    etag_digest,
    written_members,
)
from fakes3mp.operations.registry import Answer, Caller, operation


@operation("CreateMultipartUpload")
def create_multipart_upload(
    store: Store,
    *,
    bucket: str,
    key: str,
    request: WriteRequest,
    caller: Caller,
    checksum_algorithm: str | None = None,
    checksum_type: str | None = None,
) -> Answer:
    """Initiate an upload (F7, F8)."""
    place = store.bucket(bucket)
    algorithm = checked_algorithm(checksum_algorithm) if checksum_algorithm is not None else None
    type_ = _checked_type(algorithm, checksum_type)
    upload = store.create_upload(bucket, key, request.properties(store, place, caller), algorithm, type_, caller.id)
    encryption = encryption_members(upload.properties.encryption, with_context=True)
    answer = {"Bucket": bucket, "Key": key, "UploadId": upload.id, **encryption}
    return {**answer, **upload_checksum(upload), **abort_members(place, upload)}


def _checked_type(algorithm: str | None, checksum_type: str | None) -> str | None:
    """The upload's checksum type: the algorithm's default, or one that it allows (F8-F11)."""
    if algorithm is None:
        if checksum_type is not None:
            raise S3Error(
                "InvalidRequest",
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.",
            )
        return None
    types = ALGORITHMS[algorithm].types
    if checksum_type not in (None, *types):
        raise S3Error(
            "InvalidRequest",
            f"The {checksum_type} checksum type cannot be used with the {algorithm.lower()} checksum algorithm.",
        )
    return checksum_type or types[0]


def upload_checksum(upload: Upload) -> Answer:
    """The upload's algorithm and type as members, if it was created with one (F7, F75, F78)."""
    if upload.algorithm is None:
        return {}
    return {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.checksum_type}


@operation("UploadPart", locked=False)
def upload_part(
    store: Store,
    *,
    bucket: str,
    key: str,
    upload_id: str,
    part_number: int,
    digests: BodyDigests,
    customer_key: CustomerKey,
    body: Content | None = None,
) -> Answer:
    """Put one part; a second put under the same number replaces the first. The body is hashed outside the lock."""
    body = body or Content.of(b"")
    upload = _open_upload(store, bucket, key, upload_id, part_number)
    _check_part_key(upload, customer_key.md5())
    declared = digests.verify(body)
    _check_part_algorithm(upload, declared)
    part = _put(store, upload, part_number, body)
    checksum = declared or (body.checksum(upload.algorithm) if upload.algorithm else None)
    encryption = encryption_members(upload.properties.encryption)
    return {"ETag": f'"{part.etag}"', **encryption, **checksum_members(checksum, typed=False)}


def _open_upload(store: Store, bucket: str, key: str, upload_id: str, part_number: int) -> Upload:
    with store.lock:
        store.bucket(bucket)
        checked_part_number(part_number, store.limits.max_part_number)
        upload = store.upload(bucket, key, upload_id)
        upload.expect(Event.PART)
        return upload


def _put(store: Store, upload: Upload, part_number: int, content: Content) -> Part:
    """Store the part. Its digests are computed before the lock is taken; the upload may have ended meanwhile."""
    content.compute("MD5", upload.algorithm or "CRC64NVME")
    with store.lock:
        digest = etag_digest(store, upload.bucket, upload.key, content, upload.properties.encryption)
        return upload.put_part(part_number, content, store.now(), digest)


def _check_part_key(upload: Upload, customer_key_md5: str | None) -> None:
    """The customer's key of the upload comes with every part, the same one (F93, F94)."""
    wanted = upload.properties.encryption.customer_key_md5
    if (wanted is None) != (customer_key_md5 is None):
        raise S3Error(
            "InvalidRequest",
            "The multipart upload initiate requested encryption. "
            "Subsequent part requests must include the appropriate encryption parameters.",
        )
    if wanted != customer_key_md5:
        message = "The provided encryption parameters did not match the ones used originally."
        raise S3Error("InvalidRequest", message)


def _check_part_algorithm(upload: Upload, declared: Checksum | None) -> None:
    """A part's checksum must be by the upload's algorithm (F23); an upload without one takes any (F24).

    No recording tells of a part without a checksum on an upload with an algorithm. Users report the refusal below with
    "actual checksum Type: null" for composite uploads; on a full-object upload S3's manual lets the value be left out.
    """
    if upload.algorithm is None:
        return
    if declared is None and upload.checksum_type != COMPOSITE:
        return
    actual = declared.algorithm if declared else "null"
    if actual != upload.algorithm:
        raise S3Error(
            "InvalidRequest",
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.algorithm.lower()}, "
            f"actual checksum Type: {actual.lower()}",
        )


@operation("UploadPartCopy", locked=False)
def upload_part_copy(
    store: Store,
    *,
    bucket: str,
    key: str,
    upload_id: str,
    part_number: int,
    source: CopySource,
    customer_key: CustomerKey,
    caller: Caller,
    copy_source_range: str | None = None,
    request_payer: str | None = None,
) -> Answer:
    """Put one part out of an object that is there, whole or a range of it (F31, F32)."""
    upload = _open_upload(store, bucket, key, upload_id, part_number)
    _check_part_key(upload, customer_key.md5())
    with store.lock:
        origin, found = copied(store, source, caller, request_payer)
    content = found.content
    if copy_source_range is not None:
        content = content.cut(*copy_range(copy_source_range, found.size))
    part = _put(store, upload, part_number, content)
    result = {"ETag": f'"{part.etag}"', "LastModified": part.modified}
    return {
        "CopyPartResult": {**result, **checksum_members(upload.part_checksum(part), typed=False)},
        **encryption_members(upload.properties.encryption),
        **source_version_member(origin, found),
    }


@operation("CompleteMultipartUpload")
def complete_multipart_upload(
    store: Store,
    *,
    bucket: str,
    key: str,
    upload_id: str,
    checksums: Checksums,
    conditions: WriteConditions,
    caller: Caller,
    multipart_upload: Mapping[str, Any] | None = None,
    checksum_type: str | None = None,
    mpu_object_size: int | None = None,
) -> Answer:
    """Make the object out of the listed parts (F48, F52)."""
    conditions.check_form()
    upload = store.upload(bucket, key, upload_id)
    claims = tuple(_claim(listed) for listed in (multipart_upload or {}).get("Parts") or ())
    demand = CompletionRequest(checksum_type, checksums.given, mpu_object_size)
    written = store.complete_upload(upload, claims, demand, conditions)
    answer = {
        "Location": f"{caller.bucket_url}/{quote(key, safe='/~')}",
        "Bucket": bucket,
        "Key": key,
        "ETag": f'"{written.etag}"',
    }
    return {**answer, **_completed_members(written), **written_members(store.bucket(bucket), written)}


def _completed_members(written: S3Object) -> Answer:
    """Encryption and checksum as this answer tells them: no customer's key (F92), no checksum under KMS (F65)."""
    if written.encryption.customer_key_md5 is not None:
        return {}
    told = None if written.encryption.algorithm in KMS else written.checksum
    return {**checksum_members(told), **encryption_members(written.encryption)}


def _claim(listed: Mapping[str, Any]) -> CompletedPart:
    """One line of the list. A part without number or ETag does not fit S3's schema (not recorded)."""
    if "PartNumber" not in listed or "ETag" not in listed:
        raise S3Error("MalformedXML")
    checksums = {name: listed[member] for name, member in _CHECKSUMS if member in listed} if len(listed) > 2 else {}
    return CompletedPart(listed["PartNumber"], unquoted(listed["ETag"]), checksums)


_CHECKSUMS = tuple((name, algorithm.member) for name, algorithm in ALGORITHMS.items())


@operation("AbortMultipartUpload")
def abort_multipart_upload(
    store: Store, *, bucket: str, key: str, upload_id: str, if_match_initiated_time: datetime | None = None
) -> Answer:
    """Give an upload up and free its parts (F111).

    The condition is judged wherever it is sent; S3 has it for directory buckets, what it answers elsewhere is not recorded.
    """
    upload = store.upload(bucket, key, upload_id)
    if if_match_initiated_time is not None and if_match_initiated_time != upload.initiated:
        raise precondition_failed("x-amz-if-match-initiated-time")
    store.abort_upload(upload)
    return {}
