"""The functions of S3 Select's SQL (S3's manual, "SQL functions")."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fakes3mp.errors import S3Error
from fakes3mp.select.values import cast, is_absent, number, text

PARTS = ("year", "month", "day", "hour", "minute", "second")
_MONTHS = {"year": 12, "month": 1}


def date_part(name: str) -> str:
    """A part of a date; UnsupportedFunction for another name."""
    if name.lower() not in PARTS:
        raise S3Error("UnsupportedFunction")
    return name.lower()


def extract(part: str, value: Any) -> Any:
    """EXTRACT"""
    return None if is_absent(value) else getattr(cast(value, "TIMESTAMP"), part)


def date_add(part: str, count: Any, value: Any) -> Any:
    """DATE_ADD"""
    if is_absent(value) or is_absent(count):
        return None
    time, steps = cast(value, "TIMESTAMP"), int(number(count))
    if part not in _MONTHS:
        return time + timedelta(**{f"{part}s": steps})
    months = time.year * 12 + time.month - 1 + steps * _MONTHS[part]
    year, month = months // 12, months % 12 + 1
    return time.replace(year=year, month=month, day=min(time.day, monthrange(year, month)[1]))


def date_diff(part: str, begin: Any, end: Any) -> Any:
    """DATE_DIFF: whole parts from one time to another."""
    if is_absent(begin) or is_absent(end):
        return None
    first, last = cast(begin, "TIMESTAMP"), cast(end, "TIMESTAMP")
    if part not in _MONTHS:
        return int((last - first) / timedelta(**{f"{part}s": 1}))
    sign = 1 if last >= first else -1
    low, high = (first, last) if sign > 0 else (last, first)
    months = (high.year - low.year) * 12 + high.month - low.month
    if date_add("month", months, low) > high:
        months -= 1
    return sign * (months // _MONTHS[part])


_FORMATS: Mapping[str, Callable[[datetime], str]] = {
    "yyyy": lambda time: f"{time.year:04}",
    "yy": lambda time: f"{time.year % 100:02}",
    "y": lambda time: str(time.year),
    "MMMM": lambda time: f"{time:%B}",
    "MMM": lambda time: f"{time:%b}",
    "MM": lambda time: f"{time.month:02}",
    "M": lambda time: str(time.month),
    "dd": lambda time: f"{time.day:02}",
    "d": lambda time: str(time.day),
    "a": lambda time: "AM" if time.hour < 12 else "PM",
    "hh": lambda time: f"{(time.hour - 1) % 12 + 1:02}",
    "h": lambda time: str((time.hour - 1) % 12 + 1),
    "HH": lambda time: f"{time.hour:02}",
    "H": lambda time: str(time.hour),
    "mm": lambda time: f"{time.minute:02}",
    "m": lambda time: str(time.minute),
    "ss": lambda time: f"{time.second:02}",
    "s": lambda time: str(time.second),
    "SSS": lambda time: f"{time.microsecond // 1000:03}",
    "SS": lambda time: f"{time.microsecond // 10_000:02}",
    "S": lambda time: str(time.microsecond // 100_000),
    "XXX": lambda time: f"{time:%z}"[:3] + ":" + f"{time:%z}"[3:5] if time.utcoffset() else "Z",
    "X": lambda time: f"{time:%z}"[:3] if time.utcoffset() else "Z",
}
_FORMAT = re.compile("|".join(_FORMATS))


def to_string(value: Any, format_: Any) -> Any:
    """TO_STRING"""
    if is_absent(value):
        return None
    time = cast(value, "TIMESTAMP")
    return _FORMAT.sub(lambda match: _FORMATS[match[0]](time), text(format_))


def _coalesce(*values: Any) -> Any:
    return next((value for value in values if not is_absent(value)), None)


def _null_if(value: Any, other: Any) -> Any:
    return None if value == other else value


def _of_text(function: Callable[[str], Any]) -> Callable[[Any], Any]:
    return lambda value: None if is_absent(value) else function(text(value))


def substring(value: Any, start: Any, length: Any = None) -> Any:
    """SUBSTRING: characters are counted from 1; what is before the first counts, and is empty."""
    if is_absent(value):
        return None
    first = int(number(start)) - 1
    end = None if is_absent(length) else max(first + int(number(length)), 0)
    return text(value)[max(first, 0) : end]


def trim(value: Any, characters: Any, position: str) -> Any:
    """TRIM"""
    if is_absent(value):
        return None
    strips = {"LEADING": str.lstrip, "TRAILING": str.rstrip}
    return strips.get(position, str.strip)(text(value), " " if is_absent(characters) else text(characters))


# name -> the function, and how many arguments it has (None: any number)
FUNCTIONS: Mapping[str, tuple[Callable[..., Any], int | None]] = {
    "COALESCE": (_coalesce, None),
    "NULLIF": (_null_if, 2),
    "LOWER": (_of_text(str.lower), 1),
    "UPPER": (_of_text(str.upper), 1),
    "CHAR_LENGTH": (_of_text(len), 1),
    "CHARACTER_LENGTH": (_of_text(len), 1),
    "TO_TIMESTAMP": (lambda value: cast(value, "TIMESTAMP"), 1),
    "TO_STRING": (to_string, 2),
    "SIZE": (lambda value: len(value) if isinstance(value, (list, dict)) else None, 1),
}
