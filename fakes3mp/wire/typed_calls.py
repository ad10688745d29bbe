"""Calls and their results without HTTP: what the fake's reader and the client's parser would make of them.

Both ways follow the plans of ``locations`` and ``response_writer``, but nothing is written and parsed. Where a value might
change in HTTP in a way that is not worked out here, NeedsHTTP is raised, and the call takes the way over HTTP.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, timezone, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error
from fakes3mp.wire.locations import input_plan, read_locations
from fakes3mp.wire.messages import ClientInfo, TypedRequest
from fakes3mp.wire.model import operation_model
from fakes3mp.wire.quirks import ENUMS_CHECKED_BY_OPERATION, TEXT_DOCUMENTS
from fakes3mp.wire.response_writer import output_plan
from fakes3mp.wire.scalars import to_text

if TYPE_CHECKING:
    from botocore.model import Shape

Conversion = Callable[[Any], Any]
HeaderConversion = Callable[[str, Any], Any]  # of a header's text and the value that it was written from

_MAX_INTEGER = (1 << 31) - 1
_CHANGED_BY_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

# A date in each format: which time zone botocore's parser gives a date depends on its format.
_HTTP_DATE, _ISO_DATE = "Wed, 01 Mar 2006 00:00:00 GMT", "2006-03-01T00:00:00.000Z"
_ISO_DATE_IN_SECONDS = "2006-03-01T00:00:00Z"


class NeedsHTTP(Exception):
    """What becomes of this call or result is known only after writing and parsing it."""


class UnsentCall(Struct, frozen=True):
    """A call that botocore has serialised but not sent: its headers, query and path, and its body in one of three forms."""

    operation: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    path: Mapping[str, str]
    client_info: ClientInfo
    content: Content | None = None  # an object's bytes
    document: Mapping[str, Any] | None = None  # the parameter that the document is made of
    text: bytes = b""  # any other body


# Calls: botocore's serialiser, then the fake's reader


def typed_request(call: UnsentCall) -> TypedRequest:
    """The request as ``read_request`` would return it."""
    plan, operation = input_plan(call.operation), call.operation
    if len(call.path) != len(plan.path):
        raise NeedsHTTP  # the fake reads another bucket and key from the URL than the client wrote
    if not (plan.required_query <= call.query.keys() and plan.required_headers <= call.headers.keys()):
        raise NeedsHTTP  # the fake may read another operation
    if ".." in call.path.get("Key", ""):
        raise NeedsHTTP  # routing may refuse the key
    params: dict[str, Any] = {}
    error = None
    try:
        read_locations(plan, call.headers, call.query, call.path, params)
    except S3Error as parameter_error:
        error = parameter_error
    try:
        _read_body(call, params)
    except S3Error as body_error:
        error = error or body_error
    return TypedRequest(operation, params, call.client_info, error, call.content)


def _read_body(call: UnsentCall, params: dict[str, Any]) -> None:
    """Add the parameters in the body."""
    plan = input_plan(call.operation)
    if call.content is not None and call.content.size:
        params[str(plan.streamed)] = call.content.read()
    elif call.document is not None:
        params[str(document_name(call.operation))] = document_conversion(call.operation)(call.document)
    elif plan.read_body is not None:
        params.update(plan.read_body(call.text))


@cache
def document_name(operation: str) -> str | None:
    """The parameter that the document of an operation's request is made of, or None."""
    shape = operation_model(operation).input_shape
    name = shape.serialization.get("payload") if shape else None
    return str(name) if shape and name and shape.members[str(name)].type_name == "structure" else None


@cache
def document_conversion(operation: str) -> Conversion:
    """From the parameter that the document is made of to the one that the fake reads in it."""
    shape: Any = operation_model(operation).input_shape
    return _request_conversion(shape.members[document_name(operation)])


def _request_conversion(shape: Shape) -> Conversion:
    """From a call's value of this shape to the one that the fake reads in botocore's XML."""
    conversions: dict[str, Callable[[Any], Conversion]] = {
        "structure": _request_structure,
        "list": _request_list,
        "string": _request_string,
        "timestamp": _request_date,
    }
    if shape.type_name in conversions:
        return conversions[shape.type_name](shape)
    if shape.type_name in ("integer", "long"):
        return _request_integer if shape.metadata.get("min") is None else _refuse
    return _unchanged(bool) if shape.type_name == "boolean" else _refuse


def _request_structure(shape: Any) -> Conversion:
    members = {
        name: _request_conversion(member)
        for name, member in shape.members.items()
        if "location" not in member.serialization
    }
    required = set(shape.required_members) & members.keys()

    @lru_cache(maxsize=256)
    def in_order(names: tuple[Any, ...]) -> tuple[tuple[str, Conversion], ...]:
        """The members of these names in the model's order, in which documents are read; none where they need HTTP."""
        if not required <= set(names) <= members.keys():
            return ()
        return tuple((name, convert_member) for name, convert_member in members.items() if name in names)

    def convert(value: Any) -> dict[str, Any]:
        ordered = in_order(tuple(value)) if isinstance(value, dict) else ()
        if not ordered:
            raise NeedsHTTP
        return {name: convert_member(value[name]) for name, convert_member in ordered}

    return convert


