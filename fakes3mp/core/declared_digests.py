"""Digests that a request declares, held against the bytes it brought.

What may live here: one function per kind of digest, raising what S3 answers. Objects, parts and XML documents are checked
alike.
"""

from __future__ import annotations

from collections.abc import Mapping

from fakes3mp import digests
from fakes3mp.core.content import Content
from fakes3mp.digests import ALGORITHMS, Checksum
from fakes3mp.errors import S3Error


def verify_md5(declared: str, body: Content, *, expected_in_hex: bool = False) -> None:
    """Content-MD5 must be base64 of 16 bytes, and the body's (F26, F27)."""
    raw = digests.raw_digest(declared, 16)
    if raw is None:
        raise S3Error("InvalidDigest", fields={"Content-MD5": declared})
    if raw != body.md5:
        expected = raw.hex() if expected_in_hex else declared
        raise S3Error("BadDigest", fields={"CalculatedDigest": digests.b64(body.md5), "ExpectedDigest": expected})


def verify_checksums(given: Mapping[str, str], body: Content) -> Checksum | None:
    """At most one x-amz-checksum-* value, well-formed, and the body's (F21, F22, F25)."""
    if len(given) > 1:
        raise S3Error(
            "InvalidRequest", "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
        )
    for algorithm, value in given.items():
        raw = digests.raw_digest(value, ALGORITHMS[algorithm].size)
        if raw is None:
            raise S3Error("InvalidRequest", f"Value for {ALGORITHMS[algorithm].header} header is invalid.")
        if raw != body.digest(algorithm):
            raise S3Error("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
        return Checksum(algorithm, value)
    return None
