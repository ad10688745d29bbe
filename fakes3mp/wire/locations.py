"""Where each parameter of an operation is in a request (path, query, headers, body), and how it is read from there.

The plan of an operation is made from the model once.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct

from fakes3mp.errors import S3Error, invalid_argument
from fakes3mp.wire import xml
from fakes3mp.wire.model import operation_model
from fakes3mp.wire.quirks import DATES_KEPT_AS_TEXT, NOT_AN_INTEGER_MESSAGES
from fakes3mp.wire.scalars import from_text

if TYPE_CHECKING:
    from botocore.model import Shape, StructureShape

Reader = Callable[[str], Any]


class InputPlan(Struct, frozen=True):
    """Where the members of one operation's input are. Header names are lower case."""

    query: Mapping[str, tuple[str, Reader]]  # name in the query -> (member, reader)
    headers: Mapping[str, tuple[str, Reader]]
    prefixes: tuple[tuple[str, str], ...]  # (header prefix, member): x-amz-meta-
    path: tuple[tuple[str, str], ...]  # (member, name in the path)
    read_body: Callable[[bytes], dict[str, Any]] | None  # the parameters in a body
    streams: bool  # whether the body is an object's bytes
    has_document_checksums: bool  # whether x-amz-checksum-* headers are of the document; elsewhere they are parameters


def read_locations(
    plan: InputPlan,
    headers: Mapping[str, str],
    query: Mapping[str, str],
    path: Mapping[str, str],
    params: dict[str, Any],
) -> None:
    """Add the parameters in path, headers and query to ``params``; after an S3Error, those read before it are there."""
    params.update((member, path[wire_name]) for member, wire_name in plan.path)
    for name, value in headers.items():
        if name in plan.headers:
            _read_param(plan.headers[name], value, params)
        for prefix, member in plan.prefixes:
            if name.startswith(prefix):
                params.setdefault(member, {})[name.removeprefix(prefix)] = value
    for name, value in query.items():
        if name in plan.query:
            _read_param(plan.query[name], value, params)


def _read_param(target: tuple[str, Reader], text: str, params: dict[str, Any]) -> None:
    member, read = target
    value = read(text)
    if value is not None:
        params[member] = value


@cache
def input_plan(operation: str) -> InputPlan:
    """Where the members of an operation's input are."""
    shape = operation_model(operation).input_shape
    members = shape.members if shape else {}
    query: dict[str, tuple[str, Reader]] = {}
    headers: dict[str, tuple[str, Reader]] = {}
    prefixes, path = [], []
    for name, member in members.items():
        location, wire_name = member.serialization.get("location"), str(member.serialization.get("name", name))
        if location == "querystring":
            query[wire_name] = (name, partial(_query_value, member, wire_name))
        elif location == "header":
            headers[wire_name.lower()] = (name, _header_reader(name, member))
        elif location == "headers":
            prefixes.append((wire_name.lower(), name))
        elif location == "uri":
            path.append((name, wire_name))
    read_body = _body_reader(shape)
    streams = operation_model(operation).has_streaming_input
    has_document_checksums = read_body is not None and "ChecksumCRC32" not in members
    return InputPlan(query, headers, tuple(prefixes), tuple(path), read_body, streams, has_document_checksums)


def _query_value(shape: Shape, wire_name: str, text: str) -> Any:
    """A query parameter's value; an empty number counts as missing (F76)."""
    if shape.type_name not in ("integer", "long"):
        return from_text(shape, text)
    if not text:
        return None
    try:
        return int(text)
    except ValueError:
        default = f"Provided {wire_name} not an integer or within integer range"
        message = NOT_AN_INTEGER_MESSAGES.get(wire_name, default)
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
    """A header's date; one that is no date counts as missing (RFC 9110, 13.1.3), unless S3 keeps any text there."""
    try:
        return from_text(shape, text)
    except (ValueError, OverflowError):
        return text if member in DATES_KEPT_AS_TEXT else None


def _header_number(shape: Shape, text: str) -> Any:
    try:
        return from_text(shape, text)
    except ValueError:
        raise S3Error("InvalidArgument") from None


def _body_reader(shape: StructureShape | None) -> Callable[[bytes], dict[str, Any]] | None:
    """How the body is read: as one member, or as a document of all members that have no other location."""
    if shape is None:
        return None
    name = shape.serialization.get("payload")
    if name is None:
        has_document = any("location" not in member.serialization for member in shape.members.values())
        return partial(_document, None, shape, required=True) if has_document else None
    member: Any = shape.members[str(name)]
    if member.type_name == "structure":
        return partial(_document, str(name), member, required=name in shape.required_members)
    is_text = member.type_name == "string"
    return lambda body: {str(name): body.decode("utf-8", "replace") if is_text else body} if body else {}


def _document(name: str | None, shape: StructureShape, body: bytes, *, required: bool) -> dict[str, Any]:
    """The parameters in an XML body; a required one that is missing is malformed."""
    if not body and not required:
        return {}
    value = xml.read(body, shape, str(shape.serialization.get("name", shape.name)))
    return value if name is None else {name: value}
