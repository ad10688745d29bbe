"""Byte ranges: the Range and x-amz-copy-source-range headers.

The functions take a header and the object's size in bytes, and return the first and last offset, both included.
"""

from __future__ import annotations

import re

from fakes3mp.errors import S3Error, invalid_argument

_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_COPY_RANGE = re.compile(r"bytes=(\d+)-(\d+)")


def parse_range(header: str, size: int) -> tuple[int, int] | None:
    """The offsets to read, or None if S3 ignores the header and sends the whole object (O30-O33).

    Raises InvalidRange if no byte of the range is in the object (O34).
    """
    match = _RANGE.fullmatch(header.strip())
    if match is None or match[1] == match[2] == "":
        return None
    if match[1] == "":
        first, last = max(size - int(match[2]), 0), size - 1
    else:
        first, last = int(match[1]), int(match[2]) if match[2] else size - 1
    if match[1] and match[2] and last < first:
        return None
    if first >= size or (match[1] == "" and int(match[2]) == 0):
        raise S3Error("InvalidRange", fields={"ActualObjectSize": str(size), "RangeRequested": header})
    return first, min(last, size - 1)


def parse_copy_range(header: str, size: int) -> tuple[int, int]:
    """The offsets of a range to copy; raises InvalidArgument or InvalidRequest (F33-F36).

    Unlike a Range header it must have both ends, and both must be inside the source.
    """
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
