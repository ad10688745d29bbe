"""The bodies that seeding takes: bytes in whatever form a test has them."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO, Any, Union

SeedBody = Union[bytes, bytearray, memoryview, str, "os.PathLike[str]", IO[Any], Iterable[bytes]]


def read_seed_body(body: Any) -> bytes:
    """The bytes of a body: text in UTF-8, the contents of a path or an open file, chunks joined.

    Raises TypeError for anything else.

    >>> read_seed_body("text"), read_seed_body([b"a", b"b"])
    (b'text', b'ab')
    """
    if isinstance(body, bytes):
        return body
    if isinstance(body, (bytearray, memoryview)):
        return bytes(body)
    if isinstance(body, str):
        return body.encode()
    if isinstance(body, os.PathLike):
        return Path(body).read_bytes()
    if hasattr(body, "read"):
        return read_seed_body(body.read())
    if isinstance(body, Iterable) and not isinstance(body, Mapping):
        return b"".join(_read_chunk(chunk) for chunk in body)
    raise _unusable(body)


def _read_chunk(chunk: Any) -> bytes:
    if not isinstance(chunk, (bytes, bytearray, memoryview)):
        raise _unusable(chunk)
    return bytes(chunk)


def _unusable(body: Any) -> TypeError:
    return TypeError(
        f"a body is bytes, text (stored as UTF-8), a path or an open file (their contents are stored), or an iterable of "
        f"bytes; not {type(body).__name__}: {body!r:.60}"
    )
