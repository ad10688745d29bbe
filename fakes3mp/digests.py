"""ETags and checksums: S3's algorithms, and how the digests of parts make the object's.

Pure functions over bytes and digests, without state.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Iterable, Sequence
from functools import cache, cached_property
from typing import Any, Protocol

from msgspec import Struct

COMPOSITE = "COMPOSITE"
FULL_OBJECT = "FULL_OBJECT"

Segments = Iterable["bytes | memoryview"]


class Hasher(Protocol):
    """A digest that is being computed, like hashlib's objects."""

    def update(self, data: Any, /) -> object: ...
    def digest(self) -> bytes: ...


class Algorithm(Struct, frozen=True, dict=True):
    """One checksum algorithm: how it is computed, and which checksum types a multipart upload may have (F8-F10)."""

    name: str
    new: Callable[[], Hasher]
    size: int  # bytes of the raw digest
    types: tuple[str, ...]  # of a multipart upload, the default first
    combine: Callable[[bytes, bytes, int], bytes] | None = None  # (digest of A, of B, len(B)) -> digest of A + B

    @cached_property
    def header(self) -> str:
        """The HTTP header, ``x-amz-checksum-crc32``."""
        return f"x-amz-checksum-{self.name.lower()}"

    @cached_property
    def member(self) -> str:
        """The member of botocore's shapes, ``ChecksumCRC32``."""
        return f"Checksum{self.name}"

    def digest(self, segments: Segments) -> bytes:
        """The raw digest of the bytes."""
        hasher = self.new()
        for segment in segments:
            hasher.update(segment)
        return hasher.digest()


class Checksum(Struct, frozen=True, gc=False):
    """A checksum as S3 answers it: ``value`` is base64, with the suffix ``-N`` if it is composite of N parts (F57)."""

    algorithm: str
    value: str
    type: str = FULL_OBJECT


def b64(raw: bytes) -> str:
    """A raw digest as base64 text, the form in digest headers."""
    return base64.b64encode(raw).decode()


def raw_digest(text: str, size: int | None) -> bytes | None:
    """The raw digest that base64 text stands for; None if the text is no base64, or not of ``size`` bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if size in (None, len(raw)) else None


def new_md5() -> Hasher:
    """A new MD5 hasher."""
    return hashlib.md5(usedforsecurity=False)


def md5(segments: Segments) -> bytes:
    """The raw MD5 of the bytes."""
    return ALGORITHMS["MD5"].digest(segments)


@cache
def _model(name: str) -> Any:
    """Anycrc's model of a CRC; anycrc is imported on first use."""
    import anycrc

    return anycrc.Model(name)


class _Crc:
    """A hasher for a CRC, computed by anycrc."""

    def __init__(self, model: str, size: int) -> None:
        self._model, self._size = model, size
        self._value: int | None = None

    def update(self, data: bytes | memoryview) -> None:
        self._value = _model(self._model).calc(data, self._value)

    def digest(self) -> bytes:
        return int(self._value or 0).to_bytes(self._size, "big")


_SHORT = 1 << 12  # bytes; below this size zlib's CRC32 is cheaper than importing anycrc


class _Crc32(_Crc):
    """CRC32, computed by zlib for short segments and by anycrc for long ones."""

    def update(self, data: bytes | memoryview) -> None:
        if len(data) < _SHORT:
            self._value = zlib.crc32(data, self._value or 0)
        else:
            super().update(data)


def _combiner(model: str, size: int) -> Callable[[bytes, bytes, int], bytes]:
    """A function that computes the CRC of A + B from the CRCs of A and B and the length of B in bytes (F64)."""

    def combine(first: bytes, second: bytes, second_length: int) -> bytes:
        value = _model(model).combine(int.from_bytes(first, "big"), int.from_bytes(second, "big"), second_length)
        return int(value).to_bytes(size, "big")

    return combine


# The first five are in the order of S3's error message (F12). SHA512 and MD5 are newer than the recordings: the API
# manual of newer SDKs has them, and that they are composite is assumed from SHA1 and SHA256.
ALGORITHMS: dict[str, Algorithm] = {
    algorithm.name: algorithm
    for algorithm in (
        Algorithm("CRC32", lambda: _Crc32("CRC32", 4), 4, (COMPOSITE, FULL_OBJECT), _combiner("CRC32", 4)),
        Algorithm("CRC32C", lambda: _Crc("CRC32C", 4), 4, (COMPOSITE, FULL_OBJECT), _combiner("CRC32C", 4)),
        Algorithm("CRC64NVME", lambda: _Crc("CRC64-NVME", 8), 8, (FULL_OBJECT,), _combiner("CRC64-NVME", 8)),
        Algorithm("SHA1", hashlib.sha1, 20, (COMPOSITE,)),
        Algorithm("SHA256", hashlib.sha256, 32, (COMPOSITE,)),
        Algorithm("SHA512", hashlib.sha512, 64, (COMPOSITE,)),
        Algorithm("MD5", new_md5, 16, (COMPOSITE,)),
    )
}
LISTED_ALGORITHMS = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")  # in S3's error message (F12)
UNSUPPORTED_ALGORITHMS = ("XXHASH64", "XXHASH3", "XXHASH128")  # in newer SDKs; not in the standard library


def composite_checksum(algorithm: str, part_digests: Sequence[bytes]) -> Checksum:
    """The composite checksum: the digest of the parts' raw digests, and the number of parts (F57)."""
    raw = ALGORITHMS[algorithm].digest([b"".join(part_digests)])
    return Checksum(algorithm, f"{b64(raw)}-{len(part_digests)}", COMPOSITE)


def full_object_checksum(algorithm: str, parts: Sequence[tuple[bytes, int]]) -> Checksum:
    """The whole object's CRC from each part's (raw digest, size in bytes), without reading the bytes (F64)."""
    combine = ALGORITHMS[algorithm].combine
    assert combine is not None, f"{algorithm} has no full-object form"
    combined = parts[0][0]
    for digest, size in parts[1:]:
        combined = combine(combined, digest, size)
    return Checksum(algorithm, b64(combined), FULL_OBJECT)


def multipart_etag(part_md5s: Sequence[bytes]) -> str:
    """The unquoted ETag of a multipart object: the MD5 of the parts' raw MD5s, and the number of parts (F48)."""
    return f"{md5([b''.join(part_md5s)]).hex()}-{len(part_md5s)}"


def etag(data: bytes, part_size: int | None = None) -> str:
    """The unquoted ETag of bytes put in one piece, or in parts of ``part_size`` bytes (O14, F48).

    Raises ValueError for a ``part_size`` below 1.
    """
    if part_size is None:
        return md5([data]).hex()
    if part_size < 1:
        raise ValueError(f"part_size must be at least 1 byte, not {part_size}")
    view = memoryview(data)
    starts = range(0, max(len(view), 1), part_size)
    return multipart_etag([md5([view[start : start + part_size]]) for start in starts])
