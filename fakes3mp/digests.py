"""ETags and checksums: the algorithms S3 knows, and how those of parts become the object's.

What may live here: pure functions over bytes and digests. No state, no parameters of any operation.
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


class Running(Protocol):
    """A digest that is being computed, as hashlib's are."""

    def update(self, data: Any, /) -> object: ...
    def digest(self) -> bytes: ...


class Algorithm(Struct, frozen=True, dict=True):
    """One checksum algorithm: how it is computed, and what S3 lets a multipart upload do with it (F8-F10)."""

    name: str
    start: Callable[[], Running]
    size: int  # bytes of the raw digest
    types: tuple[str, ...]  # checksum types a multipart upload may have, the default first
    combine: Callable[[bytes, bytes, int], bytes] | None = None

    @cached_property
    def header(self) -> str:
        return f"x-amz-checksum-{self.name.lower()}"

    @cached_property
    def member(self) -> str:
        return f"Checksum{self.name}"

    def digest(self, segments: Segments) -> bytes:
        """The raw digest of the bytes."""
        running = self.start()
        for segment in segments:
            running.update(segment)
        return running.digest()


class Checksum(Struct, frozen=True, gc=False):
    """A checksum as S3 stores and answers it: ``value`` is base64, with a ``-N`` suffix when composite (F57)."""

    algorithm: str
    value: str
    type: str = FULL_OBJECT


def b64(raw: bytes) -> str:
    """Base64 text of a raw digest, the form every digest header has."""
    return base64.b64encode(raw).decode()


def raw_digest(text: str, size: int) -> bytes | None:
    """The raw digest behind base64 text, or None where the text is no base64 of ``size`` bytes."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == size else None


def new_md5() -> Running:
    """An MD5 to be fed with bytes."""
    return hashlib.md5(usedforsecurity=False)


def md5(segments: Segments) -> bytes:
    """The raw MD5 of the bytes."""
    return ALGORITHMS["MD5"].digest(segments)


@cache
def _model(name: str) -> Any:
    """Anycrc's model of a CRC, loaded when first asked for."""
    import anycrc

    return anycrc.Model(name)


class _Crc:
    """A CRC that is being computed by anycrc."""

    def __init__(self, model: str, size: int) -> None:
        self._model, self._size = model, size
        self._value: int | None = None

    def update(self, data: bytes | memoryview) -> None:
        self._value = _model(self._model).calc(data, self._value)

    def digest(self) -> bytes:
        return int(self._value or 0).to_bytes(self._size, "big")


_SHORT = 1 << 12  # bytes: up to so many zlib's CRC32 costs less than loading a faster one


class _Crc32(_Crc):
    """CRC32 is in the standard library too."""

    def update(self, data: bytes | memoryview) -> None:
        if len(data) < _SHORT:
            self._value = zlib.crc32(data, self._value or 0)
        else:
            super().update(data)


def _combiner(model: str, size: int) -> Callable[[bytes, bytes, int], bytes]:
    """CRCs combine: that of A+B follows from those of A and B and the length of B (F64)."""

    def combine(first: bytes, second: bytes, second_length: int) -> bytes:
        value = _model(model).combine(int.from_bytes(first, "big"), int.from_bytes(second, "big"), second_length)
        return int(value).to_bytes(size, "big")

    return combine


# The first five in the order in which S3 lists them in its error (F12). SHA512 and MD5 came after the recordings; the API
# manual of newer SDKs names them, and that they are composite is taken from the other hashes.
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
LISTED = ("CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256")
UNKNOWN = ("XXHASH64", "XXHASH3", "XXHASH128")  # newer SDKs name them; the standard library cannot compute them


def composite(algorithm: str, part_digests: Sequence[bytes]) -> Checksum:
    """The composite checksum: the digest of the parts' digests, and how many they are (F57)."""
    raw = ALGORITHMS[algorithm].digest([b"".join(part_digests)])
    return Checksum(algorithm, f"{b64(raw)}-{len(part_digests)}", COMPOSITE)


def full_object(algorithm: str, parts: Sequence[tuple[bytes, int]]) -> Checksum:
    """The whole object's CRC out of each part's (raw digest, size in bytes), without reading a byte (F64)."""
    combine = ALGORITHMS[algorithm].combine
    assert combine is not None, f"{algorithm} has no full-object form"
    whole = parts[0][0]
    for digest, size in parts[1:]:
        whole = combine(whole, digest, size)
    return Checksum(algorithm, b64(whole), FULL_OBJECT)


def multipart_etag(part_md5s: Sequence[bytes]) -> str:
    """The ETag of a multipart object, unquoted: the MD5 of the parts' MD5s, and how many parts (F48)."""
    return f"{md5([b''.join(part_md5s)]).hex()}-{len(part_md5s)}"


def etag(data: bytes, part_size: int | None = None) -> str:
    """The ETag, unquoted, of these bytes put whole, or cut into parts of ``part_size`` bytes (O14, F48)."""
    if part_size is None:
        return md5([data]).hex()
    if part_size < 1:
        raise ValueError(f"part_size must be at least 1 byte, not {part_size}")
    view = memoryview(data)
    starts = range(0, max(len(view), 1), part_size)
    return multipart_etag([md5([view[at : at + part_size]]) for at in starts])
