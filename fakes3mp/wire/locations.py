"""Where an operation's parameters stand in a request, and how each is read from there, for every operation at once.

What may live here: plans made from the model, once for each operation; reading path, headers and query by them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.wire import xml
from fakes3mp.wire.model import operation_model
from fakes3mp.wire.quirks import FREE_DATES, NOT_AN_INTEGER
from fakes3mp.wire.scalars import from_text

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

Reader = Callable[[str], Any]


class Plan(Struct, frozen=True):
    """Where one operation's members stand. Header names are lower case."""

    query: Mapping[str, tuple[str, Reader]]  # wire name -> (member, reader)
    headers: Mapping[str, tuple[str, Reader]]
    prefixes: tuple[tuple[str, str], ...]  # (header prefix, member): x-amz-meta-
    uri: tuple[tuple[str, str], ...]  # (member, name in the path)
    payload: Callable[[bytes], dict[str, Any]] | None
    streams: bool  # whether the body is an object's bytes
    sums_document: bool  # whether x-amz-checksum-* headers are of the document; elsewhere they are parameters


def located(
    places: Plan,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    path: Mapping[str, str],
    params: dict[str, Any],
) -> None:
    """Fill in the parameters that stand in path, headers and query, as far as they can be read."""
    params.update((member, path[wire_name]) for member, wire_name in places.uri)
    for name, value in headers.items():
        if name in places.headers:
            _take(places.headers[name], value, params)
        for prefix, member in places.prefixes:
            if name.startswith(prefix):
                params.setdefault(member, {})[name.removeprefix(prefix)] = value
    for name, value in query.items():
        if name in places.query:
            _take(places.query[name], value, params)


def _take(place: tuple[str, Reader], text: str, params: dict[str, Any]) -> None:
    member, read = place
    value = read(text)
    if value is not None:
        params[member] = value


@cache
def plan(operation: str) -> Plan:
    """Where the members of an operation's input stand, worked out once."""
    shape = operation_model(operation).input_shape
    members = shape.members if shape else {}
    located: dict[str, dict[str, tuple[str, Reader]]] = {"querystring": {}, "header": {}}
    prefixes, uri = [], []
    for name, member in members.items():
        location, wire_name = member.serialization.get("location"), str(member.serialization.get("name", name))
        if location == "querystring":
            located["querystring"][wire_name] = (name, partial(_query_value, member, wire_name))
        elif location == "header":
            located["header"][wire_name.lower()] = (name, _header_reader(name, member))
        elif location == "headers":
            prefixes.append((wire_name.lower(), name))
        elif location == "uri":
            uri.append((name, wire_name))
    payload = _payload(shape)
    streams = operation_model(operation).has_streaming_input
    sums_document = payload is not None and "ChecksumCRC32" not in members
    return Plan(located["querystring"], located["header"], tuple(prefixes), tuple(uri), payload, streams, sums_document)


def _query_value(shape: Shape, wire_name: str, text: str) -> Any:
    """A query parameter; an empty number counts as not given (F76)."""
    if shape.type_name not in ("integer", "long"):
        return from_text(shape, text)
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        message = NOT_AN_INTEGER.get(wire_name, f"Provided {wire_name} not an integer or within integer range")
        raise invalid_argument(message, wire_name, text) from None


def _header_reader(member: str, shape: Shape) -> Reader:
    if shape.type_name == "list":
        return lambda text: [item.strip() for item in text.split(",") if item.strip()]
    if shape.type_name == "timestamp":
        return partial(_header_date, member, shape)
    if shape.type_name in ("integer", "long"):
        return partial(_header_number, shape)
    return partial(from_text, shape)


def _header_date(member: str, shape: Shape, text: str) -> Any:
    """A date; what is no date is kept where S3 keeps any text, and else counts as not given (RFC 9110, 13.1.3)."""
    try:
        return from_text(shape, text)
    except (ValueError, OverflowError):
        return text if member in FREE_DATES else None


def _header_number(shape: Shape, text: str) -> Any:
    try:
        return from_text(shape, text)
    except ValueError:
        raise S3Error("InvalidArgument") from None


def _payload(shape: StructureShape | None) -> Callable[[bytes], dict[str, Any]] | None:
    """How the body is read: as one member, or as a document of all members that stand nowhere else."""
    if shape is None:
        return None
    name = shape.serialization.get("payload")
    if name is None:
        inside = [member for member in shape.members.values() if "location" not in member.serialization]
        return partial(_document, None, shape, required=True) if inside else None
    member: Any = shape.members[str(name)]
    required = name in shape.required_members
    if member.type_name == "structure":
        return partial(_document, str(name), member, required=required)
    decode = member.type_name == "string"
    return lambda body: {str(name): body.decode("utf-8", "replace") if decode else body} if body else {}


def _document(name: str | None, shape: StructureShape, body: bytes, *, required: bool) -> dict[str, Any]:
    """An XML body; one that is missing where the operation needs it is as good as malformed."""
    if not body and not required:
        return {}
    value = xml.read(body, shape, str(shape.serialization.get("name", shape.name)))
    return value if name is None else {name: value}
