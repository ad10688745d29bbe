"""aws-chunked bodies: chunks with or without signatures, trailers with or without one.

What may live here: taking the framing off. Signatures of chunks are not checked: whoever signs with a secret we do not
know must still be served.
"""

from __future__ import annotations

from collections.abc import Mapping

from fakes3mp.errors import S3Error


def is_chunked(headers: Mapping[str, str]) -> bool:
    """Whether the body travels as aws-chunked (S3's manual, "SigV4 streaming")."""
    return headers.get("x-amz-content-sha256", "").startswith("STREAMING-") or "aws-chunked" in headers.get(
        "content-encoding", ""
    )


def without_framing(headers: Mapping[str, str], size: int) -> dict[str, str]:
    """The headers as if the body had travelled plain: aws-chunked is not the object's encoding (F109)."""
    plain = {**headers, "content-length": str(size)}
    codings = [coding.strip() for coding in plain.pop("content-encoding", "").split(",")]
    own = ",".join(coding for coding in codings if coding not in ("", "aws-chunked"))
    return {**plain, "content-encoding": own} if own else plain


def unwrap(body: bytes) -> tuple[bytes, dict[str, str]]:
    """The bytes and the trailers of an aws-chunked body (F29); raises IncompleteBody where the framing breaks off."""
    chunks = []
    view, at = memoryview(body), 0
    while True:
        line, at = _line(body, at)
        size = _size(line)
        if size == 0:
            break
        if body[at + size : at + size + 2] != b"\r\n":
            raise S3Error("IncompleteBody")
        chunks.append(view[at : at + size])
        at += size + 2
    return b"".join(chunks), _trailers(body[at:])


def _line(body: bytes, at: int) -> tuple[bytes, int]:
    end = body.find(b"\r\n", at)
    if end < 0:
        raise S3Error("IncompleteBody")
    return body[at:end], end + 2


def _size(line: bytes) -> int:
    """``10000;chunk-signature=...`` or just ``10000``, in hexadecimal."""
    digits = line.partition(b";")[0].strip()
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise S3Error("IncompleteBody")
    return int(digits, 16)


def _trailers(rest: bytes) -> dict[str, str]:
    trailers = {}
    for line in rest.replace(b"\r\n", b"\n").split(b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            trailers[name.strip().lower()] = value.strip()
    return trailers
