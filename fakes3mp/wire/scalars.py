"""Single values to text and back, by a shape's type; the same in headers, query parameters and XML elements.

Whatever the text, reading it gives a value in S3's range or raises ValueError.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.model import Shape


# HTTP dates are English whatever the locale.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


_DIGITS = re.compile("[+-]?0{0,100}[0-9]{1,19}")
_LIMITS = {"integer": 1 << 31, "long": 1 << 63}  # O259
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
# What dateutil raises for texts that are no dates.
_NO_DATE = (ValueError, ArithmeticError, TypeError, AttributeError, LookupError)


def from_text(shape: Shape, text: str) -> Any:
    """The typed value of a text. Raises ValueError where the text is not of the shape's type, or out of its range."""
    type_name = shape.type_name
    if type_name in _LIMITS:
        return integer(text, _LIMITS[type_name])
    if type_name in ("double", "float"):
        return float(text)
    if type_name == "boolean":
        return text.lower() == "true"
    if type_name == "timestamp":
        return _date(text)
    if type_name == "blob":
        return text.encode()
    return text


def integer(text: str, limit: int = 1 << 63) -> int:
    """The integer of a text in ASCII digits, from ``-limit`` to ``limit - 1``. Raises ValueError for any other text.

    >>> integer("-007")
    -7
    """
    if not _DIGITS.fullmatch(text) or not -limit <= (number := int(text)) < limit:
        raise ValueError(f"not an integer, or out of range: {text[:100]!r}")
    return number


def _date(text: str) -> datetime:
    """A date of the years 1 to 9999, or seconds since 1970."""
    from dateutil.parser import parse

    try:
        try:
            date = _EPOCH + timedelta(seconds=float(text))
        except ValueError:
            date = parse(text, tzinfos=_zone)
        date.astimezone(timezone.utc)  # which fails at both ends of the calendar
    except _NO_DATE:
        raise ValueError(f"not a date, or out of range: {text[:100]!r}") from None
    return date


def _zone(name: str | None, offset: int | None) -> timezone:
    """The time zone that a date has, UTC where it has none. Those that have a name but no number are not known."""
    if name and offset is None:
        raise ValueError(f"no time zone: {name!r}")
    return timezone(timedelta(seconds=offset or 0))


def to_text(value: Any) -> str:
    """The text of a typed value; dates in XML have milliseconds, which are zero in S3 (F76)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return iso_date(value)
    return value.decode() if isinstance(value, bytes) else str(value)


def iso_date(date: datetime) -> str:
    """``2023-11-15T12:02:40.000Z``"""
    return date.astimezone(timezone.utc).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


@lru_cache(maxsize=64)
def http_date(date: datetime) -> str:
    """``Wed, 15 Nov 2023 12:02:40 GMT``"""
    utc = date.astimezone(timezone.utc)
    return f"{_DAYS[utc.weekday()]}, {utc:%d} {_MONTHS[utc.month - 1]} {utc.year:04} {utc:%H:%M:%S} GMT"
