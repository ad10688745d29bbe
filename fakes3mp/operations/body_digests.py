"""Digests of a body: those that the request declares, those that S3 computes, and checksums in answers."""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.core.declared_digests import several_checksums_error, verify_checksums, verify_md5
from fakes3mp.core.object_lock import UNLOCKED, Lock
from fakes3mp.digests import ALGORITHMS, LISTED_ALGORITHMS, UNSUPPORTED_ALGORITHMS, Checksum
from fakes3mp.errors import S3Error

DEFAULT_ALGORITHM = "CRC64NVME"  # S3 adds it where a client names no algorithm (F52, F97)

_PARAMETERS = tuple((name, f"checksum_{name.lower()}") for name in (*ALGORITHMS, *UNSUPPORTED_ALGORITHMS))


class DeclaredChecksums(Struct, frozen=True):
    """Checksum values of a request, one member per algorithm."""

    checksum_crc32: str | None = None
    checksum_crc32c: str | None = None
    checksum_crc64nvme: str | None = None
    checksum_sha1: str | None = None
    checksum_sha256: str | None = None
    checksum_sha512: str | None = None
    checksum_md5: str | None = None
    checksum_xxhash64: str | None = None
    checksum_xxhash3: str | None = None
    checksum_xxhash128: str | None = None

    @property
    def by_algorithm(self) -> dict[str, str]:
        """Algorithm -> base64 value, of those that were sent; InvalidRequest for one that cannot be computed."""
        values = self._values()
        _check_supported(values)
        return values

    def _values(self) -> dict[str, str]:
        return {name: value for name, parameter in _PARAMETERS if (value := getattr(self, parameter)) is not None}


def _check_supported(values: dict[str, str]) -> None:
    if not values.keys() <= ALGORITHMS.keys():
        raise unsupported_algorithm_error()


class PayloadDigests(DeclaredChecksums, frozen=True):
    """MD5 and checksums that a request declares for its body.

    ``checksum_algorithm`` only announces a value; alone it changes nothing (F97).
    """

    content_md5: str | None = None
    checksum_algorithm: str | None = None

    def declared_algorithm(self) -> str | None:
        """The algorithm of the declared checksum, if there is one; InvalidRequest for several (F25)."""
        values = self._values()
        if len(values) > 1:
            raise several_checksums_error()
        return next(iter(values), None)

    def compute_and_check(
        self, body: Content, *, algorithm: str | None = None, default: str | None = None, expected_in_hex: bool = False
    ) -> Checksum | None:
        """Compute the body's digests in one walk over its bytes, then compare those that are declared.

        Computed are the MD5, the declared checksums, that by ``algorithm``, and that by ``default`` if none is declared.
        Returns the declared checksum, if there is one. Raises InvalidDigest, BadDigest or InvalidRequest;
        ``expected_in_hex`` is how PutObject writes the declared MD5 in BadDigest.
        """
        values = self._values()
        names = ("MD5", *values, algorithm, None if values else default)
        body.compute(*[name for name in names if name in ALGORITHMS])
        if self.content_md5 is not None:
            verify_md5(self.content_md5, body, expected_in_hex=expected_in_hex)
        _check_supported(values)
        return verify_checksums(values, body)


class BodyDigests(PayloadDigests, frozen=True):
    """Length, MD5 and checksums that a request declares for an object's bytes."""

    content_length: int | None = None

    def check_declared_under(self, lock: Lock, action: str) -> None:
        """Under Object Lock the body needs a Content-MD5 or a checksum (O212). ``action`` is that of the message."""
        if lock != UNLOCKED and self.content_md5 is None and not self._values():
            raise S3Error(
                "InvalidRequest",
                f"Content-MD5 OR x-amz-checksum- HTTP header is required for {action} requests with Object Lock parameters",
            )

    def compute_and_check(
        self, body: Content, *, algorithm: str | None = None, default: str | None = None, expected_in_hex: bool = False
    ) -> Checksum | None:
        """As for other payloads; IncompleteBody where the length is another."""
        if self.content_length not in (None, body.size):
            raise S3Error("IncompleteBody")
        return super().compute_and_check(body, algorithm=algorithm, default=default, expected_in_hex=expected_in_hex)


def check_body_size(body: Content, limit: int) -> None:
    """Raise EntityTooLarge for a body of more bytes than one request may have (O381)."""
    if body.size > limit:
        raise S3Error("EntityTooLarge", fields={"ProposedSize": str(body.size), "MaxSizeAllowed": str(limit)})


def validate_algorithm(name: str) -> str:
    """The algorithm's name; InvalidRequest if S3 does not have it (F12)."""
    if name not in ALGORITHMS:
        raise unsupported_algorithm_error()
    return name


def unsupported_algorithm_error() -> S3Error:
    """InvalidRequest in S3's words at the time of the recordings (F12)."""
    return S3Error(
        "InvalidRequest",
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        f"[{', '.join(LISTED_ALGORITHMS)}]",
    )


def checksum_members(checksum: Checksum | None, *, typed: bool = True) -> dict[str, Any]:
    """A checksum as members of an answer; UploadPart and its copy leave the type out (F2)."""
    if checksum is None:
        return {}
    members = {ALGORITHMS[checksum.algorithm].member: checksum.value}
    return {**members, "ChecksumType": checksum.type} if typed else members
