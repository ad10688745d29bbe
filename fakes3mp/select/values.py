"""Values of S3 Select's SQL: what is missing, members by name, comparisons, and casts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from typing import Any

from fakes3mp.errors import S3Error


class Missing:
    """The type of MISSING, the value of a member that a document does not have."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING = Missing()


class CsvRow(dict[str, Any]):
    """One row of a CSV object: its values by the names of its header, and by position as ``_1``, ``_2``."""


_POSITION = re.compile(r"_([1-9][0-9]*)")


def member(value: Any, name: str, *, quoted: bool = False) -> Any:
    """A member of a document; names that are not quoted are compared in any case (S3's manual)."""
    if not isinstance(value, dict):
        return value if name == "_1" and value is not MISSING else MISSING
    if name in value:
        return value[name]
    if not quoted:
        for key, found in value.items():
            if key.lower() == name.lower():
                return found
    position = _POSITION.fullmatch(name)
    if position is not None:
        values = list(value.values())
        number = int(position[1])
        return values[number - 1] if number <= len(values) else MISSING
    if isinstance(value, CsvRow):
        raise S3Error("MissingHeaders")
    return MISSING


def is_absent(value: Any) -> bool:
    """Whether a value is null or missing."""
    return value is None or value is MISSING


def compare(left: Any, right: Any, holds: Callable[[Any, Any], bool]) -> bool | None:
    """A comparison; unknown (None) with what is absent, false between values that cannot be compared."""
    if is_absent(left) or is_absent(right):
        return None
    left, right = _comparable(left, right)
    try:
        return holds(left, right)
    except TypeError:
        return False


def _comparable(left: Any, right: Any) -> tuple[Any, Any]:
    """Both as numbers or times, where one is and the other is a text that can be read so."""
    for one, other, is_swapped in ((left, right, False), (right, left, True)):
        if not isinstance(other, str) or isinstance(one, str):
            continue
        try:
            read = _time(other) if isinstance(one, datetime) else Decimal(other) if is_number(one) else other
        except (S3Error, InvalidOperation):
            continue
        return (read, one) if is_swapped else (one, read)
    return left, right


def is_number(value: Any) -> bool:
    """Whether a value is a number; booleans are none."""
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def number(value: Any) -> Any:
    """A value as a number, for arithmetic: text is read; raises CastFailed."""
    if is_number(value):
        return value
    return _integer(value) if isinstance(value, str) and re.fullmatch(r"[+-]?\d+", value) else _float(value)


def _integer(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        raise S3Error("CastFailed") from None


def _float(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError):
        raise S3Error("CastFailed") from None


def _decimal(value: Any) -> Decimal:
    try:
        return Decimal(str(value))
    except InvalidOperation:
        raise S3Error("CastFailed") from None


def _boolean(value: Any) -> bool:
    text = str(value).lower()
    if text not in ("true", "false", "1", "0"):
        raise S3Error("CastFailed")
    return text in ("true", "1")


_TIME = re.compile(
    r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?(?:T(?:(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:\d\d)?)?)?"
)


def _time(value: Any) -> datetime:
    """A timestamp: ``2007T``, ``2007-02-23T``, ``2007-02-23T12:14:33.079-08:00`` and what is between."""
    if isinstance(value, datetime):
        return value
    match = _TIME.fullmatch(str(value))
    if match is None:
        raise S3Error("CastFailed")
    year, month, day, hour, minute, second, fraction, zone = match.groups()
    microsecond = int((fraction or "0").ljust(6, "0")[:6])
    names = "month", "day", "hour", "minute", "second"
    numbers = (month, day, hour, minute, second)
    parts = {name: int(part) for name, part in zip(names, numbers, strict=True) if part}
    try:
        offset = timezone.utc if zone in (None, "Z") else datetime.strptime(zone, "%z").tzinfo
        return datetime(**{"year": int(year), "month": 1, "day": 1, **parts}, microsecond=microsecond, tzinfo=offset)
    except ValueError:
        raise S3Error("CastFailed") from None


def text(value: Any) -> str:
    """A value as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        moment = value.isoformat(timespec="milliseconds" if value.microsecond else "seconds")
        return moment.replace("+00:00", "Z")
    return str(value)


CASTS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("INT", "BIGINT", "SMALLINT", "TINYINT"), _integer),
    **dict.fromkeys(("FLOAT", "DOUBLE"), _float),
    **dict.fromkeys(("DECIMAL", "BIGDECIMAL"), _decimal),
    **dict.fromkeys(("TEXT", "VARCHAR", "CHAR", "NCHAR", "NVARCHAR"), text),
    **dict.fromkeys(("TIMESTAMP", "TIMESTAMPTZ"), _time),
    "BOOLEAN": _boolean,
}


def cast(value: Any, to: str) -> Any:
    """A value in another type; CastFailed, or UnsupportedSqlStructure for a type that S3 Select has not."""
    if to not in CASTS:
        raise S3Error("UnsupportedSqlStructure")
    return None if is_absent(value) else CASTS[to](value)
