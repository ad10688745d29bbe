"""Reading aws-chunked bodies, with or without trailers and signatures.

The signatures of chunks are not checked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from fakes3mp.errors import S3Error

_MIN_CHUNK_SIZE = 8192  # bytes; the last chunk may be shorter
_CHUNK_LINE = re.compile(rb"[ \t]*0{0,100}([0-9a-fA-F]{1,16})[ \t]*(?:;[^\r\n]*)?")
_LINE_END = re.compile(rb"\n?\r\n|\n")  # of a trailer
_MAX_LINE = 4096  # bytes


def is_chunked(headers: Mapping[str, str]) -> bool:
    """Whether the body is sent as aws-chunked (S3's manual, "SigV4 streaming")."""
    return headers.get("x-amz-content-sha256", "").startswith("STREAMING-") or "aws-chunked" in headers.get(
        "content-encoding", ""
    )


def without_framing(headers: Mapping[str, str], size: int) -> dict[str, str]:
    """The headers as if the plain body of ``size`` bytes was sent.

    aws-chunked is not the object's encoding; the other codings stay as they were sent (F109, O265).
    """
    plain = {**headers, "content-length": str(size)}
    plain.pop("transfer-encoding", None)
    codings = plain.pop("content-encoding", "").split(",")
    object_codings = ",".join(coding for coding in codings if coding.strip() != "aws-chunked").strip()
    return {**plain, "content-encoding": object_codings} if object_codings else plain


def unwrap(body: bytes) -> tuple[bytes, dict[str, str]]:
    """The bytes and the trailers of an aws-chunked body (F29).

    Raises IncompleteBody where the framing is broken or something follows it, and InvalidChunkSizeError for a short chunk
    that is not the last (O209).
    """
    chunks: list[memoryview] = []
    view, position = memoryview(body), 0
    while True:
        size, position = _read_chunk_size(body, position)
        if size == 0:
            break
        if chunks and len(chunks[-1]) < _MIN_CHUNK_SIZE:
            fields = {
                "Chunk": str(len(chunks) + 1),
                "BadChunkSize": str(len(chunks[-1])),
            }  # S3 names the next one (O307)
            raise S3Error("InvalidChunkSizeError", fields=fields)
        if body[position + size : position + size + 2] != b"\r\n":
            raise _broken()
        chunks.append(view[position : position + size])
        position += size + 2
    return b"".join(chunks), _read_trailers(body, position)


def _read_chunk_size(body: bytes, position: int) -> tuple[int, int]:
    """The size in a chunk's first line, ``10000;chunk-signature=...`` in hexadecimal, and where its bytes begin."""
    line_end = body.find(b"\r\n", position, position + _MAX_LINE)
    match = _CHUNK_LINE.fullmatch(body, position, line_end) if line_end >= 0 else None
    if match is None:
        raise _broken()
    return int(match[1], 16), line_end + 2


def _read_trailers(body: bytes, position: int) -> dict[str, str]:
    """The lines after the last chunk, by lower-case names, up to an empty line, after which nothing may follow.

    SDKs end a line with CR LF, S3's manual with LF CR LF.
    """
    *lines, end = _LINE_END.split(body[position:])
    if end or not lines or lines.pop():
        raise _broken()
    trailers = {}
    for line in lines:
        name, colon, value = line.decode("latin-1").partition(":")
        if not colon:
            raise _broken()
        trailers[name.strip().lower()] = value.strip()
    return trailers


def _broken() -> S3Error:
    return S3Error("IncompleteBody", "The request body terminated unexpectedly")
