"""CompleteMultipartUpload: check the part list against the upload and make the object.

One function per rule, called in the order in which S3 checks them (F101). Nothing here changes the upload.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from msgspec import Struct

from fakes3mp import digests
from fakes3mp.core.content import Content
from fakes3mp.core.objects import ObjectPart, S3Object
from fakes3mp.core.uploads import CompletedPart, Part, Upload
from fakes3mp.digests import COMPOSITE, FULL_OBJECT, Checksum
from fakes3mp.errors import S3Error

MAX_OBJECT_SIZE = 50 << 40  # bytes (O381)


class CompletionRequest(Struct, frozen=True):
    """What a CompleteMultipartUpload request says about the whole object."""

    checksum_type: str | None = None
    checksums: Mapping[str, str] | None = None  # algorithm -> base64
    object_size: int | None = None  # bytes


def completed_object(
    upload: Upload,
    completed_parts: Sequence[CompletedPart],
    request: CompletionRequest,
    *,
    min_part_size: int,
    max_size: int = MAX_OBJECT_SIZE,
) -> S3Object:
    """The object that the listed parts make, or an S3Error for the first rule that is broken.

    ``min_part_size`` and ``max_size``, which is the object's, are in bytes. The object shares the parts' bytes and is dated
    from the upload's initiation (F105).
    """
    if not completed_parts:
        raise S3Error("InvalidRequest", "You must specify at least one part")  # F42
    _check_order(upload, completed_parts)
    _check_consecutive(upload, completed_parts)
    parts = [_stored_part(upload, completed) for completed in completed_parts]
    _check_checksum_type(upload, request)
    _check_part_checksums(upload, completed_parts, parts)
    checksum = _object_checksum(upload, parts)
    _check_object_checksum(upload, request, checksum)
    _check_part_sizes(parts, min_part_size)
    _check_largest_size(parts, max_size)
    _check_object_size(parts, request)
    return S3Object(
        key=upload.key,
        content=Content.join(part.content for part in parts),
        etag=digests.multipart_etag([part.etag_digest for part in parts]),
        modified=upload.initiated,
        properties=upload.properties,
        checksum=None if upload.properties.encryption.customer_key_md5 else checksum,  # F65
        parts=tuple(ObjectPart(number, part.size, upload.part_checksum(part)) for number, part in enumerate(parts, 1)),
    )


def _check_order(upload: Upload, completed_parts: Sequence[CompletedPart]) -> None:
    """Part numbers must be strictly ascending: one that is listed twice is out of order too (F43, F101)."""
    if any(later.number <= earlier.number for earlier, later in pairwise(completed_parts)):
        raise _invalid_order(upload)


def _check_consecutive(upload: Upload, completed_parts: Sequence[CompletedPart]) -> None:
    """Parts with checksums of their own are numbered from 1 without gaps (O386); elsewhere gaps are fine (F44)."""
    if upload.checksum_type == COMPOSITE and completed_parts[-1].number != len(completed_parts):
        raise _invalid_order(upload)


def _invalid_order(upload: Upload) -> S3Error:
    return S3Error("InvalidPartOrder", fields={"UploadId": upload.id})


def _stored_part(upload: Upload, completed: CompletedPart) -> Part:
    part = upload.parts.get(completed.number)
    if part is None or part.etag != completed.etag:
        raise _invalid_part(upload, completed)
    return part


def _invalid_part(upload: Upload, completed: CompletedPart) -> S3Error:
    fields = {"UploadId": upload.id, "PartNumber": str(completed.number), "ETag": completed.etag}
    return S3Error("InvalidPart", fields=fields)  # F45


def _check_checksum_type(upload: Upload, request: CompletionRequest) -> None:
    """The request may name the upload's checksum type, no other, and none where the upload has none (F54, F60)."""
    if request.checksum_type not in (None, upload.checksum_type):
        raise S3Error(
            "InvalidRequest",
            f"The upload was created using the {upload.checksum_type or 'null'} checksum mode. "
            "The complete request must use the same checksum mode.",
        )


def _check_part_checksums(upload: Upload, completed_parts: Sequence[CompletedPart], parts: Sequence[Part]) -> None:
    for completed, part in zip(completed_parts, parts, strict=True):
        if upload.checksum_type == COMPOSITE:
            _check_composite_part(upload, completed)
        for algorithm, value in completed.checksums.items():
            # On an upload without an algorithm no part checksum is right (F53).
            if algorithm != upload.algorithm or part.content.checksum(algorithm).value != value:
                raise _invalid_part(upload, completed)  # F53, F58, F61


def _check_composite_part(upload: Upload, completed: CompletedPart) -> None:
    """A composite checksum needs each part's own, by the upload's algorithm (F56, F59)."""
    assert upload.algorithm is not None
    other_algorithms = [algorithm for algorithm in completed.checksums if algorithm != upload.algorithm]
    if other_algorithms:
        raise S3Error(
            "BadDigest",
            f"The {other_algorithms[0].lower()} you specified for part {completed.number} "
            "did not match what we received.",
        )
    if not completed.checksums:
        raise S3Error(
            "InvalidRequest",
            f"The upload was created using a {upload.algorithm.lower()} checksum. The complete request must include "
            f"the checksum for each part. It was missing for part {completed.number} in the request.",
        )


def _object_checksum(upload: Upload, parts: Sequence[Part]) -> Checksum:
    """The object's checksum from its parts'; CRC64NVME where the upload has no algorithm (F52, F57, F63)."""
    algorithm = upload.algorithm or "CRC64NVME"
    if upload.checksum_type == COMPOSITE:
        return digests.composite_checksum(algorithm, [part.content.digest(algorithm) for part in parts])
    return digests.full_object_checksum(algorithm, [(part.content.digest(algorithm), part.size) for part in parts])


def _check_object_checksum(upload: Upload, request: CompletionRequest, checksum: Checksum) -> None:
    """A full-object checksum in the request must be the object's and come with its type (F62).

    On an upload without an algorithm it is ignored (F55). For a composite one there is no recording: the value may be
    the composite checksum with or without its suffix.
    """
    declared = request.checksums or {}
    if not declared or upload.algorithm is None:
        return
    accepted = {checksum.value, checksum.value.partition("-")[0]}
    has_type = request.checksum_type is not None or upload.checksum_type != FULL_OBJECT
    if not has_type or any(name != upload.algorithm or value not in accepted for name, value in declared.items()):
        raise S3Error(
            "BadDigest", f"The {upload.algorithm.lower()} you specified did not match the calculated checksum."
        )


def _check_part_sizes(parts: Sequence[Part], min_part_size: int) -> None:
    """Every listed part but the last has a minimum size, checked only now (F46, F102)."""
    for part in parts[:-1]:
        if part.size < min_part_size:
            raise S3Error(
                "EntityTooSmall",
                fields={
                    "ETag": part.etag,
                    "MinSizeAllowed": str(min_part_size),
                    "PartNumber": str(part.number),
                    "ProposedSize": str(part.size),
                },
            )


def _check_largest_size(parts: Sequence[Part], max_size: int) -> None:
    """O381"""
    if sum(part.size for part in parts) > max_size:
        raise S3Error("EntityTooLarge", "Your proposed upload exceeds the maximum allowed object size.")


def _check_object_size(parts: Sequence[Part], request: CompletionRequest) -> None:
    size = sum(part.size for part in parts)
    if request.object_size not in (None, size):
        raise S3Error(
            "InvalidRequest",
            f"The provided 'x-amz-mp-object-size' header value {request.object_size} "
            f"does not match what was computed: {size}",  # F51
        )
