"""Calls without HTTP: what the fake's reader would make of those that botocore has serialised.

It follows the plans of ``locations``, but nothing is written and parsed. Where a value might change in HTTP in a way that
is not worked out here, NeedsHTTP is raised, and the call takes the way over HTTP. ``parsed_responses`` is the way back.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping
from datetime import datetime, tzinfo
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.core.content import Content
from fakes3mp.errors import S3Error
from fakes3mp.wire.locations import input_plan, read_locations
from fakes3mp.wire.messages import ClientInfo, TypedRequest
from fakes3mp.wire.model import operation_model
from fakes3mp.wire.quirks import ENUMS_CHECKED_BY_OPERATION

if TYPE_CHECKING:
    from botocore.model import Shape

Conversion = Callable[[Any], Any]

_MAX_INTEGER = (1 << 31) - 1
_CHANGED_BY_XML = re.compile("[\x00-\x08\x0b-\x1f\ud800-\udfff\ufffe\uffff]")

# A date in each format: which time zone botocore's parser gives a date depends on its format.
HTTP_DATE, ISO_DATE = "Wed, 01 Mar 2006 00:00:00 GMT", "2006-03-01T00:00:00.000Z"
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
        return _request_integer if shape.metadata.get("min") is None else refuse
    return _unchanged(bool) if shape.type_name == "boolean" else refuse


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
        if not survives_xml(value) or not value.strip() or len(value) < shortest or (allowed and value not in allowed):
            raise NeedsHTTP
        return str(value)

    return convert


def _request_date(shape: Shape) -> Conversion:
    is_iso = shape.serialization.get("timestampFormat", "iso8601") == "iso8601"
    date_format = _ISO_DATE_IN_SECONDS if is_iso else HTTP_DATE

    def convert(value: Any) -> datetime:
        if not isinstance(value, datetime) or value.tzinfo is None:
            raise NeedsHTTP
        try:
            date = value.astimezone(parser_time_zone(date_format, time.tzname))
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


def refuse(value: Any) -> Any:
    """The conversion of values that may become others in HTTP."""
    raise NeedsHTTP


def survives_xml(text: Any) -> bool:
    """Whether this is a text that is the same after writing and parsing XML."""
    return type(text) is str and ((text.isascii() and text.isprintable()) or not _CHANGED_BY_XML.search(text))


@cache
def parser_time_zone(date_format: str, local_names: tuple[str, str]) -> tzinfo:
    """The time zone that botocore's parser gives dates in this format.

    It depends on the names of the process's own time zone, ``time.tzname``.
    """
    from botocore.utils import parse_timestamp

    zone = parse_timestamp(date_format).tzinfo
    assert zone is not None
    return zone
