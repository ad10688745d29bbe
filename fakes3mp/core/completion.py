"""CompleteMultipartUpload: from a list of claimed parts to the object, or to the first rule it breaks.

What may live here: one small function per rule, in S3's order (F101), and how the parts make the object. Nothing here
changes an upload: it either raises or returns what the upload would become.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

from msgspec import Struct

from fakes3mp import digests
from fakes3mp.core.content import Content
from fakes3mp.core.objects import ObjectPart, S3Object
from fakes3mp.core.value import Value
from fakes3mp.digests import COMPOSITE, FULL_OBJECT, Checksum
from fakes3mp.errors import S3Error

if TYPE_CHECKING:
    from fakes3mp.core.uploads import Part, Upload


class CompletedPart(Value, frozen=True):
    """One line of the request's list: this part, with this ETag (unquoted) and perhaps these checksums."""

    number: int
    etag: str
    checksums: Mapping[str, str]  # algorithm -> base64


class CompletionRequest(Struct, frozen=True):
    """What the request says about the whole object."""

    checksum_type: str | None = None
    checksums: Mapping[str, str] | None = None  # algorithm -> base64
    object_size: int | None = None  # bytes


def completed_object(
    upload: Upload, claims: Sequence[CompletedPart], demand: CompletionRequest, *, min_part_size: int
) -> S3Object:
    """Hold the list against the upload, rule by rule, and make the object."""
    _check_not_empty(claims)
    _check_ascending(upload, claims)
    parts = [_claimed_part(upload, claim) for claim in claims]
    _check_checksum_type(upload, demand)
    _check_part_checksums(upload, claims, parts)
    checksum = _object_checksum(upload, parts)
    _check_object_checksum(upload, demand, checksum)
    _check_sizes(parts, min_part_size)
    _check_object_size(parts, demand)
    return _object(upload, parts, checksum)


def _check_not_empty(claims: Sequence[CompletedPart]) -> None:
    if not claims:
        raise S3Error("InvalidRequest", "You must specify at least one part")  # F42


def _check_ascending(upload: Upload, claims: Sequence[CompletedPart]) -> None:
    """Strictly ascending: a number listed twice is out of order too (F43, F101)."""
    if any(later.number <= earlier.number for earlier, later in pairwise(claims)):
        raise S3Error("InvalidPartOrder", fields={"UploadId": upload.id})


def _claimed_part(upload: Upload, claim: CompletedPart) -> Part:
    part = upload.parts.get(claim.number)
    if part is None or part.etag != claim.etag:
        raise _invalid_part(upload, claim)
    return part


def _invalid_part(upload: Upload, claim: CompletedPart) -> S3Error:
    fields = {"UploadId": upload.id, "PartNumber": str(claim.number), "ETag": claim.etag}
    return S3Error("InvalidPart", fields=fields)  # F45


def _check_checksum_type(upload: Upload, demand: CompletionRequest) -> None:
    """The request may name the upload's checksum type, not another, and none where the upload has none (F54, F60)."""
    if demand.checksum_type not in (None, upload.checksum_type):
        raise S3Error(
            "InvalidRequest",
            f"The upload was created using the {upload.checksum_type or 'null'} checksum mode. "
            "The complete request must use the same checksum mode.",
        )


def _check_part_checksums(upload: Upload, claims: Sequence[CompletedPart], parts: Sequence[Part]) -> None:
    for claim, part in zip(claims, parts, strict=True):
        if upload.checksum_type == COMPOSITE:
            _check_composite_claim(upload, claim)
        if any(not _true(upload, part, algorithm, value) for algorithm, value in claim.checksums.items()):
            raise _invalid_part(upload, claim)  # F53, F58, F61


def _check_composite_claim(upload: Upload, claim: CompletedPart) -> None:
    """A composite checksum needs each part's own, by the upload's algorithm (F56, F59)."""
    assert upload.algorithm is not None
    foreign = [algorithm for algorithm in claim.checksums if algorithm != upload.algorithm]
    if foreign:
        raise S3Error(
            "BadDigest",
            f"The {foreign[0].lower()} you specified for part {claim.number} did not match what we received.",
        )
    if not claim.checksums:
        raise S3Error(
            "InvalidRequest",
            f"The upload was created using a {upload.algorithm.lower()} checksum. The complete request must include "
            f"the checksum for each part. It was missing for part {claim.number} in the request.",
        )


def _true(upload: Upload, part: Part, algorithm: str, value: str) -> bool:
    """Whether a claimed part checksum holds; an upload without an algorithm knows no true one (F53)."""
    return algorithm == upload.algorithm and part.content.checksum(algorithm).value == value


def _object_checksum(upload: Upload, parts: Sequence[Part]) -> Checksum:
    """The object's checksum out of its parts'; S3 adds a CRC64NVME where nobody named an algorithm (F52, F57, F63)."""
    algorithm = upload.algorithm or "CRC64NVME"
    if upload.checksum_type == COMPOSITE:
        return digests.composite(algorithm, [part.content.digest(algorithm) for part in parts])
    return digests.full_object(algorithm, [(part.content.digest(algorithm), part.size) for part in parts])


def _check_object_checksum(upload: Upload, demand: CompletionRequest, actual: Checksum) -> None:
    """A full-object checksum given must be the upload's own and come with its type (F62).

    On an upload without an algorithm it is ignored (F55). For a composite one no recording exists: the value is held
    against the composite checksum, with or without its suffix.
    """
    given = demand.checksums or {}
    if not given or upload.algorithm is None:
        return
    accepted = {actual.value, actual.value.partition("-")[0]}
    typed = demand.checksum_type is not None or upload.checksum_type != FULL_OBJECT
    if not typed or any(name != upload.algorithm or value not in accepted for name, value in given.items()):
        raise S3Error(
            "BadDigest", f"The {upload.algorithm.lower()} you specified did not match the calculated checksum."
        )


def _check_sizes(parts: Sequence[Part], min_part_size: int) -> None:
    """Every part listed but the last has a minimum size, judged only now (F46, F102)."""
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


def _check_object_size(parts: Sequence[Part], demand: CompletionRequest) -> None:
    size = sum(part.size for part in parts)
    if demand.object_size not in (None, size):
        raise S3Error(
            "InvalidRequest",
            f"The provided 'x-amz-mp-object-size' header value {demand.object_size} "
            f"does not match what was computed: {size}",  # F51
        )


def _object(upload: Upload, parts: Sequence[Part], checksum: Checksum) -> S3Object:
    """The finished object: the parts' own segments, dated from the upload's initiation (F105)."""
    return S3Object(
        key=upload.key,
        content=Content.joined(part.content for part in parts),
        etag=digests.multipart_etag([part.digest for part in parts]),
        modified=upload.initiated,
        properties=upload.properties,
        checksum=upload.properties.kept(checksum),
        parts=tuple(ObjectPart(n, p.size, upload.part_checksum(p)) for n, p in enumerate(parts, 1)),
    )
