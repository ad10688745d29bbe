"""Single values to text and back: integers, booleans, dates.

What may live here: conversions by a shape's type, the same in a header, a query parameter and an element.
"""

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
    """The typed value that this text stands for; ValueError where it stands for none."""
    kind = shape.type_name
    if kind in ("integer", "long"):
        return int(text)
    if kind in ("double", "float"):
        return float(text)
    if kind == "boolean":
        return text.lower() == "true"
    if kind == "timestamp":
        return _date(text)
    if kind == "blob":
        return text.encode()
    return text


def _date(text: str) -> datetime:
    from botocore.utils import parse_timestamp

    moment = parse_timestamp(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)


def to_text(value: Any) -> str:
    """The text of a typed value; dates in XML have milliseconds, which S3 keeps at zero (F76)."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return iso_date(value)
    return value.decode() if isinstance(value, bytes) else str(value)


def iso_date(moment: datetime) -> str:
    """``2023-11-15T12:02:40.000Z``"""
    return moment.astimezone(timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"


@lru_cache(maxsize=64)
def http_date(moment: datetime) -> str:
    """``Wed, 15 Nov 2023 12:02:40 GMT``"""
    at = moment.astimezone(timezone.utc)
    return f"{_DAYS[at.weekday()]}, {at:%d} {_MONTHS[at.month - 1]} {at:%Y %H:%M:%S} GMT"
