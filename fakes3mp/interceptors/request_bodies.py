"""What a client library lets its users give, in one form: a body in one piece, a header as text.

What may live here: reading what can be read, joining what comes in pieces.
"""

from __future__ import annotations

from typing import Any


def as_text(value: Any) -> str:
    """A header's value, which botocore may have encoded already."""
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def whole(body: Any, encoding: str) -> bytes:
    """The whole body; text is in the encoding that the library would send it in."""
    if body is None:
        return b""
    if hasattr(body, "read"):
        body = body.read()
    if isinstance(body, str):
        return body.encode(encoding)
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    return b"".join(piece.encode(encoding) if isinstance(piece, str) else piece for piece in body)
