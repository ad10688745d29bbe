"""Byte ranges: what S3 reads out of a Range header, and what it refuses.

What may live here: pure functions from a header's text and a size in bytes to offsets, both ends included.
"""

from __future__ import annotations

import re

from fakes3mp.errors import S3Error, invalid_argument

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_COPY_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


def read_range(header: str, size: int) -> tuple[int, int] | None:
    """The offsets to read, or None where S3 ignores the header and sends everything (O30-O33).

    Raises InvalidRange where nothing of the range is in the object (O34).
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[1] == match[2] == "":
        return None
    first, last = _offsets(match[1], match[2], size)
    if match[1] and match[2] and int(match[2]) < int(match[1]):
        return None
    if first >= size or (match[1] == "" and int(match[2]) == 0):
        raise S3Error("InvalidRange", fields={"ActualObjectSize": str(size), "RangeRequested": header})
    return first, min(last, size - 1)


def _offsets(first: str, last: str, size: int) -> tuple[int, int]:
    if first == "":
        return max(size - int(last), 0), size - 1
    return int(first), int(last) if last else size - 1


def copy_range(header: str, size: int) -> tuple[int, int]:
    """The offsets of a copied range, which must be whole and inside the source (F33-F36)."""
    match = _COPY_RANGE.fullmatch(header)
    if match is None or int(match[1]) > int(match[2]):
        raise _invalid_copy_range(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            header,
        )
    first, last = int(match[1]), int(match[2])
    if first >= size:
        raise S3Error("InvalidRequest", "The specified copy range is invalid for the source object size")
    if last >= size:
        raise _invalid_copy_range(f"Range specified is not valid for source object of size: {size}", header)
    return first, last


def _invalid_copy_range(message: str, header: str) -> S3Error:
    return invalid_argument(message, "x-amz-copy-source-range", header)
