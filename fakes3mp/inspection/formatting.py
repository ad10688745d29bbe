"""Values of calls and views as short text: for one line of a repr, a report or a failed assertion."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FIRST = ("Bucket", "Key", "PartNumber", "Body", "UploadId")
_PARAMS_WIDTH = 100  # characters, so that a call fits on one line
_VALUE_WIDTH = 40


def short_repr(value: Any) -> str:
    """The value's repr, cut to 40 characters; bytes are given by their length.

    >>> short_repr(b"hello"), short_repr("k")
    ('<5 bytes>', "'k'")
    """
    if isinstance(value, (bytes, bytearray, memoryview)):
        return f"<{len(value)} bytes>"
    text = repr(value)
    return text if len(text) <= _VALUE_WIDTH else f"{text[: _VALUE_WIDTH - 3]}..."


def format_params(params: Mapping[str, Any]) -> str:
    """Parameters as they would be written in a call, those that identify it first; beyond 100 characters ``...``.

    >>> format_params({"Body": b"hello", "Key": "a.txt", "Bucket": "media"})
    "Bucket='media', Key='a.txt', Body=<5 bytes>"
    """
    names = [*(name for name in _FIRST if name in params), *(name for name in params if name not in _FIRST)]
    line = ""
    for name in names:
        param = f"{', ' if line else ''}{name}={short_repr(params[name])}"
        if line and len(line) + len(param) > _PARAMS_WIDTH:
            return f"{line}, ..."
        line += param
    return line


def count(number: int, noun: str) -> str:
    """The number and the noun in the singular or plural.

    >>> count(1, "part"), count(2, "part")
    ('1 part', '2 parts')
    """
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def format_size(size: int) -> str:
    """A number of bytes in the largest unit that it reaches.

    >>> format_size(5), format_size(20 << 20), format_size(1536)
    ('5 bytes', '20 MiB', '1.5 KiB')
    """
    if size < 1024:
        return count(size, "byte")
    power = min((size.bit_length() - 1) // 10, 5)
    return f"{size / 1024**power:.1f}".removesuffix(".0") + f" {('', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB')[power]}"
