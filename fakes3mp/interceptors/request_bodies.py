"""Request bodies and header values in one form, from the several that client libraries let their users pass."""

from __future__ import annotations

from typing import Any


def as_text(value: Any) -> str:
    """A header's value; botocore may have encoded it already."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def read_body(body: Any, encoding: str) -> bytes:
    """All bytes of a body: of bytes, text, a file, an iterable of either, or None.

    ``encoding`` is the one in which the client library would send text.
    """
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode(encoding)
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    return b"".join(chunk.encode(encoding) if isinstance(chunk, str) else chunk for chunk in body)
