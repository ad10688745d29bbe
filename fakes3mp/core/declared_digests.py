"""Check the digests that a request declares against its body.

``operations`` uses this for objects and parts, ``wire`` for XML documents.
"""

from __future__ import annotations

from collections.abc import Mapping

from fakes3mp import digests
from fakes3mp.core.content import Content
from fakes3mp.digests import ALGORITHMS, Checksum
from fakes3mp.errors import S3Error


def verify_md5(declared: str, body: Content, *, expected_in_hex: bool = False) -> None:
    """Check Content-MD5.

    Raises InvalidDigest if it is not base64 of 16 bytes, BadDigest if it is not the body's (F26, F27). With
    ``expected_in_hex`` the ExpectedDigest of BadDigest is hexadecimal, otherwise as declared.
    """
    raw = digests.raw_digest(declared, 16)
    if raw is None:
        raise S3Error("InvalidDigest", fields={"Content-MD5": declared})
    if raw != body.md5:
        expected = raw.hex() if expected_in_hex else declared
        raise S3Error("BadDigest", fields={"CalculatedDigest": digests.b64(body.md5), "ExpectedDigest": expected})


def verify_checksums(declared: Mapping[str, str], body: Content) -> Checksum | None:
    """Check the x-amz-checksum-* value, of which there may be one, and return it; ``declared`` is algorithm -> base64.

    Raises InvalidRequest for more than one or a malformed one, BadDigest if it is not the body's (F21, F22, F25).
    """
    if len(declared) > 1:
        raise several_checksums_error()
    for algorithm, value in declared.items():
        raw = digests.raw_digest(value, ALGORITHMS[algorithm].size)
        if raw is None:
            raise S3Error("InvalidRequest", f"Value for {ALGORITHMS[algorithm].header} header is invalid.")
        if raw != body.digest(algorithm):
            raise S3Error("BadDigest", f"The {algorithm} you specified did not match the calculated checksum.")
        return Checksum(algorithm, value)
    return None


def several_checksums_error() -> S3Error:
    """InvalidRequest for more than one x-amz-checksum-* value (F25)."""
    message = "Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed."
    return S3Error("InvalidRequest", message)
