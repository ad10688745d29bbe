"""Records of an answer, written as CSV or JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from fakes3mp.select.query import OutputRecord
from fakes3mp.select.values import MISSING, is_absent, text

WriteRecord = Callable[[OutputRecord], str]


def record_writer(serialization: Mapping[str, Any]) -> WriteRecord:
    """The function that writes one record, its delimiter included."""
    if "JSON" in serialization:
        delimiter = str(serialization["JSON"].get("RecordDelimiter", "\n"))
        return lambda record: _json(record) + delimiter
    return _csv_writer(serialization["CSV"])


def _json(record: OutputRecord) -> str:
    members = {name: value for name, value in record if value is not MISSING}
    return json.dumps(members, ensure_ascii=False, separators=(",", ":"), default=_plain)


def _plain(value: Any) -> Any:
    """What JSON has no type for."""
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, datetime):
        return text(value)
    return value.isoformat() if isinstance(value, date) else str(value)


def _csv_writer(options: Mapping[str, Any]) -> WriteRecord:
    delimiter, separator = str(options.get("RecordDelimiter", "\n")), str(options.get("FieldDelimiter", ","))
    quote: str = options.get("QuoteCharacter", '"')
    escape: str = options.get("QuoteEscapeCharacter", quote)
    always = options.get("QuoteFields") == "ALWAYS"
    special = (separator, quote, delimiter, "\n", "\r")

    def field(value: Any) -> str:
        if is_absent(value):
            plain = ""
        elif isinstance(value, (dict, list)):
            plain = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_plain)
        else:
            plain = text(value)
        if not quote or not (always or any(character and character in plain for character in special)):
            return plain
        return quote + plain.replace(quote, escape + quote) + quote

    return lambda record: separator.join(field(value) for _, value in record) + delimiter
