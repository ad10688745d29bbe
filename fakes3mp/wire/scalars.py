"""Single values to text and back, by a shape's type; the same in headers, query parameters and XML elements."""

from __future__ import annotations

from datetime import datetime, timezone
from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from botocore.model import Shape


# HTTP dates are English whatever the locale.
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def from_text(shape: Shape, text: str) -> Any:
    """The typed value of a text. Raises ValueError where the text is not of the shape's type."""
    type_name = shape.type_name
    if type_name in ("integer", "long"):
        return int(text)
    if type_name in ("double", "float"):
        return float(text)
    if type_name == "boolean":
        return text.lower() == "true"
    if type_name == "timestamp":
        return _date(text)
    if type_name == "blob":
        return text.encode()
    return text


def _date(text: str) -> datetime:
    from botocore.utils import parse_timestamp

    date = parse_timestamp(text)
    return date if date.tzinfo else date.replace(tzinfo=timezone.utc)


def to_text(value: Any) -> str:
    """The text of a typed value; dates in XML have milliseconds, which are zero in S3 (F76)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return iso_date(value)
    return value.decode() if isinstance(value, bytes) else str(value)


def iso_date(date: datetime) -> str:
    """``2023-11-15T12:02:40.000Z``"""
    return date.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{date.microsecond // 1000:03}Z"


@lru_cache(maxsize=64)
def http_date(date: datetime) -> str:
    """``Wed, 15 Nov 2023 12:02:40 GMT``"""
    utc = date.astimezone(timezone.utc)
    return f"{_DAYS[utc.weekday()]}, {utc:%d} {_MONTHS[utc.month - 1]} {utc:%Y %H:%M:%S} GMT"
