"""Parameter groups about bytes and their digests, and checksums in answers.

What may live here: what PutObject, UploadPart and their family share in declaring and answering checksums.
"""

from __future__ import annotations

from typing import Any

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.core.declared_digests import verify_checksums, verify_md5
from fakes3mp.digests import ALGORITHMS, LISTED, UNKNOWN, Checksum
from fakes3mp.errors import S3Error

_MEMBERS = tuple((name, f"checksum_{name.lower()}") for name in (*ALGORITHMS, *UNKNOWN))


class Checksums(Struct, frozen=True):
    """Checksum values a request names, one member per algorithm."""

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
    def given(self) -> dict[str, str]:
        """Algorithm -> value, of those that were sent; one that cannot be checked is refused, not believed."""
        given = {name: value for name, member in _MEMBERS if (value := getattr(self, member)) is not None}
        if not given.keys() <= ALGORITHMS.keys():
            raise unsupported_algorithm()
        return given


class BodyDigests(Checksums, frozen=True):
    """All that a request says about the bytes of its body.

    ``checksum_algorithm`` only announces a value; alone it changes nothing (F97).
    """

    content_length: int | None = None
    content_md5: str | None = None
    checksum_algorithm: str | None = None

    def verify(self, body: Content, *, expected_in_hex: bool = False) -> Checksum | None:
        """Hold every declared digest against the body; returns the checksum that was declared, if one was."""
        if self.content_length not in (None, body.size):
            raise S3Error("IncompleteBody")
        if self.content_md5 is not None:
            verify_md5(self.content_md5, body, expected_in_hex=expected_in_hex)
        return verify_checksums(self.given, body)


def checked_algorithm(name: str) -> str:
    """The algorithm's name, if S3 has it (F12)."""
    if name not in ALGORITHMS:
        raise unsupported_algorithm()
    return name


def unsupported_algorithm() -> S3Error:
    """In S3's words at the time of the recordings (F12)."""
    return S3Error(
        "InvalidRequest",
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        f"[{', '.join(LISTED)}]",
    )


def checksum_members(checksum: Checksum | None, *, typed: bool = True) -> dict[str, Any]:
    """A checksum as members of an answer; UploadPart and its copy leave the type out (F2)."""
    if checksum is None:
        return {}
    members = {ALGORITHMS[checksum.algorithm].member: checksum.value}
    return {**members, "ChecksumType": checksum.type} if typed else members