def _request_list(shape: Any) -> Conversion:
    convert_item, shortest = _request_conversion(shape.member), shape.metadata.get("min", 1)

    def convert(value: Any) -> list[Any]:
        if not value or not isinstance(value, (list, tuple)) or len(value) < shortest:
            raise NeedsHTTP
        return [convert_item(item) for item in value]

    return convert


def _request_string(shape: Any) -> Conversion:
    allowed = None if shape.name in ENUMS_CHECKED_BY_OPERATION else getattr(shape, "enum", None)
    shortest = shape.metadata.get("min", 1)

    def convert(value: Any) -> str:
        if not _survives_xml(value) or not value.strip() or len(value) < shortest or (allowed and value not in allowed):
            raise NeedsHTTP
        return str(value)

    return convert


def _request_date(shape: Shape) -> Conversion:
    is_iso = shape.serialization.get("timestampFormat", "iso8601") == "iso8601"
    date_format = _ISO_DATE_IN_SECONDS if is_iso else _HTTP_DATE

    def convert(value: Any) -> datetime:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise NeedsHTTP
        try:
            date = value.astimezone(_time_zone(date_format, time.tzname))
        except OverflowError:
            raise NeedsHTTP from None
        return date if is_iso else date.replace(microsecond=0)

    return convert


def _request_integer(value: Any) -> int:
    if type(value) is not int or not -_MAX_INTEGER <= value <= _MAX_INTEGER:
        raise NeedsHTTP  # the fake refuses those that are out of their range
    return value


def _unchanged(expected_type: type) -> Conversion:
    """The conversion of values that are the same after HTTP if they are of exactly this type."""

    def convert(value: Any) -> Any:
        if type(value) is not expected_type:
            raise NeedsHTTP
        return value

    return convert


def _refuse(value: Any) -> Any:
    raise NeedsHTTP


def _survives_xml(text: Any) -> bool:
    return type(text) is str and ((text.isascii() and text.isprintable()) or not _CHANGED_BY_XML.search(text))


# Results: the fake's writer, then botocore's parser


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
            body.append((name, _response_conversion(member)))
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
        return lambda text, value: _refuse(value)
    if shape.type_name == "timestamp":
        date_format = _ISO_DATE if shape.serialization.get("timestampFormat") == "iso8601" else _HTTP_DATE
        return lambda text, value: _parsed_date(value, date_format)
    conversions: dict[str, Conversion] = {"string": str, "integer": int, "long": int, "boolean": "true".__eq__}
    convert = conversions.get(shape.type_name, _refuse)
    return lambda text, value: convert(text)


def _response_conversion(shape: Shape) -> Conversion:
    """From a result's value of this shape to the one that botocore parses from the fake's XML."""
    if shape.type_name == "structure":
        return _response_structure(shape)
    if shape.type_name == "list":
        return _response_list(shape)
    conversions: dict[str, Conversion] = {
        "string": str if getattr(shape, "enum", None) else _parsed_string,
        "integer": int,
        "long": int,
        "boolean": bool,
        "timestamp": _parsed_date,
    }
    return conversions.get(shape.type_name, _refuse)


_ABSENT = object()  # an empty flattened list: no element is written


def _response_structure(shape: Any) -> Conversion:
    members = tuple((name, _response_conversion(member)) for name, member in shape.members.items())

    def convert(value: Any) -> dict[str, Any]:
        parsed = {name: convert_member(value[name]) for name, convert_member in members if name in value}
        if _ABSENT not in parsed.values():
            return parsed
        return {name: member_value for name, member_value in parsed.items() if member_value is not _ABSENT}

    return convert


def _response_list(shape: Any) -> Conversion:
    convert_item, is_flattened = _response_conversion(shape.member), bool(shape.serialization.get("flattened"))

    def convert(value: Any) -> Any:
        return [convert_item(item) for item in value] if value or not is_flattened else _ABSENT

    return convert


def _parsed_string(value: Any) -> str:
    if type(value) is str and value.isascii() and value.isprintable():
        return value
    text = to_text(value)
    if not _survives_xml(text):
        raise NeedsHTTP
    return text


def _parsed_date(value: Any, date_format: str = _ISO_DATE) -> datetime:
    """A date as botocore parses it: in XML and some headers with milliseconds, in most headers in whole seconds."""
    if not isinstance(value, datetime):
        raise NeedsHTTP
    return _in_parser_time_zone(value, date_format, time.tzname)


@lru_cache(maxsize=1024)
def _in_parser_time_zone(date: datetime, date_format: str, local_names: tuple[str, str]) -> datetime:
    microsecond = date.microsecond // 1000 * 1000 if date_format is _ISO_DATE else 0
    return date.astimezone(timezone.utc).replace(microsecond=microsecond, tzinfo=_time_zone(date_format, local_names))


@cache
def _time_zone(date_format: str, local_names: tuple[str, str]) -> tzinfo:
    """The time zone that botocore's parser gives dates in this format.

    It depends on the names of the process's own time zone, ``time.tzname``.
    """
    from botocore.utils import parse_timestamp

    zone = parse_timestamp(date_format).tzinfo
    assert zone is not None
    return zone
