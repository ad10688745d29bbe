"""Results as botocore's parser would return them, without writing and parsing a response.

Lists of structures, of which a page has up to a thousand, are converted member by member, so that what all entries have in
common is looked at once. Where a value might change in XML in a way that is not worked out here, NeedsHTTP is raised.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timezone
from functools import cache, lru_cache
from itertools import chain
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.wire.model import operation_model
from fakes3mp.wire.quirks import TEXT_DOCUMENTS
from fakes3mp.wire.response_writer import output_plan
from fakes3mp.wire.scalars import to_text
from fakes3mp.wire.typed_calls import HTTP_DATE, ISO_DATE, Conversion, NeedsHTTP, parser_time_zone, refuse, survives_xml

if TYPE_CHECKING:
    from botocore.model import Shape

HeaderConversion = Callable[[str, Any], Any]  # of a header's text and the value that it was written from
ListConversion = Callable[[Sequence[Any]], Sequence[Any]]  # of many values of a shape; the same list where none changes


class ParsedMembers(Struct, frozen=True):
    """How botocore's parser reads the members of a response, in the model's order."""

    headers: tuple[tuple[str, str, HeaderConversion | None], ...]  # member, header, conversion; None after a prefix
    body: tuple[tuple[str, Conversion], ...]  # members of the body, but not an object's bytes
    payload: str | None  # the member that is the body, which the parser adds even to an empty response


@cache
def _parsed_members(operation: str) -> ParsedMembers:
    model = operation_model(operation)
    if operation in TEXT_DOCUMENTS or model.has_event_stream_output:
        raise NeedsHTTP
    headers: list[tuple[str, str, HeaderConversion | None]] = []
    body = []
    for name, member in model.output_shape.members.items() if model.output_shape else ():
        location, wire_name = member.serialization.get("location"), str(member.serialization.get("name", name))
        if location == "headers":
            headers.append((name, wire_name, None))
        elif location == "header":
            headers.append((name, wire_name, _header_conversion(member)))
        elif not model.has_streaming_output:
            body.append((name, _conversion(member)))
    return ParsedMembers(tuple(headers), tuple(body), output_plan(operation).payload if body else None)


def parsed_response(
    operation: str, result: Mapping[str, Any], status: int, headers: Mapping[str, str]
) -> dict[str, Any]:
    """The response as botocore's parser would return it, without the stream of an object's bytes.

    ``result`` has the members of the response, ``status`` and ``headers`` are those of the HTTP response.
    """
    members = _parsed_members(operation)
    if members.payload is not None and members.payload not in result:
        raise NeedsHTTP
    parsed: dict[str, Any] = {
        "ResponseMetadata": {
            "RequestId": headers["x-amz-request-id"],
            "HostId": headers["x-amz-id-2"],
            "HTTPStatusCode": status,
            "HTTPHeaders": {name.lower(): value for name, value in headers.items()},
        }
    }
    for name, wire_name, convert_header in members.headers:
        if convert_header is None:
            parsed[name] = {key: headers[wire_name + key] for key in result.get(name, ())}
        elif wire_name in headers:
            parsed[name] = convert_header(headers[wire_name], result.get(name))
    for name, convert in members.body:
        if name in result and (value := convert(result[name])) is not _ABSENT:
            parsed[name] = value
    return parsed


def _header_conversion(shape: Shape) -> HeaderConversion:
    if shape.name == "Expires":  # botocore adds a member with its text
        return lambda text, value: refuse(value)
    if shape.type_name == "timestamp":
        date_format = ISO_DATE if shape.serialization.get("timestampFormat") == "iso8601" else HTTP_DATE
        return lambda text, value: _parsed_date(value, date_format)
    conversions: dict[str, Conversion] = {"string": str, "integer": int, "long": int, "boolean": "true".__eq__}
    convert = conversions.get(shape.type_name, refuse)
    return lambda text, value: convert(text)


# Members of the body: from a result's value to the one that botocore parses from the fake's XML


_ABSENT = object()  # an empty flattened list: no element is written


def _conversion(shape: Shape) -> Conversion:
    if shape.type_name == "structure":
        return _structure_conversion(shape)
    if shape.type_name == "list":
        return _list_conversion(shape)
    conversions: dict[str, Conversion] = {
        "string": str if getattr(shape, "enum", None) else _parsed_string,
        "integer": int,
        "long": int,
        "boolean": bool,
        "timestamp": _parsed_date,
    }
    return conversions.get(shape.type_name, refuse)


def _structure_conversion(shape: Any) -> Conversion:
    members = tuple((name, _conversion(member)) for name, member in shape.members.items())

    def convert(value: Any) -> dict[str, Any]:
        parsed = {name: convert_member(value[name]) for name, convert_member in members if name in value}
        if _ABSENT not in parsed.values():
            return parsed
        return {name: member_value for name, member_value in parsed.items() if member_value is not _ABSENT}

    return convert


def _list_conversion(shape: Any) -> Conversion:
    convert_items, is_flattened = _items_conversion(shape.member), bool(shape.serialization.get("flattened"))

    def convert(value: Any) -> Any:
        return list(convert_items(value)) if value or not is_flattened else _ABSENT

    return convert


def _parsed_string(value: Any) -> str:
    if type(value) is str and value.isascii() and value.isprintable():
        return value
    text = to_text(value)
    if not survives_xml(text):
        raise NeedsHTTP
    return text


def _parsed_date(value: Any, date_format: str = ISO_DATE) -> datetime:
    """A date as botocore parses it: in XML and some headers with milliseconds, in most headers in whole seconds."""
    if not isinstance(value, datetime):
        raise NeedsHTTP
    return _in_parser_time_zone(value, date_format, time.tzname)


@lru_cache(maxsize=1024)
def _in_parser_time_zone(date: datetime, date_format: str, local_names: tuple[str, str]) -> datetime:
    microsecond = date.microsecond // 1000 * 1000 if date_format is ISO_DATE else 0
    return date.astimezone(timezone.utc).replace(
        microsecond=microsecond, tzinfo=parser_time_zone(date_format, local_names)
    )


# Many values of one shape at once


def _items_conversion(shape: Shape) -> ListConversion:
    """From many values of a shape to those that botocore parses."""
    convert = _conversion(shape)
    if shape.type_name == "structure":
        return _structures_conversion(shape, convert)
    if shape.type_name == "list":
        return _lists_conversion(shape, convert)
    if shape.type_name == "timestamp":
        return _parsed_dates
    unchanged_types = {"string": str, "integer": int, "long": int, "boolean": bool}
    unchanged_type, is_free_text = unchanged_types.get(shape.type_name), convert is _parsed_string

    def convert_all(values: Sequence[Any]) -> Sequence[Any]:
        if set(map(type, values)) == {unchanged_type} and not (is_free_text and not _are_plain(values)):
            return values
        return list(map(convert, values))

    return convert_all


def _are_plain(texts: Sequence[str]) -> bool:
    """Whether no character of any of these texts changes in XML."""
    text = "".join(texts)
    return text.isascii() and text.isprintable()


def _parsed_dates(values: Sequence[Any]) -> list[datetime]:
    parsed = {value: _parsed_date(value) for value in set(values)}
    return list(map(parsed.__getitem__, values))


def _lists_conversion(shape: Any, convert: Conversion) -> ListConversion:
    convert_items = _items_conversion(shape.member)

    def convert_all(values: Sequence[Any]) -> list[Any]:
        items = list(chain.from_iterable(values))
        if all(values) and convert_items(items) is items:
            return list(map(list, values))
        return list(map(convert, values))

    return convert_all


def _structures_conversion(shape: Any, convert: Conversion) -> ListConversion:
    names = tuple(shape.members)
    conversions = {name: _items_conversion(member) for name, member in shape.members.items()}

    @lru_cache(maxsize=256)
    def in_order(members: tuple[str, ...]) -> tuple[str, ...]:
        """The members in the model's order, in which botocore parses them."""
        return tuple(name for name in names if name in members)

    def convert_all(values: Sequence[Any]) -> list[dict[str, Any]]:
        members = tuple(values[0]) if values else ()
        if set(map(tuple, values)) != {members}:
            return list(map(convert, values))
        ordered = in_order(members)
        if ordered == members:
            copies = [value.copy() for value in values]
        else:
            copies = [{name: value[name] for name in ordered} for value in values]
        for name in ordered:
            _convert_member(copies, name, conversions[name])
        return copies

    return convert_all


def _convert_member(structures: list[dict[str, Any]], name: str, convert: ListConversion) -> None:
    """Put what botocore parses in the place of a member of all these structures."""
    values = [structure[name] for structure in structures]
    converted = convert(values)
    if converted is values:
        return
    for structure, parsed in zip(structures, converted, strict=True):
        if parsed is _ABSENT:
            del structure[name]
        else:
            structure[name] = parsed
