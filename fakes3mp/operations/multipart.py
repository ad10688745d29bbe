"""Multipart uploads: create, upload and copy parts, complete, abort.

Each operation checks the request, then changes the state, then builds the answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import quote

from fakes3mp.core.buckets import Bucket
from fakes3mp.core.completion import CompletionRequest
from fakes3mp.core.content import Content
from fakes3mp.core.encryption import KMS
from fakes3mp.core.objects import S3Object, WriteConditions, unquote_etag
from fakes3mp.core.ranges import parse_copy_range
from fakes3mp.core.store import Store
from fakes3mp.core.uploads import CompletedPart, Part, Upload, UploadEvent, validate_part_number
from fakes3mp.digests import ALGORITHMS, COMPOSITE
from fakes3mp.errors import S3Error, invalid_argument, precondition_failed
from fakes3mp.operations.body_digests import (
    DEFAULT_ALGORITHM,
    BodyDigests,
    DeclaredChecksums,
    check_body_size,
    checksum_members,
    validate_algorithm,
)
from fakes3mp.operations.copying import CopySource, check_copied_size, read_source, source_version_member
from fakes3mp.operations.encryption_checks import check_signed_for_kms
from fakes3mp.operations.lifecycle import abort_members
from fakes3mp.operations.properties import (
    CustomerKey,
    WriteRequest,
    encryption_members,
    etag_digest,
    new_version_members,
)
from fakes3mp.operations.registry import Answer, Caller, operation


@operation("CreateMultipartUpload")
def create_multipart_upload(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    request: WriteRequest,
    caller: Caller,
    checksum_algorithm: str | None = None,
    checksum_type: str | None = None,
) -> Answer:
    """Initiate an upload (F7, F8)."""
    algorithm = validate_algorithm(checksum_algorithm) if checksum_algorithm is not None else None
    checksum_type = _validate_checksum_type(algorithm, checksum_type)
    properties = request.properties(store, bucket, caller)

    upload = store.create_upload(bucket.name, key, properties, algorithm, checksum_type, caller.id)

    return {
        "Bucket": bucket.name,
        "Key": key,
        "UploadId": upload.id,
        **encryption_members(properties.encryption, with_context=True),
        **upload_checksum_members(upload),
        **abort_members(bucket, upload),
    }


def _validate_checksum_type(algorithm: str | None, checksum_type: str | None) -> str | None:
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


def upload_checksum_members(upload: Upload) -> Answer:
    """The upload's checksum algorithm and type, if it was created with one (F7, F75, F78)."""
    if upload.algorithm is None:
        return {}
    return {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.checksum_type}


@operation("UploadPart", locked=False)
def upload_part(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    upload_id: str,
    part_number: int,
    digests: BodyDigests,
    customer_key: CustomerKey,
    caller: Caller,
    body: Content | None = None,
) -> Answer:
    """Store one part, or replace the one under the same number. The body is hashed outside the store's lock."""
    body = body or Content.of(b"")
    check_body_size(body, store.limits.max_body_size)
    upload = _get_open_upload(store, bucket, key, upload_id, part_number)
    _check_part_key(upload, customer_key.md5())
    check_signed_for_kms(upload.properties.encryption, caller)
    digests.check_declared_under(upload.properties.lock, "Put Part")
    _check_part_algorithm(upload, digests)
    declared = digests.compute_and_check(body, algorithm=upload.algorithm or DEFAULT_ALGORITHM)

    part = _put_part(store, upload, part_number, body)

    return {
        "ETag": f'"{part.etag}"',
        **encryption_members(upload.properties.encryption),
        **checksum_members(declared or upload.part_checksum(part), typed=False),
    }


def _get_open_upload(store: Store, bucket: Bucket, key: str, upload_id: str, part_number: int) -> Upload:
    """The upload, if a part of this number can be put to it now."""
    with store.lock:
        validate_part_number(part_number, store.limits.max_part_number)
        upload = store.upload(bucket.name, key, upload_id)
        upload.check_allowed(UploadEvent.PART)
        return upload


def _check_part_key(upload: Upload, customer_key_md5: str | None) -> None:
    """Every part must come with the customer's key that the upload was created with (F93, F94)."""
    expected = upload.properties.encryption.customer_key_md5
    if (expected is None) != (customer_key_md5 is None):
        raise S3Error(
            "InvalidRequest",
            "The multipart upload initiate requested encryption. "
            "Subsequent part requests must include the appropriate encryption parameters.",
        )
    if expected != customer_key_md5:
        message = "The provided encryption parameters did not match the ones used originally."
        raise S3Error("InvalidRequest", message)


def _check_part_algorithm(upload: Upload, digests: BodyDigests) -> None:
    """A part's checksum must be by the upload's algorithm (F23); an upload without one accepts any (F24).

    The value is compared with the bytes later (O211). A part without a checksum on an upload with an algorithm is not
    recorded. Users report the error below with "actual checksum Type: null" for composite uploads; on a full-object
    upload S3's manual lets the value be left out.
    """
    if upload.algorithm is None:
        return
    declared = digests.declared_algorithm()
    if declared is None and upload.checksum_type != COMPOSITE:
        return
    if declared != upload.algorithm:
        raise S3Error(
            "InvalidRequest",
            f"Checksum Type mismatch occurred, expected checksum Type: {upload.algorithm.lower()}, "
            f"actual checksum Type: {(declared or 'null').lower()}",
        )


