"""Reading aws-chunked bodies, with or without trailers and signatures.

The signatures of chunks are not checked.
"""

from __future__ import annotations

from collections.abc import Mapping

from fakes3mp.errors import S3Error


def is_chunked(headers: Mapping[str, str]) -> bool:
    """Whether the body is sent as aws-chunked (S3's manual, "SigV4 streaming")."""
    return headers.get("x-amz-content-sha256", "").startswith("STREAMING-") or "aws-chunked" in headers.get(
        "content-encoding", ""
    )


def without_framing(headers: Mapping[str, str], size: int) -> dict[str, str]:
    """The headers as if the plain body of ``size`` bytes was sent: aws-chunked is not the object's encoding (F109)."""
    plain = {**headers, "content-length": str(size)}
    codings = [coding.strip() for coding in plain.pop("content-encoding", "").split(",")]
    object_codings = ",".join(coding for coding in codings if coding not in ("", "aws-chunked"))
    return {**plain, "content-encoding": object_codings} if object_codings else plain


def unwrap(body: bytes) -> tuple[bytes, dict[str, str]]:
    """The bytes and the trailers of an aws-chunked body (F29); raises IncompleteBody where the framing is broken."""
    chunks = []
    view, position = memoryview(body), 0
    while True:
        line_end = body.find(b"\r\n", position)
        if line_end < 0:
            raise S3Error("IncompleteBody")
        size = _chunk_size(body[position:line_end])
        position = line_end + 2
        if size == 0:
            break
        if body[position + size : position + size + 2] != b"\r\n":
            raise S3Error("IncompleteBody")
        chunks.append(view[position : position + size])
        position += size + 2
    return b"".join(chunks), _trailers(body[position:])


def _chunk_size(line: bytes) -> int:
    """The size in a chunk's first line: ``10000;chunk-signature=...`` or just ``10000``, in hexadecimal."""
    digits = line.partition(b";")[0].strip()
    if not digits or digits.strip(b"0123456789abcdefABCDEF"):
        raise S3Error("IncompleteBody")
    return int(digits, 16)


def _trailers(lines: bytes) -> dict[str, str]:
    trailers = {}
    for line in lines.replace(b"\r\n", b"\n").split(b"\n"):
        name, colon, value = line.decode("latin-1").partition(":")
        if colon:
            trailers[name.strip().lower()] = value.strip()
    return trailers