def _put_part(store: Store, upload: Upload, part_number: int, content: Content) -> Part:
    """Store a part whose digests are computed; NoSuchUpload if the upload has ended since it was looked up."""
    with store.transaction():
        upload = store.upload(upload.bucket, upload.key, upload.id)
        digest = etag_digest(store, upload.bucket, upload.key, content, upload.properties.encryption)
        return upload.put_part(part_number, content, store.now(), digest)


@operation("UploadPartCopy", locked=False)
def upload_part_copy(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    upload_id: str,
    part_number: int,
    source: CopySource,
    customer_key: CustomerKey,
    caller: Caller,
    copy_source_range: str | None = None,
    request_payer: str | None = None,
) -> Answer:
    """Store a copy of an object, or of a range of it, as one part (F31, F32)."""
    upload = _get_open_upload(store, bucket, key, upload_id, part_number)
    _check_part_key(upload, customer_key.md5())
    with store.lock:
        source_bucket, source_version = read_source(store, source, caller, request_payer)
    content = source_version.content
    if copy_source_range is not None:
        content = content.cut(*parse_copy_range(copy_source_range, content.size))
    check_copied_size(content.size, store.limits.max_body_size)
    content.compute("MD5", upload.algorithm or DEFAULT_ALGORITHM)

    part = _put_part(store, upload, part_number, content)

    checksum = checksum_members(upload.part_checksum(part), typed=False)
    return {
        "CopyPartResult": {"ETag": f'"{part.etag}"', "LastModified": part.modified, **checksum},
        **encryption_members(upload.properties.encryption),
        **source_version_member(source_bucket, source_version),
    }


@operation("CompleteMultipartUpload")
def complete_multipart_upload(
    store: Store,
    *,
    bucket: Bucket,
    key: str,
    upload_id: str,
    checksums: DeclaredChecksums,
    conditions: WriteConditions,
    caller: Caller,
    multipart_upload: Mapping[str, Any] | None = None,
    checksum_type: str | None = None,
    mpu_object_size: int | None = None,
) -> Answer:
    """Turn the listed parts into the object (F48, F52)."""
    conditions.check_form()
    parts = _read_completed_parts(multipart_upload)
    _check_declared_size(mpu_object_size)
    upload = store.upload(bucket.name, key, upload_id)
    request = CompletionRequest(checksum_type, checksums.by_algorithm, mpu_object_size)

    version = store.complete_upload(upload, parts, request, conditions)

    return {
        "Location": f"{caller.bucket_url}/{quote(key, errors='surrogatepass')}",
        "Bucket": bucket.name,
        "Key": key,
        "ETag": f'"{version.etag}"',
        **_completed_members(version),
        **new_version_members(bucket, version),
    }


_CHECKSUM_MEMBERS = tuple((name, algorithm.member) for name, algorithm in ALGORITHMS.items())


def _read_completed_parts(multipart_upload: Mapping[str, Any] | None) -> tuple[CompletedPart, ...]:
    """The list of parts; MalformedXML for a list without one (O228). A request without a list has none (F42)."""
    if multipart_upload is None:
        return ()
    parts = tuple(_read_completed_part(part) for part in multipart_upload.get("Parts") or ())
    if not parts:
        raise S3Error("MalformedXML")
    return parts


def _read_completed_part(part: Mapping[str, Any]) -> CompletedPart:
    """One part of the list; MalformedXML without number or ETag (S3's schema; not recorded)."""
    if "PartNumber" not in part or "ETag" not in part:
        raise S3Error("MalformedXML")
    if part["PartNumber"] < 1:  # O228; the fields are not verified
        raise invalid_argument("PartNumber must be >= 1", "PartNumber", str(part["PartNumber"]))
    checksums = {name: part[member] for name, member in _CHECKSUM_MEMBERS if member in part} if len(part) > 2 else {}
    return CompletedPart(part["PartNumber"], unquote_etag(part["ETag"]), checksums)


def _check_declared_size(size: int | None) -> None:
    """Raise InvalidRequest for a negative x-amz-mp-object-size (O228)."""
    if size is not None and size < 0:
        message = f"Value for x-amz-mp-object-size header is less than zero: '{size}'"
        raise S3Error("InvalidRequest", message)


def _completed_members(version: S3Object) -> Answer:
    """Encryption and checksum in this answer: neither under a customer's key (F92), no checksum under KMS (F65)."""
    if version.encryption.customer_key_md5 is not None:
        return {}
    checksum = None if version.encryption.algorithm in KMS else version.checksum
    return {**checksum_members(checksum), **encryption_members(version.encryption)}


@operation("AbortMultipartUpload")
def abort_multipart_upload(
    store: Store, *, bucket: str, key: str, upload_id: str, if_match_initiated_time: datetime | None = None
) -> Answer:
    """Abort an upload and free its parts (F111).

    The condition is checked in every bucket; S3 has it for directory buckets, what it answers elsewhere is not recorded.
    """
    upload = store.upload(bucket, key, upload_id)
    if if_match_initiated_time is not None and if_match_initiated_time != upload.initiated:
        raise precondition_failed("x-amz-if-match-initiated-time")

    store.abort_upload(upload)

    return {}
